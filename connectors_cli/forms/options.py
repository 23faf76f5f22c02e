"""The values a place may have, where a schema lists them."""

from typing import Any

from connectors_cli.forms.compiled import Compiled, Part
from connectors_cli.forms.equality import canonical
from connectors_cli.forms.plaintext import plain
from connectors_cli.forms.question import Choice
from connectors_cli.forms.shape import Shape, Shapes, Union

BARE = frozenset(
    [
        "type",
        "const",
        "enum",
        "title",
        "description",
        "default",
        "examples",
        "$comment",
        "deprecated",
        "order",
    ]
)


class Options:
    """Finds the listed values of shapes, each once."""

    def __init__(self, compiled: Compiled, shapes: Shapes) -> None:
        self.compiled = compiled
        self.shapes = shapes
        self._found: dict[int, tuple[Choice, ...] | None] = {}

    def of(self, shape: Shape) -> tuple[Choice, ...] | None:
        """The choices, or None where values are not listed."""
        if id(shape) not in self._found:
            self._found[id(shape)] = self._find(shape)
        return self._found[id(shape)]

    def _find(self, shape: Shape) -> tuple[Choice, ...] | None:
        listed = self._listed(shape)
        if listed is None:
            return None
        return tuple(choice for choice in listed if self.compiled.fits(shape.parts, choice.value))

    def _listed(self, shape: Shape) -> list[Choice] | None:
        labelled = next(filter(None, (self._merged(union) for union in shape.unions)), None)
        values = self.shapes.constants(shape)
        if values is None:
            return labelled
        labels = _labels(shape)
        known = {canonical(choice.value): choice for choice in labelled or ()}
        return [
            known.get(canonical(value)) or Choice(value, labels.get(_text(value), _text(value)))
            for value in _unique(values)
        ]

    def _merged(self, union: Union) -> list[Choice] | None:
        """The values of a union all of whose branches only list values."""
        merged: dict[str, Choice] = {}
        for branch in union.branches:
            listed = self._constant(branch)
            if not listed:
                return None
            for choice in listed:
                merged.setdefault(canonical(choice.value), choice)
        return list(merged.values())

    def _constant(self, branch: Part) -> list[Choice] | None:
        shape = self.shapes.of((branch,))
        if any(set(part.schema) - BARE - {"$ref"} for part in shape.flat):
            return None
        values = self.shapes.constants(shape)
        title = plain(shape.note("title"))
        help_ = plain(shape.note("description"))
        if values is None:
            return None
        named = title if len(values) == 1 else ""
        return [Choice(value, named or _text(value), help_) for value in values]


def _unique(values: list[Any]) -> list[Any]:
    return list({canonical(value): value for value in values}.values())


def _text(value: Any) -> str:
    return value if isinstance(value, str) else canonical(value)


def _labels(shape: Shape) -> dict[str, str]:
    """Names that vendors put beside an enum: enumNames, titleMap, enumTitles ..."""
    names = shape.note("enumNames", "x-enumNames", "enumTitles", "enum_titles", "x-enum-varnames")
    values = shape.note("enum")
    if isinstance(names, list) and isinstance(values, list) and len(names) == len(values):
        return {_text(value): str(name) for value, name in zip(values, names, strict=True)}
    form = shape.note("x-schema-form")
    mapped = names if isinstance(names, dict) else None
    if isinstance(form, dict) and isinstance(form.get("titleMap"), dict):
        mapped = form["titleMap"]
    return {str(key): str(label) for key, label in (mapped or {}).items()}
