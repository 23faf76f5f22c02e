"""`install --questions`: what is still to be asked, for other programs."""

import json

import pytest

SCHEMA = {
    "type": "object",
    "properties": {
        "mode": {"enum": ["simple", "tunnel"]},
        "port": {"type": "integer", "default": 22},
        "token": {"type": "string", "writeOnly": True, "default": "canary"},
    },
    "required": ["mode", "token"],
    "if": {"properties": {"mode": {"const": "tunnel"}}, "required": ["mode"]},
    "then": {"properties": {"jump": {"type": "string"}}, "required": ["jump"]},
}


@pytest.fixture
def thing(run, tmp_path) -> str:
    path = tmp_path / "thing.json"
    path.write_text(json.dumps(SCHEMA))
    assert run("catalog", "add", str(path), "--key", "thing").code == 0
    return "thing"


def asked(run, *line: str) -> dict[str, dict]:
    done = run("install", *line, "--questions")
    assert done.code == 0, done.err
    return {question["path"]: question for question in json.loads(done.out)["questions"]}


def test_questions_say_all_that_an_asker_needs(run):
    found = asked(run, "wordpress")
    assert found["site_url"]["required"]
    assert found["site_url"]["flag"] == "--set site_url=VALUE"
    assert found["application_password"]["secret"]
    assert found["application_password"]["flag"] == "--secret application_password=SOURCE"


def test_what_is_given_is_not_asked(run):
    assert "site_url" not in asked(run, "wordpress", "--set", "site_url=https://a.example.com")


def test_a_condition_is_resolved_for_what_is_given(run, thing):
    assert "jump" not in asked(run, thing)
    assert asked(run, thing, "--set", "mode=tunnel")["jump"]["required"]


def test_a_secrets_default_is_not_told(run, thing):
    found = asked(run, thing)
    assert (found["token"]["secret"], found["token"]["default"]) == (True, None)
    assert found["port"]["default"] == 22


def test_nothing_is_made_by_asking(run, tmp_path):
    asked(run, "wordpress")
    assert not (tmp_path / "home").exists()
