"""The output `test -o junit`: valid by its schema and understood by CI systems."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from support.http_server import Web, wordpress
from support.stores import reseal

xmlschema = pytest.importorskip("xmlschema")
junitparser = pytest.importorskip("junitparser")
NAME = 'Café <&"> ☕'
"""A name that an older program accepted, and that XML has to escape."""
SCHEMA = os.path.join(os.path.dirname(__file__), "junit.xsd")


@pytest.fixture(scope="module")
def schema():
    return xmlschema.XMLSchema(SCHEMA)


@pytest.fixture
def report(run, isolated, monkeypatch):
    """The report of four connectors: one good, one refused, one out of reach, one unsupported."""
    monkeypatch.setenv("P", "canary-password")
    monkeypatch.setenv("W", "wrong-password")
    monkeypatch.setenv("H", "https://hooks.slack.com/services/T0/B0/canary")
    with Web(wordpress()) as web:
        for name, url, password in (
            ("blog", web.url, "P"),
            ("other", web.url, "W"),
            ("gone", "http://127.0.0.1:1", "P"),
        ):
            line = ("install", "wordpress", "--name", name, "--set", f"site_url={url}")
            more = ("--set", "username=alice", "--secret", f"application_password=env:{password}")
            assert run(*line, *more).code == 0
        with closing(sqlite3.connect(Path(os.environ["CONNECTORS_HOME"]) / "store.db")) as db, db:
            db.execute("UPDATE connectors SET name = ? WHERE name = 'other'", (NAME,))
            reseal(db, NAME)
        assert run("install", "slack-webhook", "--secret", "webhook_url=env:H").code == 0
        done = run("test", "--all", "-o", "junit")
    assert (done.code, done.err) == (1, "")
    return done.out


def test_the_report_is_what_its_schema_allows(report, schema):
    schema.validate(report)


def test_empty_report_is_valid(run, blog, schema):
    done = run("test", "--tag", "nowhere", "-o", "junit")
    assert done.code == 0
    schema.validate(done.out)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('tests="4"', 'tests="four"'),
        (' classname="connectors.wordpress"', ""),
        ("failure", "fault"),
        ('time="0', 'time="-0.5'),
    ],
)
def test_schema_rejects_an_invalid_report(report, schema, right, wrong):
    assert right in report
    with pytest.raises(xmlschema.XMLSchemaException):
        schema.validate(report.replace(right, wrong))


def test_a_ci_system_reads_each_outcome(report):
    (suite,) = junitparser.JUnitXml.fromstring(report.encode())
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (4, 1, 1, 1)
    cases = {case.name: case for case in suite}
    assert cases["blog"].is_passed
    assert cases["slack-webhook"].is_skipped
    (refused,), (gone,) = cases[NAME].result, cases["gone"].result
    assert isinstance(refused, junitparser.Failure)
    assert isinstance(gone, junitparser.Error)
    assert refused.type == "auth_failed"
    assert "status 401" in refused.message
    assert "connectors edit" in refused.text
    assert {case.classname for case in suite} == {
        "connectors.wordpress",
        "connectors.slack-webhook",
    }
    assert sum(case.time for case in suite) > 0
