"""Templates: text with places such as `{{ blog.site_url }}`, filled with connectors' values."""

from __future__ import annotations

import json
import re

from connectors_cli.errors import InvalidInput, NotFound
from connectors_cli.services import reveal, use
from connectors_cli.store.read.rows import value_at
from connectors_cli.store.read.sealed import sealed_connector

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from connectors_cli.settings import Settings
    from connectors_cli.store.read.database import Database

_PLACE = re.compile(
    r"\{\{(?:[ \t]*(?P<text>\"(?:[^\"\\\n]|\\.)*\")[ \t]*\}\}|(?P<value>[^{}\n]*)\}\})?"
)


class Filled:
    """A filled template: its text, the connectors used, and how many values are in it."""

    __slots__ = ("count", "names", "text")

    def __init__(self, text: str, names: tuple[str, ...], count: int) -> None:
        self.text = text
        self.names = names
        self.count = count


def fill(db: Database, settings: Settings, template: str) -> Filled:
    """Fill every place `{{ NAME.field }}`, after recording the use of each connector.

    Dots lead into objects and lists, as in `connectors get`. A place with JSON text, such as
    `{{ "{{" }}`, stands for that text. Only connectors whose credentials are used are recorded.

    Raises:
        InvalidInput: a place is not closed, or is not NAME.field; its line is named.
        NotFound: no such connector or field.
        NotPermitted, KeyProblem, Tampered: a connector may not or cannot be opened.
    """
    places = [match["value"].strip() for match in _places(template) if match["value"]]
    found = {place: _found(db, settings, place) for place in dict.fromkeys(places)}
    opened = _opened(db, settings, found.values())
    values = {
        place: _text(db, {**row["config"], **opened.get(row["name"], {})}, row, field)
        for place, (row, field) in found.items()
    }

    def filled(match: re.Match[str]) -> str:
        return json.loads(match["text"]) if match["text"] else values[match["value"].strip()]

    names = tuple(dict.fromkeys(row["name"] for row, _ in found.values()))
    return Filled(_PLACE.sub(filled, template), names, len(places))


def _opened(
    db: Database, settings: Settings, found: Iterable[tuple[dict[str, Any], str]]
) -> dict[str, dict[str, Any]]:
    """Open the credentials that are used, each connector's once; return them by its name."""
    fields: dict[str, set[str]] = {}
    for row, field in found:
        credential = reveal.credential_of(row, field)
        if credential is not None and not value_at(row["config"], field)[0]:
            fields.setdefault(row["name"], set()).add(credential)
    opened = (
        use.open_connectors(db, settings, (name,), "inject", tuple(sorted(own)))[0]
        for name, own in fields.items()
    )
    return {one.name: one.auth for one in opened}


def _text(db: Database, values: dict[str, Any], row: dict[str, Any], field: str) -> str:
    found, value = value_at(values, field)
    if not found:
        raise reveal.no_field(db, row, field)
    return reveal.as_text(value)


def _places(template: str) -> Iterator[re.Match[str]]:
    for match in _PLACE.finditer(template):
        line = template.count("\n", 0, match.start()) + 1
        if match["text"]:
            try:
                json.loads(match["text"])
            except ValueError:
                raise InvalidInput(f"line {line}: the text in {{{{ }}}} is not JSON") from None
        elif not (match["value"] or "").strip():
            raise InvalidInput(
                f"line {line}: {{{{ is not the start of {{{{ NAME.field }}}}",
                hint='to write two braces: {{ "{{" }}',
            )
        yield match


def _found(db: Database, settings: Settings, place: str) -> tuple[dict[str, Any], str]:
    """Return the row of a place's connector with the default settings, and its field.

    The longest name wins.
    """
    words = place.split(".")
    if len(words) == 1:
        raise InvalidInput(f"{place[:100]!r} in the template is not NAME.field")
    for count in range(len(words) - 1, 1, -1):
        try:
            row = sealed_connector(db, settings.tenant, ".".join(words[:count]))
        except NotFound:
            continue
        return _checked(db, row, ".".join(words[count:]))
    return _checked(db, sealed_connector(db, settings.tenant, words[0]), ".".join(words[1:]))


def _checked(db: Database, row: dict[str, Any], field: str) -> tuple[dict[str, Any], str]:
    row = {**row, "config": reveal.all_settings(db, row)}
    if not value_at(row["config"], field)[0] and reveal.credential_of(row, field) is None:
        raise reveal.no_field(db, row, field)
    return row, field
