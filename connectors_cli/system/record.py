"""Records: classes of named values, for commands that `dataclasses` would start slowly.

That module costs as much as a bare interpreter, and writes and compiles the methods of each class;
here all classes share theirs. Fields are the annotations, as there.
"""

from __future__ import annotations

from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")


class _Field:
    """The default of a field, and whether its value is shown and compared."""

    def __init__(self, default: Any, factory: Any, shown: bool, compared: bool) -> None:
        self.default = default
        self.factory = factory
        self.shown = shown
        self.compared = compared


_REQUIRED = object()


def field(
    *,
    default: Any = _REQUIRED,
    default_factory: Any = None,
    shown: bool = True,
    compared: bool = True,
) -> Any:
    """Return the description of a field; one that is not `shown` is left out of its repr."""
    return _Field(default, default_factory, shown, compared)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Record:
    """A class whose fields are its annotations; with `frozen=False` they can be assigned."""

    _fields: dict[str, _Field] = {}  # noqa: RUF012 - each class gets its own, as the next two
    _defaults: dict[str, Any] = {}  # noqa: RUF012
    _names: tuple[str, ...] = ()

    def __init_subclass__(cls, *, frozen: bool = True) -> None:
        names = cls.__dict__.get("__annotations__", {})  # noqa: RUF063 - inspect is slow to import
        own = {n: getattr(cls, n, _REQUIRED) for n, kind in names.items() if _is_field(kind)}
        described = {
            name: one if isinstance(one, _Field) else _Field(one, None, True, True)
            for name, one in own.items()
        }
        cls._fields = {**cls._fields, **described}
        cls._names = tuple(cls._fields)
        given = ((name, one.default) for name, one in cls._fields.items())
        cls._defaults = {name: value for name, value in given if value is not _REQUIRED}
        for name, one in described.items():
            if isinstance(own[name], _Field):
                delattr(cls, name)
                if one.default is not _REQUIRED:
                    setattr(cls, name, one.default)
        if not frozen:
            cls.__setattr__ = object.__setattr__  # type: ignore[method-assign, assignment]
            cls.__delattr__ = object.__delattr__  # type: ignore[method-assign]
            cls.__hash__ = None  # type: ignore[assignment]

    def __init__(self, *args: Any, **values: Any) -> None:
        names, found = self._names, self.__dict__
        found.update(self._defaults)
        if args:
            found.update(zip(names, args, strict=False))
            if len(args) > len(names) or not values.keys().isdisjoint(names[: len(args)]):
                raise self._mistaken()
        if values:
            found.update(values)
            if not self._fields.keys() >= values.keys():
                raise self._mistaken()
        if len(found) < len(names):
            self._complete(found)

    def _complete(self, found: dict[str, Any]) -> None:
        """Add new lists and the like; raises TypeError if a value is missing."""
        for name, one in self._fields.items():
            if name not in found:
                if one.factory is None:
                    raise self._mistaken()
                found[name] = one.factory()

    def _mistaken(self) -> TypeError:
        return TypeError(f"{type(self).__name__} has the fields {', '.join(self._names)}")

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"cannot assign to {name!r}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"cannot delete {name!r}")

    def _compared(self) -> tuple[Any, ...]:
        return tuple(self.__dict__[name] for name, one in self._fields.items() if one.compared)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash(self._compared())

    def __repr__(self) -> str:
        shown = (f"{n}={self.__dict__[n]!r}" for n, one in self._fields.items() if one.shown)
        return f"{type(self).__qualname__}({', '.join(shown)})"


def _is_field(annotation: object) -> bool:
    return "ClassVar" not in str(annotation)


def replace(record: T, /, **changes: Any) -> T:
    """Return a record, or an object of a dataclass, with other values of some fields."""
    if isinstance(record, Record):
        return type(record)(**{**values_of(record), **changes})
    import dataclasses

    other: Any = record
    replaced: T = dataclasses.replace(other, **changes)
    return replaced


def names_of(kind: type[Record]) -> tuple[str, ...]:
    """Return the names of a class's fields, in order."""
    return kind._names  # noqa: SLF001


def values_of(record: Record) -> dict[str, Any]:
    """Return the values of a record by name, in order."""
    return {name: record.__dict__[name] for name in names_of(type(record))}
