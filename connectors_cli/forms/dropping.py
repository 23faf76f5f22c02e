"""Takes one item out of a list, or one entry out of a map, that answers have filled."""

from collections.abc import Iterator
from typing import Any

from connectors_cli.forms.place import Path
from connectors_cli.forms.question import Kind

Key = tuple[Any, ...]
COUNTED = (Kind.MORE, Kind.KEY)


def without(answers: dict[Key, Any], path: Path) -> dict[Key, Any]:
    """The answers as they would be if the item or entry at a path had never been added."""
    *container, step = path
    number = step if isinstance(step, int) else _number(answers, tuple(container), step)
    if number is None:
        return dict(answers)
    return dict(_shifted(answers, tuple(container), step, number))


def _number(answers: dict[Key, Any], container: Path, name: str) -> int | None:
    """How many entries there were when this one was added."""
    for key, answer in answers.items():
        if key[0] == container and key[1] is Kind.KEY and answer == name:
            return int(key[2])
    return None


def _shifted(
    answers: dict[Key, Any], container: Path, step: str | int, number: int
) -> Iterator[tuple[Key, Any]]:
    size = len(container)
    for key, answer in answers.items():
        path, kind, *mark = key
        if path == container and kind in COUNTED and mark[0] >= number:
            if mark[0] > number:
                yield (path, kind, mark[0] - 1, *mark[1:]), answer
        elif path[:size] == container and len(path) > size and path[size] == step:
            continue
        elif _after(path, container, step):
            yield ((*container, path[size] - 1, *path[size + 1 :]), kind, *mark), answer
        else:
            yield key, answer


def _after(path: Path, container: Path, step: str | int) -> bool:
    size = len(container)
    if path[:size] != container or len(path) <= size:
        return False
    here = path[size]
    return isinstance(here, int) and isinstance(step, int) and here > step
