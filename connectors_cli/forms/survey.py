"""A form as it is now: all its questions, open ones left open, and the value that comes of it."""

from collections.abc import Iterator
from copy import copy
from functools import cached_property
from typing import Any

from connectors_cli.errors import Problem
from connectors_cli.forms.answers import Answers, is_under
from connectors_cli.forms.page import Asked, Page, PageField, State
from connectors_cli.forms.paths import ABSENT, Path, below
from connectors_cli.forms.place import Ask, Key, Place
from connectors_cli.forms.progress import Progress
from connectors_cli.forms.question import Kind, Question
from connectors_cli.forms.question_builder import VALUES
from connectors_cli.forms.walk import Walker

STRUCTURE = (Kind.INCLUDE, Kind.MORE, Kind.KEY, Kind.BRANCH)
COUNTED = (Kind.MORE, Kind.KEY)


class Survey:
    """One walk to the end in which questions without an answer are left open.

    What is there already stays, required fields take their defaults, and whatever is asked unseen
    takes the answer that an asker would give.
    """

    def __init__(self, walker: Walker, root: Place, answers: Answers) -> None:
        self._answers = answers
        self.root = root
        self.states: dict[Key, State] = {}
        progress = Progress(walker, root)
        progress.run(self.answer)
        self.trail, self.values, self.result = progress.trail, progress.values, progress.result

    def answer(self, ask: Ask) -> Any:
        """Return what stands for an answer now, and remember where it comes from."""
        value = self._answers.of(ask)
        if value is not ABSENT:
            self.states[ask.key] = State.ANSWERED
            return value
        self.states[ask.key], value = assumed(ask)
        return value

    def with_list(
        self, container: Path, trail: dict[Key, Ask], values: dict[Key, Any], items: list[Any]
    ) -> "Survey":
        """A copy with other questions, and other items in a list."""
        found = copy(self)
        for name in ("by_path", "described", "above"):
            found.__dict__.pop(name, None)
        found.trail, found.values, found.states = trail, values, dict(self.states)
        found.result = _replaced(self.result, container, items)
        return found

    @cached_property
    def by_path(self) -> dict[Path, list[Ask]]:
        """The questions by the path that they are about."""
        found: dict[Path, list[Ask]] = {}
        for ask in self.trail.values():
            found.setdefault(ask.place.path, []).append(ask)
        return found

    @cached_property
    def above(self) -> frozenset[Path]:
        """The paths that lead to one that a question is about."""
        return frozenset(path[:size] for path in self.by_path for size in range(len(path)))

    def at(self, path: Path) -> Any:
        """Return the value at a path, ABSENT without one."""
        value = self.result
        for step in path:
            value = below(value, step)
        return value

    def leaf(self, path: Path) -> Ask | None:
        """Return the question for the value at a path, where it is all that is asked there."""
        asks = self.by_path.get(path, ())
        if not asks or asks[-1].kind not in VALUES or asks[-1].hidden:
            return None
        usual = all(ask.hidden and self.values[ask.key] == _default(ask) for ask in asks[:-1])
        return asks[-1] if usual else None

    def put(self, ask: Ask, value: Any) -> bool:
        """Change the value of a leaf that nothing else depends on; False if that cannot be done."""
        *above, step = ask.place.path or ("",)
        parent = self.at(tuple(above))
        if not isinstance(parent, dict | list) or not ask.place.path:
            return False
        self.result = _replaced(self.result, tuple(above), self._with(parent, ask, step, value))
        self.values[ask.key], self.states[ask.key] = value, State.ANSWERED
        self.__dict__.pop("described", None)
        return True

    def _with(self, parent: Any, ask: Ask, step: str | int, value: Any) -> Any:
        """A copy of an object or list with another value; fields stay in the order of asking."""
        if isinstance(parent, list):
            return [*parent[: int(step)], value, *parent[int(step) + 1 :]]
        found = {**parent, step: list(value) if ask.kind is Kind.CHOICES else value}
        if step in parent:
            return found
        size = len(ask.place.path)
        around = [p[-1] for p in self.by_path if len(p) == size and p[:-1] == ask.place.path[:-1]]
        return {name: found[name] for name in dict.fromkeys((*around, *found)) if name in found}

    @cached_property
    def described(self) -> dict[Path, tuple[Any, ...]]:
        """Return each field with what an edit may change of it."""
        return self.descriptions(self.by_path)

    def descriptions(self, by_path: dict[Path, list[Ask]]) -> dict[Path, tuple[Any, ...]]:
        """Return what an edit may change of the fields that these questions are about."""
        return {
            path: (
                tuple((ask.kind, ask.required) for ask in asks),
                tuple(self.values[ask.key] for ask in asks),
                self.states[asks[-1].key],
            )
            for path, asks in by_path.items()
            if not all(ask.hidden for ask in asks)
        }

    def missing(self) -> Iterator[Problem]:
        """Yield what is required and open."""
        for key, ask in self.trail.items():
            is_open = self.states[key] is State.OPEN and self.values[key] is None
            if is_open and ask.required and not ask.place.nullable and ask.kind is not Kind.MORE:
                yield Problem(ask.place.path, "required", "is required")

    def open(self) -> Iterator[Ask]:
        """Yield the questions that nobody answered, but for those that are asked unseen."""
        for key, ask in self.trail.items():
            if self.states[key] is not State.ANSWERED and not ask.hidden:
                yield ask

    def asked(self) -> Iterator[Asked]:
        """Yield the questions that an asker shows, with their values."""
        for key, ask in self.trail.items():
            if not ask.hidden:
                opens = ask.kind not in VALUES or not ask.place.steady
                yield Asked(ask.question, self.states[key], self.values[key], opens)

    def steps(self, container: Path) -> list[str | int]:
        """Return the items of a list or the entries of a map at a path, in order."""
        asks = self.by_path.get(container, ())
        keys = [self.values[ask.key] for ask in asks if ask.kind is Kind.KEY]
        if keys:
            return [key for key in keys if key is not None]
        size = len(container)
        inside = (p[size] for p in self.by_path if len(p) > size and is_under(p, container))
        steps: dict[str | int, None] = dict.fromkeys(one for one in inside if isinstance(one, int))
        value = self.at(container)
        return list(steps or range(len(value) if isinstance(value, list) else 0))

    def page(self, path: Path, problems: tuple[Problem, ...]) -> Page | None:
        """Return the page of the place at a path; None where no question is about it."""
        own = self.by_path.get(path, [])
        size = len(path)
        names = [p[size] for p in self.by_path if len(p) > size and is_under(p, path)]
        steps = list(dict.fromkeys([*self._given_names(path), *names]))
        if not own and not steps and path:
            return None
        inside: dict[Path, list[Problem]] = {}
        for problem in problems:
            if is_under(problem.path, path):
                inside.setdefault(problem.path[: size + 1], []).append(problem)
        fields = (
            self._field((*path, step), tuple(inside.get((*path, step), ()))) for step in steps
        )
        shown = tuple(one for one in fields if one is not None)
        first = next((ask.question for ask in own), None)
        return Page(
            path,
            first.title if first is not None else "",
            first.help if first is not None else "",
            self._container(path),
            shown,
            self._branches(own),
            any(ask.kind in COUNTED and not self.values[ask.key] for ask in own),
            tuple(problem for problem in problems if problem.path == path),
        )

    def _given_names(self, path: Path) -> list[str | int]:
        """The names that were given, none of which is asked for; in the order of the schema."""
        given: Any = self.root.given
        for step in path:
            given = below(given, step)
        return list(given) if isinstance(given, dict) else []

    def _field(self, path: Path, problems: tuple[Problem, ...]) -> PageField | None:
        asks = self.by_path.get(path, [])
        seen = [ask for ask in asks if not ask.hidden and ask.kind is not Kind.BRANCH]
        if not seen and not self._branches(asks) and path not in self.above:
            return self._given_field(path, problems)
        ask = seen[0] if seen else asks[-1] if asks else None
        if ask is None:
            question, state, required = _plain_question(path), State.ANSWERED, True
        else:
            question, required = ask.question, asks[0].required
            state = self.states[ask.key]
        return PageField(
            path,
            question,
            state,
            self.at(path),
            required,
            self._branches(asks),
            self._container(path),
            problems,
        )

    def _given_field(self, path: Path, problems: tuple[Problem, ...]) -> PageField | None:
        value = self.at(path)
        if value is ABSENT or path in self.by_path:
            return None
        question = _plain_question(path)
        return PageField(path, question, State.INHERITED, value, False, problems=problems)

    def _branches(self, asks: list[Ask]) -> tuple[tuple[Question, int | None], ...]:
        return tuple(
            (ask.question, self.values[ask.key])
            for ask in asks
            if ask.kind is Kind.BRANCH and not ask.hidden
        )

    def _container(self, path: Path) -> str | None:
        value = self.at(path)
        kinds = {ask.kind for ask in self.by_path.get(path, ())}
        if isinstance(value, list):
            return None if Kind.CHOICES in kinds else "list"
        if not isinstance(value, dict) or Kind.JSON in kinds:
            return None
        named = {p[len(path)] for p in self.by_path if len(p) > len(path) and is_under(p, path)}
        return "map" if kinds & set(COUNTED) and named <= set(self.steps(path)) else "object"


