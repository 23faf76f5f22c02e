"""The questions that commands ask: a service, a name, values, a confirmation, a secret."""

from collections.abc import Callable, Sequence

from connectors_cli.catalog.entry import Entry
from connectors_cli.catalog.icons import glyph
from connectors_cli.catalog.search import search
from connectors_cli.cli.prompts import detail_prompts
from connectors_cli.cli.prompts.answer import HIDDEN_INPUT, ask_hidden
from connectors_cli.cli.prompts.details import Details
from connectors_cli.cli.prompts.input import Heading, LineOptions, ask_line, ask_yes
from connectors_cli.cli.prompts.interview import Interview
from connectors_cli.cli.prompts.menu import Menu, Option
from connectors_cli.cli.prompts.review import (
    DraftKeeper,
    Save,
    Values,
    ask_with_draft,
    ask_with_review,
)
from connectors_cli.cli.prompts.section import Known
from connectors_cli.cli.prompts.terminal import CANCEL_KEY, Terminal
from connectors_cli.cli.prompts.wording import padded
from connectors_cli.errors import NotFound
from connectors_cli.forms.question_text import one_line
from connectors_cli.services.typed_answers import AnswerError


def pick_type(entries: Sequence[Entry], *, color: bool | None = None) -> str:
    """Let the person search the catalog, and return the key of the picked type."""
    terminal = Terminal(color)
    room = max((terminal.width - 24) // 2, 10)
    column = min(max((len(entry.name) for entry in entries), default=0), room)
    heading = Heading("Which service?").fragments
    options = [_type_option(entry, column) for entry in entries]
    positions = {entry.key: n for n, entry in enumerate(entries)}

    def find(text: str) -> list[int]:
        return [positions[entry.key] for entry in search(entries, text)]

    return entries[Menu(terminal, heading, options, search=find).pick()].key


def _type_option(entry: Entry, column: int) -> Option:
    lifecycle = "" if entry.lifecycle == "active" else entry.lifecycle
    facts = " · ".join(one_line(fact) for fact in (entry.key, entry.category, lifecycle) if fact)
    return Option(
        f"{glyph(entry.icon)} {padded(one_line(entry.name), column)}  {facts}",
        one_line(entry.notice or entry.description),
    )


def pick_connector(installed: Sequence[tuple[str, str, str]], *, color: bool | None = None) -> str:
    """Let the person search the installed connectors (name, type, status); return the name.

    Raises NotFound if there are none.
    """
    if not installed:
        raise NotFound("nothing is installed", hint="connectors install TYPE")
    terminal = Terminal(color)
    column = max(len(name) for name, _, _ in installed)
    options = [
        Option(f"{padded(one_line(name), column)}  {kind} · {status}", names=(name,))
        for name, kind, status in installed
    ]
    return installed[Menu(terminal, Heading("Which connector?").fragments, options).pick()][0]


def pick_field(name: str, fields: Sequence[str], *, color: bool | None = None) -> str:
    """Let the person pick one of a connector's fields; return its name."""
    heading = Heading(f"Which field of {one_line(name)}?").fragments
    options = [Option(one_line(field), names=(field,)) for field in fields]
    return fields[Menu(Terminal(color), heading, options).pick()]


def pick_key_source(problem: str, file: str, *, color: bool | None = None) -> str:
    """Return where the person wants the key: `file`, `command:COMMAND` or `env`."""
    terminal = Terminal(color)
    heading = Heading.of(
        "Where should the encryption key be kept?", width=terminal.width, reason=problem
    )
    options = [
        Option(f"In a file: {one_line(file)}", "Readable only by you; created now."),
        Option("A command prints it", "Of a password manager or a vault, such as pass or op."),
        Option("In a variable", "Leaves now, and shows what to type."),
    ]
    picked = Menu(terminal, heading.fragments, options).pick(guarded=True)
    if picked == 1:
        what = Heading.of("The command that prints the key", CANCEL_KEY, width=terminal.width)
        return f"command:{ask_line(terminal, what, LineOptions(), back=False).strip()}"
    return "file" if picked == 0 else "env"


def ask_name(
    default: str, problem: Callable[[str], str | None], *, color: bool | None = None
) -> str:
    """Return a name for the connector, asking again while `problem` returns a reason."""
    return detail_prompts.ask_name(Terminal(color), default, problem, back=False)


def ask_values(
    entry: Entry,
    given: Known,
    current: Values | None = None,
    *,
    about: Details | None = None,
    save: Save | None = None,
    color: bool | None = None,
) -> Values:
    """Ask for settings and credentials in one form that ends with a review, and return both.

    With `current` the form begins with the review of these values; secrets in it stay unless new
    ones are typed. With `about` the person can change name, status and tags in the review. If
    `save` fails for the key, the store or a name that is taken, the review shows why.

    Raises:
        Cancelled: if the person leaves the form.
    """
    return ask_with_review(Interview(Terminal(color), entry, given, current), about, save)


def ask_new_values(
    entry: Entry,
    given: Known,
    about: Details,
    save: Save,
    draft: DraftKeeper,
    *,
    color: bool | None = None,
) -> Values:
    """Like `ask_values` for a new connector: begins with a draft, and can be left with one.

    Raises:
        Cancelled: if the person leaves the form; says where the draft is.
    """
    interview = Interview(Terminal(color), entry, given, None)
    interview.resume(draft.answers)
    return ask_with_draft(interview, about, save, draft)


def confirm(question: str, *, default: bool, color: bool | None = None) -> bool:
    """Return whether the person answers yes."""
    return ask_yes(Terminal(color), Heading(one_line(question)), default=default, back=False)


def type_to_confirm(what: str, *, color: bool | None = None) -> bool:
    """Return whether the person types this name."""
    heading = Heading(f"Type {one_line(what)} to confirm", ())
    return ask_line(Terminal(color), heading, LineOptions(), back=False).strip() == what


def ask_secret(title: str, *, color: bool | None = None) -> str:
    """Return a secret that was typed without echo or read from `file:PATH`; never an empty one."""
    terminal = Terminal(color)
    reason = ""
    while True:
        keys = f"{HIDDEN_INPUT} · {CANCEL_KEY}"
        heading = Heading.of(title, keys, width=terminal.width, reason=reason)
        try:
            secret = ask_hidden(terminal, heading)
        except AnswerError as error:
            reason = f"it {error}"
        else:
            if secret:
                return secret
            reason = "it is required"
