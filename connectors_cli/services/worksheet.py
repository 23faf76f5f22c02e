"""A connector as YAML to edit: every field, with its help in comments."""

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from connectors_cli.catalog.entry import Entry
from connectors_cli.catalog.fields import FieldInfo, fields

_WIDTH = 96


def worksheet(
    entry: Entry,
    head: Mapping[str, Any],
    config: Mapping[str, Any],
    auth: Mapping[str, Any],
    heading: tuple[str, ...],
) -> str:
    """Return YAML with `head`, config and auth; fields without a value are commented out."""
    first, *rest = heading
    lines = [f"# {entry.name}: {first}", *(f"# {line}" for line in rest)]
    if head:
        lines += _dump(dict(head))
    for part, values in (("config", config), ("auth", auth)):
        infos = [i for i in fields(entry) if i.part == part and not i.filled_by_flow]
        known = {info.name for info in infos}
        others = {name: value for name, value in values.items() if name not in known}
        body = [line for info in infos for line in _field(info, values)]
        body += _dump(others) if others else []
        filled = any(not line.startswith("#") for line in body)
        lines += ["", f"{part}:" if filled else f"{part}: {{}}"]
        lines += [f"  {line}" for line in body]
    return "\n".join(lines) + "\n"


def _field(info: FieldInfo, values: Mapping[str, Any]) -> Iterator[str]:
    words = ". ".join(filter(None, (info.title, info.description.rstrip("."))))
    rule = f"({info.type}{', required' if info.required else ''})"
    for line in textwrap.wrap(f"{words} {rule}".strip(), _WIDTH):
        yield f"# {line}"
    if info.name in values:
        yield from _dump({info.name: values[info.name]})
    else:
        sample = info.default if info.default is not None else info.example
        shown = "{env: VARIABLE}" if info.secret else _dump({"x": sample})[0][2:].strip()
        yield f"# {info.name}: {shown if shown != 'null' else ''}".rstrip()


def _dump(values: dict[str, Any]) -> list[str]:
    text: str = yaml.safe_dump(values, width=_WIDTH, allow_unicode=True, sort_keys=False)
    return text.rstrip("\n").split("\n")
