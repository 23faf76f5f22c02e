import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from connectors_cli.cli.prompts.menu import GUARD_SECONDS
from support.screen import Screen

pexpect = pytest.importorskip("pexpect")
if sys.platform == "win32":
    pytest.skip("no pseudo-terminals", allow_module_level=True)

from support import prompt_driver  # noqa: E402 - where there are terminals
from support.terminal import ForkedTerminal  # noqa: E402

pytestmark = pytest.mark.slow

TESTS = Path(__file__).parents[1]
DRIVER, ROOT = TESTS / "support" / "prompt_driver.py", TESTS.parent
SECRET = "canary-5up3r-s3cr3t"
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r")
COLOURS = re.compile(r"\x1b\[[0-9;]*\b(?:3[0-9]|4[0-9]|9[0-7]|10[0-7])\b[0-9;]*m")
PASTE = "\x1b[200~{}\x1b[201~"
CTRL_O = "\x0f"
DOWN, UP, SHIFT_TAB, ESCAPE, ENTER = "\x1b[B", "\x1b[A", "\x1b[Z", "\x1b", "\r"


def schema(*required, **properties):
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def one(kind, **more):
    return schema("it", it={"title": "It", "type": kind, **more})


class Session:
    """A person at a pseudo-terminal, in which the driver asks."""

    def __init__(self, tmp_path, case, columns=80, rows=24, env=()):
        (tmp_path / "case.json").write_text(json.dumps(case))
        self.answer_file = tmp_path / "answer.json"
        self.pid_file = tmp_path / "answer.json.pid"
        environ = {"PATH": "/usr/bin:/bin", "TERM": "xterm", "PYTHONPATH": str(ROOT)}
        environ |= {"LANG": "C.UTF-8", "PYTHONUTF8": "1", **dict(env)}
        files = [str(tmp_path / "case.json"), str(self.answer_file)]
        self.child = ForkedTerminal(
            lambda: prompt_driver.run(*files), environ, rows=rows, columns=columns
        )
        self.size = (rows, columns)
        self.seen = ""
        self.past = 0

    def sees(self, *texts):
        """Wait until the texts have appeared on the screen, in this order."""
        for text in texts:
            while (at := self.text.find(text, self.past)) < 0:
                self._read(text)
            self.past = at + len(text)
        if "Review" in texts:
            time.sleep(GUARD_SECONDS)  # a page that nobody can have read ignores Enter

    def _read(self, wanted):
        try:
            self.seen += self.child.read_nonblocking(4096, timeout=8)
        except (pexpect.TIMEOUT, pexpect.EOF):
            pytest.fail(f"{wanted!r} does not appear after {self.text[self.past :][-800:]!r}")

    def types(self, *texts):
        for text in texts:
            time.sleep(0.03)
            self.child.send(text)

    def line(self, prompt, text=""):
        """Wait for a question, type an answer and press Enter."""
        self.sees(prompt, ">")
        self.types(text, ENTER)

    def ends(self, code=0):
        self.sees("exit ", ".")
        modes, _, ended = self.text.rpartition("exit ")
        assert ended.startswith(f"{code}.")
        assert " echo " in modes
        assert " icanon " in modes

    def saves(self):
        """Save on the review page, and return the answers."""
        self.sees("Review", "Save", "Esc goes back")
        self.types(ENTER)
        return self.answers()

    def answers(self):
        self.ends()
        return json.loads(self.answer_file.read_text())

    @property
    def driver(self):
        """The process ID of the driver."""
        return int(self.pid_file.read_text())

    @property
    def screen(self):
        """What the person sees now."""
        return Screen(*self.size).feed(self.seen).text

    @property
    def text(self):
        return ESCAPES.sub("", self.seen)


@pytest.fixture
def session(tmp_path):
    made = []

    def start(case, **more):
        made.append(Session(tmp_path, case, **more))
        return made[-1]

    yield start
    for one_session in made:
        one_session.child.close()


# Each kind of question


@pytest.mark.parametrize(
    ("it", "typed", "value"),
    [
        ({"type": "string"}, "hello", "hello"),
        ({"type": "string"}, '""', ""),
        ({"type": "string", "default": "here"}, "", "here"),
        ({"type": "string", "default": "here"}, "there", "there"),
        ({"type": "integer"}, "8080", 8080),
        ({"type": "integer", "default": 443}, "", 443),
        ({"type": "number"}, "1.5", 1.5),
        ({"type": "boolean"}, "n", False),
        ({"type": "boolean", "default": True}, "", True),
        ({"type": "boolean", "default": True}, "n", False),
        ({"enum": ["live", "test"]}, "test", "test"),
        ({"enum": ["live", "test"], "default": "test"}, "", "test"),
        ({"enum": [1, "1", None, True]}, DOWN, "1"),
        ({"enum": [f"zone-{n}" for n in range(40)]}, "zone-7", "zone-7"),
        ({"type": "array", "items": {"enum": ["a", "b", "c"]}}, f" {DOWN}{DOWN} ", ["a", "c"]),
        ({"type": ["string", "integer"]}, DOWN + ENTER + "7", 7),
        ({}, '{"a": [1, null]}', {"a": [1, None]}),
    ],
)
def test_each_kind_is_asked_and_answered(session, it, typed, value):
    asked = session({"config": schema("it", it={"title": "It", **it})})
    asked.sees("? It")
    asked.types(*re.findall(r"\x1b\[.|[^\x1b]", typed), ENTER)

    assert asked.saves() == [{"it": value}, {}]


