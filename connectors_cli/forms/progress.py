"""One walk in progress: its question, what was asked before it, and the value at its end."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from connectors_cli.forms.answers import is_under
from connectors_cli.forms.paths import ABSENT, Path
from connectors_cli.forms.place import Ask, Forget, Judge, Key, Place, Problems
from connectors_cli.forms.walk import Walker

FAR = 100_000
"""Questions after which a walk that answers itself is stopped."""


class Progress:
    """One walk over a form; `trail` are its questions up to now, `values` their answers."""

    def __init__(self, walker: Walker, root: Place) -> None:
        self.trail: dict[Key, Ask] = {}
        self.values: dict[Key, Any] = {}
        self.result: Any = ABSENT
        self.ask: Ask | None = None
        self._gone: Counter[Path] = Counter()
        self._walk = walker.fill(root)
        self._move(None, None)

    def go_on(self, value: Any, judge: Callable[[Judge], Problems] | None = None) -> Problems:
        """Answer the question and walk to the next one.

        Returns the problems that `judge` finds in objects and lists which the answer completes; the
        walk stops at the first.
        """
        if self.ask is not None:
            self.trail[self.ask.key] = self.ask
            self.values[self.ask.key] = value
        return self._move(value, judge)

    def run(self, answer: Callable[[Ask], Any]) -> None:
        """Walk to the end, or until `answer` returns ABSENT for a question."""
        while self.ask is not None and len(self.trail) < FAR:
            value = answer(self.ask)
            if value is ABSENT:
                return
            self.go_on(value)

    def _move(self, value: Any, judge: Callable[[Judge], Problems] | None) -> Problems:
        self.ask = None
        while True:
            try:
                step = self._walk.send(value)
            except StopIteration as stop:
                self.result = stop.value
                return ()
            value = None
            if isinstance(step, Ask):
                self.ask = self._numbered(step)
                return ()
            if isinstance(step, Forget):
                self._forget(step)
            elif judge is not None and (found := judge(step)):
                return found

    def _numbered(self, ask: Ask) -> Ask:
        """The question, told apart from itself before it was gone and came back."""
        if not self._gone:
            return ask
        path: Path = ask.key[0]
        times = sum(self._gone[path[:length]] for length in range(len(path) + 1))
        return replace(ask, key=(*ask.key, times)) if times else ask

    def _forget(self, step: Forget) -> None:
        for key in [key for key in self.trail if is_under(key[0], step.path)]:
            del self.trail[key]
        if step.gone:
            self._gone[step.path] += 1
