"""Names of an object that exclude each other: what can no longer be given is not asked for."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the keyword `not` is checked with these names too
    from connectors_cli.forms.compiled import Part

Names = frozenset[str]
NOTES = frozenset({"title", "description", "$comment", "errorMessage", "type"})
MOST = 200
"""How many combinations of names are looked at; a schema with more is only checked at the end."""


@dataclass(frozen=True)
class Exclusion:
    """What parts exclude: sets of names that may not all be present, and what needs what."""

    together: tuple[Names, ...] = ()
    needs: dict[str, Names] = field(default_factory=dict)
    most: int | None = None

    def __bool__(self) -> bool:
        return bool(self.together or self.needs or self.most is not None)

    def excludes(
        self,
        name: str,
        present: AbstractSet[str],
        barred: Iterable[Names] = (),
        possible: Names | None = None,
    ) -> bool:
        """Return whether a name cannot be added to those present.

        `barred` are further sets of names that may not all be present; `possible` are the names
        that an object can have, None where it may have any.
        """
        if self.most is not None and len(present | {name}) > self.most:
            return True
        sets = (*self.together, *barred)
        wanted = self._wanted(name) - present
        if possible is not None and not wanted <= possible | {name}:
            return True
        whole = present | wanted | {name}
        return any(clash <= whole and not clash <= present for clash in sets)

    def _wanted(self, name: str) -> set[str]:
        """The names that have to be there with one, each needing others in turn."""
        found, stack = {name}, [name]
        while stack:
            for needed in self.needs.get(stack.pop(), frozenset()) - found:
                found.add(needed)
                stack.append(needed)
        return found


class Exclusions:
    """The exclusions of sets of parts, each found once."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, ...], Exclusion] = {}

    def of(self, flat: "tuple[Part, ...]") -> Exclusion:
        """Return what the parts that apply to an object exclude."""
        key = tuple(map(id, flat))
        if key not in self._found:
            self._found[key] = self._find(flat)
        return self._found[key]

    def _find(self, flat: "tuple[Part, ...]") -> Exclusion:
        together = [names for part in flat for names in never_together(part.schema.get("not"))]
        needs: dict[str, set[str]] = {}
        for part in flat:
            for name, names in _needs(part.schema):
                needs.setdefault(name, set()).update(names)
        bounds = [b for part in flat if _is_count(b := part.schema.get("maxProperties"))]
        return Exclusion(
            tuple(dict.fromkeys(together)),
            {name: frozenset(names) for name, names in needs.items()},
            min(map(int, bounds)) if bounds else None,
        )


def never_together(schema: Any) -> tuple[Names, ...]:
    """Return the sets of names of which one must be absent for a value not to fit a schema.

    Only of schemas that speak of nothing but required names; () of all others.
    """
    return tuple(names for names in _fitting(schema) or () if names)


def _fitting(schema: Any) -> list[Names] | None:
    """The sets of names, any of which makes an object fit; None where more than names counts."""
    if not isinstance(schema, dict) or schema.get("type", "object") != "object":
        return None
    alternatives: list[list[Names]] = []
    for keyword, value in schema.items():
        if keyword in NOTES or (keyword == "properties" and _says_nothing(value)):
            continue
        found = _by_keyword(keyword, value)
        if found is None:
            return None
        alternatives += found
    if not alternatives or _count(alternatives) > MOST:
        return None
    return [frozenset().union(*chosen) for chosen in product(*alternatives)]


def _by_keyword(keyword: str, value: Any) -> list[list[Names]] | None:
    if not isinstance(value, list):
        return None
    if keyword == "required":
        return [[frozenset(name for name in value if isinstance(name, str))]]
    inner = [_fitting(sub) for sub in value]
    found = [sets for sets in inner if sets is not None]
    if len(found) < len(inner):
        return None
    if keyword == "allOf":
        return found
    return [[names for sets in found for names in sets]] if keyword == "anyOf" else None


def _says_nothing(value: Any) -> bool:
    return isinstance(value, dict) and all(sub in ({}, True) for sub in value.values())


def _count(alternatives: list[list[Names]]) -> int:
    count = 1
    for one in alternatives:
        count *= len(one)
    return count


def _needs(schema: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for keyword in ("dependentRequired", "dependentSchemas", "dependencies"):
        value = schema.get(keyword)
        for name, wanted in value.items() if isinstance(value, dict) else ():
            names = wanted.get("required") if isinstance(wanted, dict) else wanted
            if isinstance(names, list):
                yield name, [item for item in names if isinstance(item, str)]


def _is_count(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
