"""Installing, changing, removing and restoring connectors through a workspace."""

from dataclasses import replace

import pytest
from sqlmodel import select

from connectors_cli import catalog
from connectors_cli.edits import Edits
from connectors_cli.errors import Conflict, InvalidInput, NotFound
from connectors_cli.services import connectors
from connectors_cli.services.connectors import Wanted
from connectors_cli.tables import Connector, Event

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
    with ws.store.transaction() as session:
        return [(e.action, e.subject, e.outcome) for e in session.exec(select(Event)).all()]


def test_what_was_installed_is_read_back_through_the_view(ws):
    done = install(ws)
    assert (done.change, done.connector["catalog_key"]) == ("installed", "wordpress")
    assert done.connector["auth_fields"] == ["application_password", "username"]


def test_a_taken_name_is_a_conflict_unless_it_is_to_be_updated_or_kept(ws):
    install(ws)
    with pytest.raises(Conflict, match="taken"):
        install(ws)
    kept = connectors.install_connector(ws, BLOG, on_existing="keep")
    same = connectors.install_connector(ws, BLOG, on_existing="update")
    assert (kept.change, same.change) == ("unchanged", "unchanged")
    assert same.connector["version"] == 1


def test_an_upsert_sees_a_changed_secret_without_showing_it(ws):
    install(ws)
    auth = {**BLOG.auth, "application_password": "another-password"}
    done = connectors.install_connector(ws, replace(BLOG, auth=auth), on_existing="update")
    (change,) = done.fields
    assert (done.change, change.field, change.secret) == ("updated", "application_password", True)
    assert "another-password" not in repr(done)


def test_an_upsert_changes_only_what_was_given(ws):
    install(ws)
    wanted = replace(
        BLOG,
        config={"site_url": "https://default.example.com"},
        auth={**BLOG.auth, "username": "bob"},
        given=frozenset({"username"}),
    )
    done = connectors.install_connector(ws, wanted, on_existing="update")
    assert [change.field for change in done.fields] == ["username"]


def test_an_upsert_of_another_type_is_a_conflict(ws):
    install(ws)
    medium = Wanted("medium", "blog", {}, {"integration_token": "abc"})
    with pytest.raises(Conflict, match="another type"):
        connectors.install_connector(ws, medium, on_existing="update")


@pytest.mark.parametrize("name", ["Blog", "BLOG", "\uff42log"])
def test_a_name_that_reads_like_another_is_a_conflict(ws, name):
    install(ws)
    with pytest.raises(Conflict, match="reads like"):
        install(ws, name=name)


def test_what_does_not_fit_names_every_problem_and_no_value(ws):
    with pytest.raises(InvalidInput) as caught:
        install(ws, config={"site_url": "secret-looking-value", "extra": 1}, auth={})
    paths = {problem.dotted for problem in caught.value.details}
    assert {"site_url", "username", "application_password"} <= paths
    assert "secret-looking-value" not in f"{caught.value} {caught.value.details}"


def test_a_dry_run_leaves_nothing_behind(ws):
    done = connectors.install_connector(ws, BLOG, commit=False)
    assert (done.change, done.dry_run) == ("installed", True)
    assert events(ws) == [FOUNDED]
    with pytest.raises(NotFound):
        connectors.update_connector(ws, "blog", Edits(status="inactive"))


def test_an_edit_at_an_old_version_is_a_conflict(ws):
    install(ws)
    connectors.update_connector(ws, "blog", Edits(status="inactive", if_version=1))
    with pytest.raises(Conflict, match="version 2, not 1"):
        connectors.update_connector(ws, "blog", Edits(status="active", if_version=1))


def test_an_edit_keeps_the_tokens_of_what_did_not_change(ws):
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


def test_a_required_field_cannot_be_taken_away(ws):
    install(ws)
    with pytest.raises(InvalidInput):
        connectors.update_connector(ws, "blog", Edits(unset=("username",)))
    with pytest.raises(InvalidInput, match="is not set"):
        connectors.update_connector(ws, "blog", Edits(unset=("account_label",)))


def test_a_removed_name_is_free_and_the_removed_one_waits(ws):
    install(ws)
    connectors.delete_connector(ws, "blog")
    install(ws)
    with pytest.raises(Conflict, match="taken"):
        connectors.restore_connector(ws, "blog")
    done = connectors.restore_connector(ws, "blog", rename="old-blog")
    assert done.connector["name"] == "old-blog"
    assert connectors.current_values(ws, "old-blog").auth == BLOG.auth


def test_removing_records_who_and_when(ws):
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


def test_each_change_and_each_refusal_is_an_event(ws):
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
    with ws.store.transaction() as session:
        return session.exec(select(Connector)).one()


def test_values_are_checked_without_a_connector(ws):
    """Another program finds each use case here."""
    entry = catalog.load("wordpress")
    assert connectors.validate_config(entry, BLOG.config, BLOG.auth) is None
    with pytest.raises(InvalidInput) as refused:
        connectors.validate_config(entry, {"site_url": "canary"}, {"username": "alice"})
    assert {each.dotted for each in refused.value.details} == {"site_url", "application_password"}
    assert "canary" not in str(refused.value)
