"""What the log's hashes and seals are, to the letter: every log that was written stays whole."""

import hashlib
import hmac
import json

import pytest

from connectors_cli.chain import Sealer, hash_entry
from connectors_cli.vault import Key

KEY = Key("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
ENTRY = ("2026-01-02T03:04:05.678901Z", "acme", "ann", 'a"@b', "key.rotate", "ü", "ok", "{}", None)
FIRST = "79e2580a1bee5d5ba4290bc4821cee86cccd36da561f37ee1714b5db044301d1"
SECOND = "bf1b1b0e2d87b57046cfb9a1ff20b28a1da54abdda740aec44d559082822dd72"


def test_an_entrys_hash_is_over_the_json_of_all_that_it_says_and_the_hash_before():
    assert hash_entry(None, ENTRY) == FIRST
    assert hash_entry(FIRST, ENTRY) == SECOND
    text = json.dumps([FIRST, *ENTRY], separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == SECOND


@pytest.mark.parametrize("value", [1, b"a", 2.5, True])
def test_what_is_neither_text_nor_nothing_has_no_hash(value):
    with pytest.raises(TypeError):
        hash_entry(None, (*ENTRY[:-1], value))


def test_seals_are_made_with_a_key_of_their_own_and_name_the_tenant():
    sealer = Sealer(KEY, 'a"ü')
    assert sealer.key_id == KEY.id
    sealed = {
        sealer.seal_entry(FIRST): ["entry", 'a"ü', FIRST],
        sealer.seal_head(2, SECOND): ["head", 'a"ü', 2, SECOND],
        sealer.seal_head(0, None): ["head", 'a"ü', 0, ""],
    }
    for seal, what in sealed.items():
        text = json.dumps(what, separators=(",", ":")).encode()
        assert hmac.digest(KEY.derive(b"connectors/log"), text, "sha256").hex() == seal
    assert sealer.seal_entry(FIRST) == (
        "291b7391e38fd4a9c3c8a6bf3c65397ccf1ce4dd4a740ca3ce716c85ac947649"
    )
