"""The values a place may have, where a schema lists them."""

from collections import Counter
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
        "x-order",
        "markdownDescription",
    ]
)


SHAPED = ("$ref", "allOf")
NOTHING = "nothing (null)"
NAMES = (
    "enumNames",
    "x-enumNames",
    "enumTitles",
    "enum_titles",
    "x-enum-varnames",
    "enumItemLabels",
)
HELPS = (
    "enumDescriptions",
    "markdownEnumDescriptions",
    "x-enum-descriptions",
    "x-enumDescriptions",
    "enum_descriptions",
)


class Options:
    """The listed values of shapes, each found once."""

    def __init__(self, compiled: Compiled, shapes: Shapes) -> None:
        self.compiled = compiled
        self.shapes = shapes
        self._found: dict[int, tuple[Choice, ...] | None] = {}
        self._reduced: dict[tuple[Any, ...], Part] = {}

    def of(self, shape: Shape) -> tuple[Choice, ...] | None:
        """Return the choices, None where values are not listed."""
        if id(shape) not in self._found:
            self._found[id(shape)] = self._find(shape)
        return self._found[id(shape)]

    def _find(self, shape: Shape) -> tuple[Choice, ...] | None:
        values = self.shapes.constants(shape)
        merged = next(filter(None, (self._merged(union) for union in shape.unions)), None)
        if values is None and merged is None:
            return None
        settled, labelled = merged if merged is not None else (None, [])
        listed = labelled if values is None else self._of_values(shape, values, labelled)
        parts = shape.flat if settled is None else [self._without(p, settled) for p in shape.flat]
        known = None if settled is None else {canonical(choice.value) for choice in labelled}
        return tuple(
            choice
            for choice in listed
            if (known is None or canonical(choice.value) in known)
            and self.compiled.fits(tuple(parts), choice.value)
        )

    def _of_values(self, shape: Shape, values: list[Any], labelled: list[Choice]) -> list[Choice]:
        labels, help_ = _labels(shape), _helps(shape)
        known = {canonical(choice.value): choice for choice in labelled}
        return [
            known.get(canonical(value))
            or Choice(value, labels.get(_text(value), _text(value)), help_.get(_text(value), ""))
            for value in _unique(values)
        ]

    def _without(self, part: Part, union: Union) -> Part:
        """A part without what its shape has looked at already, and without a union."""
        said = {*SHAPED, *({union.keyword} if part is union.owner else ())}
        key = (id(part), union.key)
        if key not in self._reduced:
            rest = {word: value for word, value in part.schema.items() if word not in said}
            self._reduced[key] = self.compiled.sub(part, rest)
        return self._reduced[key]

    def _merged(self, union: Union) -> tuple[Union, list[Choice]] | None:
        """A union all of whose branches only list values, with those that fit it."""
        merged: dict[str, Choice] = {}
        count: Counter[str] = Counter()
        for branch in union.branches:
            listed = self._constant(branch)
            if not listed:
                return None
            count.update(canonical(choice.value) for choice in listed)
            for choice in listed:
                merged.setdefault(canonical(choice.value), choice)
        once = union.exclusive
        return union, [choice for key, choice in merged.items() if not once or count[key] == 1]

    def _constant(self, branch: Part) -> list[Choice] | None:
        shape = self.shapes.of((branch,))
        if any(set(part.schema) - BARE - {"$ref"} for part in shape.flat):
            return None
        title = plain(shape.note("title"))
        help_ = plain(shape.note("description", "markdownDescription"))
        if shape.types == ("null",) and shape.stated:
            return [Choice(None, title or NOTHING, help_)]
        values = self.shapes.constants(shape)
        if values is None:
            return None
        named = title if len(values) == 1 else ""
        return [
            Choice(value, named or _text(value), help_)
            for value in values
            if self.compiled.fits(shape.parts, value)
        ]


def _unique(values: list[Any]) -> list[Any]:
    return list({canonical(value): value for value in values}.values())


def _text(value: Any) -> str:
    if value is None:
        return NOTHING
    return value if isinstance(value, str) else canonical(value)


def _labels(shape: Shape) -> dict[str, str]:
    """Names that vendors put next to an enum: enumNames, titleMap, enumTitles ..."""
    form = shape.note("x-schema-form")
    title_map = form.get("titleMap") if isinstance(form, dict) else None
    return _beside(shape, NAMES) or _beside(shape, (), title_map)


def _helps(shape: Shape) -> dict[str, str]:
    """Descriptions that vendors put next to an enum."""
    return {key: plain(text) for key, text in _beside(shape, HELPS).items()}


def _beside(shape: Shape, words: tuple[str, ...], found: Any = None) -> dict[str, str]:
    """Texts for the values of an enum: a list in the same order, or a map by value."""
    found = shape.note(*words) if words else found
    values = shape.note("enum")
    if isinstance(found, list) and isinstance(values, list) and len(found) == len(values):
        pairs = zip(values, found, strict=True)
        return {_text(value): str(text) for value, text in pairs if isinstance(text, str)}
    return {str(key): str(text) for key, text in found.items()} if isinstance(found, dict) else {}
