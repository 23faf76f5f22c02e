"""The branches of a union: how they are named, and which of them a value belongs to."""

from collections.abc import Callable
from typing import Any

from connectors_cli.forms.compiled import Compiled, Part
from connectors_cli.forms.coverage import Coverage
from connectors_cli.forms.equality import canonical
from connectors_cli.forms.fields import mapping, strings
from connectors_cli.forms.options import Options
from connectors_cli.forms.place import Place
from connectors_cli.forms.plaintext import plain
from connectors_cli.forms.question import Choice
from connectors_cli.forms.shape import Shape, Shapes, Union

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
    """Names branches and finds the one that a value belongs to."""

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
        labels = [self._label(branch) for branch in branches]
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

    def _help(self, branch: Part) -> str:
        return plain(self.shapes.of((branch,)).note("description"))

    def _label(self, branch: Part) -> str:
        shape = self.shapes.of((branch,))
        title = plain(shape.note("title"))
        if title:
            return title
        constants = self._constants(shape)
        if constants:
            return ", ".join(constants)
        required = [name for part in shape.flat for name in strings(part.schema.get("required"))]
        if required:
            return ", ".join(dict.fromkeys(required))
        return " or ".join(TYPE_LABELS[name] for name in shape.types)

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


def _membership(best: Callable[[Any], list[int]], index: int) -> Callable[[Any], bool]:
    return lambda value: index in best(value)


def _distinct(labels: list[str]) -> list[str]:
    return [
        f"{label} ({index + 1})" if labels.count(label) > 1 else label
        for index, label in enumerate(labels)
    ]
