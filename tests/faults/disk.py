"""The contents of a disk after a power cut, rebuilt from the system calls of a real run.

All that came before a file's last sync is there; of what came later, each sector of 512 bytes is
there or not, at random. Names (made, renamed, removed) are a prefix that holds at least what came
before the last sync of any file, as file systems with a journal keep them.
"""

import os
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from killing import traced

CALLS = "openat,pwrite64,write,ftruncate,fsync,fdatasync,unlink,linkat,rename"
SECTOR = 512
Call = tuple[str, int, object]
_LINE = re.compile(r"(\w+)\((.*)\)\s+= (-?\d+)")
_QUOTED = re.compile(r'"([^"]*)"')
_PLACE = re.compile(r"(\d+)<([^>]*)>")


@dataclass
class Recording:
    """Calls that changed files, in order, as (what, file, value), and what was there before.

    A file is a number here: it stays the same when the file is renamed.
    """

    folder: Path
    before: dict[int, bytes] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)

    def acknowledged(self, count: int) -> list[str]:
        """Return what the run had acknowledged by then."""
        told = (str(value) for what, _, value in self.calls[:count] if what == "told")
        return "".join(told).split()

    def put(self, count: int, chance: random.Random, folder: Path) -> None:
        """Write the contents of the disk after a power cut at the given call to a folder."""
        names, contents = self._cut(count, chance)
        for name, file in names.items():
            if not name.endswith("-shm"):
                target = folder / os.path.relpath(name, self.folder)
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                target.write_bytes(contents[file])
                target.chmod(0o600)

    def _cut(
        self, count: int, chance: random.Random
    ) -> tuple[dict[str, int], dict[int, bytearray]]:
        calls = self.calls[:count]
        synced = {file: n for n, (what, file, _) in enumerate(calls) if what == "sync"}
        named = chance.randint(max(synced.values(), default=-1) + 1, count)
        names = dict(self.names)
        contents = {file: bytearray(data) for file, data in self.before.items()}
        for number, (what, file, value) in enumerate(calls):
            content = contents.setdefault(file, bytearray())
            kept = number <= synced.get(file, -1)
            if what == "write":
                _write(content, *value, chance if not kept else None)  # type: ignore[misc]  # a pair
            elif what == "cut" and (kept or number < named):
                _resize(content, value)  # type: ignore[arg-type]  # a size
            elif number < named:
                _rename(names, what, file, value)
        return names, contents


def record(work: Callable[[], int], folder: Path, told: Path) -> Recording:
    """Do some work and return its calls in a folder; it acknowledges in the file `told`."""
    recording = Recording(folder)
    for number, file in enumerate(sorted(path for path in folder.rglob("*") if path.is_file())):
        recording.names[str(file)] = number
        recording.before[number] = file.read_bytes()
    log = told.with_name("calls")
    told.touch()
    options = ("-xx", "-y", "-s", "9000000", "-o", str(log))
    if code := traced(work, options, CALLS):
        raise AssertionError(f"the work ended with {code}")
    with log.open(encoding="ascii", errors="replace") as lines:
        recording.calls = list(_Reader(recording, str(told)).read(lines))
    log.unlink()
    return recording


class _Reader:
    """Reads the output of strace and follows files through renames."""

    def __init__(self, recording: Recording, told: str) -> None:
        self._folder = str(recording.folder)
        self._told = told
        self._names = dict(recording.names)
        self._sizes = {file: len(data) for file, data in recording.before.items()}
        self._open: dict[str, int] = {}
        self._count = len(recording.names)

    def read(self, lines: Iterator[str]) -> Iterator[Call]:
        for line in lines:
            found = _LINE.match(line)
            if found and not found[3].startswith("-"):
                yield from self._call(found[1], found[2], int(found[3]))

    def _call(self, call: str, text: str, result: int) -> Iterator[Call]:
        if call == "linkat":
            yield from self._link(text)
        elif call in {"openat", "unlink", "rename"}:
            yield from self._name(call, [_text(quoted) for quoted in _QUOTED.findall(text)], text)
        elif place := _PLACE.match(text):
            yield from self._written(call, place, text, result)

    def _written(self, call: str, place: re.Match[str], text: str, result: int) -> Iterator[Call]:
        path = _text(place[2])
        if call == "write" and path == self._told:
            yield "told", -1, _bytes(_QUOTED.findall(text)[0]).decode()
        elif path == self._folder:
            yield "sync", -1, None
        elif path.startswith(self._folder + "/"):
            if "/#" in path:  # made without a name
                self._names.setdefault(path, self._new())
            self._open[place[1]] = self._names.get(path, -1)
            yield from self._data(call, self._open[place[1]], text, result)

    def _data(self, call: str, file: int, text: str, result: int) -> Iterator[Call]:
        if call in {"fsync", "fdatasync"}:
            yield "sync", file, None
        elif file < 0:  # it has no name any more
            return
        elif call == "ftruncate":
            self._sizes[file] = int(text.rpartition(",")[2])
            yield "cut", file, self._sizes[file]
        else:
            data = _bytes(_QUOTED.findall(text)[0])[:result]
            size = self._sizes.get(file, 0)
            start = int(text.rpartition(",")[2]) if call == "pwrite64" else size
            self._sizes[file] = max(size, start + len(data))
            yield "write", file, (start, data)

    def _name(self, call: str, paths: list[str], text: str) -> Iterator[Call]:
        if not paths[0].startswith(self._folder + "/"):
            return
        if call == "unlink":
            self._names.pop(paths[0], None)
            yield "unlink", -1, paths[0]
        elif call == "rename":
            self._names[paths[1]] = self._names.pop(paths[0])
            yield "rename", -1, (paths[0], paths[1])
        elif "O_CREAT" in text and paths[0] not in self._names:
            self._names[paths[0]] = self._new()
            yield "name", self._names[paths[0]], paths[0]
        elif "O_TRUNC" in text and paths[0] in self._names:
            self._sizes[self._names[paths[0]]] = 0
            yield "cut", self._names[paths[0]], 0

    def _link(self, text: str) -> Iterator[Call]:
        """Follow a file created without a name to its name."""
        old, name = (_text(quoted) for quoted in _QUOTED.findall(text))
        folders = [_text(place) for _, place in _PLACE.findall(text)]
        if folders and folders[-1] == self._folder:
            file = self._open[old.rpartition("/")[2]]
            self._names[f"{self._folder}/{name}"] = file
            yield "name", file, f"{self._folder}/{name}"

    def _new(self) -> int:
        self._count += 1
        return self._count


def _write(content: bytearray, start: int, data: bytes, chance: random.Random | None) -> None:
    for offset in range(0, len(data), SECTOR):
        if chance is None or chance.random() < 0.5:
            sector = data[offset : offset + SECTOR]
            end = start + offset + len(sector)
            content.extend(bytes(max(0, end - len(content))))
            content[start + offset : end] = sector


def _resize(content: bytearray, size: int) -> None:
    del content[size:]
    content.extend(bytes(size - len(content)))


def _rename(names: dict[str, int], what: str, file: int, value: object) -> None:
    if what == "name":
        names[str(value)] = file
    elif what == "unlink":
        names.pop(str(value), None)
    elif what == "rename":
        old, new = value  # type: ignore[misc]  # a pair
        names[new] = names.pop(old)


def _text(quoted: str) -> str:
    return _bytes(quoted).decode("utf-8", "surrogateescape")


def _bytes(quoted: str) -> bytes:
    return bytes.fromhex(quoted.replace("\\x", "")) if "\\x" in quoted else quoted.encode()
