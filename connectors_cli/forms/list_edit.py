"""Edits of a list whose items nothing else depends on, without a walk over the whole form."""

from typing import Any

from connectors_cli.forms.page import Change, difference
from connectors_cli.forms.paths import ABSENT, Path
from connectors_cli.forms.place import Ask, Key
from connectors_cli.forms.progress import Progress
from connectors_cli.forms.question import Kind
from connectors_cli.forms.shape import positions
from connectors_cli.forms.survey import Survey
from connectors_cli.forms.walk import Walker
from connectors_cli.forms.walk_list import item_place, more_ask

Trail = dict[Key, Ask]


class ListEdit:
    """One list of a survey; `end` is the question whether it has one more item."""

    def __init__(self, survey: Survey, container: Path, more: list[Ask]) -> None:
        self.survey = survey
        self.container = container
        self.end = more[-1]
        self._more = more
        self._items: dict[int, Trail] = {}
        self._before, self._after = Trail(), Trail()
        self._split()

    @classmethod
    def of(cls, survey: Survey, walker: Walker, container: Path) -> "ListEdit | None":
        """Return the edit of a list, None where more than its items may change with them."""
        more = [a for a in survey.by_path.get(container, ()) if a.kind is Kind.MORE]
        items = survey.at(container)
        if not more or not isinstance(items, list) or len(more) != len(items) + 1:
            return None
        place, shape = more[0].place, more[0].shape
        tied = shape.unique or shape.contains or positions(walker.compiled, shape)
        sized = shape.bound("minItems") or shape.bound("maxItems") is not None
        fixed = place.given is not ABSENT or place.current is not ABSENT or not place.steady
        counted = all(ask.key == (container, Kind.MORE, n) for n, ask in enumerate(more))
        return None if tied or sized or fixed or not counted else cls(survey, container, more)

    def _split(self) -> None:
        """Sort the questions: those before the list, those of each item, and those after it."""
        size, ends = len(self.container), {self._more[0].key, self.end.key}
        target: Trail = self._before
        for key, ask in self.survey.trail.items():
            path: Path = key[0]
            if key in ends:
                target = self._after
            elif len(path) > size and path[:size] == self.container:
                self._items.setdefault(int(path[size]), {})[key] = ask
            elif ask.kind is not Kind.MORE or path != self.container:
                target[key] = ask

    def done(self, walker: Walker, changed: range, size: int) -> tuple[Survey, Change] | None:
        """Return the survey with `size` items, of which those in `changed` are new, and the change.

        The answers are those after the edit. None if the list does not end after its last item.
        """
        old, tools = self.survey, walker.tools
        place, shape = self.end.place, self.end.shape
        secret = tools.questions.secret(place, shape)
        items: list[Any] = old.at(self.container)
        found: list[Any] = []
        trail: Trail = dict(self._before)
        new = old.with_list(self.container, trail, {}, found)
        for number in range(size):
            self._ask_more(new, walker, number)
            if number not in changed and number < len(items):
                trail.update(self._items.get(number, {}))
                found.append(items[number])
                continue
            spot = item_place(tools, place, shape, number, frozenset(), secret)
            progress = Progress(walker, spot)
            progress.run(new.answer)
            trail.update(progress.trail)
            new.values.update(progress.values)
            found.append(None if progress.result is ABSENT else progress.result)
        if self._ask_more(new, walker, size):
            return None
        trail.update(self._after)
        new.values = {key: new.values.get(key, old.values.get(key)) for key in trail}
        return new, self._change(new, changed, size)

    def _ask_more(self, survey: Survey, walker: Walker, number: int) -> bool:
        known = number < len(self._more)
        end = self.end
        ask = self._more[number] if known else more_ask(walker.tools, end.place, end.shape, number)
        survey.trail[ask.key] = ask
        survey.values[ask.key] = survey.answer(ask)
        return bool(survey.values[ask.key])

    def _change(self, new: Survey, changed: range, size: int) -> Change:
        old, top = self.survey, len(self.container)
        numbers = {*changed, *range(size, len(self._more))}

        def described(survey: Survey) -> dict[Path, tuple[Any, ...]]:
            by_path: dict[Path, list[Ask]] = {}
            for key, ask in survey.trail.items():
                path: Path = key[0]
                inside = len(path) > top and path[:top] == self.container and path[top] in numbers
                if inside or path == self.container:
                    by_path.setdefault(path, []).append(ask)
            return survey.descriptions(by_path)

        return difference(described(old), described(new))
