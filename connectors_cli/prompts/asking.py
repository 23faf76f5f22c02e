"""What the commands ask: a type, a name, the values of a connector, consent, a secret."""

from collections.abc import Callable, Sequence
from typing import Any

from connectors_cli.catalog import Entry
from connectors_cli.given import Given
from connectors_cli.icons import glyph
from connectors_cli.prompts import kinds
from connectors_cli.prompts.interview import Interview
from connectors_cli.prompts.lines import Heading, Line, ask_line, ask_yes
from connectors_cli.prompts.menu import Menu, Option
from connectors_cli.prompts.reading import Misfit
from connectors_cli.prompts.review import ask_with_review
from connectors_cli.prompts.screen import Screen
from connectors_cli.prompts.wording import clean, padded, wrapped

Values = tuple[dict[str, Any], dict[str, Any]]


def pick_type(entries: Sequence[Entry], *, color: bool | None = None) -> str:
    """Let the person search the catalog, and return the key of the type picked."""
    screen = Screen(color)
    room = max((screen.width - 24) // 2, 10)
    column = min(max((len(entry.name) for entry in entries), default=0), room)
    heading = Heading("Which service?").fragments
    options = [_type_option(entry, column) for entry in entries]
    return entries[Menu(screen, heading, options).pick()].key


def _type_option(entry: Entry, column: int) -> Option:
    facts = " · ".join(clean(fact) for fact in (entry.key, entry.category, _state(entry)) if fact)
    return Option(
        f"{glyph(entry.icon)} {padded(clean(entry.name), column)}  {facts}",
        clean(entry.notice or entry.description),
        (entry.name, entry.key, *entry.aliases),
    )


def _state(entry: Entry) -> str:
    return "" if entry.lifecycle == "active" else entry.lifecycle


def ask_name(
    default: str, problem: Callable[[str], str | None], *, color: bool | None = None
) -> str:
    """Return the connector's name; one that does not do is asked for again with the reason."""
    screen = Screen(color)
    heading = Heading("Name", (f"  what this connector is called · default {clean(default)}",))
    while True:
        typed = ask_line(screen, heading, Line(recalled=(default,)), back=False)
        name = typed.strip() or default
        reason = problem(name)
        if reason is None:
            screen.say(("class:done", "✓ "), ("", f"Name: {clean(name)}"))
            return name
        _refuse(screen, reason)


def ask_values(
    entry: Entry,
    given: Given,
    current: Values | None = None,
    *,
    color: bool | None = None,
) -> Values:
    """Ask for config and auth as one form with a review at its end, and return both.

    With `current` the review comes first, filled with what is there: secrets are kept unless typed
    anew. Raises Cancelled when the person leaves.
    """
    return ask_with_review(Interview(Screen(color), entry, given, current))


def confirm(question: str, *, default: bool, color: bool | None = None) -> bool:
    """Return whether the person says yes."""
    return ask_yes(Screen(color), Heading(clean(question)), default=default, back=False)


def type_to_confirm(what: str, *, color: bool | None = None) -> bool:
    """Return whether the person types a name again."""
    heading = Heading(f"Type {clean(what)} to confirm", ())
    return ask_line(Screen(color), heading, Line(), back=False).strip() == what


def ask_secret(title: str, *, color: bool | None = None) -> str:
    """Return a secret that was typed unseen, or read from `file:PATH`; never an empty one."""
    screen = Screen(color)
    told = wrapped(kinds.UNSEEN, screen.width)
    heading = Heading(clean(title), tuple(told))
    while True:
        try:
            secret = kinds.ask_hidden(screen, heading)
        except Misfit as misfit:
            _refuse(screen, f"it {misfit}")
            continue
        if secret:
            return secret
        _refuse(screen, "it is required")


def _refuse(screen: Screen, reason: str) -> None:
    for line in wrapped(reason, screen.width):
        screen.say(("class:reason", f"! {line.strip()}"))
