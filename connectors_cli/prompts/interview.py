"""The guided form: config, then auth, as one conversation in which one can go back."""

from dataclasses import replace
from typing import Any

from connectors_cli.catalog import Entry
from connectors_cli.errors import InvalidAnswer, InvalidInput, Problem
from connectors_cli.forms import Kind, Question
from connectors_cli.forms.plaintext import plain
from connectors_cli.given import Given
from connectors_cli.prompts import kinds, trail
from connectors_cli.prompts.kinds import Asked, Drop
from connectors_cli.prompts.lines import Heading, ask_yes
from connectors_cli.prompts.part import UNKNOWN, Part, is_optional, key_of, make_part
from connectors_cli.prompts.reading import Misfit
from connectors_cli.prompts.screen import Back, Screen
from connectors_cli.prompts.wording import answered, clean, wrapped

KEYS = "Enter accepts · Shift-Tab or < goes back · Ctrl-C leaves"
_ALONE = -1


class Interview:
    """Asks for the values of one connector."""

    def __init__(
        self,
        screen: Screen,
        entry: Entry,
        given: Given,
        current: tuple[dict[str, Any], dict[str, Any]] | None,
    ) -> None:
        self.screen = screen
        self.entry = entry
        self.given = given
        self.current = current
        self.parts: tuple[Part, ...] = ()
        self.keeping = False
        self.start_over()

    def start_over(self) -> None:
        """Forget every answer."""
        config, auth = self.current or (None, None)
        self.parts = (
            make_part("Settings", self.entry.config_schema, self.given.config, config),
            make_part("Credentials", self.entry.auth_schema, self.given.auth, auth),
        )
        self.keeping = self.current is not None

    def ask_all(self) -> None:
        """Ask until nothing is left; what is edited is kept as it is where it still fits."""
        while (found := self._next()) is not None:
            part, question = found
            try:
                self._settle(part, question)
            except Back:
                self.back(part)
        self.keeping = False

    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the whole though each answer fits."""
        found: list[Problem] = []
        for part in self.parts:
            try:
                part.form.result()
            except InvalidInput as error:
                found += error.details or (Problem((), "schema", error.message),)
        return tuple(found)

    def result(self) -> tuple[dict[str, Any], dict[str, Any]]:
        config, auth = (part.result() for part in self.parts)
        return config, auth

    def change(self, part: Part, index: int) -> None:
        """Ask one of the answered questions again; going back leaves its answer as it was."""
        before = part.form.answers()[index][1]
        part.form.reopen(index)
        question = part.form.next()
        if question is None:
            return
        part.unasked.discard(key_of(question))
        try:
            self._put(part, question)
        except Back:
            part.form.answer(before)

    def back(self, part: Part) -> None:
        """Go to the last question that somebody answered, from auth into config too."""
        if part.reoffers_group():
            return
        for one in reversed(self.parts[: self.parts.index(part) + 1]):
            while one.form.back():
                one.close_groups()
                question = one.form.next()
                if question is None or key_of(question) not in one.unasked:
                    return
                one.unasked.discard(key_of(question))

    def back_from_review(self) -> None:
        """Go back to the last answer somebody gave; what is edited stays answered after it."""
        if self.current is None:
            self.back(self.parts[-1])
            return
        for part in reversed(self.parts):
            answers = part.form.answers()
            asked = [n for n, (q, _) in enumerate(answers) if key_of(q) not in part.unasked]
            if asked:
                self.change(part, asked[-1])
                return

    def stop_heading(self) -> None:
        """Say no more where a part begins: its answers were seen."""
        for part in self.parts:
            part.headed = True

    def _next(self) -> tuple[Part, Question] | None:
        for part in self.parts:
            question = part.form.next()
            if question is not None:
                return part, question
        return None

    def _settle(self, part: Part, question: Question) -> None:
        """Answer the question: unasked, together with its group, or by asking."""
        if question.hidden and self._answer_unasked(part, question, False):
            return
        if self.keeping and self._answer_unasked(part, question, part.kept(question)):
            return
        self._head(part)
        if is_optional(question) and question.path[:-1] not in part.opened:
            self._offer_group(part, question)
        else:
            self._put(part, question)

    def _answer_unasked(self, part: Part, question: Question, value: Any) -> bool:
        if value is UNKNOWN:
            return False
        try:
            part.form.answer(value)
        except InvalidAnswer:
            return False
        part.unasked.add(key_of(question))
        return True

    def _offer_group(self, part: Part, first: Question) -> None:
        """Ask once for the optional settings of an object; a single one is asked itself."""
        above = first.path[:-1]
        before = len(part.form.answers())
        skipped = self._skip(part, above)
        wanted = len(skipped) < 2
        try:
            wanted = wanted or self._wants(part, first, skipped)
        except Back:
            part.rewind(before)
            raise
        if wanted:
            part.rewind(before)
            part.opened[above] = before if len(skipped) > 1 else _ALONE

    def _skip(self, part: Part, above: trail.Path) -> list[Question]:
        """Leave out, or as it is, whatever optional follows in an object."""
        skipped: list[Question] = []
        while (question := part.form.next()) is not None:
            inside = trail.is_below(question.path, above)
            direct = inside and question.path[:-1] == above and is_optional(question)
            if not (direct or (inside and part.has_current(question))):
                break
            value = None if part.current is None else part.kept(question)
            if not self._answer_unasked(part, question, value):
                break
            skipped += [question] if direct else []
        return skipped

    def _wants(self, part: Part, first: Question, skipped: list[Question]) -> bool:
        place = part.label(first).rpartition(trail.INSIDE)[0]
        title = f"Optional settings ({len(skipped)})?"
        names = ", ".join(clean(question.title) for question in skipped)
        heading = Heading(
            f"{place}: {title.lower()}" if place else title,
            tuple(wrapped(names, self.screen.width, 2)),
        )
        return ask_yes(self.screen, heading, default=False, back=True)

    def _put(self, part: Part, question: Question) -> None:
        """Ask a question until the answer fits."""
        rejected = ""
        while True:
            label = part.label(question)
            if question.kind is Kind.MORE and question.path in part.dropped:
                question = replace(question, default=False)  # what was dropped is offered otherwise
            found = trail.entries(part.form.answers(), question.path)
            asked = Asked(
                question,
                label,
                is_current=part.has_current(question) and not rejected,
                rejected=rejected,
                entries=tuple(entry.summary for entry in found if question.kind is Kind.MORE),
            )
            try:
                value = kinds.ask(self.screen, asked)
                if isinstance(value, Drop):
                    trail.drop(part.form, question.path, found[value.position])
                    part.dropped.add(question.path)
                    return
            except Misfit as misfit:
                self._refuse(label, str(misfit))
                continue
            try:
                part.form.answer(value)
            except InvalidAnswer as error:
                subject = f"{label}: that name" if question.kind is Kind.KEY else label
                self._refuse(subject, _reason(part.form.next(), error))
                rejected = value if isinstance(value, str) else ""
            else:
                self._record(label, question, value)
                return

    def _refuse(self, label: str, reason: str) -> None:
        for line in wrapped(f"{label} {reason}", self.screen.width):
            self.screen.say(("class:reason", f"! {line.strip()}"))

    def _record(self, label: str, question: Question, value: Any) -> None:
        if question.kind in (Kind.MORE, Kind.KEY):
            return
        said = answered(question, value)
        self.screen.say(("class:done", "✓ "), ("", f"{label}: "), ("class:answer", said))

    def _head(self, part: Part) -> None:
        if part.headed:
            return
        if not any(other.headed for other in self.parts):
            self.screen.say(("class:rule", KEYS))
        part.headed = True
        title = clean(plain(part.schema.get("title"))) or part.name
        self.screen.say(("", ""))
        self.screen.say(("class:question", title))
        for line in wrapped(plain(part.schema.get("description")), self.screen.width):
            self.screen.say(("class:help", line.strip()))


def _reason(question: Question | None, error: InvalidAnswer) -> str:
    """The reason, with the place of each problem where the answer has an inside."""
    inner = [
        f"{problem.dotted} {problem.message}"
        for problem in error.details
        if question is not None and trail.is_below(problem.path, question.path)
    ]
    own = question.problem if question is not None else None
    return "; ".join(inner[:3]) or own or error.message
