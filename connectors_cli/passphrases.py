"""The passphrase of a sealed file: given by a source, or typed unseen; and what it opens."""

from collections.abc import Callable, Sequence
from typing import Any

from connectors_cli.context import Run
from connectors_cli.envelope import Envelope, envelope_of
from connectors_cli.errors import InputNeeded, Tampered, UsageError
from connectors_cli.manifests import Manifest
from connectors_cli.sources import read_source

SHORTEST = 8
"""Characters of a passphrase; one that is guessed opens every credential in the file."""


def new_passphrase(run: Run, source: str | None) -> str:
    """Return the passphrase for a new file; typed, it is asked for twice."""
    if source is not None:
        passphrase = _read_passphrase(run, source)
    elif run.interactive:
        from connectors_cli import prompts

        passphrase = prompts.ask_secret("Passphrase", color=run.color)
        if prompts.ask_secret("The same again", color=run.color) != passphrase:
            raise UsageError("the two were not the same: nothing was written")
    else:
        raise _no_passphrase()
    if len(passphrase) < SHORTEST:
        raise UsageError(f"a passphrase has at least {SHORTEST} characters")
    return passphrase


def known_passphrase(run: Run, source: str | None) -> str:
    """Return the passphrase of a file that is there, given or typed unseen."""
    if source is not None:
        return _read_passphrase(run, source)
    if not run.interactive:
        raise _no_passphrase()
    from connectors_cli import prompts

    return prompts.ask_secret("Passphrase of the file", color=run.color)


def _read_passphrase(run: Run, source: str) -> str:
    text = read_source(source, "--passphrase", run.environ)
    return text.removesuffix("\n").removesuffix("\r")


def _no_passphrase() -> InputNeeded:
    return InputNeeded(
        "a passphrase is needed, and nobody can be asked here",
        hint="give it as --passphrase env:VAR, file:PATH, cmd:COMMAND or - (standard input)",
    )


def unsealing(
    run: Run, found: Sequence[Manifest], source: str | None
) -> Callable[[Manifest, int], dict[str, Any]]:
    """Return what opens a sealed connector; each file's passphrase is tried before anything."""
    sealed = [m for m in found if m.is_export and m.secrets == "sealed" and not m.problems]
    phrase = known_passphrase(run, source) if sealed else ""
    envelopes: dict[int, Envelope] = {}
    for manifest in sealed:
        where = manifest.place.file.path
        envelope = envelope_of(phrase, manifest.head.get("sealing"), where)
        end = manifest.head["end"]
        try:
            envelope.open(end["count"], {"count": end["count"]}, end.get("seal"))
        except Tampered:
            raise Tampered(f"{where}: its end was changed since it was exported") from None
        envelopes[id(manifest)] = envelope

    def unseal(manifest: Manifest, index: int) -> dict[str, Any]:
        item = manifest.connectors[index]
        beside = {name: value for name, value in item.items() if name != "auth_sealed"}
        envelope = envelopes[id(manifest)]
        opened: dict[str, Any] = envelope.open(index, beside, item.get("auth_sealed"))
        return opened

    return unseal
