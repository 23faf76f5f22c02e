"""Asks one question of a form, each kind in its way; returns an answer for the form to judge."""

from dataclasses import dataclass, field
from typing import Any

from connectors_cli.forms import Kind, Question
from connectors_cli.prompts import reading, wording
from connectors_cli.prompts.hidden import Hidden
from connectors_cli.prompts.lines import Heading, LeftOut, Line, ask_line, ask_yes
from connectors_cli.prompts.menu import Menu, Option
from connectors_cli.prompts.reading import FILE, from_file
from connectors_cli.prompts.screen import Screen
from connectors_cli.prompts.wording import clean, cut, wrapped

LEAVE_OUT = Option("(leave it out)")
UNSEEN = "typed unseen, or file:PATH"
KEPT = "set — Enter keeps it"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what the asker knows beside it."""

    question: Question
    label: str
    is_current: bool = False
    rejected: str = field(default="", repr=False)
    entries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Drop:
    """Instead of an answer to `more`: the entry to drop."""

    position: int


def ask(screen: Screen, asked: Asked) -> Any:
    """Ask, and return the answer; raises Back, Misfit and Cancelled."""
    question = asked.question
    if question.kind in (Kind.CHOICE, Kind.BRANCH):
        return _ask_choice(screen, asked)
    if question.kind is Kind.CHOICES:
        return _ask_choices(screen, asked)
    if question.kind is Kind.BOOLEAN:
        return _ask_boolean(screen, asked)
    if question.kind is Kind.INCLUDE:
        heading = _heading(screen, asked, title=f"Add {asked.label}?")
        return ask_yes(screen, heading, default=bool(question.default), back=True)
    if question.kind is Kind.MORE:
        return _ask_more(screen, asked)
    return _ask_typed(screen, asked)


def ask_hidden(
    screen: Screen, heading: Heading, *, may_show: bool = False, back: bool = False
) -> str:
    """Take a secret unseen; `file:PATH` stands for what the file holds."""
    typed = Hidden(screen, heading.fragments, may_show=may_show).ask(back=back)
    return from_file(typed)


def _heading(screen: Screen, asked: Asked, *keys: str, title: str | None = None) -> Heading:
    """Title, help, rule, and what the keys do here."""
    question = asked.question
    width = screen.width
    told = (wording.help_of(question), wording.rule(question), " · ".join(filter(None, keys)))
    lines = [line for text in told for line in wrapped(text, width)]
    return Heading(cut(clean(title or asked.label), width * 2), tuple(lines))


def _ask_choice(screen: Screen, asked: Asked) -> Any:
    question = asked.question
    options = [_option(choice.label, choice.help) for choice in question.choices]
    values = [choice.value for choice in question.choices]
    at = next((n for n, value in enumerate(values) if wording.same(value, question.default)), 0)
    if not question.required:
        options.append(LEAVE_OUT)
        if question.default is None:
            at = len(values)
    heading = _heading(screen, asked)
    picked = Menu(screen, heading.fragments, options, at=at).pick(back=True)
    return values[picked] if picked < len(values) else None


def _ask_choices(screen: Screen, asked: Asked) -> list[Any]:
    question = asked.question
    chosen = question.default if isinstance(question.default, list | tuple) else ()
    options = [_option(choice.label, choice.help) for choice in question.choices]
    ticked = {
        n
        for n, choice in enumerate(question.choices)
        if any(wording.same(choice.value, item) for item in chosen)
    }
    menu = Menu(screen, _heading(screen, asked).fragments, options, ticked=ticked)
    return [question.choices[n].value for n in menu.pick_several(back=True)]


def _option(label: str, told: str = "") -> Option:
    return Option(clean(label) or '""', clean(told))


def _ask_boolean(screen: Screen, asked: Asked) -> Any:
    question = asked.question
    if isinstance(question.default, bool) and question.required:
        heading = _heading(screen, asked)
        return ask_yes(screen, heading, default=question.default, back=True)
    options = [Option("yes", names=("yes", "true")), Option("no", names=("no", "false"))]
    values: list[bool | None] = [True, False]
    if not question.required:
        options.append(LEAVE_OUT)
        values.append(None)
    at = 0 if question.required else values.index(question.default)
    heading = _heading(screen, asked)
    return values[Menu(screen, heading.fragments, options, at=at).pick(back=True)]


def _ask_more(screen: Screen, asked: Asked) -> Any:
    """Add another, be done, or drop one of those there."""
    if not asked.entries:
        heading = _heading(screen, asked, title=f"Add to {asked.label}?")
        return ask_yes(screen, heading, default=bool(asked.question.default), back=True)
    width = screen.width
    there = [f"  {n:>3}  {cut(entry, width - 8)}" for n, entry in enumerate(asked.entries, 1)]
    most = max(3, screen.height - 8)
    if len(there) > most:
        there = [f"       … {len(there) - most} before", *there[-most:]]
    heading = Heading(clean(f"{asked.label}: {len(asked.entries)} so far"), tuple(there))
    wishes = [Option("no more"), Option("yes, add another"), Option("drop one")]
    at = 1 if asked.question.default else 0
    picked = Menu(screen, heading.fragments, wishes, at=at).pick(back=True)
    if picked < 2:
        return picked == 1
    title = Heading(clean(f"{asked.label}: drop which one?")).fragments
    options = [Option(entry) for entry in asked.entries] + [Option("(none of them)")]
    which = Menu(screen, title, options).pick(back=True)
    return Drop(which) if which < len(asked.entries) else _ask_more(screen, asked)


def _ask_typed(screen: Screen, asked: Asked) -> Any:
    """Text, numbers, names and JSON: typed, seen or unseen."""
    question = asked.question
    take = _take_hidden if wording.is_hidden(question) else _take_seen
    text = take(screen, asked)
    return None if text is None else reading.read(question, text)


def _take_hidden(screen: Screen, asked: Asked) -> str | None:
    question = asked.question
    offers = "" if question.default is None else KEPT if asked.is_current else "Enter keeps it"
    unmarked = question.suspected and not question.secret
    typing = f"{UNSEEN} (Ctrl-T shows it)" if unmarked else UNSEEN
    left_out = "" if question.required or offers else "Enter leaves it out"
    heading = _heading(screen, asked, offers, typing, left_out)
    return ask_hidden(screen, heading, may_show=unmarked, back=True)


def _take_seen(screen: Screen, asked: Asked) -> str | None:
    question = asked.question
    offered = question.default
    extra, recalled = [], [asked.rejected] if asked.rejected else []
    if offered is not None:
        text = offered if isinstance(offered, str) else wording.shown(offered)
        recalled.append(text)
        extra.append(f"Enter keeps {cut(wording.shown(offered), 60)}")
        extra.append("Up edits it")
        if not question.required:
            extra.append("Ctrl-X leaves it out")
    elif not question.required:
        extra.append("Enter leaves it out")
    many = question.multiline and question.kind is Kind.TEXT
    if many:
        extra.append(f"Esc Enter or Ctrl-D ends · {FILE}PATH reads a file")
    title = f"{asked.label}: name of the next entry" if question.kind is Kind.KEY else None
    line = Line(
        recalled=tuple(recalled),
        can_leave_out=offered is not None and not question.required,
        many_lines=many,
        complete=reading.is_whole_json
        if question.kind is Kind.JSON
        else reading.is_no_text
        if many
        else None,
    )
    try:
        text = ask_line(screen, _heading(screen, asked, *extra, title=title), line, back=True)
    except LeftOut:
        return None
    return from_file(text) if many else text
