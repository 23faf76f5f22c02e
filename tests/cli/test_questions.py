"""`install --questions` and `edit --questions`: forms for other programs, and their answers."""

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
TEXT = {"type": "string"}
SHOP = {
    "type": "object",
    "properties": {
        "login": {
            "oneOf": [
                {
                    "type": "object",
                    "properties": {"kind": {"const": kind}, kind: TEXT, "note": TEXT},
                    "required": ["kind", kind],
                }
                for kind in ("key", "user")
            ]
        },
        "proxy": {"type": "object", "properties": {"url": TEXT}, "required": ["url"]},
        "tags": {"type": "array", "items": TEXT},
        "headers": {"type": "object", "additionalProperties": TEXT},
    },
    "required": ["login"],
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
    return {".".join(map(str, q["path"])): q for q in json.loads(done.out)["questions"]}


def test_questions_contain_all_that_another_program_needs(run):
    found = asked(run, "wordpress")
    assert found["site_url"]["required"]
    assert found["site_url"]["flag"] == "--set site_url=VALUE"
    assert found["application_password"]["secret"]
    assert found["application_password"]["flag"] == "--secret application_password=SOURCE"


def test_given_value_is_not_asked(run):
    assert "site_url" not in asked(run, "wordpress", "--set", "site_url=https://a.example.com")


def test_condition_depends_on_given_values(run, thing):
    assert "jump" not in asked(run, thing)
    assert asked(run, thing, "--set", "mode=tunnel")["jump"]["required"]


def test_default_of_a_secret_is_left_out(run, thing):
    found = asked(run, thing)
    assert (found["token"]["secret"], found["token"]["default"]) == (True, None)
    assert found["port"]["default"] == 22


def test_questions_create_no_store(run, tmp_path):
    asked(run, "wordpress")
    assert not (tmp_path / "home").exists()


def document(run, *line: str, answers: object = None, tmp_path=None) -> dict:
    """What `--questions` prints, with answers from a file."""
    if answers is not None:
        file = tmp_path / "answers.json"
        file.write_text(json.dumps(answers))
        file.chmod(0o600)
        line = (*line, "--answers", str(file))
    done = run(*line, "--questions")
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_document_names_its_version_and_paths_are_lists(run, thing):
    found = document(run, "install", thing)
    assert (found["version"], found["type"], found["complete"]) == (2, "thing", False)
    assert [q["path"] for q in found["questions"]] == [["mode"], ["token"], ["port"]]
    assert [(p["path"], p["state"]) for p in found["problems"]] == [(["mode"], "missing")]


def test_answers_come_back_in_the_words_of_the_questions(run, tmp_path):
    path = tmp_path / "shop.json"
    path.write_text(json.dumps(SHOP))
    assert run("catalog", "add", str(path), "--key", "shop").code == 0
    answers = [
        {"path": ["login"], "kind": "branch", "branch": 1},
        {"path": ["login", "user"], "kind": "text", "value": "ann"},
        {"path": ["proxy"], "include": True},
        {"path": ["proxy", "url"], "value": "https://proxy.example"},
        {"path": ["tags"], "include": True},
        {"path": ["tags"], "more": True, "count": 0},
        {"path": ["tags", 0], "value": "a"},
        {"path": ["tags"], "more": False, "count": 1},
        {"path": ["headers"], "include": True},
        {"path": ["headers"], "more": True},
        {"path": ["headers"], "key": "x.y"},
        {"path": ["headers", "x.y"], "value": "1"},
        {"path": ["headers"], "more": False},
    ]
    found = document(run, "install", "shop", answers=answers, tmp_path=tmp_path)
    assert (found["complete"], found["problems"]) == (True, [])
    assert len(found["answered"]) == len(answers)
    assert [q["path"] for q in found["questions"]] == [["login", "note"]]
    again = document(run, "install", "shop", answers=found, tmp_path=tmp_path)
    assert again == found
    done = run("install", "shop", "--answers", str(tmp_path / "answers.json"))
    assert done.code == 0, done.err
    shown = json.loads(run("show", "shop", "--json").out)["config"]
    assert shown == {
        "login": {"kind": "user", "user": "ann"},
        "proxy": {"url": "https://proxy.example"},
        "tags": ["a"],
        "headers": {"x.y": "1"},
    }


def test_value_opens_what_is_on_the_way_to_it(run, tmp_path):
    path = tmp_path / "shop.json"
    path.write_text(json.dumps(SHOP))
    assert run("catalog", "add", str(path), "--key", "shop").code == 0
    answers = [
        {"path": ["login"], "value": {"kind": "key", "key": "k"}},
        {"path": ["proxy", "url"], "value": "https://proxy.example"},
        {"path": ["headers", "x"], "value": "1"},
    ]
    found = document(run, "install", "shop", answers=answers, tmp_path=tmp_path)
    assert found["complete"], found["problems"]


def test_problem_of_a_given_value_is_told(run, thing):
    found = document(run, "install", thing, "--set-json", 'port="x"')
    (problem,) = [p for p in found["problems"] if p["path"] == ["port"]]
    assert (problem["rule"], problem["state"]) == ("type", "wrong")
    assert not found["complete"]


def test_refused_answer_is_a_problem_and_installs_nothing(run, thing, tmp_path):
    answers = [{"path": ["mode"], "value": "canary"}, {"path": ["nothing"], "value": "canary"}]
    found = document(run, "install", thing, answers=answers, tmp_path=tmp_path)
    wrong = [p["path"] for p in found["problems"] if p["state"] == "wrong"]
    assert ["mode"] in wrong
    done = run("install", thing, "--answers", str(tmp_path / "answers.json"))
    assert (done.code, "canary" in done.err) == (3, False)


def test_missing_answers_are_listed_with_their_options(run, thing, tmp_path):
    file = tmp_path / "answers.json"
    file.write_text('[{"path": ["mode"], "value": "tunnel"}]')
    done = run("install", thing, "--answers", str(file))
    assert done.code == 2
    assert "--set jump=VALUE" in done.err


def test_secret_in_an_answer_needs_a_private_file_or_a_variable(run, thing, tmp_path, monkeypatch):
    monkeypatch.setenv("THE_TOKEN", "canary")
    file = tmp_path / "answers.json"
    mode = {"path": ["mode"], "value": "simple"}
    for value, code in (("canary", 2), ({"cmd": "echo canary"}, 2), ({"env": "THE_TOKEN"}, 0)):
        file.write_text(json.dumps([mode, {"path": ["token"], "value": value}]))
        file.chmod(0o644)
        done = run("install", thing, "--answers", str(file))
        assert (done.code, "canary" in done.err) == (code, False), done.err
    assert run("get", "thing", "token", "--reveal").out == "canary\n"


@pytest.mark.parametrize(
    "text", ["{}", '"x"', "[1]", '[{"path": "a", "value": 1}]', '[{"path": ["a"]}]']
)
def test_what_is_no_answer_is_refused(run, thing, tmp_path, text):
    file = tmp_path / "answers.json"
    file.write_text(text)
    done = run("install", thing, "--questions", "--answers", str(file))
    assert (done.code, done.out) == (3, "")


def test_edit_shows_current_values_but_no_credentials(run, stocked):
    found = document(run, "edit", "blog")
    shown = {q["path"][0]: q for q in found["questions"]}
    assert (found["complete"], shown["site_url"]["value"]) == (True, "https://blog.example.com")
    assert (shown["site_url"]["state"], shown["site_url"]["part"]) == ("inherited", "config")
    for name in ("username", "application_password"):
        one = shown[name]
        assert (one["set"], one["value"], one["default"]) == (True, None, None)


def test_edit_takes_answers(run, tmp_path):
    site, password = "site_url=https://blog.example.com", tmp_path / "password"
    password.write_text("canary-5d1f")
    values = ("--set", site, "--set", "username=ann", "-S", f"application_password=file:{password}")
    assert run("install", "wordpress", "-N", "blog", *values).code == 0
    answers = [{"path": ["username"], "value": "bea"}, {"path": ["account_label"], "value": "Blog"}]
    found = document(run, "edit", "blog", answers=answers, tmp_path=tmp_path)
    assert [one["path"] for one in found["answered"]] == [["account_label"], ["username"]]
    assert run("get", "blog", "username", "--reveal").out == "ann\n"
    done = run("edit", "blog", "--answers", str(tmp_path / "answers.json"), "--tag", "prod")
    assert done.code == 0, done.err
    assert run("get", "blog", "username", "--reveal").out == "bea\n"
    assert run("get", "blog", "application_password", "--reveal").out == "canary-5d1f\n"
    shown = json.loads(run("show", "blog", "--json").out)
    assert (shown["config"]["account_label"], shown["tags"]) == ("Blog", ["prod"])


def test_edit_tells_the_problem_of_a_given_value(run, stocked):
    found = document(run, "edit", "blog", "--set", "site_url=nonsense")
    assert ["site_url"] in [p["path"] for p in found["problems"]]
    found = document(run, "edit", "blog", "--unset", "username")
    assert [(p["path"], p["state"]) for p in found["problems"]] == [(["username"], "missing")]
