"""Where keys come from, which one is taken, and that none is made behind anybody's back."""

import json
import os

import pytest

from connectors_cli import keys, os_keyring
from connectors_cli.errors import KeyProblem
from connectors_cli.vault import Key, new_key

VARIABLE, FILE, COMMAND = keys.VARIABLE, keys.FILE_VARIABLE, keys.COMMAND_VARIABLE
KEY = Key("S2V5c0FyZU1hZGVPZlJhbmRvbUJ5dGVzTm90V29yZHM=")
WANTED = "04bb9e1000000000"
MISSING = (
    f"key {WANTED} is missing from the OS keyring, and sealed values need it; no new key was made"
)
RESTORE = (
    "bring it back with `connectors key import FILE`, restore the keyring that held it, or give"
    f" the key in {VARIABLE}"
)
ANOTHER = f"the OS keyring's entry for key {WANTED} holds another key ({KEY.id})"
NO_KEY = "the keyring's entry is not a Fernet key: that is 44 characters of URL-safe base64 (got 8)"


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


def test_a_source_has_at_hand_what_it_lists_or_was_told_to_remember():
    listed, told = [new_key(), new_key()], new_key()
    source = keys.find_source({VARIABLE: ",".join(key.text for key in listed)}, "s")
    assert source.store_id == "s"
    assert [key.text for key in source.at_hand()] == [key.text for key in listed]
    source.remember(told)
    assert [key.text for key in source.at_hand()] == [key.text for key in (*listed, told)]


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


def test_a_key_file_holds_as_many_keys_as_go_into_4096_bytes(key_file):
    several = [new_key() for _ in range(91)]
    key_file.write_text(",".join(key.text for key in several).ljust(4096))
    assert [key.id for key in keys.find_source({FILE: str(key_file)}, "s").keys] == [
        key.id for key in several
    ]


@pytest.fixture
def keyring(secret_service):
    secret_service.start(b"test")
    return keys.find_source({}, "s")


def test_keys_made_in_the_keyring_are_found_there_by_their_ids(keyring):
    for key in [keyring.make(frozenset()) for _ in range(2)]:
        assert os_keyring.get(f"s:{key.id}") == key.text
        assert keyring.get(key.id).text == key.text
        assert keyring.at_hand()[-1].id == key.id


@pytest.mark.parametrize(
    ("held", "message", "hint"),
    [
        (None, MISSING, RESTORE),
        (KEY.text, ANOTHER, f"give the right key in {VARIABLE}"),
        ("changeme", NO_KEY, "make one with `connectors key generate`"),
    ],
    ids=["nothing", "another", "no-key"],
)
def test_an_entry_of_the_keyring_that_is_not_the_key_is_told(keyring, held, message, hint):
    if held is not None:
        os_keyring.put(f"s:{WANTED}", held)
    with pytest.raises(KeyProblem) as refusal:
        keyring.get(WANTED)
    assert (refusal.value.message, refusal.value.hint) == (message, hint)
