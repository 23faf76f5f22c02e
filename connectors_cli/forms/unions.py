"""The branches of unions: their names, and to which of them a value belongs."""

from collections.abc import Callable
from typing import Any

from connectors_cli.forms.compiled import Compiled, Part
from connectors_cli.forms.coverage import Coverage
from connectors_cli.forms.equality import canonical
from connectors_cli.forms.fields import Field, FieldMaker, mapping, strings
from connectors_cli.forms.options import Options
from connectors_cli.forms.place import Place
from connectors_cli.forms.plain_schema import FILLED
from connectors_cli.forms.plaintext import humanised, plain
from connectors_cli.forms.question import Choice
from connectors_cli.forms.shape import Shape, Shapes, Union

OTHER = "something else"
TYPE_LABELS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "yes or no",
    "object": "fields",
    "array": "list",
    "null": "nothing (null)",
    "any": "anything",
}


class Unions:
    """The branches of unions: names them and finds the one that a value belongs to."""

    def __init__(
        self, compiled: Compiled, shapes: Shapes, options: Options, coverage: Coverage
    ) -> None:
        self.compiled = compiled
        self.shapes = shapes
        self.options = options
        self.coverage = coverage

    def possible(self, parts: tuple[Part, ...], union: Union) -> tuple[Part, ...]:
        """The branches that do not contradict what applies anyway."""
        return tuple(branch for branch in union.branches if self._possible(parts, branch))

    def _possible(self, parts: tuple[Part, ...], branch: Part) -> bool:
        shape = self.shapes.of((*parts, branch))
        return not shape.never and self.options.of(shape) != ()

    def choices(self, place: Place, union: Union, branches: tuple[Part, ...]) -> tuple[Choice, ...]:
        labels = self.labels(branches)
        best = self._memory(place, union, branches)
        return tuple(
            Choice(index, label, self._help(branch), _membership(best, index))
            for index, (branch, label) in enumerate(zip(branches, _distinct(labels), strict=True))
        )

    def _memory(
        self, place: Place, union: Union, branches: tuple[Part, ...]
    ) -> Callable[[Any], list[int]]:
        """`belongs`, remembering the value asked about last."""
        last: list[Any] = []

        def best(value: Any) -> list[int]:
            if not last or last[0] is not value:
                last[:] = [value, self.belongs(place, union, branches, value)]
            found: list[int] = last[1]
            return found

        return best

    def belongs(
        self, place: Place, union: Union, branches: tuple[Part, ...], value: Any
    ) -> list[int]:
        """The branches that a value fits and that describe most of it."""
        valid = [i for i, branch in enumerate(branches) if self.compiled.valid(branch, value)]
        return self._best(place, union, branches, value, valid)

    def nearest(
        self, place: Place, union: Union, branches: tuple[Part, ...], value: Any
    ) -> list[int]:
        """Like `belongs` for an unfinished value: the branches that it does not contradict."""
        exact = self.belongs(place, union, branches, value)
        if exact:
            return exact
        open_ = [i for i, branch in enumerate(branches) if self._allows(branch, value)]
        return self._best(place, union, branches, value, open_)

    def _best(
        self, place: Place, union: Union, branches: tuple[Part, ...], value: Any, among: list[int]
    ) -> list[int]:
        if len(among) < 2:
            return among
        settled = place.settled | {union.key}
        scores = {
            i: self.coverage.score((*place.parts, branches[i]), value, settled) for i in among
        }
        return [i for i in among if scores[i] == max(scores.values())]

    def _allows(self, branch: Part, value: Any) -> bool:
        shape = self.shapes.of((branch,))
        if not isinstance(value, dict):
            return False
        if shape.stated and "object" not in shape.types:
            return False
        return self.consistent(shape, value)

    def consistent(self, shape: Shape, value: dict[str, Any]) -> bool:
        """Whether what a value holds already fits the parts about it."""
        return all(
            self.compiled.valid(self.compiled.sub(part, sub), value[name])
            for part in shape.flat
            for name, sub in mapping(part, "properties").items()
            if name in value and not isinstance(value[name], dict | list)
        )

    def beside_null(self, branches: tuple[Part, ...]) -> int | None:
        """Return the index of the other branch where one of two is nothing but null."""
        kinds = [self.shapes.of((branch,)).types for branch in branches]
        if len(kinds) != 2 or ("null",) not in kinds:
            return None
        other = 1 - kinds.index(("null",))
        return None if {"null", "any"} & set(kinds[other]) else other

    def _help(self, branch: Part) -> str:
        return plain(self.shapes.of((branch,)).note("description"))

    def labels(self, branches: tuple[Part, ...]) -> list[str]:
        """Names of branches: their titles, else what tells them apart."""
        required = [self._required(branch) for branch in branches]
        shared = set(required[0]).intersection(*required[1:]) if required else set()
        return [
            self._label(branch, [name for name in names if name not in shared])
            for branch, names in zip(branches, required, strict=True)
        ]

    def _required(self, branch: Part) -> list[str]:
        flat = self.shapes.of((branch,)).flat
        names = [name for part in flat for name in strings(part.schema.get("required"))]
        return list(dict.fromkeys(names))

    def _label(self, branch: Part, own: list[str]) -> str:
        shape = self.shapes.of((branch,))
        title = plain(shape.note("title"))
        if title:
            return title
        constants = self._constants(shape)
        if constants:
            return ", ".join(constants)
        if own:
            return ", ".join(self._field_title(shape, name) for name in own[:3])
        return " or ".join(TYPE_LABELS[name] for name in shape.types)

    def _field_title(self, shape: Shape, name: str) -> str:
        subs = [mapping(part, "properties").get(name) for part in shape.flat]
        titles = (plain(sub.get("title")) for sub in subs if isinstance(sub, dict))
        return next(filter(None, titles), humanised(name))

    def _constants(self, shape: Shape) -> list[str]:
        """The values that tell a branch apart: its own, or those of its fields."""
        own = self.shapes.constants(shape)
        if own is not None:
            return [value if isinstance(value, str) else canonical(value) for value in own[:5]]
        return [
            str(sub["const"])
            for part in shape.flat
            for sub in mapping(part, "properties").values()
            if isinstance(sub, dict) and isinstance(sub.get("const"), str)
        ][:2]