def test_question_shows_help_rule_example_and_default(session):
    asked = session(
        {
            "config": schema(
                "port",
                port={
                    "title": "Port",
                    "description": "Where it <b>listens</b>.",
                    "type": "integer",
                    "minimum": 1,
                    "maximum": 65535,
                    "examples": [8443],
                    "default": 443,
                },
            )
        }
    )
    asked.sees("? Port", "Where it listens.", "a whole number, 1 to 65535", "e.g. 8443")
    asked.sees("Enter keeps 443")
    asked.types(ENTER)
    assert asked.saves() == [{"port": 443}, {}]


@pytest.mark.parametrize(
    ("it", "wrong", "reason", "right"),
    [
        ({"type": "integer"}, "many", "must be a whole number", "7"),
        ({"type": "integer", "minimum": 5}, "2", "is less than 5", "7"),
        ({"type": "number"}, "nan", "must be a number", "7"),
        ({"type": "string"}, "", "is required", "7"),
        ({"type": "string", "pattern": "^\\d$"}, "x123x", "does not have the required form", "7"),
        ({}, "{]}", "not JSON", "7"),
    ],
)
def test_invalid_answer_is_asked_again_with_the_reason(session, it, wrong, reason, right):
    asked = session({"config": schema("it", it={"title": "It", **it})})
    asked.line("? It", wrong)
    asked.sees("! It", reason, "? It", ">", wrong)
    asked.types("\x15", right, ENTER)
    asked.saves()
    assert "x123x is" not in asked.text


def test_address_is_completed_and_shown(session):
    site = {"type": "string", "title": "Site", "format": "uri", "pattern": "^https?://.*[^/]$"}
    asked = session({"config": schema("site", site=site)})
    asked.line("? Site", " blog.example.com/ ")
    asked.sees("Site: https://blog.example.com\n")
    assert asked.saves() == [{"site": "https://blog.example.com"}, {}]


def test_rejected_answer_stays_in_the_line(session):
    asked = session({"config": schema("it", it={"title": "It", "type": "string", "minLength": 8})})
    asked.line("? It", "seven..")
    for _ in range(7):
        asked.sees("! It is shorter than 8 characters", "> seven..")
        asked.types(ENTER)
    asked.sees("! It is shorter than 8 characters", "> seven..")
    assert asked.screen.count("is shorter than 8") == 1
    assert "Settings" in asked.screen
    asked.types("!", ENTER)
    assert asked.saves() == [{"it": "seven..!"}, {}]


def test_list_shows_its_entries_and_drops_one(session):
    item = {
        **schema("name", "pass", name={"type": "string"}, **{"pass": {"type": "string"}}),
        "title": "Host",
    }
    item["properties"]["pass"]["writeOnly"] = True
    asked = session({"config": schema("it", it={"title": "Hosts", "type": "array", "items": item})})
    asked.sees("Add to Hosts?")
    asked.types("y", ENTER)
    for name, another in (("alpha", "yes"), ("beta", "yes"), ("gamma", "drop")):
        asked.line("Name", name)
        asked.line("Pass", SECRET + name)
        asked.sees("so far", f"{name}, ••••••", "no more")
        asked.types(another, ENTER)
    asked.sees("drop which one?")
    asked.types("beta", ENTER)
    asked.sees("2 so far", "gamma", "no more")
    asked.types(ENTER)

    hosts = [{"name": name, "pass": SECRET + name} for name in ("alpha", "gamma")]
    assert asked.saves() == [{"it": hosts}, {}]
    assert SECRET not in asked.seen


def test_map_refuses_a_name_twice(session):
    values = {"type": "object", "title": "Headers", "additionalProperties": {"type": "integer"}}
    asked = session({"config": schema("it", it=values)})
    asked.sees("Add to Headers?")
    asked.types("y", ENTER)
    asked.line("name of the next entry", "a")
    asked.line("Headers > a", "1")
    asked.sees("1 so far")
    asked.types("yes", ENTER)
    asked.line("name of the next entry", "a")
    asked.sees("that name is there already")
    asked.line("name of the next entry", "\x15b")
    asked.line("Headers > b", "2")
    asked.sees("2 so far")
    asked.types(ENTER)
    assert asked.saves() == [{"it": {"a": 1, "b": 2}}, {}]


