import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors_cli.system.text import is_unicode, printable, printable_lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Café ☕", "Café ☕"),
        ("a\nb", "a\\nb"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("\u202eright to left", "\\u202eright to left"),
        ("\udcff", "\\udcff"),
        ("\U000e0001", "\\U000e0001"),
    ],
)
def test_control_and_invisible_characters_are_escaped(text, shown):
    assert printable(text) == shown


@given(st.text(st.characters(exclude_categories=())))
def test_nothing_escaped_reaches_the_terminal(text):
    assert printable(text).isprintable()
    assert printable_lines(text).replace("\n", "").isprintable()


def test_kept_characters_stay():
    assert printable("a\n\tb\x00", keep="\n\t") == "a\n\tb\\x00"


@pytest.mark.parametrize(("text", "answer"), [("", True), ("Café ☕", True), ("a\udcff", False)])
def test_text_with_a_lone_surrogate_is_not_unicode(text, answer):
    assert is_unicode(text) is answer
