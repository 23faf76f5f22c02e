"""The variables that types name: the usual ones, and those of a tool with `--for`."""

import json
import re
import sys

import pytest

from connectors_cli.catalog.read import builtin
from connectors_cli.catalog.variables import tools, variables

USUAL = {
    "mastodon": "MASTODON_ACCESS_TOKEN",
    "github": "GITHUB_TOKEN",
    "gitlab": "GITLAB_TOKEN",
    "ghost": "GHOST_ADMIN_API_KEY",
    "contentful": "CONTENTFUL_MANAGEMENT_ACCESS_TOKEN",
    "sendgrid": "SENDGRID_API_KEY",
    "mailgun": "MAILGUN_API_KEY",
    "postmark": "POSTMARK_SERVER_TOKEN",
    "slack": "SLACK_BOT_TOKEN",
    "discord-bot": "DISCORD_TOKEN",
    "telegram": "TELEGRAM_BOT_TOKEN",
    "notion": "NOTION_TOKEN",
    "airtable": "AIRTABLE_API_KEY",
    "s3": "AWS_SECRET_ACCESS_KEY",
}


@pytest.fixture
def bucket(run, monkeypatch):
    """Install buckets of S3, with canary keys; return a function for it."""
    monkeypatch.setenv("KEY", "canary-secret-key")

    def install(name="media"):
        settings = ("-s", "bucket=photos", "-s", "endpoint=https://s3.example.com")
        done = run(
            *("install", "s3", "-N", name, *settings),
            *("-s", "access_key_id=AKIAEXAMPLE", "-S", "secret_access_key=env:KEY"),
        )
        assert done.code == 0, done.err
        return name

    return install


def variables_of(run, *line):
    done = run("env", *line, "--format", "json")
    assert done.code == 0, done.err
    return json.loads(done.out)


@pytest.mark.parametrize("key", USUAL)
def test_types_name_the_variables_that_their_clients_read(key):
    entry = builtin()[key]
    assert USUAL[key] in variables(entry).values()
    assert any("(x-env)" in source for source in entry.sources)


def test_the_usual_names_are_added_and_a_prefix_leaves_them_out(run, bucket):
    bucket()
    found = variables_of(run, "media")
    assert found["AWS_SECRET_ACCESS_KEY"] == found["CONNECTOR_SECRET_ACCESS_KEY"]
    assert (found["AWS_ACCESS_KEY_ID"], found["AWS_REGION"]) == ("AKIAEXAMPLE", "us-east-1")
    assert not [name for name in variables_of(run, "media", "--prefix", "P") if "AWS" in name]
    assert variables_of(run, "media", "--only", "access_key_id").keys() == {
        "AWS_ACCESS_KEY_ID",
        "CONNECTOR_ACCESS_KEY_ID",
    }


def test_a_tool_has_its_own_names(run, bucket):
    bucket()
    found = variables_of(run, "media", "--for", "rclone")
    assert found["RCLONE_S3_SECRET_ACCESS_KEY"] == "canary-secret-key"
    assert found["RCLONE_S3_ENDPOINT"] == "https://s3.example.com"
    assert "AWS_SECRET_ACCESS_KEY" not in found
    assert found["CONNECTOR_BUCKET"] == "photos"
    assert variables_of(run, "media", "--for=boto3")["AWS_DEFAULT_REGION"] == "us-east-1"
    assert "RCLONE_S3_REGION" in variables_of(run, "media", "--for", "rclone", "--prefix", "P")


def test_run_gives_and_masks_them(spawn, bucket):
    bucket()
    code = "import os; print(os.environ['RCLONE_S3_SECRET_ACCESS_KEY'], os.environ['P_BUCKET'])"
    line = ("run", "media", "--for", "rclone", "--prefix", "P", "--", sys.executable, "-c", code)
    assert spawn(*line).out == "*** photos\n"


def test_an_unknown_tool_is_refused_with_the_known_ones(run, bucket, blog):
    bucket()
    done = run("env", "media", "--for", "gh")
    assert (done.code, "one of aws, boto3, rclone" in done.err) == (2, True)
    assert run("env", blog, "--for", "aws").code == 2
    assert "connector.use" not in run("log").out


def test_a_name_of_two_connectors_is_left_out_or_refused(run, bucket):
    bucket()
    bucket("backup")
    done = run("env", "media", "backup", "--format", "json")
    assert json.loads(done.out).keys() >= {"MEDIA_SECRET_ACCESS_KEY", "BACKUP_SECRET_ACCESS_KEY"}
    assert "AWS_SECRET_ACCESS_KEY" not in json.loads(done.out)
    assert "note: AWS_SECRET_ACCESS_KEY is left out" in done.err
    done = run("env", "media", "backup", "--for", "rclone")
    assert (done.code, "backup and media would set RCLONE_S3_" in done.err) == (2, True)


def test_a_connector_whose_name_makes_a_known_variable_keeps_it(run, bucket):
    bucket("aws")
    bucket("other")
    run("edit", "aws", "--rename", "aws")
    found = variables_of(run, "aws", "other", "--only", "secret_access_key")
    assert found.keys() == {"AWS_SECRET_ACCESS_KEY", "OTHER_SECRET_ACCESS_KEY"}


def test_the_page_of_a_service_lists_them(run):
    fields = json.loads(run("catalog", "show", "github", "--json").out)["fields"]
    token = next(field for field in fields if field["name"] == "access_token")
    assert (token["variable"], token["variable_for"]) == ("GITHUB_TOKEN", {"gh": "GH_TOKEN"})
    page = run("catalog", "show", "github", "-o", "cards").out
    assert re.search(r"--for gh +GH_REPO: repository, GH_TOKEN: access_token", page)


def test_no_type_names_a_variable_twice_for_a_tool():
    for entry in builtin().values():
        for tool in (None, *tools(entry)):
            names = list(variables(entry, tool).values())
            assert len(names) == len(set(names)), (entry.key, tool)
