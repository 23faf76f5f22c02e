"""Edits of a form by path: values put in, left out, and what has to be opened on the way."""

from collections.abc import Set as AbstractSet
from typing import Any

from connectors_cli.errors import InvalidAnswer, Problem
from connectors_cli.forms.answers import Answers, is_under
from connectors_cli.forms.paths import ABSENT, Path, below
from connectors_cli.forms.place import Ask, Place
from connectors_cli.forms.progress import Progress
from connectors_cli.forms.question import Kind
from connectors_cli.forms.question_builder import normal
from connectors_cli.forms.survey import assumed
from connectors_cli.forms.walk import Walker


class Edit:
    """One walk that answers the questions at and below a path from a value.

    What is on the way is opened: objects that were left out, an item or entry that is new.
    """

    def __init__(
        self,
        answers: Answers,
        path: Path,
        value: Any,
        *,
        unseen: bool = False,
        strict: bool = True,
    ) -> None:
        self.answers = answers
        self.path = path
        self.value = value
        self.unseen = unseen
        self.strict = strict
        self.reached = False
        self._keys: set[Path] = set()
        self._seen: set[Path] = set()

    def run(self, walker: Walker, root: Place) -> None:
        """Give the answers; raises InvalidAnswer for one that does not fit."""
        Progress(walker, root).run(self._answer)

    def _answer(self, ask: Ask) -> Any:
        path = ask.place.path
        self._seen.add(path)
        if is_under(path, self.path):
            self.reached = True
            return self._respond(ask)
        if is_under(self.path, path):
            opened = self._opened(ask)
            if opened is not None:
                self.answers.put(ask, opened)
                return opened
        value = self.answers.of(ask)
        return assumed(ask)[1] if value is ABSENT else value

    def _opened(self, ask: Ask) -> Any:
        """The answer that leads on to the path, None where the question does not bar the way."""
        path = ask.place.path
        step = self.path[len(path)]
        if ask.kind is Kind.INCLUDE:
            return True if self.unseen or not ask.hidden else None
        if ask.kind is Kind.MORE and isinstance(step, int):
            return True if ask.extra["count"] <= step else None
        if ask.kind is Kind.KEY:
            return self._name(ask, str(step))
        if ask.kind is not Kind.MORE or self.reached or (*path, step) in self._keys:
            return None
        return True if self.answers.of(ask) in (ABSENT, False) else None

    def _name(self, ask: Ask, step: str) -> str | None:
        """The name of an entry, where it is the one that is wanted."""
        known = self.answers.of(ask)
        if known is ABSENT:
            known = assumed(ask)[1]
        name = step if known is None and not ask.check(step) else known
        self._keys.add((*ask.place.path, name))
        return step if name == step else None

    def _respond(self, ask: Ask) -> Any:
        value = self.value
        for step in ask.place.path[len(self.path) :]:
            value = below(value, step)
        answer = _response(ask, value, self._seen)
        if answer is ABSENT and self.value is not ABSENT and ask.kind is Kind.CHOICE and ask.hidden:
            answer = None  # a constant that the value does not have
        if answer is ABSENT:
            return assumed(ask)[1]
        answer = normal(ask, answer)
        problems = ask.check(answer)
        if problems and not self.strict:
            return assumed(ask)[1]
        if problems and not (answer is None and value is ABSENT):
            self._refuse(ask, problems)
        if not problems:
            self.answers.put(ask, answer)
        return answer

    def _refuse(self, ask: Ask, problems: tuple[Problem, ...]) -> None:
        where = ask.place.path
        details = [Problem((*where, *p.path), p.rule, p.message) for p in problems]
        said = "; ".join(dict.fromkeys(problem.message for problem in problems))
        title = ask.question.title or "the value"
        raise InvalidAnswer(f"{title} {said}", details=details)


def _response(ask: Ask, value: Any, seen: AbstractSet[Path]) -> Any:
    """The answer to a question that a value at its place gives; ABSENT where it gives none."""
    if ask.kind is Kind.INCLUDE:
        return _is_wanted(ask, value, seen)
    if ask.kind is Kind.MORE:
        return ask.extra["count"] < len(value) if isinstance(value, dict | list) else ABSENT
    if ask.kind is Kind.KEY:
        names = value if isinstance(value, dict) else ()
        return next((name for name in names if name not in ask.extra["taken"]), ABSENT)
    if value is ABSENT:
        return ABSENT if ask.hidden or ask.place.current is ABSENT or ask.required else None
    return value if ask.kind is not Kind.BRANCH else _branch(ask, value)


def _is_wanted(ask: Ask, value: Any, seen: AbstractSet[Path]) -> bool:
    """Whether there is a value; of what is hidden, whether it has more than was asked for."""
    if not ask.hidden:
        return value is not ABSENT
    names = value if isinstance(value, dict) else ()
    return any((*ask.place.path, name) not in seen for name in names)


def _branch(ask: Ask, value: Any) -> Any:
    fitting = next((choice.value for choice in ask.question.choices if choice.fits(value)), None)
    if fitting is None and ask.nearest is not None:
        fitting = next(iter(ask.nearest(value)), None)
    return ABSENT if fitting is None else fitting
