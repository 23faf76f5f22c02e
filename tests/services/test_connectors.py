"""Installing, changing, removing and restoring connectors through a workspace."""

import sqlite3
from contextlib import closing

import pytest
from sqlmodel import select

from connectors_cli.catalog.read import load
from connectors_cli.errors import Conflict, InvalidInput, NotFound
from connectors_cli.services import connectors
from connectors_cli.services.connectors import Edits, Wanted
from connectors_cli.settings import sqlite_path
from connectors_cli.store.orm.session import session_on
from connectors_cli.store.orm.tables import Connector, Event
from connectors_cli.store.read import connections
from connectors_cli.system.record import replace

BLOG = Wanted(
    type="wordpress",
    name="blog",
    config={"site_url": "https://blog.example.com"},
    auth={"username": "alice", "application_password": "canary-password"},
    status="active",
)


def install(ws, **changes):
    return connectors.install_connector(ws, replace(BLOG, **changes))


FOUNDED = ("tenant.create", "default", "ok")


def events(ws):
    with ws.store.transaction() as db, session_on(db) as session:
        return [(e.action, e.subject, e.outcome) for e in session.exec(select(Event)).all()]


def test_installed_connector_is_shown_by_the_view(ws):
    done = install(ws)
    assert (done.change, done.connector["catalog_key"]) == ("installed", "wordpress")
    assert done.connector["auth_fields"] == ["application_password", "username"]


def test_taken_name_is_a_conflict_without_upsert_or_if_not_exists(ws):
    install(ws)
    with pytest.raises(Conflict, match="taken"):
        install(ws)
    kept = connectors.install_connector(ws, BLOG, on_existing="keep")
    same = connectors.install_connector(ws, BLOG, on_existing="update")
    assert (kept.change, same.change) == ("unchanged", "unchanged")
    assert same.connector["version"] == 1


def test_upsert_detects_a_changed_secret_without_showing_it(ws):
    install(ws)
    auth = {**BLOG.auth, "application_password": "another-password"}
    done = connectors.install_connector(ws, replace(BLOG, auth=auth), on_existing="update")
    (change,) = done.fields
    assert (done.change, change.field, change.secret) == ("updated", "application_password", True)
    assert "another-password" not in repr(done)


def test_upsert_changes_only_given_values(ws):
    install(ws)
    wanted = replace(
        BLOG,
        config={"site_url": "https://default.example.com"},
        auth={**BLOG.auth, "username": "bob"},
        given=frozenset({"username"}),
    )
    done = connectors.install_connector(ws, wanted, on_existing="update")
    assert [change.field for change in done.fields] == ["username"]


def test_upsert_of_another_type_is_a_conflict(ws):
    install(ws)
    medium = Wanted("medium", "blog", {}, {"integration_token": "abc"})
    with pytest.raises(Conflict, match="another type"):
        connectors.install_connector(ws, medium, on_existing="update")


@pytest.mark.parametrize("name", ["Blog", "BLOG", "\uff42log"])
def test_name_that_looks_like_another_is_a_conflict(ws, name):
    install(ws)
    with pytest.raises(Conflict, match="looks like"):
        install(ws, name=name)


def test_invalid_values_are_reported_without_the_values(ws):
    with pytest.raises(InvalidInput) as caught:
        install(ws, config={"site_url": "secret-looking-value", "extra": 1}, auth={})
    paths = {problem.dotted for problem in caught.value.details}
    assert {"site_url", "username", "application_password"} <= paths
    assert "secret-looking-value" not in f"{caught.value} {caught.value.details}"


def test_dry_run_changes_nothing(ws):
    done = connectors.install_connector(ws, BLOG, commit=False)
    assert (done.change, done.dry_run) == ("installed", True)
    assert events(ws) == [FOUNDED]
    with pytest.raises(NotFound):
        connectors.update_connector(ws, "blog", Edits(status="inactive"))


def test_edit_of_an_old_version_is_a_conflict(ws):
    install(ws)
    connectors.update_connector(ws, "blog", Edits(status="inactive", if_version=1))
    with pytest.raises(Conflict, match="version 2, not 1"):
        connectors.update_connector(ws, "blog", Edits(status="active", if_version=1))


def test_edit_keeps_the_tokens_of_unchanged_credentials(ws):
    install(ws)
    before = row(ws).auth
    connectors.update_connector(ws, "blog", Edits(auth={"application_password": "new-password"}))
    after = row(ws).auth
    assert after["username"] == before["username"]
    assert after["application_password"] != before["application_password"]


def test_a_renamed_connector_still_opens(ws):
    install(ws)
    done = connectors.update_connector(ws, "blog", Edits(rename="press"))
    assert done.connector["name"] == "press"
    assert connectors.current_values(ws, "press").auth == BLOG.auth


def test_required_field_cannot_be_unset(ws):
    install(ws)
    with pytest.raises(InvalidInput):
        connectors.update_connector(ws, "blog", Edits(unset=("username",)))
    with pytest.raises(InvalidInput, match="is not set"):
        connectors.update_connector(ws, "blog", Edits(unset=("account_label",)))


def test_name_of_a_removed_connector_is_free_and_the_connector_restorable(ws):
    install(ws)
    connectors.delete_connector(ws, "blog")
    install(ws)
    with pytest.raises(Conflict, match="taken"):
        connectors.restore_connector(ws, "blog")
    done = connectors.restore_connector(ws, "blog", rename="old-blog")
    assert done.connector["name"] == "old-blog"
    assert connectors.current_values(ws, "old-blog").auth == BLOG.auth


def test_removal_records_user_and_time(ws):
    install(ws)
    connectors.delete_connector(ws, "blog")
    gone = row(ws)
    assert (gone.deleted_by_email, gone.deleted_by_name) == ("tester@example.com", "Tester")
    assert gone.deleted_at is not None


def test_a_purged_connector_leaves_no_row(ws):
    install(ws)
    connectors.delete_connector(ws, "blog")
    connectors.purge_connector(ws, "blog")
    with pytest.raises(NotFound):
        connectors.restore_connector(ws, "blog")


def test_every_change_and_refusal_is_an_event(ws):
    install(ws)
    with pytest.raises(Conflict):
        install(ws)
    connectors.delete_connector(ws, "blog")
    assert events(ws) == [
        FOUNDED,
        ("connector.install", "blog", "ok"),
        ("connector.install", "blog", "conflict"),
        ("connector.remove", "blog", "ok"),
    ]


def row(ws) -> Connector:
    with ws.store.transaction() as db, session_on(db) as session:
        return session.exec(select(Connector)).one()


def test_values_are_checked_without_a_connector(ws):
    """Other programs can check values without a store."""
    entry = load("wordpress")
    assert connectors.validate_config(entry, BLOG.config, BLOG.auth) is None
    with pytest.raises(InvalidInput) as refused:
        connectors.validate_config(entry, {"site_url": "canary"}, {"username": "alice"})
    assert {each.dotted for each in refused.value.details} == {"site_url", "application_password"}
    assert "canary" not in str(refused.value)


@pytest.mark.sqlite
def test_a_purge_says_that_a_reader_keeps_what_was_deleted(run, blog, settings, monkeypatch):
    monkeypatch.setattr(connections, "BUSY_SECONDS", 0.1)
    with closing(sqlite3.connect(sqlite_path(settings.store))) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT name FROM connectors").fetchall()
        done = run("remove", blog, "--purge", "--yes", "--no-revoke")
    assert done.code == 0
    assert "stay in its files, encrypted" in done.out + done.err
