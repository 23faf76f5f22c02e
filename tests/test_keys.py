"""Where keys come from, which one is taken, and that none is made behind anybody's back."""

import json
import os

import pytest

from connectors_cli import keys
from connectors_cli.errors import KeyProblem
from connectors_cli.vault import Key, new_key

VARIABLE, FILE, COMMAND = keys.VARIABLE, keys.FILE_VARIABLE, keys.COMMAND_VARIABLE


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "keys"
    path.write_text(new_key().text + "\n")
    path.chmod(0o600)
    return path


def test_the_variable_comes_before_the_file_before_the_command_before_the_keyring(key_file):
    key, command = new_key(), new_key()
    environ = {VARIABLE: key.text, FILE: str(key_file), COMMAND: f"echo {command.text}"}
    assert keys.find_source(environ, "s").keys[0].id == key.id
    del environ[VARIABLE]
    assert keys.find_source(environ, "s").keys[0].id == Key(key_file.read_text().strip()).id
    del environ[FILE]
    assert keys.find_source(environ, "s").keys[0].id == command.id
    del environ[COMMAND]
    assert keys.find_source(environ, "s").is_keyring


@pytest.mark.parametrize("bad", ["", "changeme"])
def test_a_bad_source_is_never_passed_over_for_the_next(key_file, bad):
    with pytest.raises(KeyProblem):
        keys.find_source({VARIABLE: bad, FILE: str(key_file)}, "s")


def test_each_of_several_keys_is_found_by_its_id():
    several = [new_key() for _ in range(3)]
    source = keys.find_source({VARIABLE: " , ".join(key.text for key in several)}, "s")
    assert [source.get(key.id).text for key in several] == [key.text for key in several]


def test_a_key_that_is_not_there_is_named_beside_those_that_are():
    key = new_key()
    with pytest.raises(KeyProblem) as refusal:
        keys.find_source({VARIABLE: key.text}, "s").get("04bb9e1000000000")
    assert "04bb9e1000000000" in refusal.value.message
    assert key.id in refusal.value.message
    assert key.text not in refusal.value.message + str(refusal.value.hint)


def test_a_second_tenant_needs_a_key_of_its_own(run, blog, monkeypatch):
    done = run("init", "--tenant", "acme")
    assert done.code == 7
    assert "each tenant has its own" in done.err
    monkeypatch.setenv(VARIABLE, f"{os.environ[VARIABLE]},{new_key().text}")
    assert run("init", "--tenant", "acme").code == 0
    ids = {
        json.loads(run("key", "status", "--json", "-t", tenant).out)["keys"][0]["id"]
        for tenant in ("default", "acme")
    }
    assert len(ids) == 2


def test_no_source_at_all_makes_nothing_and_names_the_ways_out(run, monkeypatch, tmp_path):
    monkeypatch.delenv(VARIABLE)
    done = run("init")
    assert done.code == 7
    assert "there is no OS keyring here" in done.err
    for way in (VARIABLE, FILE, COMMAND, "dbus-run-session"):
        assert way in done.err
    assert not (tmp_path / "home" / "store.db").exists()


def test_a_lost_key_is_noticed_and_not_replaced(run, blog, monkeypatch):
    before = json.loads(run("key", "status", "--json").out)["keys"]
    monkeypatch.delenv(VARIABLE)
    for line in (["init"], ["get", blog, "application_password", "--reveal"]):
        run(*line)
    found = json.loads(run("key", "status", "--json").out)
    assert [key["id"] for key in found["keys"]] == [key["id"] for key in before]
    assert found["keys"][0]["available"] is False


def test_key_status_says_where_the_key_is_and_never_the_key(run, blog):
    done = run("key", "status")
    assert VARIABLE in done.out
    assert Key(os.environ[VARIABLE]).id in done.out
    assert os.environ[VARIABLE] not in done.out + done.err


def test_key_generate_prints_a_key_that_init_takes(run, monkeypatch):
    text = run("key", "generate").out.strip()
    monkeypatch.setenv(VARIABLE, text)
    assert Key(text).id in run("init").out


def test_key_status_fails_with_seven_when_the_key_is_not_at_hand(run, blog, monkeypatch):
    monkeypatch.setenv(VARIABLE, new_key().text)
    done = run("key", "status", "--json")
    assert done.code == 7
    assert json.loads(done.out)["problem"]


def test_a_refusal_says_what_to_do():
    key, hints = new_key(), []
    source = keys.find_source({VARIABLE: f"{key.text},{key.text}"}, "s")
    for refused in (
        lambda: source.get("04bb9e1000000000"),
        lambda: source.make(frozenset({key.id})),
        lambda: keys.parse_key("changeme", "it"),
    ):
        with pytest.raises(KeyProblem) as refusal:
            refused()
        hints.append(refusal.value.hint)
    make_one = "make one with `connectors key generate`"
    assert hints == [
        f"give the key 04bb9e1000000000, or unset {VARIABLE} to use another source",
        f"add one more, separated by a comma; {make_one}",
        make_one,
    ]


def test_the_source_is_named_without_being_read():
    assert keys.source_name({COMMAND: "false", FILE: "/nowhere"}) == FILE
    assert keys.source_name({}) == "keyring"
    with pytest.raises(KeyProblem, match=f"{VARIABLE} holds {'.' * 16}, {'.' * 16}$"):
        keys.find_source({VARIABLE: f"{new_key().text},{new_key().text}"}, "s").get("0" * 16)


@pytest.mark.parametrize(
    ("content", "mode", "words"),
    [
        ("", 0o600, f"the file that {FILE} names is empty"),
        ("x" * 4097, 0o600, f"the file that {FILE} names has more than 4096 bytes"),
        ("a\nb\n", 0o600, f"the file that {FILE} names has 2 lines: one line is due,"),
        ("\n", 0o600, f"the file that {FILE} names holds nothing: one line is due,"),
        ("x", 0o640, f"the file that {FILE} names can be read by others (mode 0640)"),
        ("x", 0o604, f"the file that {FILE} names can be read by others (mode 0604)"),
        ("x", 0o610, f"the file that {FILE} names can be read by others (mode 0610)"),
        ("x", 0o600, f"the file that {FILE} names is not a Fernet key"),
    ],
)
def test_a_key_file_that_is_none_is_refused(key_file, content, mode, words):
    key_file.write_text(content)
    key_file.chmod(mode)
    with pytest.raises(KeyProblem) as refusal:
        keys.find_source({FILE: str(key_file)}, "s")
    assert refusal.value.message.startswith(words)


def test_a_key_file_holds_one_key_or_several(key_file):
    several = [new_key() for _ in range(80)]
    key_file.write_text(",".join(key.text for key in several) + "\n")
    assert [key.id for key in keys.find_source({FILE: str(key_file)}, "s").keys] == [
        key.id for key in several
    ]


@pytest.mark.parametrize(
    ("spoil", "hint"),
    [
        (lambda path: path.write_text(""), "make one with `connectors key generate`"),
        (lambda path: path.write_bytes(b"\xff"), "make one with `connectors key generate`"),
        (lambda path: path.write_text("x" * 4097), "make one with `connectors key generate`"),
        (lambda path: path.chmod(0o644), "chmod 600 the file"),
        (lambda path: (path.unlink(), path.mkdir()), "name a file that holds the key"),
    ],
)
def test_a_bad_key_files_refusal_says_what_to_do(key_file, spoil, hint):
    spoil(key_file)
    with pytest.raises(KeyProblem) as refusal:
        keys.find_source({FILE: str(key_file)}, "s")
    assert refusal.value.hint == hint
