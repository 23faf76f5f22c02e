"""Every type of the catalog is filled in on the screen, and installed as it was typed."""

import pytest

from connectors_cli.catalog import sign_in
from connectors_cli.catalog.read import builtin
from connectors_cli.cli.values.form_server import FormServer
from connectors_cli.services.connectors import current_values
from connectors_cli.services.given import Given
from connectors_cli.services.type_form import TypeForm
from connectors_cli.services.workspace import Workspace
from connectors_cli.ui.form.screen import FormScreen
from support.form_client import fill_in
from support.form_typist import Typist
from support.interface import drive, text, toasts, until

pytestmark = pytest.mark.slow
TYPES = builtin()


def values_of(entry):
    """Values that the type's form accepts, as a program finds them."""
    form = TypeForm(sign_in.before_sign_in(entry) if entry.auth_type == "oauth" else entry, Given())
    fill_in(FormServer(form, lambda _form, _message: {}).reply)
    if entry.key == "nostr":  # its schema says nothing of hosts
        form.forms["config"].set(("relays", 0), "wss://relay.example.com")
    config, auth = form.result()
    return {"config": config, "auth": auth}


@pytest.mark.parametrize("key", TYPES)
def test_a_type_is_installed_as_it_was_typed(settings, key):
    wanted = values_of(TYPES[key])

    async def scenario(pilot):
        screen = FormScreen.to_install(pilot.app.session, key)
        pilot.app.push_screen(screen)
        await until(pilot, lambda: screen._model is not None and screen.focused is not None)
        typist = Typist(pilot, screen, wanted)
        await typist.settle()
        await typist.fill_in()
        await typist.press("ctrl+s")
        await until(pilot, lambda: not screen.is_attached or toasts(pilot))
        assert not screen.is_attached, f"{toasts(pilot)}\n{text(pilot)}"

    drive(settings, scenario, tab="catalog", size=(100, 40))
    saved = current_values(Workspace(settings), key)
    assert saved.config == wanted["config"]
    assert saved.auth == wanted["auth"]
