"""Roles: what a refusal says, and whom to ask."""

import pytest

from connectors_cli.audit.roles import Action, require
from connectors_cli.errors import NotPermitted


@pytest.mark.parametrize(
    ("action", "whom"),
    [
        (Action.KEY_ROTATE, "an owner"),
        (Action.CONNECTOR_ACCEPT, "an owner"),
        (Action.CONNECTOR_INSTALL, "an owner or admin"),
    ],
)
@pytest.mark.parametrize(("role", "shown"), [(None, "not a member"), ("viewer", "viewer")])
def test_refusal_says_who_may_not_do_what_and_whom_to_ask(action, whom, role, shown):
    with pytest.raises(NotPermitted) as refusal:
        require(role, action, "ann")
    assert refusal.value.message == f"ann ({shown}) may not do {action} in this tenant"
    assert refusal.value.hint == f"ask {whom} of the tenant: connectors member list"


def test_owner_is_allowed_everything():
    require("owner", Action.KEY_ROTATE, "ann")
