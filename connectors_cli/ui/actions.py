"""What can be done with connectors: by which key, with whose permission, and how."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from connectors_cli.audit.roles import Action
from connectors_cli.errors import ConnectorsError
from connectors_cli.services import connectors
from connectors_cli.services.auth.revocation import with_revocation
from connectors_cli.services.connectors import Edits, Status
from connectors_cli.services.names import check_new_name, check_tags, typed_tags
from connectors_cli.services.results import Change, Failure
from connectors_cli.services.workspace import Workspace
from connectors_cli.system.text import command_line
from connectors_cli.ui.dialogs import ConfirmScreen, PromptScreen
from connectors_cli.ui.page import Page

Row = dict[str, Any]
Act = Callable[..., Change]


@dataclass(frozen=True, slots=True)
class CardAction:
    """An action on connectors; `needs` is the permission that it takes, None for none.

    `many`: it acts on all that are marked. `removed`: it acts on removed connectors. `shown`: its
    key is in sight.
    """

    key: str
    name: str
    label: str
    help: str
    needs: Action | None = None
    many: bool = False
    removed: bool = False
    shown: bool = True


ACTIONS = (
    CardAction("e", "edit", "Edit", "Change settings and credentials", Action.CONNECTOR_UPDATE),
    CardAction(
        "a",
        "toggle",
        "On/off",
        "Activate, or deactivate what is active",
        Action.CONNECTOR_UPDATE,
        many=True,
    ),
    CardAction("t", "test", "Test", "Test the connection", Action.CONNECTOR_TEST, many=True),
    CardAction("s", "sign_in", "Sign in", "Sign in, or sign in again", Action.CONNECTOR_LOGIN),
    CardAction("n", "rename", "Rename", "Give another name", Action.CONNECTOR_UPDATE, shown=False),
    CardAction(
        "T",
        "tags",
        "Tags",
        "Change the tags, of several add some",
        Action.CONNECTOR_UPDATE,
        many=True,
        shown=False,
    ),
    CardAction(
        "d",
        "remove",
        "Remove",
        "Remove; it can be restored",
        Action.CONNECTOR_REMOVE,
        many=True,
    ),
    CardAction("y", "copy", "Copy", "Copy the line `connectors run NAME --`", shown=False),
    CardAction(
        "r",
        "restore",
        "Restore",
        "Restore what was removed",
        Action.CONNECTOR_RESTORE,
        many=True,
        removed=True,
    ),
)
BY_NAME = {action.name: action for action in ACTIONS}


class ConnectorActions:
    """The actions on rows of connectors, each one call of a service."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.undone: tuple[str, ...] = ()
        """The names of what was removed last, which undo restores."""

    async def run(self, name: str, rows: Sequence[Row]) -> None:
        """Run an action on rows of connectors."""
        if rows:
            await getattr(self, f"_{name}")(rows)

    async def undo(self) -> None:
        """Restore what was removed last."""
        names, self.undone = self.undone, ()
        await self._each(names, connectors.restore_connector, "restored")

    async def _edit(self, rows: Sequence[Row]) -> None:
        from connectors_cli.ui.form.screen import FormScreen  # only for a form

        screen = FormScreen.to_edit(self._page.session, rows[0]["name"])
        self._page.tell(await self._page.push_screen_wait(screen))

    async def _toggle(self, rows: Sequence[Row]) -> None:
        is_off = any(row["status"] != "active" for row in rows)
        status: Status = "active" if is_off else "inactive"

        def act(ws: Workspace, name: str, *, commit: bool) -> Change:
            return connectors.update_connector(ws, name, Edits(status=status), commit=commit)

        await self._each(_names(rows), act, "activated" if is_off else "deactivated")

    async def _test(self, rows: Sequence[Row]) -> None:
        from connectors_cli.ui.checks import CheckScreen  # the network

        names = [str(row["name"]) for row in rows]
        await self._page.push_screen_wait(CheckScreen(self._page.session, names))

    async def _sign_in(self, rows: Sequence[Row]) -> None:
        from connectors_cli.ui.sign_in import SignInScreen  # the network

        screen = SignInScreen(self._page.session, rows[0]["name"])
        self._page.tell(await self._page.push_screen_wait(screen))

    async def _rename(self, rows: Sequence[Row]) -> None:
        row = rows[0]
        screen = PromptScreen(f"Rename {row['name']}", row["name"], self._name_problem)
        name = await self._page.push_screen_wait(screen)
        if name is not None:
            edits = Edits(rename=name)
            await self._page.perform(
                lambda ws: connectors.update_connector(ws, row["name"], edits),
                f"{row['name']} is now {name}",
            )

    async def _tags(self, rows: Sequence[Row]) -> None:
        before = [str(tag) for tag in rows[0]["tags"]] if len(rows) == 1 else []
        title = f"Tags of {rows[0]['name']}" if len(rows) == 1 else f"Add tags to {len(rows)}"
        screen = PromptScreen(title, ", ".join(before), _tags_problem, "separated by commas")
        text = await self._page.push_screen_wait(screen)
        if text is None:
            return
        wanted = typed_tags(text)
        edits = Edits(
            tag=tuple(tag for tag in wanted if tag not in before),
            untag=tuple(tag for tag in before if tag not in wanted),
        )

        def act(ws: Workspace, name: str, *, commit: bool) -> Change:
            return connectors.update_connector(ws, name, edits, commit=commit)

        await self._each(_names(rows), act, "tagged")

    async def _remove(self, rows: Sequence[Row]) -> None:
        what = str(rows[0]["name"]) if len(rows) == 1 else f"{len(rows)} connectors"
        if await self._page.push_screen_wait(ConfirmScreen(f"Remove {what}?")):
            act = with_revocation(connectors.delete_connector)
            self.undone = await self._each(_names(rows), act, "removed")

    async def _restore(self, rows: Sequence[Row]) -> None:
        ids = [str(row["id"]) for row in rows]  # several that are removed can have a name in common
        await self._each(ids, connectors.restore_connector, "restored")

    async def _copy(self, rows: Sequence[Row]) -> None:
        line = f"{command_line('run', rows[0]['name'])} -- "
        self._page.copy_to_clipboard(line)
        self._page.notify(f"Copied: {line}", markup=False)

    async def _each(self, names: Sequence[str], act: Act, done: str) -> tuple[str, ...]:
        """Do something with each, and say what is done and what failed.

        Returns the names of those with which it is done.
        """
        batch = await self._page.perform(
            partial(connectors.each, names=names, act=act, commit=True)
        )
        results = () if batch is None else batch.results
        changed = [one for one in results if isinstance(one, Change)]
        if changed:
            what = changed[0].name if len(changed) == 1 else f"{len(changed)} connectors"
            more = "; u undoes it" if done == "removed" else ""
            notes = "\n".join(note for one in changed for note in one.notes)
            self._page.notify(f"{what}: {done}{more}\n{notes}".rstrip(), markup=False)
        for one in results:
            if isinstance(one, Failure):
                self._page.refuse(one.error)
                break
        good = (name for name, one in zip(names, results, strict=False) if isinstance(one, Change))
        return tuple(good)

    def _name_problem(self, text: str) -> str:
        """Return what is wrong with a new name, empty if it is free."""

        return _problem(lambda: check_new_name(text, mixed=True)) or (
            f"{text} is taken" if self._page.is_taken(text) else ""
        )


def _names(rows: Sequence[Row]) -> list[str]:
    return [str(row["name"]) for row in rows]


def _tags_problem(text: str) -> str:
    return _problem(lambda: check_tags(typed_tags(text)))


def _problem(check: Callable[[], object]) -> str:
    """Return why a check refuses something, empty if it does not."""
    try:
        check()
    except ConnectorsError as error:
        return error.message
    return ""
