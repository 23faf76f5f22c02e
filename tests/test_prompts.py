import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pexpect = pytest.importorskip("pexpect")
if sys.platform == "win32":
    pytest.skip("no pseudo-terminals", allow_module_level=True)

DRIVER = Path(__file__).with_name("prompt_driver.py")
ROOT = DRIVER.parent.parent
SECRET = "canary-5up3r-s3cr3t"
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r")
COLOURS = re.compile(r"\x1b\[[0-9;]*\b(?:3[0-9]|4[0-9]|9[0-7]|10[0-7])\b[0-9;]*m")
PASTE = "\x1b[200~{}\x1b[201~"
DOWN, UP, SHIFT_TAB, ENTER = "\x1b[B", "\x1b[A", "\x1b[Z", "\r"


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
    """A person at a terminal whom the driver asks."""

    def __init__(self, tmp_path, case, columns=80, env=()):
        (tmp_path / "case.json").write_text(json.dumps(case))
        self.answer_file = tmp_path / "answer.json"
        environ = {"PATH": "/usr/bin:/bin", "TERM": "xterm", "PYTHONPATH": str(ROOT)}
        environ |= {"LANG": "C.UTF-8", "PYTHONUTF8": "1", **dict(env)}
        script = '"$@"; code=$?; stty -a; echo "exit $code."'
        line = [sys.executable, "-W", "error", str(DRIVER), str(tmp_path / "case.json")]
        self.child = pexpect.spawn(
            "/bin/sh",
            ["-c", script, "sh", *line, str(self.answer_file)],
            env=environ,
            dimensions=(24, columns),
            encoding="utf-8",
            timeout=8,
        )
        self.child.delaybeforesend = None
        self.child.ptyproc.delayafterclose = self.child.ptyproc.delayafterterminate = 0.01
        self.seen = ""
        self.past = 0

    def sees(self, *texts):
        """Wait until the texts stand on the screen, one after the other."""
        for text in texts:
            while (at := self.text.find(text, self.past)) < 0:
                self._read(text)
            self.past = at + len(text)

    def _read(self, wanted):
        try:
            self.seen += self.child.read_nonblocking(4096, timeout=8)
        except (pexpect.TIMEOUT, pexpect.EOF):
            pytest.fail(f"{wanted!r} does not come after {self.text[self.past :][-800:]!r}")

    def types(self, *texts):
        for text in texts:
            time.sleep(0.03)
            self.child.send(text)

    def line(self, prompt, text=""):
        """Wait for a question, answer it and press Enter."""
        self.sees(prompt, ">")
        self.types(text, ENTER)

    def ends(self, code=0):
        self.sees("exit ", ".")
        modes, _, ended = self.text.rpartition("exit ")
        assert ended.startswith(f"{code}.")
        assert " echo " in modes
        assert " icanon " in modes

    def saves(self):
        """Save on the review page, and return the answer."""
        self.sees("Review", "Save")
        self.types(ENTER)
        return self.answers()

    def answers(self):
        self.ends()
        return json.loads(self.answer_file.read_text())

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
        one_session.child.close(force=True)


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


def test_question_tells_help_rule_example_and_default(session):
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
def test_wrong_answer_is_asked_again_with_the_reason(session, it, wrong, reason, right):
    asked = session({"config": schema("it", it={"title": "It", **it})})
    asked.line("? It", wrong)
    asked.sees(reason)
    asked.line("? It", right)
    asked.saves()
    assert "x123x is" not in asked.text


def test_list_shows_what_was_entered_and_drops_an_entry(session):
    item = {
        **schema("name", "pass", name={"type": "string"}, **{"pass": {"type": "string"}}),
        "title": "Host",
    }
    item["properties"]["pass"]["writeOnly"] = True
    asked = session({"config": schema("it", it={"title": "Hosts", "type": "array", "items": item})})
    asked.sees("Add to Hosts?")
    asked.types("y", ENTER)
    for name, another in (("alpha", "yes"), ("beta", "yes"), ("gamma", "drop")):
        asked.line("name", name)
        asked.line("pass", SECRET + name)
        asked.sees("so far", f"{name}, ••••••", "no more")
        asked.types(another, ENTER)
    asked.sees("drop which one?")
    asked.types("beta", ENTER)
    asked.sees("2 so far", "gamma", "no more")
    asked.types(ENTER)

    hosts = [{"name": name, "pass": SECRET + name} for name in ("alpha", "gamma")]
    assert asked.saves() == [{"it": hosts}, {}]
    assert SECRET not in asked.seen


