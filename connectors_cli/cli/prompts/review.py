"""The page at the end of the form: every answer as a line, to save, change, redo or cancel."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import starmap
from typing import Any

from connectors_cli.cli.prompts import detail_prompts
from connectors_cli.cli.prompts.answered import Path, entries
from connectors_cli.cli.prompts.details import Details
from connectors_cli.cli.prompts.input import Heading, ask_yes
from connectors_cli.cli.prompts.interview import Interview
from connectors_cli.cli.prompts.menu import Menu, Option
from connectors_cli.cli.prompts.section import Section
from connectors_cli.cli.prompts.terminal import CANCELLED, Back, Escaped, Fragments
from connectors_cli.cli.prompts.wording import cut, padded, wrapped
from connectors_cli.errors import Cancelled, Conflict, KeyProblem, Problem, StoreError
from connectors_cli.forms import Kind, Question
from connectors_cli.forms.question_text import NOTHING, answer_text, one_line

FEW = 3
"""If more answers than this were left out, they share one line."""
SAVE, START_OVER, LEAVE = "Save", "Start over", "Leave without saving"
Values = tuple[dict[str, Any], dict[str, Any]]
Save = Callable[[Values], None]


@dataclass(frozen=True, slots=True)
class DraftKeeper:
    """The answers of a draft to begin with, and what keeps those of a form that is left.

    `keep` saves them and returns how to continue, or None if there are none but secrets; it gets an
    empty list if the person declines.
    """

    answers: tuple[dict[str, Any], ...]
    keep: Callable[[list[dict[str, Any]]], str | None]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the page, and the function that asks for another value."""

    label: str
    value: str
    change: Callable[[], object]


def ask_with_draft(
    interview: Interview, details: Details, save: Save, draft: DraftKeeper
) -> Values:
    """Like `ask_with_review`; offers to keep the answers of a person who cancels."""
    try:
        return ask_with_review(interview, details, save)
    except Cancelled:
        answers = interview.answered()
        if interview.leaving or all(one["value"] is None for one in answers):
            raise
        question = Heading("Keep a draft of your answers, without secrets?")
        wanted = ask_yes(interview.terminal, question, default=True, back=False)
        said = draft.keep(answers if wanted else [])
        raise Cancelled(said or CANCELLED) from None


def ask_with_review(
    interview: Interview, details: Details | None = None, save: Save | None = None
) -> Values:
    """Ask everything, then show the review until the values are saved; return them.

    If `save` fails, the review shows why, with every answer still there.
    """
    while True:
        interview.ask_all()
        asked = any(section.form.answers() for section in interview.sections)
        try:
            if not (asked or interview.problems()) or _is_confirmed(interview, details):
                values = interview.result()
                if save is not None:
                    save(values)
                return values
        except Back as back:
            if not interview.back_from_review() and isinstance(back, Escaped):
                raise Cancelled(CANCELLED) from None
        except (Conflict, KeyProblem, StoreError) as error:
            if not asked:
                raise
            interview.failure = error


def _is_confirmed(interview: Interview, details: Details | None) -> bool:
    """Ask the last question and show the review; return whether to save. Raises Back."""
    if details is not None and details.asks_status:
        detail_prompts.ask_status(interview.terminal, details)
    return _review(interview, details)


def _review(interview: Interview, details: Details | None) -> bool:
    """Show the page once; return whether to save. Raises Back."""
    interview.stop_headings()
    rows = [row for section in interview.sections for row in _rows(interview, section)]
    left_out = [row for row in rows if row.value == NOTHING]
    if len(left_out) > FEW:
        rows = [row for row in rows if row.value != NOTHING]
    else:
        left_out = []
    if details is not None:
        rows = [*starmap(Row, detail_prompts.rows(interview.terminal, details)), *rows]
    problems = interview.problems()
    options = [Option(SAVE)] * (not problems) + _lines(interview, rows)
    if left_out:
        options.append(Option(f"Left out: {len(left_out)} more …"))
    options += [Option(START_OVER), Option(LEAVE)]
    menu = Menu(interview.terminal, _heading(interview, problems), options)
    picked = menu.pick(back=True, guarded=True) + bool(problems)
    if picked > len(rows) + bool(left_out):
        _end(interview, details, leave=picked == len(options) - 1 + bool(problems))
    elif picked > 0:
        _change(interview, rows[picked - 1] if picked <= len(rows) else None, left_out)
    return picked == 0


def _end(interview: Interview, details: Details | None, *, leave: bool) -> None:
    """Leave, or start over."""
    if leave:
        interview.leaving = True
        raise Cancelled(CANCELLED)
    interview.start_over()
    if details is not None:
        details.start_over()


def _change(interview: Interview, row: Row | None, left_out: list[Row]) -> None:
    """Ask for another value of a row, or of one of those left out; going back changes nothing."""
    heading: Fragments = [("class:qmark", "? "), ("class:question", "Fill in which one?\n")]
    with suppress(Back):
        if row is None:
            options = [Option(one.label) for one in left_out]
            row = left_out[Menu(interview.terminal, heading, options).pick(back=True)]
        row.change()


def _heading(interview: Interview, problems: tuple[Problem, ...]) -> Fragments:
    heading: Fragments = [
        ("class:qmark", "? "),
        ("class:question", f"Review: {one_line(interview.entry.name)}\n"),
    ]
    given = [one_line(str(name)) for section in interview.sections for name in section.given]
    if given:
        heading.append(("class:help", f"  given already: {', '.join(given)}\n"))
    if interview.failure is not None:
        failure = f"not saved: {interview.failure.message}"
        hint = f"hint: {interview.failure.hint}" if interview.failure.hint else ""
        width = interview.terminal.width
        heading += [("class:reason", f"  !{line[1:]}\n") for line in wrapped(failure, width)]
        heading += [("class:help", f"{line}\n") for line in wrapped(hint, width)]
    for problem in problems[:5]:
        heading.append(("class:reason", f"  ! {one_line(problem.sentence)}\n"))
    if problems:
        heading.append(("class:help", "  Change what does not fit:\n"))
    return heading


def _lines(interview: Interview, rows: list[Row]) -> list[Option]:
    """Return the rows in two columns: labels, then values."""
    width = interview.terminal.width - 6
    longest = max((len(row.label) for row in rows), default=0)
    column = min(longest, width // 2)
    return [
        Option(f"{padded(row.label, column)}  {cut(row.value, width - column - 2)}") for row in rows
    ]


def _rows(interview: Interview, section: Section) -> list[Row]:
    """Return every answer that can be changed; a list or map is one row before its entries."""
    found: list[Row] = []
    answers = section.form.answers()
    last = {q.path: n for n, (q, _) in enumerate(answers) if q.kind is Kind.MORE}
    seen: set[Path] = set()
    for index, (question, value) in enumerate(answers):
        if question.hidden or question.kind is Kind.KEY or question.path in seen:
            continue
        if question.kind is Kind.MORE:
            seen.add(question.path)
        reopened = last[question.path] if question.kind is Kind.MORE else index
        text = _value(question, value, answers)
        change = partial(interview.change, section, reopened)
        found.append(Row(section.label(question), text, change))
    return found


def _value(question: Question, value: Any, answers: tuple[tuple[Question, Any], ...]) -> str:
    if question.kind is Kind.MORE:
        count = len(entries(answers, question.path))
        return f"{count} {'entry' if count == 1 else 'entries'}"
    if question.kind is Kind.INCLUDE and not value:
        return NOTHING
    return answer_text(question, value)
