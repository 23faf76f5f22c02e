"""Every bad key source has its own message and hint, and creates nothing."""

import base64
import json
import os
import sys
import time

import pytest

from connectors_cli.documents import references
from connectors_cli.errors import InvalidInput, KeyProblem
from connectors_cli.system.mounted import HINT
from connectors_cli.vault import key_sources
from connectors_cli.vault.seal import Key, new_key

VARIABLE, FILE, COMMAND = (
    key_sources.VARIABLE,
    key_sources.FILE_VARIABLE,
    key_sources.COMMAND_VARIABLE,
)
GOOD = "S2V5c0FyZU1hZGVPZlJhbmRvbUJ5dGVzTm90V29yZHM="
GENERATE = "generate one with: connectors key generate"
SET_ONE = "unset it or set a value"
NAME_ONE = "name a file that contains the key"
LENGTH = "is not a Fernet key: expected 44 characters of URL-safe base64, got {}"
QUOTED = "contains a quote character: write the key without quotes"
STANDARD = "contains + or /, which is standard base64: a Fernet key has - and _ instead"
NOT_ASCII = "contains a non-ASCII character at position {}"
CREATE_FILE = f'create it: (umask 077; connectors key generate > "${FILE}")'
ONE_LINE = "expected one line with a key, or with several separated by commas"
BYTES = "is not a Fernet key: expected 32 bytes in base64, got {}"