def test_map_asks_names_and_refuses_one_twice(session):
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
    asked.line("name of the next entry", "b")
    asked.line("Headers > b", "2")
    asked.sees("2 so far")
    asked.types(ENTER)
    assert asked.saves() == [{"it": {"a": 1, "b": 2}}, {}]


def test_text_of_many_lines_ends_with_ctrl_d(session):
    asked = session({"config": one("string", multiline=True)})
    asked.sees("? It", "Ctrl-D ends", ">")
    asked.types("one", ENTER, "two", "\x04")
    assert asked.saves() == [{"it": "one\ntwo"}, {}]


def test_json_goes_on_until_its_brackets_are_closed(session):
    asked = session({"config": schema("it", it={"title": "It"})})
    asked.line("? It", '{"a":')
    asked.types("1}", ENTER)
    assert asked.saves() == [{"it": {"a": 1}}, {}]


# Optional settings


OPTIONAL = schema(
    "host",
    host={"type": "string", "title": "Host"},
    port={"type": "integer", "title": "Port", "default": 80},
    path={"type": "string", "title": "Path"},
)


def test_optional_settings_are_one_question_and_no_leaves_them_out(session):
    asked = session({"config": OPTIONAL})
    asked.line("? Host", "h")
    asked.sees("Optional settings (2)?", "Port, Path", "(y/N)")
    asked.types(ENTER)
    assert asked.saves() == [{"host": "h"}, {}]


def test_optional_settings_are_asked_on_yes(session):
    asked = session({"config": OPTIONAL})
    asked.line("? Host", "h")
    asked.sees("Optional settings (2)?")
    asked.types("y", ENTER)
    asked.line("? Port")
    asked.sees("Enter leaves it out")
    asked.line("", "/x")
    assert asked.saves() == [{"host": "h", "port": 80, "path": "/x"}, {}]


def test_single_optional_setting_is_asked_itself(session):
    asked = session({"config": schema(path={"type": "string", "title": "Path"})})
    asked.line("? Path")
    assert asked.saves() == [{}, {}]


def test_ctrl_x_leaves_out_what_has_a_default(session):
    asked = session({"config": schema(path={"type": "string", "title": "Path", "default": "/"})})
    asked.sees("? Path", "Ctrl-X leaves it out")
    asked.types("\x18")
    assert asked.saves() == [{}, {}]


# Going back


@pytest.mark.parametrize("back", [SHIFT_TAB, "\x02", "<" + ENTER])
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


def test_going_back_from_a_hidden_question(session):
    asked = session({"config": schema("host", host={"type": "string"}), "auth": KEY})
    asked.line("? host", "one")
    asked.line("? Key", "<")
    asked.line("? host")
    asked.line("? Key", "k")
    assert asked.saves() == [{"host": "one"}, {"key": "k"}]


def test_going_back_passes_over_what_was_not_asked(session):
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


def test_review_shows_answers_secrets_as_dots_and_changes_one(session):
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


def test_review_change_is_undone_by_going_back(session):
    asked = session({"config": schema("host", host={"type": "string", "title": "Host"})})
    asked.line("? Host", "one")
    asked.sees("Review", "Leave")
    asked.types(DOWN, ENTER)
    asked.sees("? Host", "Enter keeps one", ">")
    asked.types(SHIFT_TAB)
    assert asked.saves() == [{"host": "one"}, {}]


def test_review_starts_over(session):
    asked = session({"config": schema("host", host={"type": "string", "title": "Host"})})
    asked.line("? Host", "one")
    asked.sees("Review", "Leave")
    asked.types("start", ENTER)
    asked.line("? Host", "two")
    assert asked.saves() == [{"host": "two"}, {}]


def test_review_leaves_without_saving(session):
    asked = session({"config": schema("host", host={"type": "string", "title": "Host"})})
    asked.line("? Host", "one")
    asked.sees("Review", "Leave")
    asked.types(UP, ENTER)
    asked.ends(130)


