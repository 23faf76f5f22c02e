"""`test -o junit`: a report that its schema allows and that CI systems' reader understands."""

import os

import pytest
from servers import Web, wordpress

xmlschema = pytest.importorskip("xmlschema")
junitparser = pytest.importorskip("junitparser")
SCHEMA = os.path.join(os.path.dirname(os.path.dirname(__file__)), "junit.xsd")


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
            ('Café <&"> ☕', web.url, "W"),
            ("gone", "http://127.0.0.1:1", "P"),
        ):
            line = ("install", "wordpress", "--name", name, "--set", f"site_url={url}")
            more = ("--set", "username=alice", "--secret", f"application_password=env:{password}")
            assert run(*line, *more).code == 0
        assert run("install", "slack-webhook", "--secret", "webhook_url=env:H").code == 0
        done = run("test", "--all", "-o", "junit")
    assert (done.code, done.err) == (1, "")
    return done.out


def test_the_report_is_what_its_schema_allows(report, schema):
    schema.validate(report)


def test_a_report_of_nothing_is_one_too(run, blog, schema):
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
def test_the_schema_refuses_what_is_no_report(report, schema, right, wrong):
    assert right in report
    with pytest.raises(xmlschema.XMLSchemaException):
        schema.validate(report.replace(right, wrong))


def test_a_ci_system_reads_each_outcome(report):
    (suite,) = junitparser.JUnitXml.fromstring(report.encode())
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (4, 1, 1, 1)
    cases = {case.name: case for case in suite}
    assert cases["blog"].is_passed
    assert cases["slack-webhook"].is_skipped
    (refused,), (gone,) = cases['Café <&"> ☕'].result, cases["gone"].result
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
