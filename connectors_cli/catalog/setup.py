"""The app of one's own that a sign-in needs: where it is registered, and how."""

from collections.abc import Iterator

from connectors_cli.catalog.entry import Entry
from connectors_cli.system.record import Record

_ANY_PAGE = "any https page of yours"


class AppSetup(Record):
    """How to register an app with a service; without an approval, nobody has to approve it.

    `redirect_address` is None where a free port of this machine is used.
    """

    portal: str
    steps: tuple[str, ...]
    redirect_address: str | None
    scopes: tuple[str, ...]
    approval: str | None


def needs_app(entry: Entry) -> bool:
    """Return whether signing in needs an app that a person registers with the service."""
    return entry.auth_type == "oauth" and not (entry.oauth or {}).get("registration")


def app_setup(entry: Entry) -> AppSetup | None:
    """Return how to register an app for an entry; None if it needs none or does not say how."""
    if entry.setup is None or not needs_app(entry):
        return None
    oauth = entry.oauth or {}
    address = entry.config_schema.get("properties", {}).get("redirect_uri", {}).get("default")
    return AppSetup(
        portal=entry.setup["portal"],
        steps=tuple(entry.setup["steps"]),
        redirect_address=_ANY_PAGE if oauth.get("redirect") == "https" else address,
        scopes=tuple(oauth.get("scopes", ())),
        approval=entry.setup.get("approval"),
    )


def instructions(setup: AppSetup) -> Iterator[str]:
    """Yield what to do to register an app, as lines of any length."""
    yield f"You need an app of your own: {setup.portal}"
    for number, step in enumerate(setup.steps, 1):
        yield f"{number}. {step}"
    if setup.redirect_address:
        yield f"Redirect address: {setup.redirect_address}"
    yield f"Scopes: {', '.join(setup.scopes)}"
    if setup.approval:
        yield f"Approval: {setup.approval}"
