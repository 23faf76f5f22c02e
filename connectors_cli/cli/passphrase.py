"""The passphrase of a sealed file: read from a source or typed without echo."""

from collections.abc import Callable, Sequence
from typing import Any

from connectors_cli.cli.context import CommandContext
from connectors_cli.documents.references import read_source
from connectors_cli.errors import InputNeeded, Tampered, UsageError
from connectors_cli.services.apply.manifest import Manifest
from connectors_cli.vault.passphrase import PassphraseCipher, passphrase_cipher_of

SHORTEST = 8
"""The least number of characters: whoever guesses it opens every credential in the file."""


def new_passphrase(context: CommandContext, source: str | None) -> str:
    """Return the passphrase for a new file; a typed one has to be repeated."""
    if source is not None:
        passphrase = _read_passphrase(context, source)
    elif context.interactive:
        from connectors_cli.cli.prompts import ask

        passphrase = ask.ask_secret("Passphrase", color=context.color)
        if ask.ask_secret("Repeat the passphrase", color=context.color) != passphrase:
            raise UsageError("the passphrases do not match; nothing was written")
    else:
        raise _no_passphrase()
    if len(passphrase) < SHORTEST:
        raise UsageError(f"a passphrase must have at least {SHORTEST} characters")
    return passphrase


def known_passphrase(context: CommandContext, source: str | None) -> str:
    """Return the passphrase of an existing file, read from a source or typed without echo."""
    if source is not None:
        return _read_passphrase(context, source)
    if not context.interactive:
        raise _no_passphrase()
    from connectors_cli.cli.prompts import ask

    return ask.ask_secret("Passphrase of the file", color=context.color)


def _read_passphrase(context: CommandContext, source: str) -> str:
    text = read_source(source, "--passphrase", context.environ)
    return text.removesuffix("\n").removesuffix("\r")


def _no_passphrase() -> InputNeeded:
    return InputNeeded(
        "a passphrase is required (not running in a terminal, so it cannot be prompted for)",
        hint="add --passphrase env:VAR, file:PATH, cmd:COMMAND or - (standard input)",
    )


def unsealer(
    context: CommandContext,
    found: Sequence[Manifest],
    source: str | None,
    *,
    dry_run: bool = False,
    trust_cost: bool = False,
) -> Callable[[Manifest, int], dict[str, Any]] | None:
    """Return a function that opens a sealed connector of one of the files.

    The passphrase of every sealed file is checked first. None in a dry run with a passphrase from
    a command, which does not run. Raises Tampered for an altered file.
    """
    if dry_run and source is not None and source.startswith("cmd:"):
        return None
    sealed = [m for m in found if m.is_export and m.secrets == "sealed" and not m.problems]
    phrase = known_passphrase(context, source) if sealed else ""
    ciphers: dict[int, PassphraseCipher] = {}
    for manifest in sealed:
        where = manifest.place.file.path
        cipher = passphrase_cipher_of(
            phrase, manifest.head.get("sealing"), where, trust_cost=trust_cost
        )
        end = manifest.head["end"]
        try:
            cipher.open(end["count"], {"count": end["count"]}, end.get("seal"))
        except Tampered:
            raise Tampered(f"{where}: the end of the file was changed after the export") from None
        ciphers[id(manifest)] = cipher

    def unseal(manifest: Manifest, index: int) -> dict[str, Any]:
        item = manifest.connectors[index]
        public = {name: value for name, value in item.items() if name != "auth_sealed"}
        cipher = ciphers[id(manifest)]
        opened: dict[str, Any] = cipher.open(index, public, item.get("auth_sealed"))
        return opened

    return unseal