def test_ctrl_d_ends_a_text_of_many_lines(session):
    asked = session({"config": one("string", multiline=True)})
    asked.sees("? It", "Ctrl-D ends", ">")
    asked.types("one", ENTER, "two", "\x04")
    assert asked.saves() == [{"it": "one\ntwo"}, {}]


def test_json_input_continues_until_its_brackets_are_closed(session):
    asked = session({"config": schema("it", it={"title": "It"})})
    asked.line("? It", '{"a":')
    asked.types("1}", ENTER)
    assert asked.saves() == [{"it": {"a": 1}}, {}]


# Optional settings


MANY_FIELDS = {f"f{n:02}": {"type": "string", "title": f"Field {n}"} for n in range(12)}


def test_of_many_optional_fields_some_are_chosen(session):
    asked = session({"config": schema("it", it={"type": "string", "title": "It"}, **MANY_FIELDS)})
    asked.sees("It", ">")
    asked.types("x", ENTER)
    asked.sees("Optional settings (12)?", "none", "choose some", "all")
    asked.types(DOWN, ENTER)
    asked.sees("Fill in which ones?", "Space ticks")
    asked.types(ESCAPE)
    asked.sees("Optional settings (12)?", "choose some")
    asked.types(ENTER)
    asked.sees("Fill in which ones?", "Space ticks")
    asked.types(DOWN, " ", "f10", ENTER, ENTER)
    asked.sees("Field 1", ">")
    asked.types("one", ENTER)
    asked.sees("Field 10", ">")
    asked.types("ten", ENTER)
    assert asked.saves()[0] == {"it": "x", "f01": "one", "f10": "ten"}


def test_group_is_left_at_any_point(session):
    asked = session({"config": schema(**MANY_FIELDS)})
    asked.sees("Optional settings (12)?", "all, one after the other")
    asked.types(DOWN, DOWN, ENTER)
    asked.sees("Ctrl-O leaves out the rest", "Field 0", ">")
    asked.types("zero", ENTER)
    asked.sees("Field 1", ">")
    asked.types(CTRL_O)
    assert asked.saves()[0] == {"f00": "zero"}


def test_back_after_leaving_a_group_asks_its_last_field_again(session):
    asked = session({"config": schema(**MANY_FIELDS)})
    asked.sees("Optional settings (12)?", "all, one after the other")
    asked.types(DOWN, DOWN, ENTER)
    asked.sees("Field 0", ">")
    asked.types("zero", ENTER)
    asked.sees("Field 1", ">")
    asked.types(CTRL_O)
    asked.sees("Review", "Save")
    asked.types(ESCAPE)
    asked.sees("Field 0", "Enter keeps zero")
    asked.types(ENTER)
    asked.sees("Field 1", ">")
    asked.types("one", ENTER)
    asked.sees("Field 2", ">")
    asked.types(CTRL_O)
    assert asked.saves()[0] == {"f00": "zero", "f01": "one"}


def test_none_of_many_fields_leaves_all_out(session):
    asked = session({"config": schema(**MANY_FIELDS)})
    asked.sees("Optional settings (12)?", "none")
    asked.types(ENTER)
    assert asked.saves()[0] == {}


OPTIONAL = schema(
    "host",
    host={"type": "string", "title": "Host"},
    port={"type": "integer", "title": "Port", "default": 80},
    path={"type": "string", "title": "Path"},
)


def test_optional_settings_are_one_question_and_no_skips_them(session):
    asked = session({"config": OPTIONAL})
    asked.line("? Host", "h")
    asked.sees("Optional settings (2)?", "Port, Path", "(y/N)")
    asked.types(ENTER)
    assert asked.saves() == [{"host": "h"}, {}]


def test_optional_settings_are_asked_after_yes(session):
    asked = session({"config": OPTIONAL})
    asked.line("? Host", "h")
    asked.sees("Optional settings (2)?")
    asked.types("y", ENTER)
    asked.line("? Port")
    asked.sees("Enter leaves it out")
    asked.line("", "/x")
    assert asked.saves() == [{"host": "h", "port": 80, "path": "/x"}, {}]


def test_optional_credentials_are_asked_by_default(session):
    auth = schema(user={"type": "string", "title": "User"}, key=KEY["properties"]["key"])
    asked = session({"auth": auth})
    asked.sees("Enter credentials?", "User, Key", "(Y/n)")
    asked.types(ENTER)
    asked.line("? User", "me")
    asked.line("? Key", "k")
    assert asked.saves() == [{}, {"user": "me", "key": "k"}]


def test_single_optional_setting_is_asked_directly(session):
    asked = session({"config": schema(path={"type": "string", "title": "Path"})})
    asked.line("? Path")
    assert asked.saves() == [{}, {}]


def test_ctrl_x_leaves_out_a_value_with_a_default(session):
    asked = session({"config": schema(path={"type": "string", "title": "Path", "default": "/"})})
    asked.sees("? Path", "Ctrl-X leaves it out")
    asked.types("\x18")
    assert asked.saves() == [{}, {}]


