"""Damaged credentials on the command line: what is reset or accepted, shown and confirmed first."""

import json
from collections.abc import Sequence
from typing import Any

from connectors_cli.cli.confirm import confirm
from connectors_cli.cli.context import CommandContext
from connectors_cli.services import connectors
from connectors_cli.services import credentials as services_credentials
from connectors_cli.services.output import Document
from connectors_cli.services.results import Batch, Change

_SHOWN = 5


def reset(context: CommandContext, names: Sequence[str], *, dry_run: bool) -> Batch:
    """Clear the credentials of the named connectors after confirmation; keep their settings."""
    ws = context.existing_workspace()
    if not dry_run:
        lost = services_credentials.find_lost_key(ws) if context.interactive else None
        listed = ", ".join(names)
        confirm(
            context,
            f"{_lost_key_note(lost)}Clear the credentials of {listed}? Settings are kept.",
            f"clearing the credentials of {listed}",
        )
    return connectors.each(ws, names, services_credentials.reset, commit=not dry_run)


def reset_all(context: CommandContext, *, dry_run: bool) -> Document:
    """Clear all credentials that no longer open and replace a lost key, after confirmation."""
    ws = context.existing_workspace()
    broken = services_credentials.find_broken(ws)
    found: dict[str, Any] = {
        "tenant": ws.tenant,
        "lost_key": broken.lost_key,
        "new_key": None,
        "reset": broken.lost,
        "altered": broken.altered,
    }
    if dry_run:
        return Document("credentials", found, ("nothing was changed",))
    if not broken.lost and broken.lost_key is None:
        return Document("credentials", found, _notes(broken.altered))
    action = _reset_action(broken.lost)
    question = f"{_lost_key_note(broken.lost_key)}{action[:1].upper()}{action[1:]}?"
    kept = " Settings are kept." if broken.lost else ""
    confirm(context, question + kept, f"to {action}")
    found |= services_credentials.reset_all(ws, broken)
    return Document("credentials", found, _notes(found["altered"], found["reset"]))


def accept(context: CommandContext, name: str) -> Change:
    """Show a connector that was changed outside the program, and accept it if confirmed."""
    ws = context.existing_workspace()
    held = services_credentials.find_altered(ws, name)
    shown = json.dumps(held.name)
    context.note(f"{shown} ({held.catalog_key}) contains these settings:")
    for field, value in held.config.items():
        context.note(f"  {json.dumps(field)}: {json.dumps(value)}")
    context.note(f"  credentials: {json.dumps(held.fields)}")
    question = "Accept these settings? The credentials will be sent to the addresses in them."
    confirm(context, question, f"accepting {shown}")
    return services_credentials.accept(ws, held)


def _reset_action(lost: list[str]) -> str:
    if not lost:
        return "generate a new key"
    names = ", ".join(json.dumps(name) for name in lost[:_SHOWN])
    more = f" and {len(lost) - _SHOWN} more" if len(lost) > _SHOWN else ""
    return f"clear the credentials of {names}{more}"


def _lost_key_note(lost_key: str | None) -> str:
    if lost_key is None:
        return ""
    return f"Key {lost_key} cannot be found; `connectors key import` restores it from a copy. "


def _notes(altered: list[str], cleared: Sequence[str] = ()) -> tuple[str, ...]:
    notes = ["enter new credentials with `connectors edit NAME`"] if cleared else []
    if altered:
        notes.append(
            "changed outside the program, with valid credentials: review each with `connectors"
            " credentials accept NAME` (a removed one after `connectors restore NAME`):"
            f" {', '.join(map(json.dumps, altered))}"
        )
    return tuple(notes)
