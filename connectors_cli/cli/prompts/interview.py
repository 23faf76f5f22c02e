"""The guided form: settings, then credentials, as one conversation in which one can go back."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from connectors_cli.catalog.addresses import Addresses
from connectors_cli.catalog.entry import Entry, Part
from connectors_cli.catalog.setup import app_setup, instructions
from connectors_cli.cli.prompts.answer import Drop, Prompt, Rejected, ask
from connectors_cli.cli.prompts.answered import INSIDE, STRUCTURE, Path, entries, is_below
from connectors_cli.cli.prompts.input import Heading, ask_yes
from connectors_cli.cli.prompts.menu import Menu, Option
from connectors_cli.cli.prompts.section import (
    CREDENTIALS,
    SETTINGS,
    UNKNOWN,
    Known,
    Section,
    is_optional,
    key_of,
    open_section,
)
from connectors_cli.cli.prompts.terminal import (
    BACK_KEY,
    CANCELLED,
    Back,
    Escaped,
    Rest,
    Terminal,
)
from connectors_cli.cli.prompts.wording import wrapped
from connectors_cli.errors import Cancelled, ConnectorsError, InvalidAnswer, InvalidInput, Problem
from connectors_cli.forms import Kind, Question
from connectors_cli.forms.messages import answer_object, reply_of
from connectors_cli.forms.page import Asked, State
from connectors_cli.forms.plaintext import plain
from connectors_cli.forms.question_text import answer_text, one_line
from connectors_cli.forms.replies import Reply
from connectors_cli.forms.text import addresses
from connectors_cli.services.typed_answers import AnswerError

LONGEST_STEP = 5
"""Lines of one step of registering an app; none is that long."""
KEYS = "Enter accepts · Esc goes back · Ctrl-C cancels"
MANY = 8
"""Of a group of more optional fields than this, the person can choose some."""
_ALONE = -1


class Interview:
    """Asks for the values of one connector."""

    def __init__(
        self,
        terminal: Terminal,
        entry: Entry,
        given: Known,
        current: tuple[dict[str, Any], dict[str, Any]] | None,
    ) -> None:
        self.terminal = terminal
        self.entry = entry
        self._addresses = Addresses(entry)
        self.given = given
        self.current = current
        self.sections: tuple[Section, ...] = ()
        self.keeping = False
        self.leaving = False
        self.failure: ConnectorsError | None = None
        self.start_over()

    def start_over(self) -> None:
        """Forget every answer."""
        config, auth = self.current or (None, None)
        self.sections = (
            open_section(SETTINGS, self.entry.config_schema, self.given.config, config),
            open_section(CREDENTIALS, self.entry.auth_schema, self.given.auth, auth),
        )
        self.keeping = self.current is not None

    def resume(self, answers: Iterable[dict[str, Any]]) -> None:
        """Give the answers of a draft; those that do not fit any more are asked again."""
        replies: dict[str, list[Reply]] = {"config": [], "auth": []}
        for answer in answers:
            with suppress(InvalidInput):
                reply = reply_of(answer)
                replies[str(answer.get("part"))] += [reply] if reply is not None else []
        for part, section in zip(replies, self.sections, strict=True):
            if replies[part]:
                section.form.give(replies[part])

    def answered(self) -> list[dict[str, Any]]:
        """Return what the person answered, as `resume` accepts it; without secrets."""
        return [
            {"part": part, **answer_object(Asked(question, State.ANSWERED, value), _hides)}
            for part, section in zip(("config", "auth"), self.sections, strict=True)
            for question, value in section.form.answers()
            if key_of(question) not in section.unasked
            if not (question.hidden or _hides(question, State.ANSWERED))
        ]

    def ask_all(self) -> None:
        """Ask every open question; a connector being edited keeps its values where they fit."""
        while (found := self._next()) is not None:
            section, question = found
            try:
                self._resolve(section, question)
            except Back as back:
                if not self.back(section) and isinstance(back, Escaped):
                    raise Cancelled(CANCELLED) from None
        self.keeping = False

    def problems(self) -> tuple[Problem, ...]:
        """Return what is wrong with the values as a whole, although each answer fits."""
        found: list[Problem] = []
        for section in self.sections:
            try:
                section.form.result()
            except InvalidInput as error:
                found += error.details or (Problem((), "schema", error.message),)
        if not found:
            found += (problem for _, problem in self._addresses.problems(*self.result()))
        return tuple(found)

    def result(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return settings and credentials."""
        config, auth = (section.result() for section in self.sections)
        return config, auth

    def change(self, section: Section, index: int) -> None:
        """Ask an answered question again; going back leaves its answer unchanged."""
        before = section.form.answers()[index][1]
        section.form.reopen(index)
        question = section.form.next()
        if question is None:
            return
        section.unasked.discard(key_of(question))
        try:
            self._ask(section, question)
        except Back:
            section.form.answer(before)

    def back(self, section: Section) -> bool:
        """Return to the last question that the person answered, also in an earlier section.

        Returns whether there was one.
        """
        if section.reoffer_group():
            return True
        for one in reversed(self.sections[: self.sections.index(section) + 1]):
            while one.form.back():
                one.close_later_groups()
                question = one.form.next()
                if question is None or key_of(question) not in one.unasked:
                    return True
                one.unasked.discard(key_of(question))
        return False

    def back_from_review(self) -> bool:
        """Return to the last question that the person answered; in an edit, ask only that one.

        Returns whether there was one.
        """
        if self.current is None:
            return self.back(self.sections[-1])
        for section in reversed(self.sections):
            answers = section.form.answers()
            asked = [n for n, (q, _) in enumerate(answers) if key_of(q) not in section.unasked]
            if asked:
                self.change(section, asked[-1])
                return True
        return False

    def stop_headings(self) -> None:
        """Print no more section headings: the review has shown the answers."""
        for section in self.sections:
            section.headed = True

    def _next(self) -> tuple[Section, Question] | None:
        for section in self.sections:
            question = section.form.next()
            if question is not None:
                return section, question
        return None

    def _resolve(self, section: Section, question: Question) -> None:
        """Answer a question without asking, with the group it belongs to, or by asking."""
        if question.hidden and self._answer_unasked(section, question, question.default):
            return
        if self.keeping and self._answer_unasked(
            section, question, section.unchanged_answer(question)
        ):
            return
        if section.passes_over(question) and self._answer_unasked(
            section, question, section.left_out_answer(question)
        ):
            return
        self._print_heading(section)
        if is_optional(question) and question.path[:-1] not in section.opened:
            self._offer_group(section, question)
        else:
            self._ask_in_group(section, question)

    def _ask_in_group(self, section: Section, question: Question) -> None:
        """Ask a question; in a group, the person can leave out the rest of it."""
        above = question.path[:-1]
        self.terminal.in_group = is_optional(question) and section.opened.get(above, _ALONE) >= 0
        try:
            self._ask(section, question)
        except Rest:
            self._skip(section, above)
        finally:
            self.terminal.in_group = False

    def _answer_unasked(self, section: Section, question: Question, value: Any) -> bool:
        if value is UNKNOWN:
            return False
        try:
            section.form.answer(value)
        except InvalidAnswer:
            return False
        section.unasked.add(key_of(question))
        return True

    def _offer_group(self, section: Section, first: Question) -> None:
        """Ask once for all optional fields of an object; a single one is asked directly."""
        above = first.path[:-1]
        before = len(section.form.answers())
        skipped = self._skip(section, above)
        try:
            wanted = self._wanted(section, first, skipped) if len(skipped) > 1 else skipped
        except Back:
            section.rewind(before)
            raise
        if wanted or not skipped:
            section.rewind(before)
            section.opened[above] = before if len(skipped) > 1 else _ALONE
            section.passed[above] = frozenset(q.path for q in skipped if q not in wanted)

    def _skip(self, section: Section, above: Path) -> list[Question]:
        """Leave out, or unchanged, the optional questions that follow in an object."""
        skipped: list[Question] = []
        while (question := section.form.next()) is not None:
            inside = is_below(question.path, above)
            if inside and question.hidden:
                if not self._answer_unasked(section, question, question.default):
                    break
                continue
            direct = inside and question.path[:-1] == above and is_optional(question)
            if not (direct or (inside and section.has_current(question))):
                break
            if not self._answer_unasked(section, question, section.left_out_answer(question)):
                break
            skipped += [question] if direct else []
        return skipped

    def _wanted(self, section: Section, first: Question, skipped: list[Question]) -> list[Question]:
        """Ask which fields of a group the person wants to fill in: of many, also only some."""
        place = section.label(first).rpartition(INSIDE)[0]
        are_all = len(skipped) == len(section.form.answers()) and not section.given
        log_in = section.name == CREDENTIALS and are_all  # without them nothing is published
        what = "credentials" if section.name == CREDENTIALS else "settings"
        title = f"Enter {what}?" if log_in else f"Optional {what} ({len(skipped)})?"
        title = f"{place}: {title.lower()}" if place else title
        names = ", ".join(one_line(question.title) for question in skipped)
        lines = tuple(wrapped(names, self.terminal.width, 2))
        if len(skipped) > MANY:
            return self._chosen(Heading(title, lines), skipped, at=2 if log_in else 0)
        heading = Heading(title, (*lines, f"  Enter accepts · {BACK_KEY}"))
        return skipped if ask_yes(self.terminal, heading, default=log_in, back=True) else []

    def _chosen(self, heading: Heading, skipped: list[Question], *, at: int) -> list[Question]:
        """Return none, some or all of many questions, as the person picks."""
        options = [Option("none"), Option("choose some"), Option("all, one after the other")]
        while (at := Menu(self.terminal, heading.fragments, options, at=at).pick(back=True)) == 1:
            with suppress(Back):
                return self._ticked(skipped)
        if at == 2:
            self.terminal.say(("class:rule", "Ctrl-O leaves out the rest of them."))
        return skipped if at == 2 else []

    def _ticked(self, skipped: list[Question]) -> list[Question]:
        heading = Heading("Fill in which ones?").fragments
        options = [Option(one_line(q.title), one_line(q.help), (str(q.path[-1]),)) for q in skipped]
        menu = Menu(self.terminal, heading, options, ticked=set())
        return [skipped[n] for n in menu.pick_several(back=True)]

    def _ask(self, section: Section, question: Question) -> None:
        """Ask a question until the answer fits."""
        rejected: Rejected | None = None
        while True:
            prompt = self._prompt(section, question, rejected)
            try:
                answer = ask(self.terminal, prompt)
                if isinstance(answer, Drop):
                    self._drop(section, question, answer.position)
                    return
            except AnswerError as error:
                rejected = Rejected(f"{prompt.label} {error}", text=error.text)
                continue
            try:
                value = self._accepted(section, question, answer.value)
            except InvalidAnswer as error:
                subject = ": that name" if question.kind is Kind.KEY else ""
                reason = f"{prompt.label}{subject} {_reason(section.form.next(), error)}"
                rejected = Rejected(reason, answer.value, answer.text)
            else:
                self._show_answer(prompt.label, question, value)
                return

    def _accepted(self, section: Section, question: Question, value: Any) -> Any:
        """Answer the question and return the accepted value; an address may be completed for it."""
        try:
            self._answer(section, question, value)
        except InvalidAnswer:
            if not isinstance(value, str) or question.kind is not Kind.TEXT:
                raise
        else:
            return value
        for address in addresses(question.schema, value):
            with suppress(InvalidAnswer):
                self._answer(section, question, address)
                return address
        self._answer(section, question, value)
        return value

    def _answer(self, section: Section, question: Question, value: Any) -> None:
        """Answer the question; raises InvalidAnswer, also for an address that cannot be used."""
        if len(question.path) == 1:
            part: Part = "config" if section is self.sections[0] else "auth"
            message = self._addresses.problem(part, str(question.path[0]), value)
            if message is not None:
                raise InvalidAnswer(message)
        section.form.answer(value)

    def _prompt(self, section: Section, question: Question, rejected: Rejected | None) -> Prompt:
        is_list = question.kind is Kind.MORE
        if is_list and question.path in section.dropped:
            question = replace(question, default=False)  # else the dropped value is offered
        if not question.path and question.kind is Kind.BRANCH:
            question = replace(question, help="")  # the section's heading has said it
        found = entries(section.form.answers(), question.path) if is_list else []
        return Prompt(
            question,
            section.label(question),
            is_current=section.has_current(question) and rejected is None,
            rejected=rejected,
            entries=tuple(entry.summary for entry in found),
        )

    def _drop(self, section: Section, question: Question, position: int) -> None:
        found = entries(section.form.answers(), question.path)
        section.form.drop((*question.path, found[position].step))
        section.dropped.add(question.path)

    def _show_answer(self, label: str, question: Question, value: Any) -> None:
        if question.kind in (Kind.MORE, Kind.KEY):
            return
        text = answer_text(question, value)
        self.terminal.say(("class:done", "✓ "), ("", f"{label}: "), ("class:answer", text))

    def _print_heading(self, section: Section) -> None:
        if section.headed:
            return
        if not any(other.headed for other in self.sections):
            self.terminal.say(("class:rule", KEYS))
        section.headed = True
        title = one_line(plain(section.schema.get("title"))) or section.name
        self.terminal.say(("", ""))
        self.terminal.say(("class:question", title))
        for line in wrapped(plain(section.schema.get("description")), self.terminal.width):
            self.terminal.say(("class:help", line.strip()))
        if section is self.sections[0]:
            self._print_setup()

    def _print_setup(self) -> None:
        """Print how to register an app with the service, unless its client ID is known already."""
        setup = app_setup(self.entry)
        if setup is None or self.current is not None or "client_id" in self.given.config:
            return
        self.terminal.say(("", ""))
        for text in instructions(setup):
            for line in wrapped(text, self.terminal.width, LONGEST_STEP):
                self.terminal.say(("", line.strip()))


def _hides(question: Question, _state: State) -> bool:
    """Whether a draft leaves an answer out: it is a secret, or may be one by its name."""
    return (question.secret and question.kind not in STRUCTURE) or question.suspected


def _reason(question: Question | None, error: InvalidAnswer) -> str:
    """Return the reason; of an answer with inner values, the place of each problem as well."""
    inner = [
        f"{problem.dotted} {problem.message}"
        for problem in error.details
        if question is not None and is_below(problem.path, question.path)
    ]
    own = question.problem if question is not None else None
    return "; ".join(inner[:3]) or own or error.message
