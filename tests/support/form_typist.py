"""Somebody who types known values into the form on the screen, by its keys and nothing else."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from textual.events import Key, Paste
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import OptionList

from connectors_cli.catalog.entry import Part
from connectors_cli.errors import InvalidAnswer
from connectors_cli.forms import Kind
from connectors_cli.forms.equality import canonical
from connectors_cli.forms.paths import Path
from connectors_cli.ui.dialogs import ChoiceScreen, ChoicesScreen, PromptScreen
from connectors_cli.ui.form.editor import kind_of_editor
from connectors_cli.ui.form.field_list import FieldList
from connectors_cli.ui.form.rows import Row
from connectors_cli.ui.form.screen import FormScreen
from support.form_answers import MISSING, at

_ROUNDS = 3
_TRIES = 400
_MOST = 600
_NUMBERS = 9


class Typist:
    """Fills in the form of `screen` until it shows the wanted values of both parts."""

    def __init__(self, pilot: Pilot[None], screen: FormScreen, wanted: dict[str, Any]) -> None:
        self.pilot = pilot
        self.screen = screen
        self.wanted = wanted
        self._done: set[tuple[object, ...]] = set()

    async def fill_in(self) -> None:
        """Go through the rows; begin again after each change, as rows come and go by it."""
        for _ in range(_MOST):
            for row in self._list.rows:
                act = self._act_for(row)
                if act is not None:
                    self._done.add(_key(row))
                    if await self._go_to(row):
                        await act(row)
                    break
            else:
                return
        raise AssertionError("the form does not end")

    async def press(self, *keys: str) -> None:
        """Press keys, and wait until what they do is done."""
        for key in keys:
            self.pilot.app.post_message(Key(key, key if len(key) == 1 else None))
            await self.settle()

    async def settle(self) -> None:
        """Wait until every widget has done what it was told."""
        for _ in range(_ROUNDS):
            await self.pilot._wait_for_screen()

    @property
    def _list(self) -> FieldList:
        return self.screen.query_one(FieldList)

    async def _go_to(self, row: Row) -> bool:
        """Go to a row; False if leaving the one before took it away."""
        self._list.go_to(row)
        await self.settle()
        assert self._list.current is not None
        return self._list.current.key == row.key

    def _act_for(self, row: Row) -> "Callable[[Row], Awaitable[None]] | None":
        """Return what is to be done with a row now; None if it is as wanted."""
        if row.kind == "group":
            return self._unfold if row.is_folded else None
        if row.kind == "detail" and row.path == ("name",):
            return self._add if self._unnamed("config", ()) else None
        value = at(self.wanted.get(row.part, {}), row.path)
        if row.kind == "container":
            return self._act_for_container(row, value)
        if row.kind not in {"branch", "field"} or value is MISSING or _key(row) in self._done:
            return None
        return self._choose_branch if row.kind == "branch" else self._answer

    def _act_for_container(self, row: Row, value: Any) -> "Callable[[Row], Awaitable[None]] | None":
        if row.is_folded:
            return self._unfold
        if not row.can_fold:
            return None if value is MISSING or value is None else self._open
        if isinstance(value, list):
            page = self.screen.model.form.forms[row.part].page(row.path)
            return self._add if len(page.fields) < len(value) else None
        return self._add if self._unnamed(row.part, row.path) else None

    def _unnamed(self, part: Part, path: Path) -> list[str]:
        """The wanted entries of a map that are not there yet."""
        try:
            page = self.screen.model.form.forms[part].page(path)
        except InvalidAnswer:
            return []
        there = {one.path[-1] for one in page.fields}
        wanted = at(self.wanted.get(part, {}), path)
        may_add = page.may_add and isinstance(wanted, dict)
        return [name for name in wanted if name not in there] if may_add else []

    async def _unfold(self, _row: Row) -> None:
        await self.press("enter")

    async def _open(self, row: Row) -> None:
        await self.press("enter")
        await self._name_entry(row)
        assert next(one for one in self._list.rows if one.key == row.key).can_fold, row

    async def _add(self, row: Row) -> None:
        await self.press("ctrl+n")
        await self._name_entry(row)

    async def _name_entry(self, row: Row) -> None:
        """Type the name of the next entry, if it is asked for."""
        if not isinstance(self.pilot.app.screen, PromptScreen):
            await self.settle()
        if isinstance(self.pilot.app.screen, PromptScreen):
            path = () if row.kind == "detail" else row.path
            names = self._unnamed(row.part, path) or list(at(self.wanted[row.part], path))
            await self._paste(names[0])
            await self.press("enter")
            await self._back()

    async def _choose_branch(self, row: Row) -> None:
        value = at(self.wanted[row.part], row.path)
        assert row.question is not None
        options = self.screen.model.choices_of(row)
        fitting = [choice.value for choice in row.question.choices if choice.fits(value)]
        assert fitting, f"no branch fits at {row.path}"
        await self._pick(row, [option for option, _ in options].index(fitting[0]))

    async def _answer(self, row: Row) -> None:
        value = at(self.wanted[row.part], row.path)
        question, kind = row.question, kind_of_editor(row)
        assert question is not None
        if question.kind is Kind.CHOICES:
            await self._tick([canonical(one) for one in value], row)
        elif kind == "choices":
            values = [canonical(option) for option, _ in self.screen.model.choices_of(row)]
            await self._pick(row, values.index(canonical(value)))
        else:
            await self._type(row, value)

    async def _type(self, row: Row, value: Any) -> None:
        if kind_of_editor(row) == "lines":
            await self.press("f7", "delete")
        elif kind_of_editor(row) == "line":
            await self.press("end", "ctrl+u")
        if row.question is not None and row.question.kind is Kind.JSON:
            await self._paste(json.dumps(value))
        elif isinstance(value, str):
            await self._paste(value or '""')
        elif value is not None:
            await self._paste(json.dumps(value))

    async def _paste(self, text: str) -> None:
        self.pilot.app.post_message(Paste(text))
        await self.settle()

    async def _pick(self, row: Row, number: int) -> None:
        if number < _NUMBERS:
            await self.press(str(number + 1))
            return
        await self.press("enter")
        screen = await self._over(ChoiceScreen)
        found = screen.query_one(OptionList)
        if self.pilot.app.screen.focused is not found:
            await self.press("down")
        await self.press("home", *["down"] * number, "enter")
        await self._back()

    async def _tick(self, wanted: list[Any], row: Row) -> None:
        assert row.question is not None
        await self.press("enter")
        await self._over(ChoicesScreen)
        values = [canonical(choice.value) for choice in row.question.choices]
        await self.press("home")
        for value in values:
            await self.press(*(["space"] if value in wanted else []), "down")
        await self.press("ctrl+s")
        await self._back()

    async def _over(self, kind: type[Screen[Any]]) -> Screen[Any]:
        await self._until(lambda: isinstance(self.pilot.app.screen, kind))
        return self.pilot.app.screen

    async def _back(self) -> None:
        await self._until(lambda: self.pilot.app.screen is self.screen)
        await self.settle()

    async def _until(self, condition: Callable[[], bool]) -> None:
        for _ in range(_TRIES):
            await self.settle()
            if condition():
                return
            await asyncio.sleep(0.01)
        raise AssertionError("it did not happen")


def _key(row: Row) -> tuple[object, ...]:
    """What names a row and what it asks; a choice may change that."""
    return (*row.key, row.question and row.question.kind)
