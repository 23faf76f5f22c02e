"""What an edit changes, before it is saved; and what somebody else has saved meanwhile."""

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Label, Static

from connectors_cli.forms.question_text import value_text
from connectors_cli.services.connectors import Current, Edits
from connectors_cli.services.results import Change
from connectors_cli.system.text import printable
from connectors_cli.ui.lines import KeyLine

_SECRET = "(secret)"  # noqa: S105 - in place of one


class Clash(NamedTuple):
    """A field that both have changed, or only the other one; values of credentials are not told."""

    field: str
    theirs: str
    mine: str


class ReviewScreen(ModalScreen[bool]):
    """The fields that change, before and after; of secrets only that they do."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,ctrl+s,y", "answer(True)", "Save"),
        Binding("escape,n", "answer(False)", "Back to the form"),
    ]

    def __init__(self, change: Change) -> None:
        super().__init__()
        self._change = change

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog"):
            yield Label(f"Save these changes to {printable(self._change.name)}?", classes="title")
            yield Static(self._table())
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def _table(self) -> Table:
        table = _grid()
        for one in self._change.fields:
            if one.secret:
                shown = (
                    "set" if one.before is None else "removed" if one.after is None else "changed"
                )
                table.add_row(Text(printable(one.field), "cyan"), Text(f"{_SECRET} {shown}"))
            else:
                text = f"{_shown(one.before)} -> {_shown(one.after)}"
                table.add_row(Text(printable(one.field), "cyan"), Text(text))
        return table

    def action_answer(self, answer: bool) -> None:
        """Save, or go back."""
        self.dismiss(answer)


class ConflictScreen(ModalScreen[bool | None]):
    """The saved values next to the typed ones: keep mine (true), take theirs, or go back (None)."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m", "answer(True)", "Keep mine"),
        Binding("t", "answer(False)", "Take theirs"),
        Binding("escape", "back", "Back to the form"),
    ]

    def __init__(self, name: str, found: list[Clash]) -> None:
        super().__init__()
        self._named = name
        self._found = found

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog"):
            yield Label(
                f"{printable(self._named)} was changed meanwhile; nothing was saved.",
                classes="title",
                markup=False,
            )
            yield Static(self._table())
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def _table(self) -> Table:
        table = _grid()
        table.add_column(overflow="fold")
        table.add_row(Text("field", "bold"), Text("saved now", "bold"), Text("yours", "bold"))
        for field, theirs, mine in self._found:
            table.add_row(Text(printable(field), "cyan"), Text(theirs), Text(mine))
        return table

    def action_answer(self, answer: bool) -> None:
        """Go on with these values."""
        self.dismiss(answer)

    def action_back(self) -> None:
        """Change nothing yet."""
        self.dismiss(None)


def conflicts(before: Current, theirs: Current, mine: Edits) -> list[Clash]:
    """Return the fields that somebody else changed, or that are changed here."""
    parts: tuple[tuple[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any], bool], ...] = (
        (before.config, theirs.config, mine.config, False),
        (before.auth, theirs.auth, mine.auth, True),
    )
    found = []
    for old, new, own, is_secret in parts:
        for field in dict.fromkeys((*old, *new, *own)):
            changed = field in own or field in mine.unset
            if old.get(field) == new.get(field) and not changed:
                continue
            wanted = None if field in mine.unset else own.get(field, old.get(field))
            pair = (new.get(field), wanted)
            if is_secret:
                theirs_text = "changed" if old.get(field) != new.get(field) else "as before"
                found.append(Clash(field, theirs_text, "changed" if changed else "as before"))
            else:
                found.append(Clash(field, *map(_shown, pair)))
    return found


def _grid() -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, max_width=28)
    table.add_column(overflow="fold")
    return table


def _shown(value: Any) -> str:
    return "(not set)" if value is None else value_text(value)
