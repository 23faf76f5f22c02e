"""Paths in documents, and the values at them, which may be absent."""

from typing import Any

Path = tuple[str | int, ...]


class Absent:
    """The value of what does not exist."""

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> bool:
        return False


ABSENT = Absent()


def below(value: Any, step: str | int) -> Any:
    """Return what is at a key or index of a value, ABSENT if nothing is."""
    if isinstance(value, dict):
        return value.get(step, ABSENT)
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return value[step]
    return ABSENT
