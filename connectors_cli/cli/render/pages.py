"""One connector, or one service, as a page for people; `-o table` shows every field instead."""

import sys
from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.text import Text

from connectors_cli.catalog.icons import glyph
from connectors_cli.cli.context import CommandContext
from connectors_cli.cli.render.console import STATUS_STYLES, TONE_STYLES, console_for, print_pairs
from connectors_cli.services.cards import LIFECYCLE_TONES, badges
from connectors_cli.services.output import ServicePage
from connectors_cli.system.text import (
    as_text,
    command_line,
    printable,
    printable_lines,
    shell_quoted,
)

Pairs = list[tuple[str, str]]
_AUTH_TYPES = {
    "oauth": "sign in at the service (OAuth)",
    "api_key": "a key or token of the service",
    "basic": "user name and password",
    "none": "none",
}


def show_connector(row: dict[str, Any], context: CommandContext) -> None:
    """Print a connector: what it is and whether it works first, ids last."""
    console, status = console_for(context, sys.stdout), str(row["status"])
    service = str(row.get("catalog_name") or row["catalog_key"])
    _title(console, row, service, (status, STATUS_STYLES.get(status, "")))
    check = row["last_check"] if isinstance(row["last_check"], dict) else {}
    settings = row["config"] if isinstance(row["config"], dict) else {}
    fields = row["auth_fields"] if isinstance(row["auth_fields"], list) else []
    pairs = [
        ("name", str(row["name"])),
        (
            "service",
            service if service == row["catalog_key"] else f"{service} ({row['catalog_key']})",
        ),
        ("status", status),
        ("account", str(check.get("account") or settings.get("account_label") or "")),
        ("last test", _tested(check)),
        ("token ends", _moment(row["auth_expires_at"])),
        ("tags", as_text(row["tags"])),
    ]
    _section(console, "", pairs)
    _section(console, "Settings", [(name, as_text(value)) for name, value in settings.items()])
    _section(console, "Credentials", [(str(name), "set") for name in fields] or [("none", "-")])
    _section(console, "History", list(_history(row)))


def show_service(page: ServicePage, context: CommandContext) -> int:
    """Print a service: what it can do, how to set it up, its fields, and the next command."""
    console, values = console_for(context, sys.stdout), page.values
    state = str(values["lifecycle"])
    style = TONE_STYLES[LIFECYCLE_TONES.get(state, "plain")]
    _title(console, values, str(values["category"]), ("" if state == "active" else state, style))
    _text(console, str(values["description"] or ""))
    if values["notice"]:
        _text(console, f"! {values['notice']}", style or "yellow")
    pairs = [
        ("key", ", ".join([values["key"], *values["aliases"]])),
        ("can", " · ".join(badges(values["capabilities"]))),
        ("sign-in", _AUTH_TYPES.get(values["auth_type"], str(values["auth_type"]))),
        ("documentation", str(values["docs_url"] or "")),
        ("source", "" if values["source"] == "builtin" else str(values["source"])),
    ]
    _section(console, "", pairs)
    if values["setup"]:
        _section(console, "Setup", list(_setup(values["setup"])))
    given = [field for field in values["fields"] if not field["filled_by_flow"]]
    for title, part in (("Settings", "config"), ("Credentials", "auth")):
        _section(console, title, [_field(field) for field in given if field["part"] == part])
    filled = [field["name"] for field in values["fields"] if field["filled_by_flow"]]
    _section(console, "Filled by signing in", [("fields", ", ".join(filled))])
    _section(console, "Variables of run and env", list(_variables(values["fields"])))
    _section(
        console,
        "",
        [(n, _listed(values[n])) for n in ("notes", "unconfirmed", "sources") if n in values],
    )
    _text(console, f"\nInstall it: {command_line('install', values['key'])}")
    return page.exit_code


def _title(console: Console, row: dict[str, Any], kind: str, state: tuple[str, str]) -> None:
    icon = "" if console.options.ascii_only else f"{glyph(str(row.get('icon')))} "
    words = [
        (f"{icon}{printable(str(row['name']))}", "bold"),
        ("  ", ""),
        (printable(kind), "cyan"),
    ]
    if state[0]:
        words += [("  ", ""), state]
    console.print(Text.assemble(*words), soft_wrap=True)


def _text(console: Console, text: str, style: str = "") -> None:
    console.print(Text(printable_lines(text), style=style))


def _section(console: Console, title: str, pairs: Pairs) -> None:
    """Print pairs that have a value under a title, after an empty line."""
    filled = [(name, value) for name, value in pairs if value]
    if not filled:
        return
    console.print()
    if title:
        console.print(Text(title, style="bold"))
    print_pairs(console, filled, "  " if title else "")


def _tested(check: dict[str, Any]) -> str:
    if not check:
        return "never"
    words = [str(check.get("state") or "")]
    if message := check.get("message"):
        words.append(str(message))
    moment = _moment(check.get("checked_at") or check.get("at"))
    return ": ".join(words) + (f" ({moment})" if moment else "")


def _moment(text: Any) -> str:
    return f"{text[:16].replace('T', ' ')} UTC" if isinstance(text, str) else ""


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
