"""What a form is for: to install a connector, or to change one; how it is opened and saved."""

from typing import Any, Protocol

from connectors_cli.audit import history
from connectors_cli.catalog import sign_in
from connectors_cli.catalog.entry import Entry, limit_of
from connectors_cli.errors import Conflict, NewHost, NotFound
from connectors_cli.services import connectors, drafts
from connectors_cli.services.connectors import (
    Current,
    Edits,
    Status,
    Wanted,
    changes,
    detail_changes,
)
from connectors_cli.services.given import Given
from connectors_cli.services.names import free_name
from connectors_cli.services.results import Change
from connectors_cli.services.type_form import TypeForm, current_form
from connectors_cli.services.workspace import Workspace
from connectors_cli.store.read import connectors as reader
from connectors_cli.store.read.database import Database
from connectors_cli.store.read.presets import list_presets, preset
from connectors_cli.store.read.rows import INT, TEXT, all_rows
from connectors_cli.system.clock import ago
from connectors_cli.system.record import replace
from connectors_cli.ui.dialogs import ChoiceScreen, ConfirmScreen
from connectors_cli.ui.form.model import Details, FormModel
from connectors_cli.ui.form.review import ConflictScreen, ReviewScreen, conflicts
from connectors_cli.ui.page import Page
from connectors_cli.ui.session import Session

_IDS = (("id", TEXT),)


class Task(Protocol):
    """What a form is for.

    `warning` is what a person should know; `reopened` a form to go on with after a conflict.
    """

    title: str
    warning: str
    question_of_leaving: str
    reopened: FormModel | None

    async def open(self, page: Page) -> FormModel: ...
    async def save(self, page: Page, model: FormModel) -> Change | None: ...
    def look(self, page: Page) -> None: ...
    def left(self, model: FormModel) -> None: ...
    def rebuilt(self, model: FormModel) -> FormModel: ...


class InstallTask:
    """A connector to install."""

    def __init__(self, session: Session, key: str) -> None:
        self.session = session
        self._key = key
        self.title = f"Install {key}"
        self.warning = ""
        self.question_of_leaving = "Leave the form? A draft of it is kept, without secrets."
        self.reopened: FormModel | None = None
        self._entry: Entry | None = None

    @property
    def entry(self) -> Entry:
        """The type."""
        assert self._entry is not None  # noqa: S101 - opened first
        return self._entry

    async def open(self, page: Page) -> FormModel:
        """Return the form; raises NotFound."""
        self._entry = self.session.entry(self._key)
        self.title = f"Install {self.entry.name}"
        self.warning = limit_of(self.entry) or self.entry.notice or ""
        given = Given(config=await self._preset(page))
        draft = drafts.find_draft(self.session.settings, self.entry)
        may_sign_in = bool(self.entry.oauth)
        only_so = self.entry.auth_type == "oauth"
        details = Details(
            free_name(draft.name if draft else self.entry.key, page.is_taken),
            page.is_taken,
            is_active=None if may_sign_in and only_so else False,
            signs_in=False if may_sign_in and not only_so else None,
        )
        form = TypeForm(self._before_sign_in() if only_so else self.entry, given)
        if draft is not None:
            if await page.push_screen_wait(ConfirmScreen(draft.question)):
                form.give(draft.answers)
            else:
                drafts.remove_draft(self.session.settings, self.entry)
        return FormModel(form, details)

    def rebuilt(self, model: FormModel) -> FormModel:
        """Return the form with or without the credentials that a sign-in fills in."""
        entry = self._before_sign_in() if model.details.signs_in else self.entry
        config, auth = model.form.values()
        known = {name: auth[name] for name in auth if name in entry.auth_schema["properties"]}
        form = TypeForm(entry, Given())
        form.give({"part": "config", "path": [name], "value": config[name]} for name in config)
        if not model.details.signs_in:
            form.give({"part": "auth", "path": [name], "value": known[name]} for name in known)
        again = FormModel(form, model.details)
        again.is_changed = True
        return again

    async def save(self, page: Page, model: FormModel) -> Change | None:
        """Install the connector; return what was done."""
        config, auth = model.form.result()
        details = model.details
        wanted = Wanted(
            self.entry.key,
            details.name,
            config,
            auth,
            details.tags,
            "active" if details.is_active else "inactive",
            signs_in=bool(details.signs_in) or details.is_active is None,
            mixed=True,
        )
        done = await page.change(lambda ws: _install(ws, wanted))
        drafts.remove_draft(self.session.settings, self.entry)
        return done

    def look(self, page: Page) -> None:
        """Nothing of others changes a form to install."""

    def left(self, model: FormModel) -> None:
        """Keep a draft of the answers, without secrets."""
        answers = list(model.form.answered())
        if drafts.without_secrets(self.entry, answers):
            drafts.save_draft(self.session.settings, self.entry, model.details.name, answers)

    def _before_sign_in(self) -> Entry:
        return sign_in.before_sign_in(self.entry)

    async def _preset(self, page: Page) -> dict[str, Any]:
        """Return the settings of the preset that the person chooses, if the type has any."""
        nothing: list[str] = []
        names = page.look(self._presets, nothing)
        if not names:
            return {}
        options = [("", "(none)"), *((name, name) for name in names)]
        chosen = await page.push_screen_wait(ChoiceScreen("Begin with a preset?", options))
        if not chosen:
            return {}
        return self.session.read(lambda db: preset(db, self.session.tenant, chosen)[1], {})

    def _presets(self, db: Database) -> list[str]:
        columns = (("name", TEXT), ("catalog_key", TEXT))
        rows = list_presets(db, self.session.tenant, columns).rows
        return [name for name, key in rows if key == self.entry.key]