# Going back


@pytest.mark.parametrize("back", [ESCAPE, SHIFT_TAB, "\x02", "<" + ENTER])
def test_going_back_crosses_from_credentials_to_settings(session, back):
    config = schema("host", host={"type": "string", "title": "Host"})
    auth = schema("user", user={"type": "string", "title": "User"})
    asked = session({"config": config, "auth": auth})
    asked.line("? Host", "one")
    asked.sees("? User", ">")
    asked.types(*([back] if back.startswith("\x1b") else back))
    asked.sees("? Host", "Enter keeps one")
    asked.line("", "two")
    asked.line("? User", "me")
    assert asked.saves() == [{"host": "two"}, {"user": "me"}]


@pytest.mark.parametrize("kind", ["text", "secret", "boolean", "choice", "lines"])
def test_escape_at_the_first_question_cancels(session, kind):
    asked = session({"config": schema("it", it={"title": "It", **KINDS[kind]})})
    asked.sees("? It", "Esc goes back")
    asked.types(ESCAPE)
    asked.ends(130)


def test_escape_ends_a_search_before_it_goes_back(session):
    config = schema("host", "zone", host={"type": "string"}, zone={"enum": ["a", "b"]})
    asked = session({"config": config})
    asked.line("? Host", "one")
    asked.sees("? Zone", "Esc goes back")
    asked.types("b")
    asked.sees("search: b", "Esc ends the search")
    asked.types(ESCAPE)
    asked.sees("Esc goes back")
    asked.types(ESCAPE)
    asked.sees("? Host", "Enter keeps one", ">")
    asked.types(ENTER)
    asked.sees("? Zone", "Esc goes back")
    asked.types(ENTER)
    assert asked.saves() == [{"host": "one", "zone": "a"}, {}]


def test_escape_goes_back_from_the_review_of_an_install_and_cancels_an_edit(session):
    asked = session({"config": schema("host", host={"type": "string", "title": "Host"})})
    asked.line("? Host", "one")
    asked.sees("Review", "Esc goes back")
    asked.types(ESCAPE)
    asked.line("? Host", "two")
    assert asked.saves() == [{"host": "two"}, {}]
    edited = session({"config": OPTIONAL, "auth": KEY, "current": CURRENT})
    edited.sees("Review", "Esc goes back")
    edited.types(ESCAPE)
    edited.ends(130)


def test_going_back_from_a_hidden_question(session):
    asked = session({"config": schema("host", host={"type": "string"}), "auth": KEY})
    asked.line("? Host", "one")
    asked.line("? Key", "<")
    asked.line("? Host")
    asked.line("? Key", "k")
    assert asked.saves() == [{"host": "one"}, {"key": "k"}]


def test_going_back_skips_questions_that_were_not_asked(session):
    auth = schema("user", user={"type": "string", "title": "User"})
    asked = session({"config": OPTIONAL, "auth": auth})
    asked.line("? Host", "one")
    asked.sees("Optional settings (2)?")
    asked.types(ENTER)
    asked.sees("? User", ">")
    asked.types(SHIFT_TAB)
    asked.sees("? Host", "Enter keeps one", ">")
    asked.types(ENTER)
    asked.sees("Optional settings (2)?")
    asked.types("y", ENTER)
    asked.sees("? Port", ">")
    asked.types(SHIFT_TAB)
    asked.sees("Optional settings (2)?")
    asked.types(ENTER)
    asked.line("? User", "me")
    assert asked.saves() == [{"host": "one"}, {"user": "me"}]


# The review page


def test_review_shows_secrets_as_dots_and_changes_an_answer(session):
    auth = schema("key", key={"type": "string", "title": "Key", "writeOnly": True})
    asked = session({"config": OPTIONAL, "auth": auth})
    asked.line("? Host", "one")
    asked.sees("Optional settings")
    asked.types(ENTER)
    asked.line("? Key", SECRET)
    asked.sees("Review", "Save", "Host", "one", "Port", "—", "Key", "••••••", "Start over", "Leave")
    asked.types(DOWN, ENTER)
    asked.sees("? Host", "Enter keeps one", ">")
    asked.types("two", ENTER)
    assert asked.saves() == [{"host": "two"}, {"key": SECRET}]
    assert SECRET not in asked.seen


def test_going_back_cancels_a_change_from_the_review(session):
    asked = session({"config": schema("host", host={"type": "string", "title": "Host"})})
    asked.line("? Host", "one")
    asked.sees("Review", "Leave")
    asked.types(DOWN, ENTER)
    asked.sees("? Host", "Enter keeps one", ">")
    asked.types(SHIFT_TAB)
    assert asked.saves() == [{"host": "one"}, {}]


