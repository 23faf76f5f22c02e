"""Members of a tenant and their roles; a tenant keeps at least one owner."""

from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, col, select

from connectors_cli.access import Action, Role
from connectors_cli.errors import Conflict, InvalidInput, NotFound, UsageError
from connectors_cli.results import Document
from connectors_cli.tables import Member
from connectors_cli.workspace import Workspace

LONGEST = 255


def add_member(ws: Workspace, principal: str, role: str, *, commit: bool = True) -> Document:
    """Let a principal into the tenant; Conflict for a member of another role."""
    checked, wanted = _checked(principal), _role(role)
    change = "added"
    with ws.change(Action.MEMBER_ADD, checked, {"role": wanted}, commit=commit) as session:
        there = session.get(Member, (ws.tenant, checked))
        if there is None:
            moment = datetime.now(UTC)
            added = Member(tenant_id=ws.tenant, principal=checked, role=wanted, created_at=moment)
            session.add(added)
        elif there.role == wanted:
            change = "unchanged"
        else:
            raise Conflict(
                f"{checked} is a member already, with the role {there.role}",
                hint=f"connectors member role {checked} --role {wanted}",
            )
    return _changed(ws, checked, wanted, change, commit)


def change_role(ws: Workspace, principal: str, role: str, *, commit: bool = True) -> Document:
    """Give a member another role; NotFound, and Conflict for the last owner."""
    wanted = _role(role)
    details: dict[str, Any] = {"role": wanted}
    with ws.change(Action.MEMBER_ROLE, principal, details, commit=commit) as session:
        member = _find(session, ws, principal)
        details["before"] = member.role
        change = "unchanged" if member.role == wanted else "updated"
        if wanted != Role.OWNER:
            _refuse_last_owner(session, ws, member)
        member.role = wanted
    return _changed(ws, principal, wanted, change, commit)


def remove_member(ws: Workspace, principal: str, *, commit: bool = True) -> Document:
    """Take a principal out of the tenant; NotFound, and Conflict for the last owner."""
    details: dict[str, Any] = {}
    with ws.change(Action.MEMBER_REMOVE, principal, details, commit=commit) as session:
        member = _find(session, ws, principal)
        details["before"] = role = member.role
        _refuse_last_owner(session, ws, member)
        session.delete(member)
    return _changed(ws, principal, role, "removed", commit)


def _find(session: Session, ws: Workspace, principal: str) -> Member:
    member = session.get(Member, (ws.tenant, principal)) if principal.isprintable() else None
    if member is None:
        raise NotFound(f"no member {principal[:100]!r}", hint="see `connectors member list`")
    return member


def _refuse_last_owner(session: Session, ws: Workspace, member: Member) -> None:
    """Raise Conflict for the tenant's only owner; the gate lets no two of these run at once."""
    others = select(Member.principal).where(
        Member.tenant_id == ws.tenant,
        Member.role == Role.OWNER,
        col(Member.principal) != member.principal,
    )
    if member.role == Role.OWNER and session.exec(others).first() is None:
        raise Conflict(
            f"{member.principal} is the last owner of {ws.tenant}, and a tenant keeps one",
            hint="make another first: connectors member add PRINCIPAL --role owner",
        )


def _role(role: str) -> Role:
    if role not in tuple(Role):
        raise UsageError(f"no role {role[:20]!r}", hint=f"one of {', '.join(Role)}")
    return Role(role)


def _checked(principal: str) -> str:
    """Return a principal's name; InvalidInput for one that no system has."""
    if not principal.strip() or principal != principal.strip() or not principal.isprintable():
        raise InvalidInput("not a principal: it is empty, or has spaces around or unseen in it")
    if len(principal) > LONGEST:
        raise InvalidInput(f"not a principal: it has {len(principal)} characters")
    return principal


def _changed(ws: Workspace, principal: str, role: str, change: str, commit: bool) -> Document:
    values = {"principal": principal, "role": str(role), "tenant": ws.tenant}
    return Document(principal, {**values, "change": change, "dry_run": not commit})
