"""Text and number parameters converted without Pydantic, which Typer would load for them."""

from collections.abc import Iterable
from typing import Any

from typer._coercion import RuntimeParam

from connectors_cli.system.text import is_unicode


class _AsText(RuntimeParam):
    """Converts text and integers itself; leaves every other value to Typer.

    Importing Pydantic takes half the time of a list of cards, and most lines do not need it.
    """

    def _coerce_value(self, value: Any, param: Any, ctx: Any) -> Any:
        if self.annotation is str and _is_text(value):
            return value
        if self.annotation == list[str] and all(map(_is_text, value)):
            return list(value)
        if self.annotation is int and _is_number(value, self.parameter_info):
            return int(value)
        param._runtime_param = None  # noqa: SLF001 - Typer's own cache
        return param.get_runtime_param().coerce(value, param=param, ctx=ctx)


def avoid_pydantic(params: Iterable[Any]) -> None:
    """Make parameters load Pydantic only for a value that needs it."""
    for param in params:
        known = param.type_descriptor
        param._runtime_param = _AsText(known.parameter_info, known.annotation)  # noqa: SLF001


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and is_unicode(value)


def _is_number(value: Any, bounds: Any) -> bool:
    text = str(value)
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        return False
    least, most = getattr(bounds, "min", None), getattr(bounds, "max", None)
    return (least is None or least <= int(text)) and (most is None or int(text) <= most)
