"""The questions for name, status and tags of a connector, and their rows in the review."""

from collections.abc import Callable
from functools import partial

from connectors_cli.cli.prompts.details import ACTIVE, INACTIVE, Details
from connectors_cli.cli.prompts.input import Heading, LineOptions, ask_line, ask_yes
from connectors_cli.cli.prompts.terminal import BACK_KEY, CANCEL_KEY, Terminal
from connectors_cli.errors import InvalidInput
from connectors_cli.forms.question_text import NOTHING, one_line
from connectors_cli.services.names import check_tags

KEYS = f"Enter accepts · {BACK_KEY}"
_STATUS_TEXT = {ACTIVE: "active (a publish target)", INACTIVE: "inactive (no publish target)"}


def rows(terminal: Terminal, details: Details) -> list[tuple[str, str, Callable[[], None]]]:
    """Return the rows of the review: label, value, and the function that asks for another."""
    status = _STATUS_TEXT.get(details.status, details.status)
    tags = one_line(", ".join(details.tags)) or NOTHING
    return [
        ("Name", one_line(details.name), partial(_change_name, terminal, details)),
        ("Status", status, partial(ask_status, terminal, details)),
        ("Tags", tags, partial(_ask_tags, terminal, details)),
    ]


def ask_name(
    terminal: Terminal, default: str, problem: Callable[[str], str | None], *, back: bool
) -> str:
    """Return a name for the connector, asking again while `problem` returns a reason.

    Raises:
        Back: if `back` is true and the person wants the previous question.
    """
    help_text = "how you refer to this connector in commands"
    keys = f"Enter takes {one_line(default)} · {BACK_KEY if back else CANCEL_KEY}"
    text, reason = "", ""
    while True:
        heading = Heading.of("Name", help_text, keys, width=terminal.width, reason=reason)
        options = LineOptions(text=text, recalled=(default,))
        text = ask_line(terminal, heading, options, back=back)
        name = text.strip() or default
        found = problem(name)
        if found is None:
            terminal.say(("class:done", "✓ "), ("", f"Name: {one_line(name)}"))
            return name
        text, reason = name, found


def ask_status(terminal: Terminal, details: Details) -> None:
    """Ask whether to publish with the connector; raises Back."""
    help_text = "An active connector is a publish target. You can change this later."
    heading = Heading.of("Publish with it now?", help_text, KEYS, width=terminal.width)
    default = details.asks_status or details.status == ACTIVE
    wanted = ask_yes(terminal, heading, default=default, back=True)
    details.status, details.asks_status = ACTIVE if wanted else INACTIVE, False


def _change_name(terminal: Terminal, details: Details) -> None:
    details.name = ask_name(terminal, details.name, details.problem, back=True)


def _ask_tags(terminal: Terminal, details: Details) -> None:
    help_text = "labels to select connectors by, separated by commas"
    text, reason = ", ".join(details.tags), ""
    while True:
        heading = Heading.of("Tags", help_text, KEYS, width=terminal.width, reason=reason)
        text = ask_line(terminal, heading, LineOptions(text=text), back=True)
        words = (word.strip() for word in text.split(","))
        try:
            details.tags = tuple(check_tags((w for w in words if w), existing=details.tags))
        except InvalidInput as error:
            reason = error.message
        else:
            return
