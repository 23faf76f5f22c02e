"""The form of a connector on one screen: filled in, reviewed and saved."""

from typing import Any, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Input, Static, TextArea

from connectors_cli.catalog.entry import Part
from connectors_cli.errors import ConnectorsError, InvalidAnswer
from connectors_cli.forms.paths import Path
from connectors_cli.forms.question import Kind
from connectors_cli.services.results import Change
from connectors_cli.system.text import printable
from connectors_cli.ui.dialogs import ChoiceScreen, ChoicesScreen, ConfirmScreen, PromptScreen
from connectors_cli.ui.form.editor import Editor, FieldInput, kind_of_editor
from connectors_cli.ui.form.field_list import FieldList
from connectors_cli.ui.form.model import FormModel
from connectors_cli.ui.form.rows import Row
from connectors_cli.ui.form.secret_input import SecretInput
from connectors_cli.ui.form.task import EditTask, InstallTask, Task
from connectors_cli.ui.lines import KeyLine
from connectors_cli.ui.page import page_of
from connectors_cli.ui.session import Session


class FormScreen(ModalScreen[Change | None]):
    """All fields in a list, and the editor of the one under the cursor below it.

    It is dismissed with what was saved, None if nothing was.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "Save", priority=True),
        Binding("escape", "leave", "Leave"),
        Binding("up,shift+tab", "step(-1)", "Up", show=False),
        Binding("down,tab", "step(1)", "Down", show=False),
        Binding("pageup", "step(-10)", "Page up", show=False),
        Binding("pagedown", "step(10)", "Page down", show=False),
        Binding("left,right", "turn", "Fold", show=False),
        Binding("enter,space", "open", "Open", show=False),
        Binding("ctrl+n", "add", "Add", priority=True),
        Binding("ctrl+x", "take_out", "Take out", priority=True),
        Binding("ctrl+up,alt+up", "move(-1)", "Move up", show=False, priority=True),
        Binding("ctrl+down,alt+down", "move(1)", "Move down", show=False, priority=True),
        Binding("ctrl+d", "duplicate", "Copy", show=False, priority=True),
        *(Binding(str(n), f"number({n})", show=False) for n in range(1, 10)),
    ]

    def __init__(self, task: Task) -> None:
        super().__init__()
        self._purpose = task
        self._model: FormModel | None = None
        self._is_saving = False
        self._is_done = False

    @classmethod
    def to_install(cls, session: Session, key: str) -> "FormScreen":
        """Return the form of a type."""
        return cls(InstallTask(session, key))

    @classmethod
    def to_edit(cls, session: Session, name: str) -> "FormScreen":
        """Return the form of a connector, by its name or id."""
        return cls(EditTask(session, name))

    @property
    def model(self) -> FormModel:
        """The form; it is there once the screen is filled."""
        assert self._model is not None  # noqa: S101 - set before any key works
        return self._model

    def compose(self) -> ComposeResult:
        yield Static("Opening ...", id="form-title", markup=False)
        yield Static("", id="form-state", markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        self._fill()

    @work
    async def _fill(self) -> None:
        page = page_of(self)
        try:
            self._model = await self._purpose.open(page)
        except ConnectorsError as error:
            page.refuse(error)
            self.dismiss(None)
            return
        self.query_one("#form-title", Static).update(printable(self._purpose.title))
        await self._show_form()

    def _show_rows(self, at: Row | None = None) -> None:
        self._fields.show(self.model.rows(), at)
        self._show_state()

    def _show_state(self) -> None:
        missing, wrong = self.model.missing, self.model.wrong
        counts = [f"{missing} missing" if missing else "", f"{wrong} wrong" if wrong else ""]
        left = ", ".join(word for word in counts if word)
        said = self._purpose.warning or self.model.unplaced_problem()
        state = f"Ctrl-S cannot save yet: {left}" if left else "Ctrl-S saves"
        line = self.query_one("#form-state", Static)
        line.set_class(bool(said), "wrong")
        line.update(f"{state}. {printable(said)}" if said else state)

    def _edit_current(self) -> None:
        row = self._fields.current
        if row is None:
            return
        kind = self._editor.show(row)
        if not self._editor.focus_widget(kind):
            self._fields.focus()

    @property
    def _fields(self) -> FieldList:
        return self.query_one(FieldList)

    @property
    def _editor(self) -> Editor:
        return self.query_one(Editor)

    @property
    def _row(self) -> Row | None:
        return self._fields.current if self._model is not None else None

    def store_changed(self) -> None:
        """Say so if the connector of this form was changed by somebody else."""
        if self._model is not None and not self._is_saving:
            self._purpose.look(page_of(self))
            self._show_state()

    def on_field_list_moved(self, event: FieldList.Moved) -> None:
        event.stop()
        before = self._editor.row
        if before is not None:
            self._leave(before)
        self._edit_current()

    def on_field_list_chosen(self, event: FieldList.Chosen) -> None:
        event.stop()
        self.action_open()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._typed("line", event.value)

    def on_field_input_pasted(self, event: FieldInput.Pasted) -> None:
        """Go on with several lines where there was one."""
        event.stop()
        row = self._editor.row
        if row is not None:
            self.model.type_text(row, event.text)
            self._show_rows()
            self._edit_current()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._typed("lines", event.text_area.text)

    def on_secret_input_changed(self, event: SecretInput.Changed) -> None:
        event.stop()
        row = self._editor.row
        if row is None:
            return
        if event.value:
            self.model.type_text(row, event.value)
        else:
            self.model.keep(row)
        self._show_state()

    def _typed(self, widget: str, text: str) -> None:
        row = self._editor.row
        if row is None or self._editor.kind != widget or text == self._editor.loaded:
            return
        self._editor.loaded = text
        self.model.type_text(row, text)
        self._show_rows()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_step(1)

    def _leave(self, row: Row) -> None:
        self.model.leave(row)
        self._show_rows()

    def action_step(self, by: int) -> None:
        """Go to another field."""
        if self._row is not None:
            for _ in range(abs(by)):
                self._fields.step(1 if by > 0 else -1)

    def action_turn(self) -> None:
        """Fold or show, or pick the next choice."""
        row = self._row
        if row is not None and row.can_fold:
            self._toggle(row)

    def action_number(self, number: int) -> None:
        """Pick a choice by its number."""
        row = self._row
        options = [] if row is None else self.model.choices_of(row)
        if row is not None and number <= len(options):
            self._pick(row, options[number - 1][0])

    def action_open(self) -> None:
        """Show, fill in or choose what is under the cursor."""
        row = self._row
        if row is None or kind_of_editor(row) != "choices":
            return
        if row.can_fold:
            self._toggle(row)
        elif row.kind == "container":
            self._open_container(row)
        elif row.question is not None and row.question.kind is Kind.CHOICES:
            self._choose_several(row)
        else:
            self._choose(row)

    def _toggle(self, row: Row) -> None:
        self.model.toggle(row)
        self._show_rows(row)
        self._edit_current()

    def _pick(self, row: Row, value: Any) -> None:
        self.model.pick(row, value)
        if row.kind == "detail" and row.path == ("sign_in",):
            self._model = self._purpose.rebuilt(self.model)
            self._fields._problem = self.model.problem_of  # noqa: SLF001 - the same list
            self._editor.model = self.model
        self._show_rows(row)
        if self._row is not None:
            self._editor.show_choices(self._row)

    @work
    async def _choose(self, row: Row) -> None:
        options = self.model.choices_of(row)
        if len(options) == 2:  # the other one
            picked = self.model.picked(row)
            self._pick(row, options[0 if picked == 1 else 1][0])
            return
        listed = [(str(number), label) for number, (_, label) in enumerate(options)]
        picked = self.model.picked(row)
        chosen = await page_of(self).push_screen_wait(
            ChoiceScreen(row.title, listed, "" if picked is None else str(picked))
        )
        if chosen is not None:
            self._pick(row, options[int(chosen)][0])

    @work
    async def _choose_several(self, row: Row) -> None:
        question = row.question
        assert question is not None  # noqa: S101 - of a field
        labels = [choice.label for choice in question.choices]
        now = (
            row.page_field.value
            if row.page_field is not None and isinstance(row.page_field.value, list)
            else []
        )
        ticked = {n for n, choice in enumerate(question.choices) if choice.value in now}
        chosen = await page_of(self).push_screen_wait(ChoicesScreen(row.title, labels, ticked))
        if chosen is not None:
            values = [question.choices[n].value for n in sorted(chosen)]
            self._pick(row, values or (None if not question.required else []))

    def _open_container(self, row: Row) -> None:
        if row.question is not None and row.question.kind is Kind.KEY:
            self._add_named(row.part, row.path)
            return
        try:
            self.model.open(row)
        except InvalidAnswer:
            self._add_named(row.part, row.path)
            return
        self._show_rows(row)
        self._fields.step(1)
        self._edit_current()

    def action_add(self) -> None:
        """Add an item or entry to the list or map around the cursor."""
        if self._row is None:
            return
        above = () if self._row.kind == "detail" else self._row.path
        for path in _upwards(above):
            if self._try_add(path):
                return

    def _try_add(self, path: Path) -> bool:
        row = self._row
        if row is None:
            return False
        try:
            found = self.model.form.forms[row.part].page(path)
        except InvalidAnswer:
            return False
        if not found.may_add:
            return False
        if found.container != "list":
            self._add_named(row.part, path)
            return True
        self._go_to(row, self.model.add(row.part, path))
        return True

    @work
    async def _add_named(self, part: Part, path: Path) -> None:
        prompt = PromptScreen("Name of the entry", "", lambda text: "" if text else "is empty")
        name = await page_of(self).push_screen_wait(prompt)
        row = self._row
        if name is None or row is None:
            return
        try:
            self._go_to(row, self.model.add(part, path, name))
        except InvalidAnswer as error:
            page_of(self).refuse(error)

    def _go_to(self, row: Row, path: Path) -> None:
        """Show the rows again, and go to the first one at a path."""
        self.model.unfold(row.part, path)
        rows = self.model.rows()
        found = [one for one in rows if one.part == row.part and one.path[: len(path)] == path]
        fields = [one for one in found if one.kind in {"field", "container"}]
        self._show_rows((fields or found or [row])[0])
        self._edit_current()

    def action_take_out(self) -> None:
        """Drop the item, or leave out the value."""
        row = self._row
        if row is None or row.kind not in {"field", "container"}:
            return
        try:
            self.model.take_out(row)
        except InvalidAnswer as error:
            page_of(self).refuse(error)
        self._show_rows()
        self._edit_current()

    def action_move(self, by: int) -> None:
        """Move the item among its like."""
        row = self._row
        try:
            where = None if row is None else self.model.move(row, by)
        except InvalidAnswer:
            where = None  # it is no item
        if row is not None and where is not None:
            self._go_to(row, where)

    @work
    async def action_duplicate(self) -> None:
        """Copy the item behind itself."""
        row = self._row
        if row is None or not row.is_item:
            return
        key = None
        if isinstance(row.path[-1], str):
            prompt = PromptScreen("Name of the copy", "", lambda text: "" if text else "is empty")
            key = await page_of(self).push_screen_wait(prompt)
            if key is None:
                return
        try:
            self.model.duplicate(row, key)
        except InvalidAnswer as error:
            page_of(self).refuse(error)
        self._show_rows()

    @work
    async def action_save(self) -> None:
        """Show what is missing or wrong; else what changes, and save it."""
        if self._model is None or self._is_saving:
            return
        row = self._editor.row
        if row is not None:
            self._leave(row)
        if self.model.missing or self.model.wrong:
            self._show_problems()
            return
        self._is_saving = True
        try:
            done = await self._purpose.save(page_of(self), self.model)
        except ConnectorsError as error:
            page_of(self).refuse(error)
            done = None
        finally:
            self._is_saving = False
        if done is not None:
            self._is_done = True
            self.dismiss(done)
        elif self._purpose.reopened is not None:
            self._model, self._purpose.reopened = self._purpose.reopened, None
            await self.query(FieldList).remove()
            await self.query(Editor).remove()
            await self._show_form()

    async def _show_form(self) -> None:
        """Show the fields of the form, and the editor below them."""
        fields = FieldList(self.model.problem_of)
        await self.mount(fields, after=self.query_one("#form-title"))
        await self.mount(Editor(self.model), after=fields)
        self._show_rows()
        self._edit_current()

    def _show_problems(self) -> None:
        self.model.shows_missing = True
        where = self.model.first_problem()
        row = self._row
        if where is not None and row is not None:
            part, path = where
            self.model.unfold(part, path)
            self._show_rows()
            near = [
                one
                for one in self._fields.rows
                if one.part == part
                and one.kind in {"field", "container", "branch"}
                and one.path
                and path[: len(one.path)] == one.path
            ]
            if near:
                self._fields.go_to(near[-1])
        self._show_rows()

    def may_leave(self) -> bool:
        """Return whether nothing would be lost."""
        return self._model is None or not self.model.is_changed

    def ask_to_leave(self) -> None:
        """Ask whether to leave the form."""
        self.action_leave()

    def on_unmount(self) -> None:
        """Keep a draft if the whole interface is ended, such as by a signal."""
        if self._model is not None and self.model.is_changed and not self._is_done:
            self._purpose.left(self.model)

    @work
    async def action_leave(self) -> None:
        """Leave the form; what would be lost is asked about."""
        if self.may_leave():
            self._is_done = True
            self.dismiss(None)
            return
        question = self._purpose.question_of_leaving
        if await page_of(self).push_screen_wait(ConfirmScreen(question)):
            self._purpose.left(self.model)
            self._is_done = True
            self.dismiss(None)


def _upwards(path: Path) -> list[Path]:
    return [path[:length] for length in range(len(path), -1, -1)]
