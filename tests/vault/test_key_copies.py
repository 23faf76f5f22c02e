"""Keys on paper: every key can be read back; one mistyped character never gives another key."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors_cli.errors import ConnectorsError, InvalidInput, Tampered
from connectors_cli.vault import key_copies
from connectors_cli.vault.key_copies import Copy
from connectors_cli.vault.passphrase import Cost, new_passphrase_cipher
from connectors_cli.vault.seal import Key, new_key

KEYS = (
    st.binary(min_size=32, max_size=32)
    .filter(lambda raw: len(set(raw)) >= 16)
    .map(lambda raw: Key(base64.urlsafe_b64encode(raw).decode()))
)
CHARACTERS = st.one_of(
    st.sampled_from("0123456789abcdefABCDEFoOlI \n\tkxyz."), st.characters(codec="utf-8")
)


def written(*keys: Key) -> str:
    copies = (Copy("default", "active", "2026-11-22T10:00:00Z", key) for key in keys)
    return "".join(key_copies.write_paper(copies))


@given(st.lists(KEYS, min_size=1, max_size=3))
def test_every_key_can_be_read_back(keys):
    assert [key.text for key in key_copies.read_paper(written(*keys), "paper")] == [
        key.text for key in keys
    ]


@given(KEYS, st.data())
def test_one_mistyped_character_is_noticed_or_harmless(key, data):
    text = written(key)
    at = data.draw(st.integers(text.index("\nkey "), len(text) - 1))
    typed = text[:at] + data.draw(CHARACTERS) + text[at + 1 :]
    try:
        found = key_copies.read_paper(typed, "paper")
    except ConnectorsError:
        return
    assert [one.text for one in found] == [key.text]


@given(KEYS, st.data())
def test_one_wrong_digit_is_always_noticed(key, data):
    lines = written(key).splitlines()
    number = data.draw(st.integers(1, 4))
    row = next(n for n, line in enumerate(lines) if line.startswith(f"{number}  "))
    places = [n for n, char in enumerate(lines[row]) if n > 2 and char != " "]
    at = data.draw(st.sampled_from(places))
    digit = data.draw(st.sampled_from("0123456789abcdef").filter(lambda d: d != lines[row][at]))
    lines[row] = lines[row][:at] + digit + lines[row][at + 1 :]
    with pytest.raises(InvalidInput, match=f"line {number} is mistyped"):
        key_copies.read_paper("\n".join(lines), "paper")


@given(KEYS)
def test_capitals_lookalikes_and_other_spaces_are_accepted(key):
    head, *lines = written(key).split("\nkey ")[1].splitlines()
    typed = [
        f" {line[0]}\t{line[1:].upper().replace(' ', '').replace('0', 'O').replace('1', 'l')}"
        for line in lines
    ]
    assert key_copies.read_paper("\n".join([f"KEY {head}", *typed]), "paper")[0].text == key.text


@given(KEYS)
def test_lines_in_another_order_are_noticed(key):
    lines = written(key).splitlines()
    lines[-1], lines[-2] = lines[-2], lines[-1]
    with pytest.raises(InvalidInput):
        key_copies.read_paper("\n".join(lines), "paper")


def test_missing_line_is_named():
    key = Key(base64.urlsafe_b64encode(bytes(range(32))).decode())
    text = written(key)
    lines = [line for line in text.splitlines() if not line.startswith("3 ")]
    with pytest.raises(InvalidInput, match="line 3 is missing"):
        key_copies.read_paper("\n".join(lines), "paper")


@given(KEYS)
def test_empty_lines_are_ignored(key):
    spaced = "\n\n".join(written(key).splitlines())
    assert [found.text for found in key_copies.read_paper(spaced, "paper")] == [key.text]


@pytest.fixture
def sealed(tmp_path):
    """A key file of two keys, as a document and its path."""
    copies = [Copy("default", state, "2026-01-01", new_key()) for state in ("active", "retiring")]
    cipher = new_passphrase_cipher("correct horse", Cost(n=2**10))
    path = tmp_path / "keys"
    path.write_text("".join(key_copies.write_sealed(copies, cipher)))
    return json.loads(path.read_text()), path, cipher


def read_again(document, path):
    path.write_text(json.dumps(document))
    return key_copies.read(str(path), lambda: "correct horse")


def test_a_sealed_file_has_all_its_keys(sealed):
    document, path, _ = sealed
    found = read_again(document, path)
    assert (len(found.keys), found.notes) == (2, ())


@pytest.mark.parametrize(
    "cut",
    [
        lambda document: document["keys"].pop(),
        lambda document: (document["keys"].pop(), document.pop("end")),
        lambda document: (document["keys"].pop(), document["end"].update(count=1)),
        lambda document: document.pop("end"),
        lambda document: document.update(end=None),
    ],
)
def test_a_file_without_its_last_key_or_its_end_is_refused(sealed, cut):
    document, path, _ = sealed
    cut(document)
    with pytest.raises(Tampered, match="keys are missing"):
        read_again(document, path)


def test_a_file_of_an_older_version_is_read_with_a_note(sealed):
    document, path, cipher = sealed
    del document["end"]
    key = new_key()
    item = {"tenant": "default", "id": key.id, "state": "active", "created_at": "2026-01-01"}
    document["keys"] = [{**item, "sealed": cipher.seal(0, item, key.text)}]
    found = read_again(document, path)
    assert [one.text for one in found.keys] == [key.text]
    assert "older version" in found.notes[0]
