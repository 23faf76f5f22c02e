"""The sign-in status of many connectors: only types that sign in are looked at."""

import os
import sqlite3
from contextlib import closing

import pytest

from connectors_cli.errors import NoTenant
from connectors_cli.services.auth.status import sign_in_statuses
from connectors_cli.store.read import database
from support.many_rows import fill

MANY = 300


def test_connectors_that_never_sign_in_are_not_read_one_by_one(run, blog):
    path = f"{os.environ['CONNECTORS_HOME']}/store.db"
    with closing(sqlite3.connect(path)) as db:
        fill(db, "many", MANY, "blog")
        lacking = "UPDATE connectors SET auth = '{}' WHERE tenant_id = 'many' AND name = ?"
        db.execute(lacking, ("n000007",))
        db.commit()
    statements: list[str] = []
    with closing(database.open_for_reading(f"sqlite:///{path}")) as store:
        store.connection.set_trace_callback(statements.append)
        found = sign_in_statuses(store, "many").results
    assert [(item.name, item.state) for item in found] == [("n000007", "signed_out")]
    assert len(statements) < MANY / 10


def test_a_tenant_that_does_not_exist_has_no_status(run, blog):
    path = f"{os.environ['CONNECTORS_HOME']}/store.db"
    with (
        closing(database.open_for_reading(f"sqlite:///{path}")) as store,
        pytest.raises(NoTenant),
    ):
        sign_in_statuses(store, "none")