class NameUnions:
    """Unions of the fields of objects that need one of them and do not say which."""

    def __init__(
        self, compiled: Compiled, shapes: Shapes, options: Options, fields: FieldMaker
    ) -> None:
        self.compiled = compiled
        self.shapes = shapes
        self.options = options
        self.fields = fields
        self._found: dict[int, Union | None] = {}

    def of(self, shape: Shape) -> Union | None:
        """Return the union of an object's fields, None where there is nothing to choose."""
        if id(shape) not in self._found:
            self._found[id(shape)] = self._find(shape)
        return self._found[id(shape)]

    def _find(self, shape: Shape) -> Union | None:
        if shape.bound("minProperties") != 1 or shape.unions:
            return None
        view = self.fields.of(tuple(shape.flat))
        names = [name for name, field in view.named.items() if self._may_be_chosen(field)]
        if view.required or not 2 <= len(names) == len(view.named):
            return None
        keyword = "oneName" if shape.bound("maxProperties") == 1 else "anyName"
        owner = next(part for part in shape.flat if "minProperties" in part.schema)
        branches: list[dict[str, Any]] = [
            {"title": self._title(view.named[name]), "required": [name]} for name in names
        ]
        if view.open:
            branches.append({"title": OTHER, "not": {"anyOf": [{"required": [n]} for n in names]}})
        parts = tuple(self.compiled.sub(owner, branch) for branch in branches)
        return Union(owner, keyword, parts)

    def _title(self, field: Field) -> str:
        return plain(self.shapes.of(field.sources).note("title")) or humanised(field.name)

    def _may_be_chosen(self, field: Field) -> bool:
        shape = self.shapes.of(field.sources)
        return not shape.never and shape.note(FILLED) is None and self.options.of(shape) != ()


def _membership(best: Callable[[Any], list[int]], index: int) -> Callable[[Any], bool]:
    return lambda value: index in best(value)


def _distinct(labels: list[str]) -> list[str]:
    return [
        f"{label} ({index + 1})" if labels.count(label) > 1 else label
        for index, label in enumerate(labels)
    ]