def test_review_does_not_save_what_does_not_fit_as_a_whole(session):
    config = {**schema(a={"type": "string"}, b={"type": "string"}), "not": {"required": ["a", "b"]}}
    asked = session({"config": config})
    asked.sees("Optional settings (2)?")
    asked.types("y", ENTER)
    asked.line("? a", "1")
    asked.line("? b", "2")
    asked.sees("Review", "is something that is not allowed here", "Change what does not fit")
    asked.types("b", ENTER)
    asked.sees("? b", "Ctrl-X leaves it out", ">")
    asked.types("\x18")
    assert asked.saves() == [{"a": "1"}, {}]


def test_other_branch_asks_its_own_questions(session):
    token = schema("kind", "token", kind={"const": "token"}, token={"type": "string"})
    key = schema("kind", "file", kind={"const": "key"}, file={"type": "string", "title": "File"})
    how = {"title": "How", "oneOf": [{"title": "By token", **token}, {"title": "By key", **key}]}
    asked = session({"config": schema("how", how=how)})
    asked.sees("? How", "By key", "picks")
    asked.types(ENTER)
    asked.line("? How > token", "t")
    asked.sees("Review", "Leave")
    asked.types(DOWN, ENTER)
    asked.sees("? How", "By key", "picks")
    asked.types(DOWN, ENTER)
    asked.line("? How > File", "f")
    assert asked.saves() == [{"how": {"kind": "key", "file": "f"}}, {}]


def test_given_values_are_not_asked(session):
    asked = session({"config": OPTIONAL, "given": {"config": {"host": "h", "port": 1}}})
    asked.line("? Path", "/")
    asked.sees("given already: host, port")
    asked.types(ENTER)
    assert asked.answers() == [{"host": "h", "port": 1, "path": "/"}, {}]


# Secrets


KEY = schema("key", key={"type": "string", "title": "Key", "writeOnly": True})


def test_secret_of_5000_bytes_typed_or_pasted_is_kept_whole(session):
    secret = "".join(f"{n:05}" for n in range(1000))
    asked = session({"auth": KEY})
    asked.sees("? Key", "typed unseen", ">")
    asked.types(secret, ENTER)
    assert asked.saves() == [{}, {"key": secret}]
    assert "00001" not in asked.seen


@pytest.mark.parametrize("form", [PASTE, "{}"])
def test_pasted_secret_of_many_lines_is_one_answer(session, form):
    lines = ["-----BEGIN KEY-----", *(f"{n:02}" * 32 for n in range(40)), "-----END KEY-----"]
    asked = session({"auth": KEY})
    asked.sees("? Key", "typed unseen", ">")
    asked.types(form.format("\r".join(lines)))
    time.sleep(0.3)
    asked.types(ENTER)
    assert asked.saves() == [{}, {"key": "\n".join(lines)}]
    assert "0101" not in asked.seen


def test_pasted_secret_of_one_line_loses_its_line_end(session):
    asked = session({"auth": KEY})
    asked.sees("? Key", "typed unseen", ">")
    asked.types(PASTE.format(SECRET + "\n"), ENTER)
    assert asked.saves() == [{}, {"key": SECRET}]


def test_secret_is_read_from_a_file(session, tmp_path):
    (tmp_path / "key.pem").write_text(f"{SECRET}\nsecond\n")
    asked = session({"auth": KEY})
    asked.line("? Key", "file:/no/such/file")
    asked.sees("Key cannot be read from a file", "No such file")
    asked.line("? Key", f"file:{tmp_path}/key.pem")
    assert asked.saves() == [{}, {"key": f"{SECRET}\nsecond"}]
    assert SECRET not in asked.seen


def test_refused_secret_is_not_repeated(session):
    auth = schema("key", key={**KEY["properties"]["key"], "maxLength": 5})
    asked = session({"auth": auth})
    asked.line("? Key", SECRET)
    asked.sees("Key is longer than 5 characters")
    asked.line("? Key", "\x15short")
    assert asked.saves() == [{}, {"key": "short"}]
    assert SECRET not in asked.seen


