"""Takes text and numbers as they are, where Typer would load Pydantic to say the same."""

from collections.abc import Iterable
from typing import Any

from typer._coercion import RuntimeParam


class _AsText(RuntimeParam):
    """Lets text, numbers and absent values through; any other gets Typer's own coercion.

    Pydantic is half of the time that a list of cards takes, and most lines need nothing of it.
    """

    def _coerce_value(self, value: Any, param: Any, ctx: Any) -> Any:
        if self.annotation is str and _is_text(value):
            return value
        if self.annotation == list[str] and all(map(_is_text, value)):
            return list(value)
        if self.annotation is int and _is_number(value, self.parameter_info):
            return int(value)
        param._runtime_param = None  # noqa: SLF001 - where Typer keeps it once it is built
        return param.get_runtime_param().coerce(value, param=param, ctx=ctx)


def take_text_as_it_is(params: Iterable[Any]) -> None:
    """Spare parameters of a command the loading of Pydantic until a value needs it."""
    for param in params:
        known = param.type_descriptor
        param._runtime_param = _AsText(known.parameter_info, known.annotation)  # noqa: SLF001


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and _is_unicode(value)


def _is_number(value: Any, bounds: Any) -> bool:
    text = str(value)
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        return False
    least, most = getattr(bounds, "min", None), getattr(bounds, "max", None)
    return (least is None or least <= int(text)) and (most is None or int(text) <= most)


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in text)
