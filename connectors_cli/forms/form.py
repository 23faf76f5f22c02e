"""A form: its questions one at a time or by page, the answers, and what comes of them."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from connectors_cli.errors import InvalidAnswer, InvalidInput, Problem
from connectors_cli.forms.answers import Answers, is_under
from connectors_cli.forms.compiled import Compiled
from connectors_cli.forms.edits import Edit
from connectors_cli.forms.equality import canonical
from connectors_cli.forms.list_edit import ListEdit
from connectors_cli.forms.page import Asked, Change, FormProblems, Page, State, difference
from connectors_cli.forms.paths import ABSENT, Path, below
from connectors_cli.forms.place import Ask, Judge, Key, Place, Problems
from connectors_cli.forms.plaintext import humanised
from connectors_cli.forms.progress import Progress
from connectors_cli.forms.question import Kind, Question
from connectors_cli.forms.question_builder import normal
from connectors_cli.forms.replies import Refused, Reply, Replying
from connectors_cli.forms.survey import Survey
from connectors_cli.forms.tools import Tools
from connectors_cli.forms.walk import Walker

FILLABLE = ("minProperties",)
"""Rules that fields which are asked for on demand only may still satisfy."""
FAR_AHEAD = 10_000
"""Questions that a form answers to find early what is wrong; an asker that answers unseen ones
otherwise than by their defaults makes it begin again."""
UNIONS = ("oneOf", "anyOf", "if", "not")


class Form:
    """A JSON Schema as a sequence of questions, or as pages of fields.

    `given` are values known already, which are not asked for; `current` is what is being edited,
    whose values are offered. Both ways to use a form stand on the same answers: `next`, `answer`,
    `back`, `reopen` and `drop` put one question after the other; `page`, `set`, `unset`, `choose`
    and the edits of lists and maps change any field at any time. An answer is kept while its
    question is gone, and comes back with it.
    """

    def __init__(self, schema: Any, given: Any = None, current: Any = None) -> None:
        self._compiled = Compiled(schema, asking=True)
        self._walker = Walker(Tools(self._compiled))
        self._given = ABSENT if given is None else given
        self._current = ABSENT if current is None else current
        self._answers = Answers()
        self._offers: dict[Key, Any] = {}
        self._progress: Progress | None = None
        self._scout: Progress | None = None
        self._scouted = 0
        self._pending: Ask | None = None
        self._survey: Survey | None = None
        self._problems: tuple[Problem, ...] | None = None
        self._asked = False

    def next(self) -> Question | None:
        """Return the question to put now, None when everything is answered."""
        self._start()
        return self._pending.question if self._pending else None

    def answer(self, value: Any) -> None:
        """Accept the answer to the current question.

        Raises InvalidAnswer with problems for one that does not fit, or that completes an object or
        list which is wrong as a whole; the same question stays.
        """
        progress = self._start()
        ask = self._pending
        if ask is None:
            raise InvalidAnswer("there is no question to answer")
        value = normal(ask, value)
        problems = ask.check(value)
        if problems:
            self._refuse(ask, problems)
        before = self._answers.copy()
        self._answers.put(ask, value)
        if self._scout is not None and not _agrees(self._scout, ask.key, value):
            self._scout = None
        unseen = ask.hidden and value == ask.question.default  # judged with the answer before it
        found = self._walk_on(progress, value, judging=not unseen)
        if found is None and self._pending is not None and self._pending.hidden and not unseen:
            found = self._verdict_ahead(self._pending.key)
        if found is None:
            self._changed()
            return
        self._answers = before
        self._restart()
        if self._pending is not None:
            self._refuse(self._pending, found.problems(), found.path)

    def result(self) -> Any:
        """Return what given values and answers make; raises InvalidInput if that is not valid.

        Before anything was asked that is what was given, as it is. Later constants are written;
        questions without an answer count as skipped, but what is current or a required field's
        default stays.
        """
        whole = self._surveyed().result if self._asked else self._given
        whole = self._given if whole is ABSENT else whole
        if whole is ABSENT:
            missing = Problem((), "required", "is required")
            raise InvalidInput("nothing was given", details=[missing])
        problems = self._compiled.problems(self._compiled.root, whole)
        if problems:
            raise InvalidInput("the values do not match the schema", details=problems)
        return whole

    def outstanding(self) -> tuple[Question, ...]:
        """Return every question that is open now, in order.

        Conditions are those of the values so far. An answer may open further questions: another
        program asks again with what it learned.
        """
        self._start()
        return tuple(ask.question for ask in self._surveyed().open())

    def back(self) -> bool:
        """Undo the last answer: it is asked for again, with that answer as default."""
        answered = self._start().trail
        if not answered:
            return False
        self.reopen(len(answered) - 1)
        return True

    def answers(self) -> tuple[tuple[Question, Any], ...]:
        """Return what was asked and answered so far, in order."""
        progress = self._start()
        return tuple((ask.question, progress.values[key]) for key, ask in progress.trail.items())

    def reopen(self, index: int) -> None:
        """Ask one of the answered questions again; other answers stay."""
        ask = list(self._start().trail.values())[index]
        self._offers[ask.key] = self._answers.take(ask)
        self._restart()

    def page(self, path: Path = ()) -> Page:
        """Return the fields of the object, list or map at a path that the values so far call for.

        Raises InvalidAnswer where nothing is asked at the path.
        """
        problems = self.problems()
        found = self._surveyed().page(tuple(path), (*problems.missing, *problems.wrong))
        if found is None:
            raise _not_there(tuple(path))
        return found

    def set(self, path: Path, value: Any) -> Change:
        """Set the value at a path, whole objects and lists too, and return what changed.

        What is on the way is opened. Raises InvalidAnswer, and changes nothing, if the value does
        not fit or nothing is asked at the path.
        """
        return self._edit(tuple(path), value)

    def check(self, path: Path, value: Any) -> Problems:
        """Return why `set` would refuse a value; nothing changes."""
        kept, given = self._answers.copy(), self._given
        try:
            self.set(path, value)
        except InvalidAnswer as error:
            return error.details
        finally:
            self._answers, self._given = kept, given
            self._progress = self._pending = None
            self._changed()
        return ()

    def unset(self, path: Path) -> Change:
        """Leave the value at a path out, and return what changed; a required one is open again."""
        path = tuple(path)
        before = self._begin(path)
        asks = [ask for ask in before.trail.values() if is_under(ask.place.path, path)]
        self._answers.forget(path)
        for ask in asks:
            if ask.place.path == path and ask.place.current is not ABSENT and not ask.hidden:
                self._leave_out(ask)
        return self._done(before)

    def choose(self, path: Path, branch: int | None, union: int = 0) -> Change:
        """Choose a branch at a path, and return what changed; values that fit it are kept.

        `union` counts the unions that a page shows there. Raises InvalidAnswer for a branch that is
        not among them.
        """
        path = tuple(path)
        before = self._begin(path, lift=False)
        asks = [a for a in before.by_path.get(path, ()) if a.kind is Kind.BRANCH and not a.hidden]
        if union >= len(asks):
            raise _not_there(path)
        problems = asks[union].check(branch)
        if problems:
            self._refuse(asks[union], problems)
        self._answers.put(asks[union], branch)
        return self._done(before)

    def add(self, path: Path, key: str | None = None) -> Change:
        """Add an open item to the list at a path, or an entry named `key` to the map there."""
        path = tuple(path)
        edit = self._list_edit(path) if key is None else None
        if edit is not None:
            self._answers.put(edit.end, True)
            size = len(edit.survey.at(path)) + 1
            return self._relisted(edit, range(size - 1, size), size)
        step = len(self._surveyed().steps(path)) if key is None else key
        return self._edit((*path, step), ABSENT)

    def insert(self, path: Path) -> Change:
        """Insert an open item into a list, before the one that is at a path."""
        container, index = _split(path)
        before = self._begin(container)
        steps = before.steps(container)
        if not steps and container not in before.by_path:
            raise _not_there(container)
        moved = [(step, n + (n >= index)) for n, step in enumerate(steps)]
        added: list[tuple[str | int | None, str | int]] = [(None, min(index, len(steps)))]
        return self._rearranged(before, container, [*moved[:index], *added, *moved[index:]])

    def drop(self, path: Path) -> Change:
        """Take out an item of a list or an entry of a map; those after it move up."""
        *above, step = path
        container = tuple(above)
        before = self._begin(container)
        left = [one for one in self._steps(before, path) if one != step]
        return self._rearranged(before, container, _numbered(left))

    def move(self, path: Path, to: int) -> Change:
        """Move an item of a list or an entry of a map to another position among its like."""
        *above, step = path
        container = tuple(above)
        before = self._begin(container)
        steps = [one for one in self._steps(before, path) if one != step]
        steps.insert(to, step)
        return self._rearranged(before, container, _numbered(steps))

    def duplicate(self, path: Path, key: str | None = None) -> Change:
        """Add a copy of an item after it, or of a map's entry as `key` at the end."""
        *above, step = path
        container = tuple(above)
        before = self._begin(container)
        steps = self._steps(before, path)
        if isinstance(step, str):
            if not key or key in steps:
                raise InvalidAnswer("a copy of an entry needs a name of its own")
            wanted = [*_numbered(steps), (step, key)]
        else:
            at = steps.index(step) + 1
            wanted = _numbered([*steps[:at], step, *steps[at:]])
        return self._rearranged(before, container, wanted)

    def give(self, replies: Iterable[Reply]) -> tuple[Refused, ...]:
        """Give another program's answers, and return those that were refused.

        The order of replies at different places does not matter. A value opens what is on the way
        to it; a reply to no question of this form is refused.
        """
        before = self._surveyed()
        replying = Replying(self._answers, replies)
        replying.run(self._walker, self._root())
        self._done(before)
        late = (self._late(reply) for reply in replying.left)
        return (*replying.refused, *filter(None, late))

    def asked(self) -> tuple[Asked, ...]:
        """Return every question of now, in order, with the value that is there."""
        return tuple(self._surveyed().asked())

    def value(self) -> Any:
        """Return the value so far, ABSENT without one; it may be incomplete."""
        return self._surveyed().result

    def problems(self) -> FormProblems:
        """Return what is missing and what is wrong with the values so far, by path."""
        survey = self._surveyed()
        missing = {problem.path: problem for problem in survey.missing()}
        wrong = []
        for problem in self._validated(survey):
            if problem.rule == "required":
                missing.setdefault(problem.path, problem)
            elif not _follows(problem, missing):
                wrong.append(problem)
        return FormProblems(tuple(missing.values()), tuple(wrong))

    def _root(self) -> Place:
        return Place((), (self._compiled.root,), given=self._given, current=self._current)

    def _start(self) -> Progress:
        if self._progress is None:
            return self._restart()
        return self._progress

    def _restart(self) -> Progress:
        self._asked = True
        self._scout = None
        self._changed()
        self._progress = Progress(self._walker, self._root())
        self._follow(self._progress)
        return self._progress

    def _walk_on(self, progress: Progress, value: Any, *, judging: bool) -> Judge | None:
        """Walk on to the first question whose answer is not known; a verdict ends it early."""
        found: list[Judge] = []

        def judge(step: Judge) -> Problems:
            problems = step.problems() if judging else ()
            found.extend([step] if problems else [])
            return problems

        if progress.go_on(value, judge):
            return found[0]
        while progress.ask is not None:
            known = self._answers.of(progress.ask)
            if known is ABSENT:
                break
            if progress.go_on(known, judge):
                return found[0]
        self._pending = self._offered(progress.ask)
        return None

    def _verdict_ahead(self, key: Key) -> Judge | None:
        """What is wrong once the questions that an asker answers unseen have their defaults."""
        if self._scouted > FAR_AHEAD:
            return None  # what is wrong is told once the walk itself comes there
        scout = self._scout = self._scout or Progress(self._walker, self._root())
        found, ahead = list[Judge](), key in scout.trail

        def judge(step: Judge) -> Problems:
            problems = step.problems() if ahead else ()
            lasting = tuple(p for p in problems if p.path or p.rule not in FILLABLE)
            found.extend([step] if lasting else [])
            return lasting

        while scout.ask is not None and not found:
            ask = scout.ask
            ahead = ahead or ask.key == key
            value = self._answers.of(ask)
            if value is ABSENT and not ask.hidden:
                break
            self._scouted += 1
            scout.go_on(ask.question.default if value is ABSENT else value, judge)
        return found[0] if found else None

    def _follow(self, progress: Progress) -> None:
        progress.run(self._answers.of)
        self._pending = self._offered(progress.ask)

    def _offered(self, ask: Ask | None) -> Ask | None:
        """The question with an earlier answer as its default."""
        kept = self._offers.get(ask.key, ABSENT) if ask is not None else ABSENT
        offer = ask.restored(kept) if ask is not None and kept is not ABSENT else None
        if ask is None or offer is None or offer is ABSENT or ask.check(offer):
            return ask
        return replace(ask, _question=replace(ask.question, default=offer))

    def _refuse(self, ask: Ask, problems: Problems, path: Path | None = None) -> None:
        sentence = "; ".join(dict.fromkeys(problem.message for problem in problems))
        where = ask.place.path
        if path is not None:
            sentence, where = f"does not fit: {_sentences(path, problems)}", path
        details = [Problem((*where, *p.path), p.rule, p.message) for p in problems]
        if self._pending is not None and self._pending.key == ask.key:
            self._pending = replace(ask, _question=replace(ask.question, problem=sentence))
        raise InvalidAnswer(f"{ask.question.title or 'the answer'} {sentence}", details=details)

    def _surveyed(self) -> Survey:
        self._asked = True
        if self._survey is None:
            self._survey = Survey(self._walker, self._root(), self._answers)
        return self._survey

    def _validated(self, survey: Survey) -> tuple[Problem, ...]:
        if self._problems is None:
            whole = survey.result
            nothing = whole is ABSENT
            root = self._compiled.root
            self._problems = () if nothing else self._compiled.problems(root, whole)
        return self._problems

    def _changed(self) -> None:
        self._survey = self._problems = None

    def _begin(self, path: Path, *, lift: bool = True) -> Survey:
        before = self._surveyed()
        if lift:
            self._lift(path)
        return before

    def _done(self, before: Survey) -> Change:
        self._progress = self._pending = None
        self._offers.clear()
        self._changed()
        return difference(before.described, self._surveyed().described)

    def _edit(self, path: Path, value: Any) -> Change:
        leaf = self._leaf(path) if value is not ABSENT and value is not None else None
        if leaf is not None:
            return self._set_leaf(leaf, value)
        kept, given = self._answers, self._given
        before = self._begin(path)
        try:
            for unseen in (False, True):
                self._answers = kept.copy()
                if value is not ABSENT:
                    self._answers.forget(path)
                edit = Edit(self._answers, path, value, unseen=unseen)
                edit.run(self._walker, self._root())
                if edit.reached:
                    return self._done(before)
            raise _not_there(path)
        except InvalidAnswer:
            self._answers, self._given = kept, given
            raise

    def _leaf(self, path: Path) -> Ask | None:
        """The question for a value that can be set without opening anything on the way."""
        given = self._given
        for step in path:
            given = below(given, step)
        return self._surveyed().leaf(path) if given is ABSENT else None

    def _set_leaf(self, ask: Ask, value: Any) -> Change:
        value, survey = normal(ask, value), self._surveyed()
        problems = ask.check(value)
        if problems:
            self._refuse(ask, problems)
        was = survey.values[ask.key], survey.states[ask.key]
        self._answers.put(ask, value)
        if not ask.place.steady or not survey.put(ask, value):
            return self._done(survey)
        self._progress = self._pending = self._problems = None
        same = was == (value, State.ANSWERED) and type(was[0]) is type(value)
        return Change() if same else Change(changed=(ask.place.path,))

    def _lift(self, path: Path) -> None:
        """Take what was given around a path as if it had been answered, but for what is wrong."""
        top = path[:1]
        value = below(self._given, top[0]) if top else self._given
        if value is ABSENT:
            return
        self._given = _without(self._given, top) if top else ABSENT
        self._changed()
        Edit(self._answers, top, value, strict=False).run(self._walker, self._root())

    def _late(self, reply: Reply) -> Refused | None:
        """Give a reply whose question comes only once what is around it was opened."""
        try:
            if reply.kind is Kind.BRANCH:
                self.choose(reply.path, reply.value)
            elif reply.kind is Kind.KEY:
                self.add(reply.path, reply.value)
            elif reply.kind is Kind.INCLUDE and reply.value is False:
                self.unset(reply.path)
            elif reply.kind is Kind.INCLUDE:
                self._edit(reply.path, ABSENT)
            elif reply.kind is not Kind.MORE:
                self.set(reply.path, reply.value)
            elif reply.value is not False:
                self.add(reply.path)
        except InvalidAnswer as error:
            return Refused(reply, error.details or (Problem(reply.path, "answer", error.message),))
        return None

    def _leave_out(self, ask: Ask) -> None:
        answer = False if ask.kind in (Kind.INCLUDE, Kind.MORE) else None
        if ask.kind is not Kind.KEY and not ask.check(answer):
            self._answers.put(ask, answer)

    def _steps(self, survey: Survey, path: Path) -> list[str | int]:
        """The steps of the list or map that a path leads into; raises if nothing is there."""
        *above, step = path
        steps = survey.steps(tuple(above))
        if step not in steps:
            raise _not_there(tuple(path))
        return steps

    def _list_edit(self, path: Path) -> ListEdit | None:
        """The edit of a list that stands by itself; None where the whole form is walked over."""
        if path and below(self._given, path[0]) is not ABSENT:
            return None
        return ListEdit.of(self._surveyed(), self._walker, path)

    def _relisted(self, edit: ListEdit, changed: range, size: int) -> Change:
        found = edit.done(self._walker, changed, size)
        if found is None:
            return self._done(edit.survey)
        self._progress = self._pending = self._problems = None
        self._offers.clear()
        self._survey, change = found
        return change

    def _rearranged(
        self, before: Survey, container: Path, wanted: list[tuple[str | int | None, str | int]]
    ) -> Change:
        """Rearrange a list or map, and return what changed."""
        edit = self._list_edit(container) if self._survey is before else None
        self._rearrange(before, container, wanted)
        if edit is None:
            return self._done(before)
        size = len(before.at(container))
        moved = [n for n, (old, _) in enumerate(wanted) if old != n or n >= size]
        changed = range(moved[0], moved[-1] + 1) if moved else range(0)
        return self._relisted(edit, changed, len(wanted))

    def _rearrange(
        self, survey: Survey, container: Path, wanted: Iterable[tuple[str | int | None, str | int]]
    ) -> None:
        """Rearrange a list or map; its inherited values count as answered from now on."""
        ended = False
        for key, ask in survey.trail.items():
            value, state = survey.values[key], survey.states[key]
            if ask.place.path == container and ask.kind is Kind.MORE:
                ended = value is False and state is not State.DEFAULT
            if is_under(ask.place.path, container) and state is State.INHERITED:
                self._answers.put(ask, value)
        self._answers.rearrange(container, wanted, ended)


