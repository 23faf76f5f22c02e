"""Keys on paper: whatever key it is, it comes back; one mistyped character never gives another."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors_cli import paper
from connectors_cli.errors import ConnectorsError, InvalidInput
from connectors_cli.paper import Copy
from connectors_cli.vault import Key

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
    return "".join(paper.write(copies))


@given(st.lists(KEYS, min_size=1, max_size=3))
def test_every_key_comes_back(keys):
    assert [key.text for key in paper.read(written(*keys), "paper")] == [key.text for key in keys]


@given(KEYS, st.data())
def test_one_mistyped_character_is_noticed_or_harmless(key, data):
    text = written(key)
    at = data.draw(st.integers(text.index("\nkey "), len(text) - 1))
    typed = text[:at] + data.draw(CHARACTERS) + text[at + 1 :]
    try:
        found = paper.read(typed, "paper")
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
        paper.read("\n".join(lines), "paper")


@given(KEYS)
def test_capitals_lookalikes_and_other_spaces_are_taken(key):
    head, *lines = written(key).split("\nkey ")[1].splitlines()
    typed = [
        f" {line[0]}\t{line[1:].upper().replace(' ', '').replace('0', 'O').replace('1', 'l')}"
        for line in lines
    ]
    assert paper.read("\n".join([f"KEY {head}", *typed]), "paper")[0].text == key.text


@given(KEYS)
def test_lines_in_another_order_are_noticed(key):
    lines = written(key).splitlines()
    lines[-1], lines[-2] = lines[-2], lines[-1]
    with pytest.raises(InvalidInput):
        paper.read("\n".join(lines), "paper")


def test_a_line_that_is_left_out_is_named():
    key = Key(base64.urlsafe_b64encode(bytes(range(32))).decode())
    text = written(key)
    lines = [line for line in text.splitlines() if not line.startswith("3 ")]
    with pytest.raises(InvalidInput, match="line 3 is missing"):
        paper.read("\n".join(lines), "paper")


@given(KEYS)
def test_empty_lines_between_are_passed_over(key):
    spaced = "\n\n".join(written(key).splitlines())
    assert [found.text for found in paper.read(spaced, "paper")] == [key.text]