def test_review_discards_what_was_typed_before_it_was_shown(session):
    asked = session({"config": schema("host", host={"type": "string", "title": "Host"})})
    asked.sees("? Host", ">")
    asked.child.send("one" + ENTER * 20)
    asked.sees("Review", "Save", "Esc goes back")
    time.sleep(1)
    assert asked.child.isalive()
    asked.types(ENTER)
    assert asked.answers() == [{"host": "one"}, {}]


def test_start_over_forgets_every_answer(session):
    asked = session({"config": schema("host", host={"type": "string", "title": "Host"})})
    asked.line("? Host", "one")
    asked.sees("Review", "Leave")
    asked.types("start", ENTER)
    asked.line("? Host", "two")
    assert asked.saves() == [{"host": "two"}, {}]


def test_leave_without_saving_cancels(session):
    asked = session({"config": schema("host", host={"type": "string", "title": "Host"})})
    asked.line("? Host", "one")
    asked.sees("Review", "Leave")
    asked.types(UP, ENTER)
    asked.ends(130)


def test_field_that_another_one_excludes_is_not_asked(session):
    config = {**schema(a={"type": "string"}, b={"type": "string"}), "not": {"required": ["a", "b"]}}
    asked = session({"config": config})
    asked.sees("Optional settings (2)?")
    asked.types("y", ENTER)
    asked.line("? A", "1")
    assert asked.saves() == [{"a": "1"}, {}]


def test_answer_that_makes_the_values_contradict_each_other_is_refused(session):
    config = schema("a", a={"type": "integer"}, b={"type": "integer"})
    config["oneOf"] = [
        {"title": "Small", "properties": {"a": {"maximum": 5}}},
        {"title": "Any", "properties": {"b": {"minimum": 1}}},
    ]
    asked = session({"config": config})
    asked.sees("Small", "Any", "picks")
    asked.types(ENTER)
    asked.line("? A", "3")
    asked.line("? B", "2")
    asked.sees("B does not fit: the form fits more than one", "Small")
    asked.line("? B", "\x150")
    assert asked.saves() == [{"a": 3, "b": 0}, {}]


def test_value_or_null_is_one_question(session):
    nullable = {"type": ["integer", "null"]}
    asked = session({"config": schema("port", port=nullable, size=nullable)})
    asked.sees("? Port", "Enter means nothing (null)", ">")
    asked.types(ENTER)
    asked.line("? Size", "3")
    assert asked.saves() == [{"port": None, "size": 3}, {}]


def test_last_question_is_whether_to_publish(session):
    host = schema("host", host={"type": "string", "title": "Host"})
    asked = session({"config": host, "details": {"name": "blog", "asks_status": True}})
    asked.line("? Host", "one")
    asked.sees("Publish with it now?", "(Y/n)")
    asked.types(ESCAPE)
    asked.line("? Host")
    asked.sees("Publish with it now?", "(Y/n)")
    asked.types(ENTER)
    asked.sees("Review", "Save", "Name", "blog", "Status", "active", "Tags", "—", "Host", "one")
    asked.types(ENTER)
    assert asked.answers() == [{"host": "one"}, {}, ["blog", "active"]]


def test_failed_save_returns_to_the_review_with_every_answer(session):
    asked = session({"auth": KEY, "failures": 2})
    asked.line("? Key", SECRET)
    for _ in range(2):
        asked.sees("Review", "Save", "Esc goes back")
        asked.types(ENTER)
        asked.sees("Review", "! not saved: no key here", "hint: connectors key generate")
        asked.past = asked.text.rindex("Review") - 1
    assert asked.saves() == [{}, {"key": SECRET}]
    assert SECRET not in asked.seen


def test_review_changes_name_status_and_tags(session):
    host = schema("host", host={"type": "string", "title": "Host"})
    asked = session({"config": host, "details": {"name": "blog", "taken": ["news"]}})
    asked.line("? Host", "one")
    asked.sees("Review", "inactive", "Leave")
    asked.types("Name", ENTER)
    asked.sees("? Name", "Enter takes blog", ">")
    asked.types("news", ENTER)
    asked.sees("! news is taken", "> news")
    asked.types("-2", ENTER)
    asked.sees("Review", "news-2", "Leave")
    asked.types("Tags", ENTER)
    asked.sees("? Tags", ">")
    asked.types("prod, eu", ENTER)
    asked.sees("Review", "prod, eu", "Leave")
    asked.types("Status", ENTER)
    asked.sees("Publish with it now?", "(y/N)")
    asked.types("y", ENTER)
    assert asked.saves() == [{"host": "one"}, {}, ["news-2", "active", "prod", "eu"]]


