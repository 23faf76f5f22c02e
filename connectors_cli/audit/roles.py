"""Roles and the actions that they allow."""

from enum import StrEnum

from connectors_cli.errors import NotPermitted


class Action(StrEnum):
    """An action: a permission, and the name of the event in the log and in webhooks."""

    CATALOG_ADD = "catalog.add"
    CATALOG_REMOVE = "catalog.remove"
    CONNECTOR_INSTALL = "connector.install"
    CONNECTOR_UPDATE = "connector.update"
    CONNECTOR_REMOVE = "connector.remove"
    CONNECTOR_RESTORE = "connector.restore"
    CONNECTOR_PURGE = "connector.purge"
    CONNECTOR_USE = "connector.use"
    CONNECTOR_REVEAL = "connector.reveal"
    CONNECTOR_TEST = "connector.test"
    CONNECTOR_APPLY = "connector.apply"
    CONNECTOR_IMPORT = "connector.import"
    CONNECTOR_EXPORT = "connector.export"
    CONNECTOR_LOGIN = "connector.login"
    CONNECTOR_REFRESH = "connector.refresh"
    CONNECTOR_LOGOUT = "connector.logout"
    CONNECTOR_RESET = "connector.reset"
    CONNECTOR_ACCEPT = "connector.accept"
    PRESET_SAVE = "preset.save"
    PRESET_REMOVE = "preset.remove"
    TENANT_CREATE = "tenant.create"
    TENANT_REMOVE = "tenant.remove"
    TENANT_RESTORE = "tenant.restore"
    MEMBER_ADD = "member.add"
    MEMBER_REMOVE = "member.remove"
    MEMBER_ROLE = "member.role"
    KEY_ROTATE = "key.rotate"
    KEY_PRUNE = "key.prune"
    KEY_ACCEPT = "key.accept"
    KEY_EXPORT = "key.export"
    KEY_IMPORT = "key.import"
    KEY_MOVE = "key.move"
    STORE_BACKUP = "store.backup"
    STORE_RESTORE = "store.restore"


class Role(StrEnum):
    """A principal's role in a tenant, from most to least privileged."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"


_USE = frozenset(
    {
        Action.CONNECTOR_USE,
        Action.CONNECTOR_REVEAL,
        Action.CONNECTOR_TEST,
        Action.CONNECTOR_REFRESH,
    }
)
HANDS_OUT = frozenset(
    {
        Action.CONNECTOR_USE,
        Action.CONNECTOR_REVEAL,
        Action.CONNECTOR_EXPORT,
        Action.KEY_EXPORT,
    }
)
"""The actions that hand out credentials or a key: the log keeps the reason that is given."""
OWNERS = frozenset(
    action for action in Action if action.startswith(("tenant.", "member.", "key.", "store."))
) | {Action.CONNECTOR_ACCEPT}
ONE_AT_A_TIME = frozenset(Action) - OWNERS - _USE - {Action.CONNECTOR_EXPORT}
"""Changes that a server, too, makes one after the other in a tenant, as names and plans need."""
ON_REMOVED = frozenset({Action.TENANT_REMOVE, Action.TENANT_RESTORE})
_MAY: dict[Role, frozenset[Action]] = {
    Role.OWNER: frozenset(Action),
    Role.ADMIN: frozenset(Action) - OWNERS,
    Role.MEMBER: _USE,
    Role.VIEWER: frozenset(),
}


def allows(role: str | None, action: Action) -> bool:
    """Return whether a role, None for non-members, allows an action."""
    return role is not None and action in _MAY[Role(role)]


def least(action: Action) -> str:
    """Return which members may do an action, in words."""
    if allows(Role.VIEWER, action):
        return "any member"
    if allows(Role.MEMBER, action):
        return "a member, an admin or an owner"
    return "an owner" if action in OWNERS else "an owner or admin"


def require(role: str | None, action: Action, principal: str) -> None:
    """Check that a role (None for non-members) allows an action; NotPermitted if it does not."""
    if not allows(role, action):
        who = "an owner" if action in OWNERS else "an owner or admin"
        raise NotPermitted(
            f"{principal} ({role or 'not a member'}) may not do {action} in this tenant",
            hint=f"ask {who} of the tenant: connectors member list",
        )
