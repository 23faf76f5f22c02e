"""The command `validate`: values to install, and a new name."""

import json

import pytest

SITE = ("--set", "site_url=https://blog.example.com", "--set", "username=alice")


def errors(run, *line):
    done = run("validate", *line, "--json")
    return done.code, {
        f["field"]: f["errors"] for f in json.loads(done.out)["fields"] if f["errors"]
    }


@pytest.fixture
def password(monkeypatch):
    monkeypatch.setenv("P", "canary canary canary")
    return ("--secret", "application_password=env:P")


def test_values_of_options_are_checked(run, password):
    assert errors(run, "--type", "wordpress", *SITE, *password) == (0, {})
    code, found = errors(run, "--type", "wordpress", "--set", "site_url=nonsense")
    assert code == 3
    assert set(found) == {"site_url", "username", "application_password"}
    assert "canary" not in run("validate", "--type", "wordpress", *SITE, *password).out


def test_type_alone_lists_what_it_requires(run):
    assert set(errors(run, "--type", "x")[1]) == {"client_id"}


def test_new_name_is_checked(run, password):
    code, found = errors(run, "--type", "wordpress", "--name", "a$b", *SITE, *password)
    assert code == 3
    assert found == {"name": ["invalid name: $ at 2, which shells act on"]}


def test_name_in_a_file_is_checked(run, tmp_path):
    file = tmp_path / "news.json"
    file.write_text(json.dumps({"type": "twitter", "name": "a;b", "config": {"client_id": "a"}}))
    assert set(errors(run, "--from-file", str(file))[1]) == {"name"}


def test_taken_name_is_a_note(run, password):
    line = ("--type", "wordpress", "--name", "blog", *SITE, *password)
    assert run("install", "wordpress", "--name", "blog", *SITE, *password).code == 0
    done = run("validate", *line)
    assert done.code == 0
    assert "note: 'blog' is taken; install --upsert changes it" in done.err


def test_values_are_not_for_installed_connectors(run):
    for line in (("blog", *SITE), ("--all", "--type", "wordpress")):
        assert run("validate", *line).code == 2
    assert "--type TYPE --set" in run("validate").err
