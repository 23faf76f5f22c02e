"""Key sources: their order, their keys, and that none is generated silently."""

import json
import os

import pytest

from connectors_cli.errors import KeyProblem
from connectors_cli.vault import key_sources
from connectors_cli.vault import keyring as vault_keyring
from connectors_cli.vault.seal import Key, new_key

VARIABLE, FILE, COMMAND = (
    key_sources.VARIABLE,
    key_sources.FILE_VARIABLE,
    key_sources.COMMAND_VARIABLE,
)
KEY = Key("S2V5c0FyZU1hZGVPZlJhbmRvbUJ5dGVzTm90V29yZHM=")
WANTED = "04bb9e1000000000"
MISSING = (
    f"key {WANTED} is missing from the OS keyring, and sealed values need it; no new key was"
    " created"
)
RESTORE = (
    "import it with `connectors key import FILE`, restore the keyring that contained it, or set"
    f" the key in {VARIABLE}"
)
ANOTHER = f"the OS keyring's entry for key {WANTED} contains another key ({KEY.id})"
NO_KEY = "the keyring's entry is not a Fernet key: expected 44 characters of URL-safe base64, got 8"


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "keys"
    path.write_text(new_key().text + "\n")
    path.chmod(0o600)
    return path


def test_sources_are_tried_in_order_variable_file_command_keyring(key_file):
    key, command = new_key(), new_key()
    environ = {VARIABLE: key.text, FILE: str(key_file), COMMAND: f"echo {command.text}"}
    assert key_sources.find_source(environ, "s").keys[0].id == key.id
    del environ[VARIABLE]
    assert key_sources.find_source(environ, "s").keys[0].id == Key(key_file.read_text().strip()).id
    del environ[FILE]
    assert key_sources.find_source(environ, "s").keys[0].id == command.id
    del environ[COMMAND]
    assert key_sources.find_source(environ, "s").is_keyring


@pytest.mark.parametrize("bad", ["", "changeme"])
def test_bad_source_does_not_fall_back_to_the_next(key_file, bad):
    with pytest.raises(KeyProblem):
        key_sources.find_source({VARIABLE: bad, FILE: str(key_file)}, "s")


def test_each_of_several_keys_is_found_by_id():
    several = [new_key() for _ in range(3)]
    source = key_sources.find_source({VARIABLE: " , ".join(key.text for key in several)}, "s")
    assert [source.get(key.id).text for key in several] == [key.text for key in several]


def test_second_tenant_needs_its_own_key(run, blog, monkeypatch):
    done = run("init", "--tenant", "acme")
    assert done.code == 7
    assert "each tenant needs its own" in done.err
    monkeypatch.setenv(VARIABLE, f"{os.environ[VARIABLE]},{new_key().text}")
    assert run("init", "--tenant", "acme").code == 0
    ids = {
        json.loads(run("key", "status", "--json", "-t", tenant).out)["keys"][0]["id"]
        for tenant in ("default", "acme")
    }
    assert len(ids) == 2


def test_missing_source_creates_nothing_and_names_the_alternatives(run, monkeypatch, tmp_path):
    monkeypatch.delenv(VARIABLE)
    done = run("init")
    assert done.code == 7
    assert "no OS keyring is available" in done.err
    for way in (VARIABLE, FILE, COMMAND, "dbus-run-session"):
        assert way in done.err
    assert not (tmp_path / "home" / "store.db").exists()


def test_lost_key_is_reported_and_not_replaced(run, blog, monkeypatch):
    before = json.loads(run("key", "status", "--json").out)["keys"]
    monkeypatch.delenv(VARIABLE)
    for line in (["init"], ["get", blog, "application_password", "--reveal"]):
        run(*line)
    found = json.loads(run("key", "status", "--json").out)
    assert [key["id"] for key in found["keys"]] == [key["id"] for key in before]
    assert found["keys"][0]["available"] is False


def test_key_status_names_the_source_and_never_shows_the_key(run, blog):
    done = run("key", "status")
    assert VARIABLE in done.out
    assert Key(os.environ[VARIABLE]).id in done.out
    assert os.environ[VARIABLE] not in done.out + done.err


def test_key_generate_prints_a_key_that_init_accepts(run, monkeypatch):
    text = run("key", "generate").out.strip()
    monkeypatch.setenv(VARIABLE, text)
    assert Key(text).id in run("init").out


def test_key_status_exits_with_seven_without_the_key(run, blog, monkeypatch):
    monkeypatch.setenv(VARIABLE, new_key().text)
    done = run("key", "status", "--json")
    assert done.code == 7
    assert json.loads(done.out)["problem"]


def test_loaded_keys_are_those_listed_or_remembered():
    listed, told = [new_key(), new_key()], new_key()
    source = key_sources.find_source({VARIABLE: ",".join(key.text for key in listed)}, "s")
    assert source.store_id == "s"
    assert [key.text for key in source.loaded_keys()] == [key.text for key in listed]
    source.remember(told)
    assert [key.text for key in source.loaded_keys()] == [key.text for key in (*listed, told)]


def test_refusals_have_hints():
    key, hints = new_key(), []
    source = key_sources.find_source({VARIABLE: f"{key.text},{key.text}"}, "s")
    for refused in (
        lambda: source.get("04bb9e1000000000"),
        lambda: source.unused_key(frozenset({key.id})),
        lambda: key_sources.parse_key("changeme", "it"),
    ):
        with pytest.raises(KeyProblem) as refusal:
            refused()
        hints.append(refusal.value.hint)
    generate = "generate one with: connectors key generate"
    assert hints == [
        f"provide key 04bb9e1000000000, or unset {VARIABLE} to use another source",
        f"add one, separated by a comma; {generate}",
        generate,
    ]


def test_source_is_named_without_being_read():
    assert key_sources.source_name({COMMAND: "false", FILE: "/nowhere"}) == FILE
    assert key_sources.source_name({}) == "keyring"
    with pytest.raises(KeyProblem, match=f"{VARIABLE} contains {'.' * 16}, {'.' * 16}$"):
        key_sources.find_source({VARIABLE: f"{new_key().text},{new_key().text}"}, "s").get("0" * 16)


def test_key_file_can_contain_4096_bytes_of_keys(key_file):
    several = [new_key() for _ in range(91)]
    key_file.write_text(",".join(key.text for key in several).ljust(4096))
    assert [key.id for key in key_sources.find_source({FILE: str(key_file)}, "s").keys] == [
        key.id for key in several
    ]


@pytest.fixture
def keyring(secret_service):
    secret_service.start(b"test")
    return key_sources.find_source({}, "s")


def test_keys_generated_in_the_keyring_are_found_by_id(keyring):
    for key in [keyring.unused_key(frozenset()) for _ in range(2)]:
        assert vault_keyring.get(f"s:{key.id}") == key.text
        assert keyring.get(key.id).text == key.text
        assert keyring.loaded_keys()[-1].id == key.id


@pytest.mark.parametrize(
    ("held", "message", "hint"),
    [
        (None, MISSING, RESTORE),
        (KEY.text, ANOTHER, f"set the right key in {VARIABLE}"),
        ("changeme", NO_KEY, "generate one with: connectors key generate"),
    ],
    ids=["nothing", "another", "no-key"],
)
def test_wrong_or_missing_keyring_entry_is_reported(keyring, held, message, hint):
    if held is not None:
        vault_keyring.put(f"s:{WANTED}", held)
    with pytest.raises(KeyProblem) as refusal:
        keyring.get(WANTED)
    assert (refusal.value.message, refusal.value.hint) == (message, hint)
