"""`forms serve`: a whole form as a conversation in JSON lines."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors_cli.catalog.entry import Entry
from connectors_cli.cli.values.form_server import EDITS, FormServer
from connectors_cli.documents import read
from connectors_cli.forms import Kind
from connectors_cli.services.given import Given
from connectors_cli.services.type_form import TypeForm
from support.form_client import fill_in

OWN = Path(__file__).parents[1] / "forms" / "schemas"
SHARED = Path(__file__).parents[3] / "shared" / "schemas"
SCHEMAS = [*OWN.glob("*.json"), *SHARED.glob("*.json")]
CANARY = "canary-5d1f"
SCHEMA = {
    "type": "object",
    "properties": {
        "host": {"type": "string", "minLength": 2},
        "tls": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "headers": {"type": "object", "additionalProperties": {"type": "string"}},
        "auth": {
            "oneOf": [
                {
                    "title": "Key",
                    "type": "object",
                    "properties": {
                        "kind": {"const": "key"},
                        "key": {"type": "string", "minLength": 40},
                    },
                    "required": ["kind", "key"],
                },
                {
                    "title": "User",
                    "type": "object",
                    "properties": {"kind": {"const": "user"}, "user": {"type": "string"}},
                    "required": ["kind", "user"],
                },
            ]
        },
        "token": {"type": "string", "writeOnly": True, "pattern": "^t", "minLength": 40},
        "pins": {"type": "array", "items": {"type": "integer", "writeOnly": True}},
    },
    "required": ["host", "auth", "token"],
    "if": {"properties": {"tls": {"const": True}}, "required": ["tls"]},
    "then": {"properties": {"ca": {"type": "string"}}, "required": ["ca"]},
}


def served(schema, save=None):
    entry = Entry("thing", "Thing", "none", schema, {"type": "object"})
    return FormServer(TypeForm(entry, Given()), save or (lambda *_: {}))


def send(server, op, *path, **more):
    """The reply to a message, which has to succeed."""
    done = server.reply({"op": op, "part": "config", "path": list(path), **more})
    assert done.pop("ok"), done
    return json.loads(json.dumps(done))


def conversation(server, *messages):
    text = "".join(m if isinstance(m, str) else json.dumps(m) + "\n" for m in messages)
    return [json.loads(line) for line in server.lines(io.BytesIO(text.encode()))]


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.stem)
def test_program_that_knows_only_the_messages_completes_every_form(path):
    server = served(json.loads(path.read_text(encoding="utf-8"))["schema"])
    done = fill_in(lambda message: json.loads(json.dumps(server.reply(message))))
    assert done["complete"], done["problems"]


def test_greeting_names_version_and_type():
    (greeting,) = conversation(served(SCHEMA))
    assert greeting == {
        "version": 2,
        "type": "thing",
        "title": "Thing",
        "connector": None,
        "parts": ["config", "auth"],
    }


def test_edits_say_what_changed_and_what_is_still_wrong():
    server = served(SCHEMA)
    done = send(server, "set", "tls", value=True)
    assert done["change"]["appeared"] == [["ca"]]
    assert {"part": "config", "path": ["ca"], "state": "missing"}.items() <= done["problems"][
        -1
    ].items()
    assert send(server, "unset", "tls")["change"]["vanished"] == [["ca"]]
    send(server, "set", "host", value="h.example")
    send(server, "choose", "auth", branch=1)
    send(server, "set", "auth", "user", value="ann")
    assert not send(server, "problems")["complete"]
    assert send(server, "set", "token", value="t" * 40)["complete"]
    found = send(server, "result")
    assert found["config"] == {
        "host": "h.example",
        "auth": {"kind": "user", "user": "ann"},
        "token": {"set": True},
    }


def test_lists_and_maps_are_edited_by_entry():
    server = served(SCHEMA)
    for number, tag in enumerate("abc"):
        send(server, "add", "tags")
        send(server, "set", "tags", number, value=tag)
    send(server, "move", "tags", 2, to=0)
    send(server, "drop", "tags", 1)
    send(server, "duplicate", "tags", 0)
    send(server, "insert", "tags", 1)
    send(server, "set", "tags", 1, value="new")
    send(server, "add", "headers", key="x-a")
    send(server, "set", "headers", "x-a", value="1")
    found = send(server, "result")["config"]
    assert found == {"tags": ["c", "new", "c", "b"], "headers": {"x-a": "1"}}


def test_page_shows_fields_with_state_and_value_but_no_secret():
    server = served(SCHEMA)
    send(server, "set", "host", value="h.example")
    send(server, "set", "token", value="t" * 40)
    page = send(server, "page")["page"]
    fields = {field["path"][0]: field for group in page["groups"] for field in group["fields"]}
    assert (fields["host"]["state"], fields["host"]["value"]) == ("answered", "h.example")
    assert (fields["token"]["set"], fields["token"]["value"]) == (True, None)
    assert [c["label"] for c in fields["auth"]["branches"][0]["choices"]] == ["Key", "User"]
    assert fields["tls"]["state"] == "open"
    send(server, "add", "tags")
    assert send(server, "page", "tags")["page"]["container"] == "list"


def test_question_says_whether_its_answer_opens_others():
    opens = {tuple(q["path"]): q["opens"] for q in send(served(SCHEMA), "questions")["questions"]}
    assert opens["tls",]
    assert not opens["host",]


def test_answer_is_for_the_question_that_is_open():
    names = [{"title": name, "required": [name]} for name in "abcd"]
    text = {"type": "string"}
    schema = {
        "type": "object",
        "properties": dict.fromkeys("abcd", text),
        "allOf": [{"oneOf": names[:2]}, {"oneOf": names[2:]}],
    }
    server = served(schema)
    for branch in (0, 1):
        send(server, "answer", kind="branch", value=branch)
    assert [one["path"] for one in send(server, "problems")["problems"]] == [["a"], ["d"]]
    done = fill_in(lambda message: json.loads(json.dumps(server.reply(message))))
    assert done["complete"]
    send(server, "answer", "a", value="new")
    assert send(server, "result")["config"]["a"] == "new"


def test_check_changes_nothing():
    server = served(SCHEMA)
    send(server, "set", "host", value="h.example")
    before = send(server, "questions")
    (problem,) = send(server, "check", "host", value="h")["problems"]
    assert problem["path"] == ["host"]
    assert send(server, "check", "host", value="other")["problems"] == []
    assert send(server, "questions") == before


def test_answered_questions_can_be_given_again():
    first, second = served(SCHEMA), served(SCHEMA)
    send(first, "set", "host", value="h.example")
    send(first, "set", "auth", value={"kind": "user", "user": "ann"})
    send(first, "set", "tags", value=["a", "b"])
    send(first, "set", "headers", value={"x": "1"})
    send(first, "set", "token", value="t" * 40)
    answered = send(first, "questions")["answered"]
    assert second.form.give(answered) == []
    send(second, "set", "token", value="t" * 40)
    assert second.form.result() == first.form.result()


@pytest.mark.parametrize(
    "message",
    [
        {"op": "set", "path": ["token"], "value": CANARY},
        {"op": "set", "path": ["token"], "value": [CANARY]},
        {"op": "set", "path": ["pins"], "value": [CANARY]},
        {"op": "set", "path": ["tls", "x"], "value": CANARY},
        {"op": "set", "path": ["auth"], "value": {"kind": "key", "key": CANARY}},
        {"op": "answer", "path": ["token"], "kind": "text", "value": CANARY},
        {"op": "answer", "path": ["token"], "kind": CANARY, "value": CANARY},
        {"op": "answer", "path": ["token"], "kind": "include", "value": CANARY},
        {"op": "check", "path": ["token"], "value": CANARY},
        {"op": "choose", "path": ["auth"], "branch": CANARY},
        {"op": "move", "path": ["pins", 0], "to": CANARY},
        {"op": CANARY, "value": CANARY},
        {"op": "set", "part": CANARY, "path": ["token"], "value": CANARY},
        {"op": "set", "path": CANARY, "value": CANARY},
        {"op": "set", "path": ["token"], "id": 7, "value": CANARY},
        [CANARY],
        f'{{"op": "set", "path": ["token"], "value": "{CANARY}\n',
        f'{{"op": "set", "value": "{CANARY}", "value": "{CANARY}"}}\n',
    ],
    ids=str,
)
def test_no_error_contains_a_value(message):
    _, reply, state = conversation(served(SCHEMA), message, {"op": "questions"})
    assert reply["ok"] is False or reply.get("refused") or reply.get("problems")
    assert CANARY not in json.dumps((reply, state))


STEPS = st.sampled_from(["host", "auth", "tags", "headers", "user", "pins", "x", 0, 1, 7, -1])
VALUES = st.sampled_from(["text", 1, 2.5, True, None, [], ["a"], {}, {"x": "1"}, {"user": "u"}])
MESSAGES = st.fixed_dictionaries(
    {"op": st.sampled_from([*EDITS, "page", "check", "answer", "questions", "next", "result"])},
    optional={
        "path": st.lists(STEPS, max_size=3),
        "part": st.sampled_from(["config", "auth"]),
        "kind": st.sampled_from([*Kind]),
        "value": VALUES,
        "branch": VALUES,
        "union": VALUES,
        "to": VALUES,
        "key": VALUES,
        "count": VALUES,
    },
)


@given(st.lists(MESSAGES, max_size=8))
@settings(max_examples=150, suppress_health_check=list(HealthCheck))
def test_every_message_gets_a_reply(messages):
    server = served(SCHEMA)
    for message in messages:
        assert server.reply(message)["ok"] in {True, False}


def test_error_repeats_the_id_and_names_the_place():
    server = served(SCHEMA)
    _, reply = conversation(server, {"op": "set", "id": "q1", "path": ["host"], "value": 3})
    assert (reply["ok"], reply["id"], reply["error"]["code"]) == (False, "q1", "invalid")
    assert reply["error"]["details"][0]["path"] == ["host"]


def test_line_that_is_too_long_is_refused_and_the_next_one_read(monkeypatch):
    monkeypatch.setattr(read, "LARGEST", 100)
    long = json.dumps({"op": "set", "path": ["host"], "value": "x" * 350}) + "\n"
    _, refused, reply = conversation(served(SCHEMA), long, {"op": "problems"})
    assert "longer" in refused["error"]["message"]
    assert reply["ok"]


def test_bytes_that_are_not_utf8_are_refused():
    _, refused = served(SCHEMA).lines(io.BytesIO(b'{"op": "\xff"}\n'))
    assert "UTF-8" in json.loads(refused)["error"]["message"]


def test_secret_inside_a_setting_is_not_shown():
    server = served(SCHEMA)
    send(server, "set", "pins", value=[1234])
    shown = json.dumps([send(server, op) for op in ("questions", "result", "page")])
    assert "1234" not in shown


def talk(*line, messages):
    """Run `forms serve` as a process; its replies and its exit code."""
    text = "".join(json.dumps(message) + "\n" for message in messages)
    done = subprocess.run(
        [sys.executable, "-m", "connectors_cli", "forms", "serve", *line],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.stderr == ""  # nothing but replies, in a store that exists
    return [json.loads(reply) for reply in done.stdout.splitlines()], done.returncode


SAVING = [
    {"op": "set", "path": ["site_url"], "value": "https://blog.example.com"},
    {"op": "set", "path": ["username"], "value": "ann"},
    {"op": "save", "name": "blog"},
    {"op": "set", "path": ["application_password"], "value": CANARY},
    {"op": "save", "name": "blog", "tags": ["prod"], "activate": True},
    {"op": "save", "name": "blog"},
]


@pytest.fixture
def blog(run):
    """A store, and the replies of the conversation that installed `blog` in it."""
    assert run("init").code == 0
    return talk("wordpress", messages=SAVING)


@pytest.mark.slow
def test_one_process_holds_the_whole_conversation_and_saves(run, blog):
    replies, code = blog
    assert code == 0
    assert [reply["ok"] for reply in replies[1:]] == [True, True, False, True, True, False]
    assert replies[3]["error"]["code"] == "input_needed"
    assert (replies[5]["change"], replies[5]["connector"]["status"]) == ("installed", "active")
    assert replies[6]["error"]["code"] == "conflict"
    assert CANARY not in json.dumps(replies)
    assert run("get", "blog", "application_password", "--reveal").out == f"{CANARY}\n"


@pytest.mark.slow
def test_served_connector_is_changed_and_keeps_its_secrets(run, blog):
    messages = [
        {"op": "questions"},
        {"op": "set", "path": ["username"], "value": "bea"},
        {"op": "save"},
        {"op": "set", "path": ["username"], "value": "cyd"},
        {"op": "save"},
    ]
    replies, code = talk("--connector", "blog", messages=messages)
    assert (code, replies[0]["connector"]) == (0, "blog")
    assert [reply["ok"] for reply in replies[1:]] == [True] * 5
    assert CANARY not in json.dumps(replies)
    assert replies[5]["connector"]["version"] == 3
    assert run("get", "blog", "application_password", "--reveal").out == f"{CANARY}\n"
    assert run("get", "blog", "username", "--reveal").out == "cyd\n"


def test_type_and_connector_exclude_each_other(run):
    assert run("forms", "serve").code == 2
    assert run("forms", "serve", "wordpress", "--connector", "blog").code == 2
    assert run("forms", "serve", "nosuch").code == 5