def _agrees(scout: Progress, key: Key, value: Any) -> bool:
    """Whether a walk that is ahead took this answer for granted, or has not come so far."""
    return key not in scout.trail or canonical(scout.values[key]) == canonical(value)


def _sentences(path: Path, problems: Problems) -> str:
    """What is wrong with a whole, each problem with the name of what it is about."""
    found = (f"{_name((*path, *problem.path))} {problem.message}" for problem in problems[:3])
    return "; ".join(dict.fromkeys(found))


def _name(path: Path) -> str:
    if not path:
        return "the form"
    last = path[-1]
    return f"item {last + 1}" if isinstance(last, int) else humanised(last)


def _numbered(steps: list[str | int]) -> list[tuple[str | int | None, str | int]]:
    return [(step, n if isinstance(step, int) else step) for n, step in enumerate(steps)]


def _split(path: Path) -> tuple[Path, int]:
    *above, index = path
    if not isinstance(index, int):
        raise InvalidAnswer("only a list has positions to insert at")
    return tuple(above), index


def _without(value: Any, path: Path) -> Any:
    return {name: inner for name, inner in value.items() if name != path[0]}


def _not_there(path: Path) -> InvalidAnswer:
    where = ".".join(map(str, path)) or "the form"
    problem = Problem(path, "path", "is not asked for with the values so far")
    return InvalidAnswer(f"{where} is not asked for with the values so far", details=[problem])


def _follows(problem: Problem, missing: Iterable[Path]) -> bool:
    """Whether a problem is there only because something at its place is missing."""
    if problem.rule in UNIONS:
        return any(is_under(path, problem.path) for path in missing)
    return any(is_under(problem.path, path) for path in missing)
