"""Files of connectors: their documents, and the place of each connector in them."""

import difflib
import os
from collections.abc import Iterator
from typing import Any

from connectors_cli.documents import lines
from connectors_cli.documents import read as documents_read
from connectors_cli.errors import InvalidInput, Located, Problem, Unreadable
from connectors_cli.system.record import Record, field

LARGEST = 512 * 1024**2
"""The limit for JSON, in bytes. An export of 100,000 connectors has 60 MiB; YAML and TOML, which
are parsed more slowly, have a smaller limit."""
VERSION = 1
ENDINGS = (".yaml", ".yml", ".json", ".toml")
SECRETS = ("omit", "sealed", "plain")
_KEYS = ("tenant", "owner", "connectors")
_OF_EXPORTS = ("connectors_export", "secrets", "sealing", "end")


class File(Record, frozen=False):
    """A file's text; its lines are computed when a problem needs them."""

    path: str
    kind: str
    text: str = field(shown=False)
    is_export: bool = False
    _lines: dict[lines.Path, int] | None = None

    def line(self, path: lines.Path) -> int:
        """Return the line of a path, or of the nearest path that contains it."""
        if self._lines is None:
            self._lines = lines.lines_of(self.text, self.kind)
        return lines.nearest(self._lines, path)


class Place(Record):
    """The place of a connector, or without an index of a whole document."""

    file: File
    document: int
    index: int | None = None

    def locate(self, problem: Problem, connector: str | None = None) -> Located:
        """Return a problem with its file, line and connector."""
        within: lines.Path = () if self.index is None else ("connectors", self.index)
        line = self.file.line((self.document, *within, *problem.path))
        shown = documents_read.display_name(self.file.path)
        named = connector
        if self.index is not None and (connector is None or self.file.is_export):
            named = f"connector {self.index + 1}" + (f" ({connector})" if connector else "")
        return Located(problem, shown, line, named)


class Manifest(Record):
    """One document: its head, and its connectors as written."""

    place: Place
    head: dict[str, Any]
    connectors: list[Any]
    problems: tuple[Problem, ...] = ()

    @property
    def is_export(self) -> bool:
        """Whether this program wrote it; then no value is a reference."""
        return "connectors_export" in self.head

    @property
    def secrets(self) -> str:
        """How an export contains credentials: omit, sealed or plain."""
        return str(self.head.get("secrets", "omit"))


def read(source: str) -> list[Manifest]:
    """Return the documents of a file, of every file in a folder, or of standard input (`-`).

    Raises Unreadable, and InvalidInput for a file that cannot be parsed; other mistakes are in the
    problems of the document.
    """
    found: list[Manifest] = []
    for path in _paths(source):
        text = documents_read.read_text(path, _largest(path))
        file = File(path, documents_read.format_of(text, path), text)
        for number, document in enumerate(
            documents_read.parse(text, file.kind, documents_read.display_name(path))
        ):
            if document is not None:
                found.append(_manifest(Place(file, number), document))
    if not found:
        raise InvalidInput(
            f"{documents_read.display_name(source)}: the document is empty",
            hint="for no connectors write: connectors: []",
        )
    return found


def label_of(source: str) -> str | None:
    """Return the owner's label from the name of a file or folder; None for standard input."""
    if source == "-":
        return None
    return os.path.splitext(os.path.basename(os.path.abspath(source)))[0]


def _paths(source: str) -> list[str]:
    if source == "-" or not os.path.isdir(source):
        return [source]
    try:
        names = sorted(os.listdir(source))
    except OSError as error:
        raise Unreadable(source, os.strerror(error.errno or 0).lower()) from None
    paths = [
        os.path.join(source, name)
        for name in names
        if name.endswith(ENDINGS) and not name.startswith(".")
    ]
    if not paths:
        raise Unreadable(source, f"contains no file that ends with {', '.join(ENDINGS)}")
    return paths


def _largest(path: str) -> int:
    return documents_read.LARGEST if path.endswith((".yaml", ".yml", ".toml")) else LARGEST


def _manifest(place: Place, document: Any) -> Manifest:
    if not isinstance(document, dict):
        problem = Problem((), "type", "must be an object with connectors")
        return Manifest(place, {}, [], (place.locate(problem),))
    head = {name: value for name, value in document.items() if name != "connectors"}
    connectors = document.get("connectors")
    place.file.is_export |= "connectors_export" in document
    found = [place.locate(problem) for problem in _problems(document)]
    return Manifest(place, head, connectors if isinstance(connectors, list) else [], tuple(found))


def _problems(document: dict[str, Any]) -> Iterator[Problem]:
    is_export = "connectors_export" in document
    known = (*_KEYS, *_OF_EXPORTS) if is_export else _KEYS
    for name in document:
        if name not in known:
            yield Problem((name,), "unknown", unknown(name, known))
    if not isinstance(document.get("connectors"), list):
        yield Problem(("connectors",), "type", "must be a list of connectors")
    for name in ("tenant", "owner"):
        if not isinstance(document.get(name), str | None):
            yield Problem((name,), "type", "must be text")
    if is_export:
        yield from _problems_of_export(document)


def _problems_of_export(document: dict[str, Any]) -> Iterator[Problem]:
    version, end = document["connectors_export"], document.get("end")
    if not isinstance(version, int) or isinstance(version, bool):
        yield Problem(("connectors_export",), "version", "is not a format version")
    elif version > VERSION:
        text = f"is format version {version}; this program reads version {VERSION}: upgrade it"
        yield Problem(("connectors_export",), "version", text)
    elif not isinstance(end, dict) or not isinstance(document.get("connectors"), list):
        yield Problem((), "truncated", "the file is truncated: its end is missing")
    elif end.get("count") != len(document["connectors"]):
        text = f"does not match: the file has {len(document['connectors'])} connectors"
        yield Problem(("end",), "truncated", text)
    if document.get("secrets") not in SECRETS:
        yield Problem(("secrets",), "enum", f"must be one of {', '.join(SECRETS)}")


def unknown(name: str, known: tuple[str, ...]) -> str:
    """Return the message for an unknown name."""
    near = difflib.get_close_matches(name, known, 1)
    if near:
        return f"is not known: did you mean {near[0]}?"
    return f"is not known: use one of {', '.join(known)}"