def test_other_branch_asks_its_own_questions(session):
    token = schema("kind", "token", kind={"const": "token"}, token={"type": "string"})
    key = schema("kind", "file", kind={"const": "key"}, file={"type": "string", "title": "File"})
    how = {"title": "How", "oneOf": [{"title": "By token", **token}, {"title": "By key", **key}]}
    asked = session({"config": schema("how", how=how)})
    asked.sees("? How", "By key", "picks")
    asked.types(ENTER)
    asked.line("? How > Token", "t")
    asked.sees("Review", "Leave")
    asked.types(DOWN, ENTER)
    asked.sees("? How", "By key", "picks")
    asked.types(DOWN, ENTER)
    asked.line("? How > File", "f")
    assert asked.saves() == [{"how": {"kind": "key", "file": "f"}}, {}]


def test_choice_between_kinds_of_credentials_does_not_repeat_the_heading(session):
    either = {"anyOf": [{"title": "By key", "required": ["key"]}, {"title": "By pin"}]}
    auth = {**schema(**KEY["properties"]), **either, "title": "Access", "description": "A key."}
    asked = session({"auth": auth})
    asked.sees("Access", "A key.", "? Kind of credentials", "By key", "picks")
    asked.types(ENTER)
    asked.line("? Key", "k")
    asked.sees("Review", "Kind of credentials", "By key", "Leave")
    asked.types("Save", ENTER)
    assert asked.answers() == [{}, {"key": "k"}]
    assert asked.text.count("A key.") == 1


def test_given_values_are_not_asked(session):
    asked = session({"config": OPTIONAL, "given": {"config": {"host": "h", "port": 1}}})
    asked.line("? Path", "/")
    asked.sees("Review", "given already: host, port")
    asked.types(ENTER)
    assert asked.answers() == [{"host": "h", "port": 1, "path": "/"}, {}]


# Secrets


KEY = schema("key", key={"type": "string", "title": "Key", "writeOnly": True})


def test_secret_of_5000_bytes_is_read_completely(session):
    secret = "".join(f"{n:05}" for n in range(1000))
    asked = session({"auth": KEY})
    asked.sees("? Key", "input is hidden", ">")
    asked.types(secret, ENTER)
    assert asked.saves() == [{}, {"key": secret}]
    assert "00001" not in asked.seen


@pytest.mark.parametrize("form", [PASTE, "{}"])
def test_pasted_secret_of_many_lines_is_one_answer(session, form):
    lines = ["-----BEGIN KEY-----", *(f"{n:02}" * 32 for n in range(40)), "-----END KEY-----"]
    asked = session({"auth": KEY})
    asked.sees("? Key", "input is hidden", ">")
    asked.types(form.format("\r".join(lines)))
    time.sleep(0.3)
    asked.types(ENTER)
    assert asked.saves() == [{}, {"key": "\n".join(lines)}]
    assert "0101" not in asked.seen


def test_pasted_secret_of_one_line_loses_its_line_end(session):
    asked = session({"auth": KEY})
    asked.sees("? Key", "input is hidden", ">")
    asked.types(PASTE.format(SECRET + "\n"), ENTER)
    assert asked.saves() == [{}, {"key": SECRET}]


def test_secret_is_read_from_a_file(session, tmp_path):
    (tmp_path / "key.pem").write_text(f"{SECRET}\nsecond\n")
    asked = session({"auth": KEY})
    asked.line("? Key", "file:/no/such/file")
    asked.sees("Key cannot be read from a file", "No such file")
    asked.line("? Key", f"file:{tmp_path}/key.pem")
    assert asked.saves() == [{}, {"key": f"{SECRET}\nsecond\n"}]
    assert SECRET not in asked.seen


def test_invalid_secret_is_not_repeated(session):
    auth = schema("key", key={**KEY["properties"]["key"], "maxLength": 5})
    asked = session({"auth": auth})
    asked.line("? Key", SECRET)
    asked.sees("Key is longer than 5 characters")
    asked.line("? Key", "\x15short")
    assert asked.saves() == [{}, {"key": "short"}]
    assert SECRET not in asked.seen


def test_field_that_is_named_like_a_secret_is_hidden_unless_shown(session):
    asked = session({"config": schema("api_token", api_token={"type": "string"})})
    asked.sees("? API token", "Ctrl-T shows it", ">")
    asked.types(SECRET, ENTER)
    assert asked.saves() == [{"api_token": SECRET}, {}]
    assert SECRET not in asked.seen


# Editing


CURRENT = [{"host": "one", "path": "/p"}, {"key": SECRET}]


def test_edit_begins_with_the_review_and_keeps_the_values(session):
    asked = session({"config": OPTIONAL, "auth": KEY, "current": CURRENT})
    asked.sees("Review", "Host", "one", "Port", "—", "Path", "/p", "Key", "••••••")
    asked.types(ENTER)
    assert asked.answers() == CURRENT
    assert SECRET not in asked.seen


def test_edit_shows_only_that_a_secret_is_set_and_enter_keeps_it(session):
    asked = session({"config": OPTIONAL, "auth": KEY, "current": CURRENT})
    asked.sees("Review", "Leave")
    asked.types("Key", ENTER)
    asked.sees("? Key", "set — Enter keeps it", ">")
    asked.types(ENTER)
    assert asked.saves() == CURRENT
    assert SECRET not in asked.seen
    assert str(len(SECRET)) not in asked.text.partition("speed")[0]


