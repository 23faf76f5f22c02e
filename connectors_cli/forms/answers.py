"""The answers of a form, by the question that they were given to."""

from collections.abc import Iterable, Iterator
from typing import Any

from connectors_cli.forms.paths import ABSENT, Path
from connectors_cli.forms.place import Ask, Key
from connectors_cli.forms.question import Kind

COUNTED = (Kind.MORE, Kind.KEY)
OFTEN = 4


class Answers:
    """Answers by question; one is kept while its question is gone, and used when it returns."""

    def __init__(self) -> None:
        self.kept: dict[Key, Any] = {}
        self._fitted: dict[Key, tuple[Any, Any]] = {}

    def of(self, ask: Ask) -> Any:
        """Return the answer to a question if it still fits, else ABSENT."""
        key = self._key(ask.key)
        if key is None:
            return ABSENT
        kept = self.kept[key]
        value = ask.restored(kept)
        if value is ABSENT or not ask.stable:
            return ABSENT if value is ABSENT or ask.check(value) else value
        fitted = self._fitted.get(key)
        if fitted is not None and fitted[0] is kept and fitted[1] == ask.place.parts:
            return value
        if ask.check(value):
            return ABSENT
        self._fitted[key] = (kept, ask.place.parts)
        return value

    def _key(self, key: Key) -> Key | None:
        """The key of an answer, else that of when its question had gone and come back."""
        if key in self.kept:
            return key
        return next((k for n in range(1, OFTEN) if (k := (*key, n)) in self.kept), None)

    def put(self, ask: Ask, value: Any) -> None:
        """Keep the answer to a question."""
        self.kept[ask.key] = ask.stored(value)

    def take(self, ask: Ask) -> Any:
        """Remove and return the answer to a question as it is kept, ABSENT without one."""
        key = self._key(ask.key)
        return ABSENT if key is None else self.kept.pop(key)

    def forget(self, path: Path) -> None:
        """Remove the answers at a path and below."""
        for key in [key for key in self.kept if is_under(key[0], path)]:
            del self.kept[key]

    def rearrange(
        self, container: Path, steps: Iterable[tuple[str | int | None, str | int]], ended: bool
    ) -> None:
        """Replace the items of a list or the entries of a map, each by an old one or None.

        A step that occurs twice is copied. `ended`: whether no further item is to be asked for.
        """
        size, old = len(container), self.kept
        inside: dict[str | int, list[tuple[Key, Any]]] = {}
        rest: dict[Key, Any] = {}
        for key, value in old.items():
            path, kind = key[0], key[1]
            if is_under(path, container) and len(path) > size:
                inside.setdefault(path[size], []).append((key, value))
            elif path != container or kind not in COUNTED:
                rest[key] = value
        wanted = list(steps)
        self.kept = {**rest, **dict(_counted(container, [new for _, new in wanted], ended))}
        named = {step for step in inside if isinstance(step, str)}
        mapped = {step for pair in wanted for step in pair}
        for step in named - mapped - _added(old, container):
            self.kept.update(inside[step])  # a field that the schema names is no entry
        for before, after in wanted:
            for key, value in inside.get(before, ()) if before is not None else ():
                self.kept[_moved(key, size, after)] = value

    def copy(self) -> "Answers":
        found = Answers()
        found.kept, found._fitted = dict(self.kept), self._fitted
        return found


def is_under(path: Path, top: Path) -> bool:
    """Return whether a path is another one or leads inside it."""
    return path[: len(top)] == top


def _added(answers: dict[Key, Any], container: Path) -> set[Any]:
    return {v for key, v in answers.items() if key[0] == container and key[1] is Kind.KEY}


def _moved(key: Key, size: int, step: str | int) -> Key:
    path = key[0]
    return ((*path[:size], step, *path[size + 1 :]), *key[1:])


def _counted(container: Path, steps: list[str | int], ended: bool) -> Iterator[tuple[Key, Any]]:
    for number, step in enumerate(steps):
        yield (container, Kind.MORE, number), True
        if isinstance(step, str):
            yield (container, Kind.KEY, number), step
    if ended:
        yield (container, Kind.MORE, len(steps)), False
