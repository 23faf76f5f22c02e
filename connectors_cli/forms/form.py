"""A form: what is asked next, what was answered, and what comes of it."""

from collections import Counter
from dataclasses import replace
from typing import Any

from connectors_cli.errors import InvalidAnswer, InvalidInput, Problem
from connectors_cli.forms.compiled import Compiled
from connectors_cli.forms.dropping import without
from connectors_cli.forms.place import ABSENT, Ask, Forget, Path, Place
from connectors_cli.forms.question import Question
from connectors_cli.forms.walker import Walker


class Form:
    """A JSON Schema as a sequence of questions, one at a time."""

    def __init__(self, schema: Any, given: Any = None, current: Any = None) -> None:
        self._compiled = Compiled(schema, asking=True)
        self._walker = Walker(self._compiled)
        self._given = ABSENT if given is None else given
        self._current = ABSENT if current is None else current
        self._answers: dict[tuple[Any, ...], Any] = {}
        self._offers: dict[tuple[Any, ...], Any] = {}
        self._trail: dict[tuple[Any, ...], Question] = {}
        self._gone: Counter[Path] = Counter()
        self._started = False
        self._pending: Ask | None = None
        self._result: Any = ABSENT

    def next(self) -> Question | None:
        """The question to put now, or None when everything is answered."""
        if not self._started:
            self._start()
        return self._pending.question if self._pending else None

    def answer(self, value: Any) -> None:
        """Take the answer to the current question; one that does not fit is refused."""
        if self.next() is None or self._pending is None:
            raise InvalidAnswer("there is no question to answer")
        ask = self._pending
        problems = ask.check(value)
        if problems:
            self._refuse(ask, problems)
        self._answers[ask.key] = value
        self._trail[ask.key] = replace(ask.question, problem=None)
        self._go_on(value)

    def result(self) -> Any:
        """What given values and answers make; raises InvalidInput if that does not validate.

        Before anything was asked that is what was given, as it is. Later constants are written, and
        questions without an answer count as skipped.
        """
        whole = self._whole()
        if whole is ABSENT:
            missing = Problem((), "required", "is required")
            raise InvalidInput("nothing was given", details=[missing])
        problems = self._compiled.problems(self._compiled.root, whole)
        if problems:
            raise InvalidInput("the values do not match the schema", details=problems)
        return whole

    def outstanding(self) -> tuple[Question, ...]:
        """Every question that what is given leaves open, none of them answered, in order.

        Conditions are those of the values given. An answer may open further questions: another
        program asks again with what it learned.
        """
        self._start()
        found = self._skip()
        self._start()
        return tuple(question for question in found.values() if not question.hidden)

    def back(self) -> bool:
        """Undo the last answer, so that it is asked for again with that answer as default."""
        if not self._trail:
            return False
        self.reopen(len(self._trail) - 1)
        return True

    def answers(self) -> tuple[tuple[Question, Any], ...]:
        """What was asked and answered so far, in order."""
        return tuple((question, self._answers[key]) for key, question in self._trail.items())

    def reopen(self, index: int) -> None:
        """Ask one of the answered questions again; other answers stay where they still apply."""
        key = list(self._trail)[index]
        self._offers[key] = self._answers.pop(key)
        self._start()

    def drop(self, path: Path) -> None:
        """Take out an item of a list or an entry of a map that answers have added."""
        self._answers = without(self._answers, path)
        self._offers = {}
        self._start()

    def _start(self) -> None:
        self._started = True
        self._trail = {}
        self._gone.clear()
        self._result = ABSENT
        root = Place((), (self._compiled.root,), given=self._given, current=self._current)
        self._walk = self._walker.fill(root)
        self._go_on(None)

    def _go_on(self, value: Any) -> None:
        """Walk on to the first question whose answer is not known."""
        self._pending = None
        while True:
            try:
                step = self._walk.send(value)
            except StopIteration as stop:
                self._result = stop.value
                return
            if isinstance(step, Forget):
                self._forget(step)
                value = None
                continue
            ask = self._numbered(step)
            if not self._known(ask):
                self._pending = self._offered(ask)
                return
            value = self._answers[ask.key]
            self._trail[ask.key] = ask.question

    def _numbered(self, ask: Ask) -> Ask:
        """The question, told apart from itself before it was gone and came back."""
        if not self._gone:
            return ask
        path: Path = ask.key[0]
        times = sum(self._gone[path[:length]] for length in range(len(path) + 1))
        return replace(ask, key=(*ask.key, times)) if times else ask

    def _known(self, ask: Ask) -> bool:
        """Whether an earlier answer still fits the question."""
        if ask.key not in self._answers:
            return False
        if not ask.check(self._answers[ask.key]):
            return True
        self._offers[ask.key] = self._answers.pop(ask.key)
        return False

    def _offered(self, ask: Ask) -> Ask:
        """The question with an earlier answer as its default."""
        offer = self._offers.get(ask.key)
        if offer is None or ask.check(offer):
            return ask
        return replace(ask, question=replace(ask.question, default=offer))

    def _forget(self, step: Forget) -> None:
        for key in [key for key in self._trail if _under(key[0], step.path)]:
            del self._trail[key]
        if step.gone:
            self._gone[step.path] += 1

    def _refuse(self, ask: Ask, problems: tuple[Problem, ...]) -> None:
        sentence = "; ".join(dict.fromkeys(problem.message for problem in problems))
        self._pending = replace(ask, question=replace(ask.question, problem=sentence))
        details = [Problem((*ask.question.path, *p.path), p.rule, p.message) for p in problems]
        raise InvalidAnswer(f"{ask.question.title or 'the answer'} {sentence}", details=details)

    def _whole(self) -> Any:
        """What was given, before anything was asked; else what the answers so far make of it."""
        if not self._started:
            return self._given
        if self._pending is None:
            return self._result
        kept = dict(self._answers), dict(self._offers)
        self._skip()
        whole = self._result
        self._answers, self._offers = kept
        self._start()
        return self._given if whole is ABSENT else whole

    def _skip(self) -> dict[tuple[Any, ...], Question]:
        """Leave everything open that is; the questions that were not answered."""
        found: dict[tuple[Any, ...], Question] = {}
        while self._pending is not None and self._pending.key not in found:
            found[self._pending.key] = self._pending.question
            self._go_on(None)
        return found


def _under(path: Path, top: Path) -> bool:
    return path[: len(top)] == top
