"""Formats: what is taken, what is refused, and which yield to the pattern beside them."""

import pytest

from connectors_cli.forms.formats import CHECKS
from connectors_cli.forms.validation import problems

TAKEN = {
    "date-time": ["2024-01-15T12:30:00Z", "2024-01-15t12:30:00.5+01:00"],
    "date": ["2024-02-29"],
    "time": ["12:30:00", "12:30:00Z", "12:30:00.25-01:00"],
    "duration": ["P1D", "PT5M", "P1Y2M3DT4H5M6S", "P2W"],
    "email": ["user@example.com", "A User <user@example.com>", '"a b"@example.com'],
    "idn-email": ["é@example.com"],
    "hostname": ["localhost", "db.example.com", "a-b.example.com."],
    "ipv4": ["10.0.0.1"],
    "ipv6": ["::1", "2001:db8::8a2e:370:7334"],
    "uri": ["https://example.com/a?b#c", "urn:isbn:1", "mailto:a@b.c"],
    "uri-reference": ["/path", "?q", "https://example.com"],
    "iri": ["https://example.com/é"],
    "iri-reference": ["/é"],
    "uri-template": ["/a/{id}"],
    "idn-hostname": ["münchen.example"],
    "relative-json-pointer": ["0", "1/a", "0#"],
    "color": ["red", "#ff0000"],
    "uuid": ["123e4567-e89b-42d3-a456-426614174000"],
    "json-pointer": ["", "/a/b~1c"],
    "regex": ["^a$", r"(a)\1"],
}
REFUSED = {
    "date-time": ["2024-01-15", "2024-13-15T12:30:00Z", "2024-01-15T12:30:00Z\n"],
    "date": ["2023-02-29", "15.01.2024", "2024-1-1"],
    "time": ["12:30", "25:00:00Z"],
    "duration": ["P", "PT", "5 minutes"],
    "email": ["user", "a b@example.com", "@example.com", "a@b\x00 c"],
    "idn-email": ["é"],
    "hostname": ["a b", "-a", "a..b", "x" * 64, "db.example.com\n"],
    "ipv4": ["10.0.0", "256.1.1.1", "::1"],
    "ipv6": ["10.0.0.1", "fe80::1%eth0"],
    "uri": ["example.com", "https://a b", "//x", "https://example.com/\x00"],
    "uri-reference": ["a b", "\\x"],
    "iri": ["x", "https://a b"],
    "iri-reference": ["a b"],
    "uri-template": ["/a/{id"],
    "idn-hostname": ["", "a b"],
    "relative-json-pointer": ["/a", "01"],
    "color": ["red\x00"],
    "uuid": ["123e4567", "123e4567e89b42d3a456426614174000"],
    "json-pointer": ["a", "/~2"],
    "regex": ["(", "[a"],
}


def pairs(cases):
    return [(name, text) for name, texts in cases.items() for text in texts]


@pytest.mark.parametrize(("name", "text"), pairs(TAKEN))
def test_taken(name, text):
    assert problems({"format": name}, text) == ()


@pytest.mark.parametrize(("name", "text"), pairs(REFUSED))
def test_refused(name, text):
    assert [problem.rule for problem in problems({"format": name}, text)] == ["format"]


def test_every_format_is_tested():
    assert set(TAKEN) == set(REFUSED) == set(CHECKS)


def test_unknown_format_accepts_any_text():
    assert problems({"format": "colour"}, "anything") == ()


def test_format_yields_to_the_pattern_it_contradicts():
    schema = {"format": "date-time", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
    assert problems(schema, "2024-01-15") == ()
    assert [p.rule for p in problems(schema, "2024-01-15T12:30:00Z")] == ["pattern"]


def test_format_is_checked_next_to_a_pattern_that_agrees():
    assert [p.rule for p in problems({"format": "uri", "pattern": "^https://"}, "https://a b")] == [
        "format"
    ]
