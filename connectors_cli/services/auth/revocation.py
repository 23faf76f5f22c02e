"""Tokens that are revoked at the service before their connector is removed."""

from collections.abc import Callable

from connectors_cli.errors import ConnectorsError, NotFound, NotPermitted
from connectors_cli.services.auth import login
from connectors_cli.services.results import Change
from connectors_cli.services.workspace import Workspace
from connectors_cli.system.record import replace

Act = Callable[..., Change]


def with_revocation(act: Act) -> Act:
    """Return a removal that first revokes the tokens; a failure to revoke is a note."""

    def remove(ws: Workspace, name: str, *, commit: bool) -> Change:
        notes = _revoked(ws, name) if commit else ()
        done = act(ws, name, commit=commit)
        return replace(done, notes=(*done.notes, *notes))

    return remove


def _revoked(ws: Workspace, name: str) -> tuple[str, ...]:
    try:
        if not login.may_be_revoked(ws, name):
            return ()
        return login.sign_out(ws, name, keep_unrevoked=True).notes
    except (NotFound, NotPermitted):
        return ()  # already removed, or not permitted: the removal reports it
    except ConnectorsError as error:
        return (f"note: {name}: its tokens were not revoked: {error.message}",)