def test_edit_replaces_a_secret_and_unsets_a_setting(session):
    asked = session({"config": OPTIONAL, "auth": KEY, "current": CURRENT})
    asked.sees("Review", "Leave")
    asked.types("Key", ENTER)
    asked.line("? Key", "another")
    asked.sees("Review", "Leave")
    asked.types("Path", ENTER)
    asked.sees("? Path", ">")
    asked.types("\x18")
    assert asked.saves() == [{"host": "one"}, {"key": "another"}]


def test_edit_goes_back_only_to_changed_values(session):
    asked = session({"config": OPTIONAL, "auth": KEY, "current": CURRENT})
    asked.sees("Review", "Leave", "picks")
    asked.types(SHIFT_TAB)
    asked.sees("Review", "Leave")
    asked.types("Host", ENTER)
    asked.line("? Host", "two")
    asked.sees("Review", "Leave", "picks")
    asked.types(SHIFT_TAB)
    asked.line("? Host", "three")
    assert asked.saves() == [{"host": "three", "path": "/p"}, {"key": SECRET}]


def test_edit_starts_over_from_the_stored_values(session):
    asked = session({"config": OPTIONAL, "auth": KEY, "current": CURRENT})
    asked.sees("Review", "Leave")
    asked.types("Host", ENTER)
    asked.line("? Host", "two")
    asked.sees("Review", "Leave")
    asked.types("start", ENTER)
    assert asked.saves() == CURRENT


def test_edit_asks_for_values_that_no_longer_fit(session):
    asked = session({"config": OPTIONAL, "auth": KEY, "current": [{"host": 5}, {"key": SECRET}]})
    asked.line("? Host", "two")
    assert asked.saves() == [{"host": "two"}, {"key": SECRET}]


# Cancelling


KINDS = {
    "text": {"type": "string"},
    "secret": {"type": "string", "writeOnly": True},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "boolean with default": {"type": "boolean", "default": True},
    "choice": {"enum": ["a", "b"]},
    "choices": {"type": "array", "items": {"enum": ["a", "b"]}},
    "branch": {"type": ["string", "integer"]},
    "more": {"type": "array", "items": {"type": "string"}},
    "key": {"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1},
    "json": {},
    "lines": {"type": "string", "multiline": True},
}


@pytest.mark.parametrize("kind", KINDS)
def test_ctrl_c_cancels_each_kind(session, kind):
    asked = session({"config": schema("it", it={"title": "It", **KINDS[kind]})})
    asked.sees("It")
    time.sleep(0.2)
    asked.types("\x03")
    asked.ends(130)
    assert json.loads(asked.answer_file.read_text()) == {
        "cancelled": "Cancelled. Nothing was saved."
    }


def test_ctrl_c_cancels_an_optional_object(session):
    proxy = schema("url", url={"type": "string"})
    asked = session({"config": schema(proxy={"title": "Proxy", **proxy})})
    asked.sees("Add Proxy?")
    asked.types("\x03")
    asked.ends(130)


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130), (signal.SIGQUIT, 131)],
)
@pytest.mark.parametrize("kind", ["secret", "text", "choice"])
def test_signal_restores_the_terminal(session, number, code, kind):
    asked = session({"config": schema("it", it={"title": "It", **KINDS[kind]})})
    asked.sees("? It")
    time.sleep(0.2)
    os.kill(asked.driver, number)
    asked.ends(code)


def test_program_ends_when_its_terminal_goes_away(session):
    asked = session({"auth": KEY})
    asked.sees("? Key", ">")
    pid = asked.driver
    asked.child.close()
    for _ in range(50):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail("the driver is still running")


def test_prompts_are_not_on_standard_output(tmp_path):
    (tmp_path / "case.json").write_text(
        json.dumps({"ask": "confirm", "question": "Go?", "default": True})
    )
    line = f"{sys.executable} {DRIVER} {tmp_path}/case.json > {tmp_path}/out"
    child = pexpect.spawn(
        "/bin/sh", ["-c", line], env={"PYTHONPATH": str(ROOT), "TERM": "xterm"}, timeout=8
    )
    child.expect_exact("Go?")
    child.send(ENTER)
    child.expect(pexpect.EOF)
    child.close()
    assert (tmp_path / "out").read_text() == "true\n"


def test_terminal_is_needed(tmp_path):
    (tmp_path / "case.json").write_text(json.dumps({"ask": "secret", "title": "Key"}))
    done = subprocess.run(
        [sys.executable, str(DRIVER), str(tmp_path / "case.json")],
        input=SECRET,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(ROOT)},
    )
    assert "InputNeeded: not running in a terminal, so it cannot ask" in done.stderr
    assert SECRET not in done.stdout + done.stderr


# How it looks