def test_name_that_says_secret_is_typed_unseen_unless_shown(session):
    asked = session({"config": schema("api_token", api_token={"type": "string"})})
    asked.sees("? api_token", "Ctrl-T shows it", ">")
    asked.types(SECRET, ENTER)
    assert asked.saves() == [{"api_token": SECRET}, {}]
    assert SECRET not in asked.seen


# Editing


CURRENT = [{"host": "one", "path": "/p"}, {"key": SECRET}]


def test_edit_begins_with_the_review_and_keeps_what_is_there(session):
    asked = session({"config": OPTIONAL, "auth": KEY, "current": CURRENT})
    asked.sees("Review", "Host", "one", "Port", "—", "Path", "/p", "Key", "••••••")
    asked.types(ENTER)
    assert asked.answers() == CURRENT
    assert SECRET not in asked.seen


def test_edit_shows_a_secret_only_as_set_and_enter_keeps_it(session):
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


def test_edit_goes_back_to_what_was_changed_only(session):
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


def test_edit_starts_over_from_what_is_stored(session):
    asked = session({"config": OPTIONAL, "auth": KEY, "current": CURRENT})
    asked.sees("Review", "Leave")
    asked.types("Host", ENTER)
    asked.line("? Host", "two")
    asked.sees("Review", "Leave")
    asked.types("start", ENTER)
    assert asked.saves() == CURRENT


def test_edit_asks_what_does_not_fit_any_more(session):
    asked = session({"config": OPTIONAL, "auth": KEY, "current": [{"host": 5}, {"key": SECRET}]})
    asked.line("? Host", "two")
    assert asked.saves() == [{"host": "two"}, {"key": SECRET}]


# Leaving


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
def test_ctrl_c_leaves_at_each_kind(session, kind):
    asked = session({"config": schema("it", it={"title": "It", **KINDS[kind]})})
    asked.sees("It")
    time.sleep(0.2)
    asked.types("\x03")
    asked.ends(130)
    assert json.loads(asked.answer_file.read_text()) == {"cancelled": "left: nothing was saved"}


def test_ctrl_c_leaves_at_optional_and_include(session):
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
def test_signal_leaves_the_terminal_as_it_was(session, number, code, kind):
    asked = session({"config": schema("it", it={"title": "It", **KINDS[kind]})})
    asked.sees("? It")
    time.sleep(0.2)
    subprocess.run(["kill", f"-{int(number)}", _driver(asked)], check=True)
    asked.ends(code)


def _driver(asked):
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(asked.child.pid)],
        capture_output=True,
        text=True,
        check=True,
    )
    return found.stdout.split()[0]


def test_terminal_that_goes_away_ends_the_program(session):
    asked = session({"auth": KEY})
    asked.sees("? Key", ">")
    pid = _driver(asked)
    asked.child.close()
    for _ in range(50):
        if subprocess.run(["kill", "-0", pid], capture_output=True, check=False).returncode:
            return
        time.sleep(0.1)
    pytest.fail("it is still there")


def test_prompts_leave_standard_output_to_data(tmp_path):
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
    assert "InputNeeded: there is no terminal to ask on" in done.stderr
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
def test_no_colour_where_none_is_wanted(session, env, color):
    asked = session({"config": OPTIONAL, "auth": KEY, "color": color}, env=env)
    asked.line("? Host", "")
    asked.line("? Host", "h")
    asked.sees("Optional settings")
    asked.types(ENTER)
    asked.line("? Key", "k")
    asked.saves()
    assert not COLOURS.search(asked.seen)


def test_colour_where_it_may_be(session):
    asked = session({"config": schema("it", it={"type": "string"})})
    asked.line("? it", "h")
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


def test_name_is_asked_until_it_does(session):
    asked = session({"ask": "name", "default": "blog", "taken": ["blog"]})
    asked.line("? Name")
    asked.sees("it is taken")
    asked.line("? Name", "blog-2")
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


def test_secret_is_asked_until_there_is_one(session):
    asked = session({"ask": "secret", "title": "Passphrase"})
    asked.line("? Passphrase")
    asked.sees("it is required")
    asked.line("? Passphrase", SECRET)
    assert asked.answers() == SECRET
    assert SECRET not in asked.seen
