"""Who may do what: actions, roles, and the one check."""

from enum import StrEnum

from connectors_cli.errors import NotPermitted


class Action(StrEnum):
    """What can be done: the permission, the audit verb, the event type and the webhook filter."""

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
    KEY_EXPORT = "key.export"
    KEY_IMPORT = "key.import"
    KEY_MOVE = "key.move"
    STORE_BACKUP = "store.backup"
    STORE_RESTORE = "store.restore"


class Role(StrEnum):
    """What a principal is in a tenant, from most to least."""

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
OWNERS = frozenset(
    action for action in Action if action.startswith(("tenant.", "member.", "key.", "store."))
) | {Action.CONNECTOR_ACCEPT}
ON_REMOVED = frozenset({Action.TENANT_REMOVE, Action.TENANT_RESTORE})
_MAY: dict[Role, frozenset[Action]] = {
    Role.OWNER: frozenset(Action),
    Role.ADMIN: frozenset(Action) - OWNERS,
    Role.MEMBER: _USE,
    Role.VIEWER: frozenset(),
}


def require(role: str | None, action: Action, principal: str) -> None:
    """Raise NotPermitted unless the role allows the action."""
    if role is None or action not in _MAY[Role(role)]:
        who = "an owner" if action in OWNERS else "an owner or admin"
        raise NotPermitted(
            f"{principal} ({role or 'not a member'}) may not do {action} in this tenant",
            hint=f"ask {who} of the tenant: connectors member list",
        )