def test_narrow_terminal_shows_every_line_whole(session):
    long = {"title": "A setting", "description": "word " * 60, "type": "string"}
    asked = session({"config": schema("it", it=long)}, columns=60)
    asked.line("? A setting", "x")
    asked.saves()
    words = asked.text.split("stty")[0].partition("speed")[0]
    assert all(len(line) <= 60 for line in words.split("\n"))


@pytest.mark.parametrize(
    ("env", "color"), [({"NO_COLOR": "1"}, None), ({"TERM": "dumb"}, None), ({}, False)]
)
def test_colour_can_be_turned_off(session, env, color):
    asked = session({"config": OPTIONAL, "auth": KEY, "color": color}, env=env)
    asked.line("? Host", "")
    asked.line("? Host", "h")
    asked.sees("Optional settings")
    asked.types(ENTER)
    asked.line("? Key", "k")
    asked.saves()
    assert not COLOURS.search(asked.seen)


def test_prompts_are_coloured_by_default(session):
    asked = session({"config": schema("it", it={"type": "string"})})
    asked.line("? It", "h")
    asked.saves()
    assert COLOURS.search(asked.seen)


def test_titles_and_help_cannot_act_on_the_terminal(session):
    evil = "\x1b]0;owned\x07 [red]R[/red] \u202e <script>x</script> <b>bold</b>"
    it = {"title": evil, "description": evil, "enum": [evil, "b"]}
    asked = session({"name": evil, "config": {**schema("it", it=it), "title": evil}})
    asked.sees("? ", "picks")
    asked.types(ENTER)
    assert asked.saves() == [{"it": evil}, {}]
    assert "\x1b]0" not in asked.seen
    assert "\u202e" not in asked.seen
    assert "[red]R[/red]" in asked.text


# The other questions


ENTRIES = [
    {"key": "wordpress", "name": "WordPress", "category": "Web"},
    {"key": "twitter", "name": "X (Twitter)", "category": "Social"},
    {
        "key": "medium",
        "name": "Medium",
        "category": "Web",
        "lifecycle": "closed",
        "notice": "Medium issues no new tokens.",
    },
]


def test_type_is_searched_and_picked(session):
    asked = session({"ask": "type", "entries": ENTRIES})
    asked.sees(
        "Which service?", "WordPress", "wordpress · Web", "X (Twitter)", "medium · Web · closed"
    )
    asked.types("medi")
    asked.sees("Medium issues no new tokens.")
    asked.types(ENTER)
    assert asked.answers() == "medium"


def test_search_without_a_match_picks_nothing(session):
    asked = session({"ask": "type", "entries": ENTRIES})
    asked.sees("Which service?", "picks")
    asked.types("zzz")
    asked.sees("nothing matches")
    asked.types(ENTER, "\x15", "soc", ENTER)
    assert asked.answers() == "twitter"


def test_type_is_found_despite_a_typo_as_in_the_catalog(session):
    mastodon = {"key": "mastodon", "name": "Mastodon", "category": "Social"}
    asked = session({"ask": "type", "entries": [*ENTRIES, mastodon]})
    asked.sees("Which service?", "picks")
    asked.types("mastadon")
    asked.sees("search: mastadon", "1 of 4")
    asked.types(ENTER)
    assert asked.answers() == "mastodon"


def test_list_of_services_uses_the_height_of_the_terminal(session):
    entries = [{"key": f"s{n:02}", "name": f"Service {n:02}"} for n in range(60)]
    asked = session({"ask": "type", "entries": entries}, rows=50)
    asked.sees("Service 00", "Service 44", "picks")
    asked.types("\x03")
    asked.ends(130)


def test_name_is_asked_until_it_is_free(session):
    asked = session({"ask": "name", "default": "blog", "taken": ["blog"]})
    asked.line("? Name")
    asked.sees("! it is taken", "? Name", "> blog")
    asked.types("-2", ENTER)
    assert asked.answers() == "blog-2"


@pytest.mark.parametrize(("typed", "value"), [("", True), ("n", False), ("y", True)])
def test_confirmation(session, typed, value):
    asked = session({"ask": "confirm", "question": "Remove blog?", "default": True})
    asked.sees("Remove blog?", "(Y/n)")
    asked.types(typed, ENTER)
    assert asked.answers() is value


@pytest.mark.parametrize(("typed", "value"), [("", False), ("blo", False), ("blog", True)])
def test_name_typed_to_confirm(session, typed, value):
    asked = session({"ask": "type_to_confirm", "what": "blog"})
    asked.line("Type blog to confirm", typed)
    assert asked.answers() is value


def test_secret_is_asked_until_it_is_not_empty(session):
    asked = session({"ask": "secret", "title": "Passphrase"})
    asked.line("? Passphrase")
    asked.sees("it is required")
    asked.line("? Passphrase", SECRET)
    assert asked.answers() == SECRET
    assert SECRET not in asked.seen
