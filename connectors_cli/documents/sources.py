"""Sources of values that are read, or left unread until a change is carried out."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from connectors_cli.documents.references import in_folder, read_source, reference
from connectors_cli.system.record import Record

KINDS = frozenset({"env", "file", "cmd", "-"})
_WORDS = {"cmd": "a command", "file": "the file", "env": "the variable"}


class Unread(str):
    """The place of a value that was not read; the text says what it would be read from."""

    __slots__ = ()


class Sources(Record):
    """Reads the sources of some kinds; the others are left as `Unread`.

    `kinds` are those to read: env, file, cmd and - (standard input). The text of a command that
    is the user's `own` is not repeated: it may contain the secret itself. Paths of files are
    relative to `folder`, if there is one.
    """

    environ: Mapping[str, str]
    kinds: Collection[str] = KINDS
    own: bool = False
    folder: str = ""

    def text(self, source: str, field: str) -> str:
        """Return the text of a source, or `Unread`; raises what `read_source` raises."""
        source = in_folder(source, self.folder)
        kind = kind_of(source)
        if not kind or kind in self.kinds:
            return read_source(source, field, self.environ)
        return Unread(described(source, own=self.own))


def kind_of(source: str) -> str:
    """Return env, file, cmd or - for a source, and an empty text for what is not a source."""
    kind, colon, _ = source.partition(":")
    return kind if source == "-" or (colon and kind in KINDS - {"-"}) else ""


def described(source: str, *, own: bool = False) -> str:
    """Return where a value comes from, in parentheses."""
    kind, _, rest = source.encode("utf-8", "backslashreplace").decode().partition(":")
    if kind not in _WORDS:
        return "(from standard input)"
    if kind == "cmd":
        return f"(from {_WORDS[kind]})" if own else f"(from {_WORDS[kind]}: {rest})"
    return f"(from {_WORDS[kind]} {rest})"


def references_in(value: Any) -> Iterator[str]:
    """Yield the sources that a document's value refers to, at every depth."""
    source = reference(value)
    if source is not None:
        yield source
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from references_in(inner)


def unread_in(value: Any) -> Iterator[Unread]:
    """Yield what was not read of a value, at every depth."""
    if isinstance(value, Unread):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from unread_in(inner)


def unread_fields(values: Mapping[str, Any]) -> frozenset[str]:
    """Return the fields that contain something unread."""
    return frozenset(name for name, value in values.items() if any(unread_in(value)))


def read_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values without the fields that contain something unread."""
    unread = unread_fields(values)
    return {name: value for name, value in values.items() if name not in unread}
