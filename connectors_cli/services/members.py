"""Members of a tenant and their roles; a tenant keeps at least one owner."""

from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, col, select

from connectors_cli.audit.roles import Action, Role
from connectors_cli.errors import Conflict, InvalidInput, NotFound, UsageError
from connectors_cli.services.output import Document
from connectors_cli.services.workspace import Workspace
from connectors_cli.store.orm.session import session_on
from connectors_cli.store.orm.tables import Member
from connectors_cli.store.read import users
from connectors_cli.system.text import command_line

LONGEST = 255


def add_member(ws: Workspace, principal: str, role: str, *, commit: bool = True) -> Document:
    """Add a principal to the tenant; raises Conflict for a member with another role."""
    checked, wanted = _checked(principal), _role(role)
    change = "added"
    with (
        ws.change(Action.MEMBER_ADD, checked, {"role": wanted}, commit=commit) as db,
        session_on(db) as session,
    ):
        there = session.get(Member, (ws.tenant, checked))
        users.claim(db, checked)
        if there is None:
            moment = datetime.now(UTC)
            added = Member(tenant_id=ws.tenant, principal=checked, role=wanted, created_at=moment)
            session.add(added)
        elif there.role == wanted:
            change = "unchanged"
        else:
            raise Conflict(
                f"{checked} is already a member, with the role {there.role}",
                hint=command_line("member", "role", checked, "--role", wanted),
            )
    return _changed(ws, checked, wanted, change, commit)


def change_role(ws: Workspace, principal: str, role: str, *, commit: bool = True) -> Document:
    """Change a member's role; raises NotFound, and Conflict for the last owner."""
    wanted = _role(role)
    details: dict[str, Any] = {"role": wanted}
    with (
        ws.change(Action.MEMBER_ROLE, principal, details, commit=commit) as db,
        session_on(db) as session,
    ):
        member = _find(session, ws, principal)
        details["before"] = member.role
        change = "unchanged" if member.role == wanted else "updated"
        if wanted != Role.OWNER:
            _refuse_last_owner(session, ws, member)
        member.role = wanted
    return _changed(ws, principal, wanted, change, commit)


def remove_member(ws: Workspace, principal: str, *, commit: bool = True) -> Document:
    """Remove a member; raises NotFound, and Conflict for the last owner."""
    details: dict[str, Any] = {}
    with (
        ws.change(Action.MEMBER_REMOVE, principal, details, commit=commit) as db,
        session_on(db) as session,
    ):
        member = _find(session, ws, principal)
        details["before"] = role = member.role
        _refuse_last_owner(session, ws, member)
        elsewhere = select(Member.role).where(
            Member.principal == principal, Member.tenant_id != ws.tenant
        )
        if session.exec(elsewhere).first() is None:
            users.forget(db, principal)
        session.delete(member)
    return _changed(ws, principal, role, "removed", commit)


def _find(session: Session, ws: Workspace, principal: str) -> Member:
    member = session.get(Member, (ws.tenant, principal)) if principal.isprintable() else None
    if member is None:
        raise NotFound(f"no member {principal[:100]!r}", hint="see: connectors member list")
    return member


def _refuse_last_owner(session: Session, ws: Workspace, member: Member) -> None:
    """Raise Conflict for the tenant's only owner; the gate runs such changes one at a time."""
    others = select(Member.principal).where(
        Member.tenant_id == ws.tenant,
        Member.role == Role.OWNER,
        col(Member.principal) != member.principal,
    )
    if member.role == Role.OWNER and session.exec(others).first() is None:
        raise Conflict(
            f"{member.principal} is the last owner of {ws.tenant}; a tenant needs one",
            hint="add another owner first: connectors member add PRINCIPAL --role owner",
        )


def _role(role: str) -> Role:
    if role not in tuple(Role):
        raise UsageError(f"unknown role {role[:20]!r}", hint=f"roles: {', '.join(Role)}")
    return Role(role)


def _checked(principal: str) -> str:
    """Return a valid principal's name; raises InvalidInput."""
    if not principal.strip() or principal != principal.strip() or not principal.isprintable():
        raise InvalidInput(
            "invalid principal: it is empty, or contains outer spaces or invisible characters"
        )
    if len(principal) > LONGEST:
        raise InvalidInput(
            f"invalid principal: it has {len(principal)} characters, at most {LONGEST} are allowed"
        )
    return principal


def _changed(ws: Workspace, principal: str, role: str, change: str, commit: bool) -> Document:
    values = {"principal": principal, "role": str(role), "tenant": ws.tenant}
    return Document(principal, {**values, "change": change, "dry_run": not commit})
