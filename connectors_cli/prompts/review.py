"""The page at the end: every answer as a line, to save, change one, start over or leave."""

from dataclasses import dataclass
from typing import Any

from connectors_cli.errors import Cancelled
from connectors_cli.forms import Kind
from connectors_cli.prompts import trail
from connectors_cli.prompts.interview import Interview
from connectors_cli.prompts.menu import Menu, Option
from connectors_cli.prompts.part import Part
from connectors_cli.prompts.screen import Back, Fragments
from connectors_cli.prompts.wording import NOTHING, answered, clean, cut, padded

FEW = 3
"""Answers left out that are listed themselves; more stand behind one line."""
SAVE, START_OVER, LEAVE = "Save", "Start over", "Leave without saving"


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of the page, and which answer it reopens."""

    part: Part
    index: int
    label: str
    value: str


def ask_with_review(interview: Interview) -> tuple[dict[str, Any], dict[str, Any]]:
    """Ask everything, then show it until it is saved."""
    while True:
        interview.ask_all()
        asked = any(part.form.answers() for part in interview.parts)
        if not (asked or interview.problems()) or _review(interview):
            return interview.result()


def _review(interview: Interview) -> bool:
    """Show the page once; return whether to save."""
    interview.stop_heading()
    answers = [answer for part in interview.parts for answer in _answers(part)]
    listed = [answer for answer in answers if answer.value != NOTHING]
    left_out = [answer for answer in answers if answer.value == NOTHING]
    if len(left_out) <= FEW:
        listed, left_out = answers, []
    problems = interview.problems()
    ends = [START_OVER, LEAVE] if problems else [SAVE, START_OVER, LEAVE]
    options = _lines(interview, listed)
    if left_out:
        options.append(Option(f"Left out: {len(left_out)} more …"))
    options = [Option(SAVE)] * (not problems) + options + [Option(end) for end in ends[-2:]]
    menu = Menu(
        interview.screen,
        _heading(interview, [f"{problem.dotted} {problem.message}" for problem in problems]),
        options,
        tallest=len(options),
    )
    try:
        picked = menu.pick(back=True)
    except Back:
        interview.back_from_review()
        return False
    return _act(interview, picked + bool(problems), listed, left_out)


def _act(interview: Interview, picked: int, listed: list[Answer], left_out: list[Answer]) -> bool:
    last = len(listed) + bool(left_out)
    if picked == 0:
        return True
    if picked <= len(listed):
        answer = listed[picked - 1]
        interview.change(answer.part, answer.index)
    elif picked <= last:
        _change_left_out(interview, left_out)
    elif picked == last + 1:
        interview.start_over()
    else:
        raise Cancelled("left: nothing was saved")
    return False


def _change_left_out(interview: Interview, left_out: list[Answer]) -> None:
    heading: Fragments = [("class:qmark", "? "), ("class:question", "Fill in which one?\n")]
    options = [Option(answer.label) for answer in left_out]
    try:
        answer = left_out[Menu(interview.screen, heading, options).pick(back=True)]
    except Back:
        return
    interview.change(answer.part, answer.index)


def _heading(interview: Interview, problems: list[str]) -> Fragments:
    heading: Fragments = [
        ("class:qmark", "? "),
        ("class:question", f"Review: {clean(interview.entry.name)}\n"),
    ]
    given = [clean(str(name)) for part in interview.parts for name in part.given]
    if given:
        heading.append(("class:help", f"  given already: {', '.join(given)}\n"))
    heading += [("class:reason", f"  ! {clean(problem)}\n") for problem in problems[:5]]
    if problems:
        heading.append(("class:help", "  Change what does not fit:\n"))
    return heading


def _lines(interview: Interview, answers: list[Answer]) -> list[Option]:
    """The answers in two columns: titles, then values."""
    width = interview.screen.width - 6
    longest = max((len(answer.label) for answer in answers), default=0)
    column = min(longest, width // 2)
    return [
        Option(f"{padded(answer.label, column)}  {cut(answer.value, width - column - 2)}")
        for answer in answers
    ]


def _answers(part: Part) -> list[Answer]:
    """Every answer that may be changed; a list or map is one line before its entries."""
    found: list[Answer] = []
    answers = part.form.answers()
    last = {q.path: n for n, (q, _) in enumerate(answers) if q.kind is Kind.MORE}
    seen: set[trail.Path] = set()
    for index, (question, value) in enumerate(answers):
        if question.hidden or question.kind is Kind.KEY or question.path in seen:
            continue
        label = trail.label(question, answers)
        if question.kind is Kind.MORE:
            seen.add(question.path)
            count = len(trail.entries(answers, question.path))
            entries = f"{count} {'entry' if count == 1 else 'entries'}"
            found.append(Answer(part, last[question.path], label, entries))
        elif question.kind is Kind.INCLUDE and not value:
            found.append(Answer(part, index, label, NOTHING))
        else:
            found.append(Answer(part, index, label, answered(question, value)))
    return found
