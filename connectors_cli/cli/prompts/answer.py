"""One question at the terminal: how each kind is asked, and how its answer is parsed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from connectors_cli.cli.prompts.input import (
    Heading,
    HiddenInput,
    LeftOut,
    LineOptions,
    ask_line,
    ask_yes,
)
from connectors_cli.cli.prompts.menu import Menu, Option
from connectors_cli.cli.prompts.terminal import BACK_KEY, Terminal
from connectors_cli.cli.prompts.wording import cut
from connectors_cli.forms import Kind, Question
from connectors_cli.forms.question_text import help_of, is_hidden, one_line, rule, same, value_text
from connectors_cli.services.typed_answers import (
    FILE,
    AnswerError,
    is_complete_json,
    parse,
    read_file_answer,
)

LEAVE_OUT = Option("(leave it out)")
HIDDEN_INPUT = "input is hidden; or type file:PATH"
KEPT = "set — Enter keeps it"


@dataclass(frozen=True, slots=True)
class Rejected:
    """The last answer to a question, why it was rejected, and the text to correct."""

    reason: str
    value: Any = field(default=None, repr=False)
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question with what is known at this point of the form."""

    question: Question
    label: str
    is_current: bool = False
    rejected: Rejected | None = None
    entries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, and the text that was typed for it unless it is hidden."""

    value: Any = field(repr=False)
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Drop:
    """Instead of an answer to `more`: the position of the entry to drop."""

    position: int


def ask(terminal: Terminal, prompt: Prompt) -> Answer | Drop:
    """Ask a question and return the answer, or the entry to drop.

    Raises:
        AnswerError: if the text cannot be parsed.
        Back: if the person wants the previous question.
        Cancelled: if the person cancels.
    """
    if prompt.question.kind is Kind.MORE:
        return _ask_more(terminal, prompt)
    chosen = _CHOSEN.get(prompt.question.kind)
    return Answer(chosen(terminal, prompt)) if chosen else _ask_typed(terminal, prompt)


def _ask_include(terminal: Terminal, prompt: Prompt) -> bool:
    heading = _heading(terminal, prompt, "Enter accepts", title=f"Add {prompt.label}?")
    return ask_yes(terminal, heading, default=bool(prompt.question.default), back=True)


def ask_hidden(
    terminal: Terminal, heading: Heading, *, may_show: bool = False, back: bool = False
) -> str:
    """Return a secret that was typed without echo, or the content of the file in `file:PATH`."""
    typed = HiddenInput(terminal, heading.fragments, may_show=may_show).ask(back=back)
    return read_file_answer(typed)


def ends_text(text: str) -> bool:
    """Return whether Enter ends a text of many lines: it is empty, `<` or `file:PATH`."""
    return text in {"", "<"} or (text.startswith(FILE) and "\n" not in text)


def _heading(terminal: Terminal, prompt: Prompt, *keys: str, title: str | None = None) -> Heading:
    """Return the reason of a rejection, the title, the help, the rule, and what the keys do."""
    question = prompt.question
    keys = tuple(key for key in keys if key)
    footer = " · ".join((*keys, BACK_KEY)) if keys else ""  # a menu has its own
    texts = (help_of(question), rule(question), footer)
    reason = prompt.rejected.reason if prompt.rejected else ""
    return Heading.of(title or prompt.label, *texts, width=terminal.width, reason=reason)


def _ask_choice(terminal: Terminal, prompt: Prompt) -> Any:
    question = prompt.question
    options = [_option(choice.label, choice.help) for choice in question.choices]
    values = [choice.value for choice in question.choices]
    at = next((n for n, value in enumerate(values) if same(value, question.default)), 0)
    if not question.required:
        options.append(LEAVE_OUT)
        if question.default is None:
            at = len(values)
    heading = _heading(terminal, prompt)
    picked = Menu(terminal, heading.fragments, options, at=at).pick(back=True)
    return values[picked] if picked < len(values) else None


def _ask_choices(terminal: Terminal, prompt: Prompt) -> list[Any]:
    question = prompt.question
    offered = prompt.rejected.value if prompt.rejected else question.default
    chosen = offered if isinstance(offered, list | tuple) else ()
    options = [_option(choice.label, choice.help) for choice in question.choices]
    ticked = {
        n
        for n, choice in enumerate(question.choices)
        if any(same(choice.value, item) for item in chosen)
    }
    menu = Menu(terminal, _heading(terminal, prompt).fragments, options, ticked=ticked)
    return [question.choices[n].value for n in menu.pick_several(back=True)]


def _option(label: str, help_text: str = "") -> Option:
    return Option(one_line(label) or '""', one_line(help_text))


def _ask_boolean(terminal: Terminal, prompt: Prompt) -> Any:
    question = prompt.question
    if isinstance(question.default, bool) and question.required:
        heading = _heading(terminal, prompt, "Enter accepts")
        return ask_yes(terminal, heading, default=question.default, back=True)
    options = [Option("yes", names=("yes", "true")), Option("no", names=("no", "false"))]
    values: list[bool | None] = [True, False]
    if not question.required:
        options.append(LEAVE_OUT)
        values.append(None)
    at = 0 if question.required else values.index(question.default)
    heading = _heading(terminal, prompt)
    return values[Menu(terminal, heading.fragments, options, at=at).pick(back=True)]


def _ask_more(terminal: Terminal, prompt: Prompt) -> Answer | Drop:
    """Ask whether to add another entry, to stop, or to drop an entry."""
    if not prompt.entries:
        heading = _heading(terminal, prompt, "Enter accepts", title=f"Add to {prompt.label}?")
        default = bool(prompt.question.default)
        return Answer(ask_yes(terminal, heading, default=default, back=True))
    title = one_line(f"{prompt.label}: {len(prompt.entries)} so far")
    heading = Heading(title, _entry_lines(terminal, prompt.entries))
    options = [Option("no more"), Option("yes, add another"), Option("drop one")]
    at = 1 if prompt.question.default else 0
    picked = Menu(terminal, heading.fragments, options, at=at).pick(back=True)
    return Answer(picked == 1) if picked < 2 else _ask_which_to_drop(terminal, prompt)


def _entry_lines(terminal: Terminal, entries: tuple[str, ...]) -> tuple[str, ...]:
    """Return the entries with their numbers; of many, the last."""
    width, most = terminal.width, max(3, terminal.height - 8)
    lines = [f"  {n:>3}  {cut(entry, width - 8)}" for n, entry in enumerate(entries, 1)]
    if len(lines) > most:
        lines = [f"       … {len(lines) - most} before", *lines[-most:]]
    return tuple(lines)


def _ask_which_to_drop(terminal: Terminal, prompt: Prompt) -> Answer | Drop:
    heading = Heading(one_line(f"{prompt.label}: drop which one?")).fragments
    options = [Option(entry) for entry in prompt.entries] + [Option("(none of them)")]
    picked = Menu(terminal, heading, options).pick(back=True)
    return Drop(picked) if picked < len(prompt.entries) else _ask_more(terminal, prompt)


def _ask_typed(terminal: Terminal, prompt: Prompt) -> Answer:
    """Ask for text, a number, a name or JSON, with or without echo."""
    if is_hidden(prompt.question):
        return Answer(parse(prompt.question, _read_hidden(terminal, prompt)))
    try:
        text = _read_visible(terminal, prompt)
    except LeftOut:
        return Answer(None)
    try:
        return Answer(parse(prompt.question, _file_content(prompt.question, text)), text)
    except AnswerError as error:
        raise AnswerError(str(error), text) from None


def _file_content(question: Question, text: str) -> str:
    return read_file_answer(text) if _is_long_text(question) else text


def _is_long_text(question: Question) -> bool:
    return question.multiline and question.kind is Kind.TEXT


def _read_hidden(terminal: Terminal, prompt: Prompt) -> str:
    question = prompt.question
    offers = "" if question.default is None else KEPT if prompt.is_current else "Enter keeps it"
    unmarked = question.suspected and not question.secret
    typing = f"{HIDDEN_INPUT} (Ctrl-T shows it)" if unmarked else HIDDEN_INPUT
    left_out = "" if question.required or offers else "Enter leaves it out"
    heading = _heading(terminal, prompt, offers, typing, left_out)
    return ask_hidden(terminal, heading, may_show=unmarked, back=True)


def _read_visible(terminal: Terminal, prompt: Prompt) -> str:
    question = prompt.question
    is_text = _is_long_text(question)
    title = f"{prompt.label}: name of the next entry" if question.kind is Kind.KEY else None
    offered = question.default
    recalled = offered if isinstance(offered, str) else value_text(offered)
    options = LineOptions(
        text=prompt.rejected.text if prompt.rejected else "",
        recalled=() if offered is None else (recalled,),
        can_leave_out=offered is not None and not question.required,
        many_lines=is_text,
        complete=is_complete_json if question.kind is Kind.JSON else ends_text if is_text else None,
    )
    heading = _heading(terminal, prompt, *_keys(prompt, is_text=is_text), title=title)
    return ask_line(terminal, heading, options, back=True)


def _keys(prompt: Prompt, *, is_text: bool) -> list[str]:
    """Return what the keys do with the text in the line, or with the value that is offered."""
    question = prompt.question
    if is_text:
        end = ["Ctrl-D ends", f"{FILE}PATH reads a file"]
    elif question.required and question.default is None:
        end = ["Enter accepts"]
    else:
        end = []
    if prompt.rejected is not None and prompt.rejected.text:
        return end or ["Enter accepts"]
    if question.default is None:
        if question.required:
            return [*end, "Enter means nothing (null)"] if question.nullable else end
        return [*end, "Enter leaves it out"]
    keys = [*end, f"Enter keeps {cut(value_text(question.default), 60)}", "Up edits it"]
    return keys if question.required else [*keys, "Ctrl-X leaves it out"]


_CHOSEN: dict[Kind, Callable[[Terminal, Prompt], Any]] = {
    Kind.CHOICE: _ask_choice,
    Kind.BRANCH: _ask_choice,
    Kind.CHOICES: _ask_choices,
    Kind.BOOLEAN: _ask_boolean,
    Kind.INCLUDE: _ask_include,
}
