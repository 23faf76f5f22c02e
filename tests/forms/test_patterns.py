"""Patterns as ECMA 262 has them, compared with Python's where the two agree."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors_cli.forms.regex.match import complaint, found
from connectors_cli.forms.regex.nodes import PatternError, PatternUnusableError

FOUND = [
    (r"b", "abc"),
    (r"^[a-z]+$", "abc"),
    (r"", ""),
    (r"^$", ""),
    (r"^\p{L}+$", "éß"),
    (r"^\p{Lu}\P{Lu}$", "Aa"),
    (r"^\p{Script=Greek}+$", "αβ"),
    (r"^\p{Alpha}$", "x"),
    (r"^(?<name>a)(?P<other>b)$", "ab"),
    (r"^(?i)abc$", "ABC"),
    (r"^(?i:a)b$", "Ab"),
    (r"^a.c$", "a\rc"),
    (r"(?s)^a.c$", "a\nc"),
    (r"(?m)^b$", "a\nb\nc"),
    (r"^[^]$", "\n"),
    (r"^[\w.-]+$", "a-b.c"),
    (r"^[\b]$", "\b"),
    (r"^x{$", "x{"),
    (r"^a{,2}$", "aa"),
    (r"^\/\-\_$", "/-_"),
    (r"^\u0041\x42\u{43}\cJ$", "ABC\n"),
    (r"(?<=a)b", "ab"),
    (r"(?<!b)c", "ac"),
    (r"^(?=.*\d)(?=.*[a-z]).{4,8}$", "abc1"),
    (r"^\s$", "\ufeff"),
    (r"a++b", "aab"),
    (r"^(?#why)a$", "a"),
    (r"^\bx\b$", "x"),
    (r"a\Bb", "ab"),
]
NOT_FOUND = [
    (r"^[a-z]+$", "abc\n"),
    (r"^$", "\n"),
    (r"^\d+$", "\u0663"),
    (r"^\w$", "é"),
    (r"^.$", "\n"),
    (r"^[]$", "a"),
    (r"^(?i:a)b$", "AB"),
    (r"^a{2,3}$", "aaaa"),
    (r"(?!.*\.example\.com)^.{1,100}$", "x.example.com"),
    (r"^(?=.*\d)(?=.*[a-z]).{4,8}$", "abcd"),
]
MALFORMED = [
    "(",
    ")",
    "a)",
    "[a",
    "*a",
    "a|*",
    "a{3,1}",
    "[z-a]",
    "\\",
    "(?<n",
    r"\u{110000000}",
    "(?",
]
UNUSABLE = [
    r"(a)\1",
    r"(?<n>a)\k<n>",
    r"(?x) a",
    r"(?(1)a)",
    r"(?>a)",
    "(" * 100 + ")" * 100,
    "x" * 30_000,
]


@pytest.mark.parametrize(("pattern", "text"), FOUND)
def test_found(pattern, text):
    assert complaint(pattern) is None
    assert found(pattern, text)


@pytest.mark.parametrize(("pattern", "text"), NOT_FOUND)
def test_not_found(pattern, text):
    assert complaint(pattern) is None
    assert not found(pattern, text)


@pytest.mark.parametrize("pattern", MALFORMED)
def test_malformed_pattern_is_reported_and_ignored(pattern):
    assert isinstance(complaint(pattern), PatternError)
    assert found(pattern, "anything")


@pytest.mark.parametrize("pattern", UNUSABLE)
def test_unbounded_pattern_is_reported_and_ignored(pattern):
    assert isinstance(complaint(pattern), PatternUnusableError)
    assert found(pattern, "anything")


ATOMS = st.sampled_from(
    [*"ab", "[ab]", "[^a]", ".", "^", r"\Z", r"\b", "(?=a)", "(?!b)", "(?<=a)", "(?<!b)"]
)
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("{}{}".format, inner, inner),
        st.builds("(?:{}|{})".format, inner, inner),
        st.builds(
            "(?:{}){}".format, inner, st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{0,3}"])
        ),
    ),
    max_leaves=8,
)


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(PATTERNS, st.text(alphabet="ab c", max_size=7))
def test_matches_agree_with_python(pattern, text):
    assert found(pattern, text) == (re.search(pattern, text) is not None)


@given(st.text(max_size=20), st.text(max_size=10))
def test_no_pattern_crashes(pattern, text):
    found(pattern, text)


@pytest.mark.parametrize(
    "pattern",
    ["^(a+)+$", "^(a|a)*$", "(.*,){20}x", "^((a*)*)*$", "(a?){200}a{200}", "^(a{1,900}){1,900}$"],
)
def test_no_pattern_takes_long(pattern):
    start = time.process_time()
    found(pattern, "a" * 20_000 + "b")
    assert time.process_time() - start < 3
