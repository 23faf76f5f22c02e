"""The content of pages: all that is said of one service or one connector, in sections."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from connectors_cli.catalog.icons import glyph
from connectors_cli.services.cards import LIFECYCLE_TONES, STATUS_TONES, Line, badges, day
from connectors_cli.system.text import as_text, command_line, shell_quoted

Pairs = list[tuple[str, str]]
_FOR_PROGRAMS = frozenset({"id", "revision", "change", "version"})
_AUTH_TYPES = {
    "oauth": "sign in at the service (OAuth)",
    "api_key": "a key or token of the service",
    "basic": "user name and password",
    "none": "none",
}


class Section(NamedTuple):
    """Names and values under a title, which may be empty."""

    title: str
    pairs: Pairs


class PageContent(NamedTuple):
    """A page: its heading, what kind of thing it is and in which state, text, and sections.

    `after` is text at the end.
    """

    glyph: str
    heading: str
    kind: str
    state: Line
    texts: tuple[Line, ...]
    sections: tuple[Section, ...]
    after: str = ""


def connector_page(row: dict[str, Any]) -> PageContent:
    """Return the page of a connector: what it is and whether it works first, ids last."""
    status = str(row["status"])
    service = str(row.get("catalog_name") or row["catalog_key"])
    check = row["last_check"] if isinstance(row["last_check"], dict) else {}
    settings = row["config"] if isinstance(row["config"], dict) else {}
    fields = row["auth_fields"] if isinstance(row["auth_fields"], list) else []
    key = row["catalog_key"]
    pairs = [
        ("name", str(row["name"])),
        ("service", service if service == key else f"{service} ({key})"),
        ("status", status),
        ("account", str(check.get("account") or settings.get("account_label") or "")),
        ("last test", _tested(check)),
        ("token ends", _moment(row["auth_expires_at"])),
        ("tags", as_text(row["tags"])),
    ]
    values = [(str(name), as_text(value)) for name, value in settings.items()]
    held = [(str(name), "set") for name in fields] or [("none", "-")]
    return PageContent(
        glyph(str(row.get("icon"))),
        str(row["name"]),
        service,
        Line(status, STATUS_TONES.get(status, "plain")),
        (),
        _filled(
            Section("", pairs),
            Section("Settings", values),
            Section("Credentials", held),
            Section("History", list(_history(row))),
        ),
    )


def service_page(values: dict[str, Any]) -> PageContent:
    """Return the page of a service: what it can do, how to set it up, its fields, what is next.

    `values` are those of `services.types.describe`.
    """
    state = str(values["lifecycle"])
    tone = LIFECYCLE_TONES.get(state, "plain")
    texts = [Line(str(values["description"] or ""))]
    if values["notice"]:
        texts.append(Line(f"! {values['notice']}", LIFECYCLE_TONES.get(state, "warning")))
    pairs = [
        ("key", ", ".join([values["key"], *values["aliases"]])),
        ("can", " · ".join(badges(values["capabilities"]))),
        ("sign-in", _AUTH_TYPES.get(values["auth_type"], str(values["auth_type"]))),
        ("documentation", str(values["docs_url"] or "")),
        ("source", "" if values["source"] == "builtin" else str(values["source"])),
    ]
    given = [field for field in values["fields"] if not field["filled_by_flow"]]
    filled = [field["name"] for field in values["fields"] if field["filled_by_flow"]]
    more: Pairs = [
        (n, _listed(values[n])) for n in ("notes", "unconfirmed", "sources") if n in values
    ]
    return PageContent(
        glyph(str(values.get("icon"))),
        str(values["name"]),
        str(values["category"]),
        Line("" if state == "active" else state, tone),
        tuple(texts),
        _filled(
            Section("", pairs),
            Section("Setup", list(_setup(values["setup"] or {}))),
            Section("Settings", [_field(one) for one in given if one["part"] == "config"]),
            Section("Credentials", [_field(one) for one in given if one["part"] == "auth"]),
            Section("Filled by signing in", [("fields", ", ".join(filled))]),
            Section("Variables of run and env", list(_variables(values["fields"]))),
            Section("", more),
        ),
        f"Install it: {command_line('install', values['key'])}",
    )


def entry_details(found: Any) -> str:
    """Return the details of a log entry for people, without those for programs."""
    if not isinstance(found, dict):
        return as_text(found)
    kept = {n: v for n, v in found.items() if n not in _FOR_PROGRAMS and v not in (None, "", [])}
    return as_text(kept)


def _filled(*sections: Section) -> tuple[Section, ...]:
    """Return the sections with the pairs that have a value, without empty ones."""
    some = (Section(title, [pair for pair in pairs if pair[1]]) for title, pairs in sections)
    return tuple(section for section in some if section.pairs)


def _tested(check: dict[str, Any]) -> str:
    if not check:
        return "never"
    words = [str(check.get("state") or "")]
    if message := check.get("message"):
        words.append(str(message))
    moment = _moment(check.get("checked_at") or check.get("at"))
    return ": ".join(words) + (f" ({moment})" if moment else "")


def _moment(text: Any) -> str:
    return f"{day(text)} UTC" if isinstance(text, str) else ""


def _history(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for what in ("created", "updated"):
        if row.get(f"{what}_at"):
            by = row.get(f"{what}_by_email")
            yield what, _moment(row[f"{what}_at"]) + (f" by {by}" if by else "")
    yield "version", str(row["version"])
    yield "id", str(row["id"])
    yield "tenant", str(row["tenant_id"])


def _setup(setup: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in setup.items():
        if isinstance(value, list | tuple) and name != "scopes":
            steps = (f"{number}. {step}" for number, step in enumerate(value, 1))
            yield name, "\n".join(steps)
        elif value:
            shown = " ".join(value) if isinstance(value, list | tuple) else as_text(value)
            yield name.replace("_", " "), shown


def _field(field: dict[str, Any]) -> tuple[str, str]:
    """Return a field's name, and what it is, its default, and the option that sets it."""
    default, example, option = field["default"], field["example"], str(field["flag"])
    facts = [] if field["type"] == "text" else [field["type"]]
    if default not in (None, "", [], {}):
        facts.append(f"default {as_text(default)}")
    if isinstance(example, str | int | float) and not field["secret"]:
        flag, word = option.partition(" ")[0], f"{field['name']}={as_text(example)}"
        option = f"{flag} {shell_quoted(word)}"
    about = "Required. " * field["required"] + str(field["description"] or field["title"])
    return field["name"], "\n".join(filter(None, (about, ", ".join(facts), option)))


def _variables(fields: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield which fields have which variables, the usual ones first, then those of each tool."""
    usual = [f"{field['variable']}: {field['name']}" for field in fields if field["variable"]]
    yield "usual", ", ".join(usual)
    for tool in sorted({tool for field in fields for tool in field["variable_for"]}):
        own = [(field["variable_for"].get(tool), field["name"]) for field in fields]
        yield f"--for {tool}", ", ".join(f"{name}: {field}" for name, field in own if name)


def _listed(value: Any) -> str:
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value or "")
