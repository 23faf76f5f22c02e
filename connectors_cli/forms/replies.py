"""Answers that another program gives to a form's questions, in the words of the questions."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from connectors_cli.errors import Problem
from connectors_cli.forms.answers import COUNTED, Answers
from connectors_cli.forms.paths import ABSENT, Path
from connectors_cli.forms.place import Ask, Key, Place
from connectors_cli.forms.progress import Progress
from connectors_cli.forms.question import Kind
from connectors_cli.forms.question_builder import VALUES, normal
from connectors_cli.forms.survey import assumed
from connectors_cli.forms.text import addresses
from connectors_cli.forms.walk import Walker


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to the question of a kind at a path; without a kind it is the value there.

    `count` says which of a list's or map's questions is meant; without it the next one is.
    """

    path: Path
    value: Any = field(repr=False)
    kind: Kind | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A reply that was not accepted, and why."""

    reply: Reply
    problems: tuple[Problem, ...]


class Replying:
    """Walks in which every question gets the reply to it; the others stay as they are.

    Of several questions of a kind at a path, those without an answer come first.
    """

    def __init__(self, answers: Answers, replies: Iterable[Reply]) -> None:
        self.answers = answers
        self.refused: list[Refused] = []
        self._again = False
        self._waiting: dict[Path, list[Reply]] = {}
        self._replied: set[Key] = set()
        for reply in replies:
            self._waiting.setdefault(reply.path, []).append(reply)

    @property
    def left(self) -> tuple[Reply, ...]:
        """The replies for which no question was met."""
        return tuple(reply for waiting in self._waiting.values() for reply in waiting)

    def run(self, walker: Walker, root: Place) -> None:
        """Give the replies."""
        for self._again in (False, True):
            if self.left:
                Progress(walker, root).run(self._answer)

    def _answer(self, ask: Ask) -> Any:
        is_answered = self.answers.of(ask) is not ABSENT
        passed = ask.hidden or ask.key in self._replied or (is_answered and not self._again)
        reply = None if passed else self._take(ask)
        if reply is not None:
            self._replied.add(ask.key)
            self._give(ask, reply)
        known = self.answers.of(ask)
        return assumed(ask)[1] if known is ABSENT else known

    def _take(self, ask: Ask) -> Reply | None:
        """Remove and return the first reply to a question."""
        waiting = self._waiting.get(ask.place.path, [])
        for index, reply in enumerate(waiting):
            if _answers(reply, ask):
                return waiting.pop(index)
        return None

    def _give(self, ask: Ask, reply: Reply) -> None:
        value = normal(ask, reply.value)
        problems = ask.check(value)
        for candidate in (value, *_meant(ask, value)) if problems else (value,):
            if not ask.check(candidate):
                self.answers.put(ask, candidate)
                return
        path = ask.place.path
        located = tuple(Problem((*path, *p.path), p.rule, p.message) for p in problems)
        self.refused.append(Refused(reply, located))


def _meant(ask: Ask, value: Any) -> Iterator[str]:
    """Yield the addresses that a text may mean."""
    return addresses(ask.question.schema, value) if isinstance(value, str) else iter(())


def _answers(reply: Reply, ask: Ask) -> bool:
    counted = ask.kind in COUNTED and reply.count is not None
    if counted and reply.count != ask.extra["count"]:
        return False
    return ask.kind is reply.kind if reply.kind is not None else ask.kind in VALUES