def text_of(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


@pytest.fixture
def refused(run, tmp_path, monkeypatch):
    """Assert that a command refuses a source with exactly this message and exit code 7."""

    def check(source: str, text: str, message: str, hint: str | None) -> None:
        monkeypatch.delenv(VARIABLE)
        monkeypatch.setenv(source, text)
        done = run("init", "--json")
        error = json.loads(done.err)["error"]
        assert (done.code, done.out, error["code"]) == (7, "", "key")
        assert (error["message"], error["hint"]) == (message, hint)
        assert not (tmp_path / "home" / "store.db").exists()

    return check


@pytest.mark.parametrize(
    ("text", "reason", "hint"),
    [
        ("", "is set but empty", SET_ONE),
        (" \t", "is set but empty", SET_ONE),
        ("changeme", LENGTH.format(8), GENERATE),
        (f"{GOOD},", LENGTH.format(0), GENERATE),
        (f"{GOOD}=", LENGTH.format(45), GENERATE),
        (f"{GOOD[:-2]}=", LENGTH.format(43), GENERATE),
        (GOOD[:-1], "has 43 characters: the final = is missing", GENERATE),
        (f'"{GOOD}"', QUOTED, GENERATE),
        (f"'{GOOD}'", QUOTED, GENERATE),
        ("+" + GOOD[1:], STANDARD, GENERATE),
        ("/" + GOOD[1:], STANDARD, GENERATE),
        ("abcé" + GOOD[4:], NOT_ASCII.format(4), GENERATE),
        ("\udcff" + GOOD[1:], NOT_ASCII.format(1), GENERATE),
        (GOOD[:39] + "!!!!=", "is not URL-safe base64", GENERATE),
        (text_of(bytes(range(31))), BYTES.format(31), GENERATE),
        (text_of(bytes(range(33))), BYTES.format(33), GENERATE),
        (
            GOOD[:-2] + "t=",
            "is not canonical base64: its last character encodes extra bits",
            GENERATE,
        ),
        (text_of(bytes(32)), "is not random: too few different bytes", GENERATE),
        (text_of(bytes([*range(15)] * 3)[:32]), "is not random: too few different bytes", GENERATE),
    ],
)
def test_malformed_key_is_refused_with_the_reason(refused, text, reason, hint):
    refused(VARIABLE, text, f"{VARIABLE} {reason}", hint)


@pytest.mark.parametrize("around", ["{}\n", " {}", "\t{}\r\n"])
def test_space_around_a_key_is_trimmed(run, monkeypatch, around):
    monkeypatch.setenv(VARIABLE, around.format(GOOD))
    assert Key(GOOD).id in run("init").out


def test_key_of_sixteen_different_bytes_is_accepted():
    assert key_sources.parse_key(text_of(bytes(range(16)) * 2), "it")


def test_wrong_key_is_named_next_to_the_needed_one(run, blog, monkeypatch):
    needed, other = Key(os.environ[VARIABLE]), new_key()
    monkeypatch.setenv(VARIABLE, other.text)
    done = run("get", "blog", "application_password", "--reveal")
    assert (done.code, done.out) == (7, "")
    assert done.err == (
        f"error: this tenant is sealed with key {needed.id}, but {VARIABLE} contains {other.id}\n"
        f"  hint: provide key {needed.id}, or unset {VARIABLE} to use another source\n"
    )


@pytest.mark.parametrize(
    ("text", "mode", "reason", "hint"),
    [
        (GOOD, 0o640, "can be read by others (mode 0640)", f'chmod 600 "${FILE}"'),
        (GOOD, 0o644, "can be read by others (mode 0644)", f'chmod 600 "${FILE}"'),
        (GOOD, 0o604, "can be read by others (mode 0604)", f'chmod 600 "${FILE}"'),
        (GOOD, 0o610, "can be read by others (mode 0610)", f'chmod 600 "${FILE}"'),
        ("", 0o600, "is empty", GENERATE),
        ("\n", 0o600, f"contains nothing: {ONE_LINE}", None),
        (f"{GOOD}\n{GOOD}\n", 0o600, f"has 2 lines: {ONE_LINE}", None),
        ("x" * 4097, 0o600, "is larger than 4096 bytes", GENERATE),
        ("\udcff", 0o600, "is not text", GENERATE),
        ("changeme", 0o600, LENGTH.format(8), GENERATE),
    ],
)
def test_bad_key_file_is_refused_with_the_reason(refused, tmp_path, text, mode, reason, hint):
    path = tmp_path / "key"
    path.write_text(text, errors="surrogateescape")
    path.chmod(mode)
    refused(FILE, str(path), f"the file that {FILE} names {reason}", hint)


@pytest.mark.parametrize(
    ("make", "reason", "hint"),
    [
        (
            lambda path: path.symlink_to("/dev/null"),
            "is a symbolic link",
            f"name the real file; {HINT}",
        ),
        (lambda path: path.mkdir(0o700), "is a folder", NAME_ONE),
        (lambda path: os.mkfifo(path, 0o600), "is a pipe or device", NAME_ONE),
        (lambda path: None, "cannot be read: No such file or directory", CREATE_FILE),
    ],
    ids=["link", "folder", "pipe", "nothing"],
)
def test_anything_but_a_regular_key_file_is_refused(refused, tmp_path, make, reason, hint):
    make(tmp_path / "key")
    refused(FILE, str(tmp_path / "key"), f"the file that {FILE} names {reason}", hint)


def test_key_file_that_becomes_a_link_before_it_is_opened_is_refused(tmp_path):
    path, link = tmp_path / "key", tmp_path / "link"
    path.write_text(GOOD)
    path.chmod(0o600)
    (tmp_path / "other").write_text(GOOD)
    (tmp_path / "other").chmod(0o600)
    link.symlink_to("other")

    def swap(frame, event, called):
        if event == "c_call" and called is os.open and link.is_symlink():
            link.replace(path)

    sys.setprofile(swap)
    try:
        with pytest.raises(KeyProblem, match=r"cannot be read: Too many levels of symbolic links$"):
            key_sources.find_source({FILE: str(path)}, "s")
    finally:
        sys.setprofile(None)
    assert path.is_symlink()


def test_key_file_is_read_on_systems_without_open_flags(tmp_path, monkeypatch):
    for name in ("O_NOFOLLOW", "O_NONBLOCK"):  # as on Windows
        monkeypatch.delattr(os, name)
    path = tmp_path / "key"
    path.write_text(GOOD)
    path.chmod(0o600)
    assert key_sources.find_source({FILE: str(path)}, "s").keys[0].text == GOOD


@pytest.mark.parametrize(
    ("command", "reason", "hint"),
    [
        ("false", " failed with exit code 1", None),
        (
            "sh -c 'echo no such vault >&2; exit 3'",
            " failed with exit code 3: no such vault",
            None,
        ),
        ("sh -c 'printf \"\\033[1mbad\" >&2; exit 3'", " failed with exit code 3: [1mbad", None),
        ("true", " printed nothing", None),
        ("no-such-program-anywhere", " cannot be run: No such file or directory", None),
        ("/", " cannot be run: Permission denied", None),
        ("echo 'unclosed", " has an unclosed quote", None),
        ("cat /dev/zero", " printed more than 1 MiB", None),
        ("sleep 60", " did not finish in 0 s", None),
        ("sh -c 'sleep 60; true'", " did not finish in 0 s", None),
        ("printf '\\377'", " is not text", GENERATE),
        ("printf 'a\\nb'", f" has 2 lines: {ONE_LINE}", None),
        ("echo changeme", f" {LENGTH.format(8)}", GENERATE),
    ],
)
def test_bad_key_command_is_refused_with_the_reason(refused, monkeypatch, command, reason, hint):
    if "sleep" in command:
        monkeypatch.setattr(key_sources, "COMMAND_SECONDS", 0.3)
    what = "the output of " if hint or ONE_LINE in reason else ""
    before = time.monotonic()
    refused(COMMAND, command, f"{what}{COMMAND}{reason}", hint)
    assert time.monotonic() - before < 5


def test_timed_out_command_does_not_take_the_output_of_later_ones():
    for _ in range(2):
        with pytest.raises(InvalidInput, match="did not finish"):
            references.output_of("sh -c 'sleep 60; true'", 0.2, "it")
    assert [references.output_of("echo key", 10, "it") for _ in range(20)] == [b"key\n"] * 20
