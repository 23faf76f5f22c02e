"""Where a walk is: the place to be filled, and the steps it hands to the form."""

from collections.abc import Callable, Generator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from connectors_cli.errors import Problem
from connectors_cli.forms.paths import ABSENT, Path
from connectors_cli.forms.question import Kind, Question

if TYPE_CHECKING:  # the first loads jsonschema
    from connectors_cli.forms.compiled import Part
    from connectors_cli.forms.question_builder import Questions
    from connectors_cli.forms.shape import Shape

Key = tuple[Any, ...]
Problems = tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """One place of the document: what applies there and what is known of its value.

    `others`: keys of the values that this one must differ from. `chosen`: branches that were picked
    here, whose constants are written. `barred`: sets of names of which at most all but one may be
    present. `settled`: the unions that were decided. `null_parts`: what null would have to fit,
    where a value was chosen and null is possible too. `fresh`: the object around it is new, not one
    that is being edited. `label`: the name of an entry, which is its title.
    `steady`: what the value is changes nothing else in the form.
    """

    path: Path
    parts: tuple["Part", ...]
    required: bool = True
    given: Any = ABSENT
    current: Any = ABSENT
    secret: bool = False
    others: AbstractSet[str] = frozenset()
    chosen: tuple["Part", ...] = ()
    barred: frozenset[frozenset[str]] = frozenset()
    settled: frozenset[tuple[int, str]] = frozenset()
    null_parts: tuple["Part", ...] = ()
    fresh: bool = True
    label: str = ""
    steady: bool = True

    @property
    def nullable(self) -> bool:
        return bool(self.null_parts)

    @property
    def name(self) -> str:
        names = [step for step in self.path if isinstance(step, str)]
        return names[-1] if names else ""


@dataclass(slots=True)
class Ask:
    """A question to put, made when somebody looks at it; `key` is what its answer is kept by.

    `tokens` stand for the choices of a branch whatever others there are: an answer is kept as one
    of them, so that it survives a change of the other choices. `nearest` returns the branches that
    an unfinished value does not contradict.
    """

    key: Key
    kind: Kind
    place: Place
    shape: "Shape"
    questions: "Questions" = field(repr=False)
    extra: dict[str, Any] = field(repr=False)
    verify: Callable[[Any], Problems] | None = field(default=None, repr=False)
    tokens: tuple[Any, ...] | None = field(default=None, repr=False)
    nearest: Callable[[Any], list[int]] | None = field(default=None, repr=False)
    _question: Question | None = field(default=None, repr=False)

    @property
    def question(self) -> Question:
        if self._question is None:
            self._question = self.questions.make(self)
        return self._question

    @property
    def required(self) -> bool:
        found: bool = self.extra.get("required", self.place.required)
        return found

    @property
    def hidden(self) -> bool:
        return bool(self.extra.get("hidden"))

    @property
    def stable(self) -> bool:
        """Whether an answer that fitted once fits as long as the same parts apply."""
        return self.kind not in (Kind.MORE, Kind.KEY) and not self.place.others

    def check(self, value: Any) -> Problems:
        """Return what is wrong with an answer."""
        return self.questions.check(self, value)

    def stored(self, value: Any) -> Any:
        """Return an answer in the form in which it is kept."""
        return value if self.tokens is None or value is None else self.tokens[value]

    def restored(self, kept: Any) -> Any:
        """Return a kept answer, ABSENT where it is no choice any more."""
        if self.tokens is None or kept is None:
            return kept
        return self.tokens.index(kept) if kept in self.tokens else ABSENT


@dataclass(frozen=True, slots=True)
class Forget:
    """What was asked below a path is asked again, or its question is gone."""

    path: Path
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Judge:
    """An object or list is complete: `problems` returns what is wrong with it as a whole."""

    path: Path
    problems: Callable[[], Problems] = field(repr=False)


Walk = Generator[Ask | Forget | Judge, Any, Any]
Fill = Callable[[Place], Walk]
