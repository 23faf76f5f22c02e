"""Coverage of a value by the questions of a form, which decides between overlapping branches."""

from typing import Any

from connectors_cli.forms.compiled import Compiled, Part
from connectors_cli.forms.conditions import Conditions
from connectors_cli.forms.fields import FieldMaker, Fields
from connectors_cli.forms.shape import Shape, Shapes, item_parts

DEPTH = 12
Settled = frozenset[tuple[int, str]]
NOTHING: Settled = frozenset()
Score = tuple[int, int, int]
"""Values that would not be asked for and constants that would be added (both as negative numbers),
and values that are described."""


class Coverage:
    """Compares values with the parts that would apply to them."""

    def __init__(
        self, compiled: Compiled, shapes: Shapes, fields: FieldMaker, conditions: Conditions
    ) -> None:
        self.compiled = compiled
        self.shapes = shapes
        self.fields = fields
        self.conditions = conditions

    def score(
        self, parts: tuple[Part, ...], value: Any, settled: Settled = NOTHING, depth: int = 0
    ) -> Score:
        """The score of a value; unions that are `settled` are left out."""
        shape = self.shapes.of(parts)
        if depth > DEPTH or shape.never:
            return (-1 if shape.never else 0, 0, 0)
        if isinstance(value, dict):
            return self._best(shape, value, settled, depth)
        if isinstance(value, list):
            return self._items(shape, value, depth)
        return (0, 0, 1 if shape.types != ("any",) else 0)

    def _best(self, shape: Shape, value: dict[str, Any], settled: Settled, depth: int) -> Score:
        flat = list(shape.flat)
        for union in shape.unions:
            if union.key in settled:
                continue
            fitting = [branch for branch in union.branches if self.compiled.valid(branch, value)]
            shapes = [self.shapes.of((branch,)) for branch in fitting]
            if shapes:
                scores = [self._object([*flat, *one.flat], value, depth) for one in shapes]
                flat += shapes[scores.index(max(scores))].flat
        return self._object(flat, value, depth)

    def _object(self, flat: list[Part], value: dict[str, Any], depth: int) -> Score:
        active = tuple(self.conditions.active(flat, value, frozenset()).parts)
        fields = self.fields.of(active)
        scores = [(0, -self._added(fields, value), 0)]
        for name, item in value.items():
            if name in fields.named:
                lost, added, described = self.score(
                    fields.named[name].sources, item, depth=depth + 1
                )
                scores.append((lost, added, described + 1))
            else:
                scores.append((0 if fields.open else -1, 0, 0))
        return _sum(scores)

    def _added(self, fields: Fields, value: dict[str, Any]) -> int:
        """How many fields have one possible value only, which the value lacks."""
        missing = (field for name, field in fields.named.items() if name not in value)
        shapes = (self.shapes.of(field.sources) for field in missing)
        return sum(len(self.shapes.constants(shape) or ()) == 1 for shape in shapes)

    def _items(self, shape: Shape, value: list[Any], depth: int) -> Score:
        return _sum(
            [
                self.score(item_parts(self.compiled, shape, index), item, depth=depth + 1)
                for index, item in enumerate(value)
            ]
        )


def _sum(scores: list[Score]) -> Score:
    lost, added, described = zip(*scores, strict=True) if scores else ((), (), ())
    return (sum(lost), sum(added), sum(described))