def assumed(ask: Ask) -> tuple[State, Any]:
    """Return the answer that leaves things as they are, and where it comes from."""
    state, value = _assumed(ask)
    if value is None:
        is_null = ask.place.current is None and not ask.check(None)
        return (State.INHERITED if is_null and ask.required else State.OPEN), None
    return (State.OPEN, None) if ask.check(value) else (state, value)


def _assumed(ask: Ask) -> tuple[State, Any]:
    there = ask.place.current is not ABSENT
    if ask.hidden or ask.kind in (Kind.INCLUDE, Kind.MORE, Kind.KEY):
        return (State.INHERITED if there else State.DEFAULT), _default(ask)
    if there:
        return State.INHERITED, _default(ask)
    if ask.required and ask.shape.note("default") is not None:
        return State.DEFAULT, _default(ask)
    return State.OPEN, None


def _default(ask: Ask) -> Any:
    if "default" not in ask.extra:
        return ask.question.default
    return ask.extra["default"]


def _replaced(whole: Any, path: Path, part: Any) -> Any:
    """A copy of a document with another part at a path."""
    if not path:
        return part
    step, *rest = path
    inner = _replaced(whole[step], tuple(rest), part)
    if isinstance(whole, list):
        return [*whole[: int(step)], inner, *whole[int(step) + 1 :]]
    return {**whole, step: inner}


def _plain_question(path: Path) -> Question:
    last = path[-1] if path else ""
    title = str(last + 1) if isinstance(last, int) else last
    return Question(path, Kind.JSON, title)