class EditTask:
    """A connector to change."""

    def __init__(self, session: Session, name: str) -> None:
        self.session = session
        self._name = name
        self.title = f"Edit {name}"
        self.warning = ""
        self.question_of_leaving = "Leave the form? What you changed is lost."
        self.reopened: FormModel | None = None
        self._current: Current | None = None

    @property
    def current(self) -> Current:
        """The connector as it was when the form was opened."""
        assert self._current is not None  # noqa: S101 - opened first
        return self._current

    async def open(self, page: Page) -> FormModel:
        """Return the form; raises NotFound, NotPermitted, KeyProblem, Tampered."""
        self._current = await page.change(lambda ws: _opened(ws, self._name))
        self.title = f"Edit {self.current.name} ({self.current.entry.name})"
        form, _ = current_form(self.current, Given())
        return FormModel(form, self._details(page), self._ages(page))

    def _ages(self, page: Page) -> dict[str, str]:
        """Return how long ago each field was set, in words."""
        nothing: dict[str, str] = {}
        found = page.look(self._since, nothing)
        return {field: ago(moment) for field, moment in found.items()}

    def _since(self, db: Database) -> dict[str, str]:
        tenant, name = self.session.tenant, self.current.name
        row = next(reader.show_connector(db, tenant, name, _IDS, by=("name",)).rows)
        return history.set_since(db, tenant, str(row[0]))

    def _details(self, page: Page) -> Details:
        current = self.current

        def taken(name: str) -> bool:
            return name != current.name and page.is_taken(name)

        is_active = {"active": True, "inactive": False}.get(current.status)
        return Details(current.name, taken, current.tags, is_active)

    def rebuilt(self, model: FormModel) -> FormModel:
        """Return the form as it is; an edit has no such choice."""
        return model

    async def save(self, page: Page, model: FormModel) -> Change | None:
        """Show what changes, and save it; None if the person goes on, or if nothing changes."""
        edits = self._edits(model)
        try:
            change = await page.change(lambda ws: self._updated(ws, edits, commit=False))
            if not change.fields:
                page.notify("Nothing has changed.")
                return None
            if not await page.push_screen_wait(ReviewScreen(change)):
                return None
            return await self._saved(page, edits)
        except Conflict as error:
            await self._settle(page, model, edits, error)
            return None

    async def _saved(self, page: Page, edits: Edits) -> Change | None:
        """Save edits; that kept credentials go to another host is asked about first."""
        try:
            return await page.change(lambda ws: self._updated(ws, edits))
        except NewHost as error:
            if not await page.push_screen_wait(ConfirmScreen(error.question)):
                return None
            return await page.change(lambda ws: self._updated(ws, edits, to_new_host=True))

    def _updated(
        self, ws: Workspace, edits: Edits, *, to_new_host: bool = False, commit: bool = True
    ) -> Change:
        ws.forget_key_failures()
        wanted = replace(edits, mixed=True, to_new_host=to_new_host or not commit)
        return connectors.update_connector(ws, self.current.name, wanted, commit=commit)

    def _edits(self, model: FormModel) -> Edits:
        details = model.details
        wanted: dict[bool | None, Status] = {True: "active", False: "inactive"}
        edits = changes(self.current, *model.form.result())
        status = wanted.get(details.is_active)
        return detail_changes(edits, self.current, details.name, details.tags, status)

    async def _settle(self, page: Page, model: FormModel, mine: Edits, error: Conflict) -> None:
        """Show what somebody else saved next to what was typed, and continue from there.

        Raises the error if it is another conflict, such as a name that is taken.
        """
        theirs = await page.change(lambda ws: _opened(ws, self.current.name))
        if theirs.version == self.current.version:
            raise error
        found = conflicts(self.current, theirs, mine)
        keeps_mine = await page.push_screen_wait(ConflictScreen(theirs.name, found))
        if keeps_mine is None:
            return
        self._current = theirs
        if keeps_mine:
            self.warning = "Your values are kept: Ctrl-S saves them over the newer ones."
            merged = _merged(theirs, mine)
        else:
            self.warning = "These are the values that somebody else saved."
            merged, _ = current_form(theirs, Given())
        self.reopened = FormModel(merged, self._details(page), self._ages(page))
        if keeps_mine:
            self.reopened.details = model.details
            self.reopened.is_changed = True

    def look(self, page: Page) -> None:
        """Find whether somebody else has changed the connector since the form was opened."""
        nothing: list[dict[str, Any]] = []
        found = page.look(self._row, nothing)
        if not found:
            self.warning = "This connector was removed meanwhile."
        elif found[0]["version"] != self.current.version:
            by = found[0]["updated_by_email"]
            self.warning = f"Changed meanwhile by {by}: Ctrl-S shows both."

    def _row(self, db: Database) -> list[dict[str, Any]]:
        columns = (("version", INT), ("updated_by_email", TEXT))
        name = self.current.name
        try:
            return all_rows(reader.show_connector(db, self.session.tenant, name, columns))
        except NotFound:
            return []

    def left(self, model: FormModel) -> None:
        """Nothing of an edit is kept."""


def _install(ws: Workspace, wanted: Wanted) -> Change:
    ws.forget_key_failures()
    return connectors.install_connector(ws, wanted)


def _opened(ws: Workspace, name: str) -> Current:
    ws.forget_key_failures()
    return connectors.current_values(ws, name)


def _merged(theirs: Current, mine: Edits) -> TypeForm:
    """Return the form of newer values with those that were changed in this form."""
    form, _ = current_form(theirs, Given(dict(mine.config), dict(mine.auth)), mine.unset)
    return form
