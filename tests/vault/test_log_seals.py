"""The exact hashes and seals of the log: every log that was ever written stays whole."""

import hashlib
import hmac
import json

import pytest

from connectors_cli.vault.log_seals import BROKEN, LOST, TRUST_LEVELS, Head, Sealer, hash_entry
from connectors_cli.vault.seal import Key

KEY = Key("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
ENTRY = ("2026-01-02T03:04:05.678901Z", "acme", "ann", 'a"@b', "key.rotate", "ü", "ok", "{}", None)
FIRST = "79e2580a1bee5d5ba4290bc4821cee86cccd36da561f37ee1714b5db044301d1"
SECOND = "bf1b1b0e2d87b57046cfb9a1ff20b28a1da54abdda740aec44d559082822dd72"


def test_hash_covers_the_json_of_the_entry_and_the_previous_hash():
    assert hash_entry(None, ENTRY) == FIRST
    assert hash_entry(FIRST, ENTRY) == SECOND
    text = json.dumps([FIRST, *ENTRY], separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == SECOND


@pytest.mark.parametrize("value", [1, b"a", 2.5, True])
def test_only_text_and_none_can_be_hashed(value):
    with pytest.raises(TypeError):
        hash_entry(None, (*ENTRY[:-1], value))


def test_seals_use_a_derived_key_and_cover_tenant_place_and_trust():
    sealer = Sealer(KEY, 'a"ü')
    assert sealer.key_id == KEY.id
    sealed = {
        sealer.seal_entry(FIRST, ""): ["entry", 'a"ü', FIRST, ""],
        sealer.seal_entry(SECOND, FIRST, LOST): ["entry", 'a"ü', SECOND, FIRST, "lost"],
        sealer.seal_alone(FIRST): ["entry", 'a"ü', FIRST],
        sealer.seal_head(2, SECOND): ["head", 'a"ü', 2, SECOND],
        sealer.seal_head(0, None): ["head", 'a"ü', 0, ""],
        sealer.seal_head(2, SECOND, BROKEN): ["head", 'a"ü', 2, SECOND, "broken"],
    }
    for seal, what in sealed.items():
        text = json.dumps(what, separators=(",", ":")).encode()
        assert hmac.digest(KEY.derive(b"connectors/log"), text, "sha256").hex() == seal
    assert sealer.seal_entry(SECOND, FIRST) == (
        "1a42e1cec3ff831dbb6e8262ce03537198944550da57f43979383177bf0557b5"
    )


@pytest.mark.parametrize("trust", TRUST_LEVELS)
def test_head_returns_the_trust_of_a_matching_seal_only(trust):
    sealer = Sealer(KEY, "acme")
    seal = sealer.seal_head(2, SECOND, trust)
    assert Head(3, FIRST, (2, SECOND), (seal, KEY.id)).trust(sealer) == trust
    for sealed, found in (((1, SECOND), seal), ((2, FIRST), seal), ((2, None), seal)):
        assert Head(3, FIRST, sealed, (found, KEY.id)).trust(sealer) is None
    for found in (None, "", seal[1:], "\udcff", 5, b"x"):
        assert Head(3, FIRST, (2, SECOND), (found, KEY.id)).trust(sealer) is None
    assert Head(3, FIRST, (None, SECOND), (seal, KEY.id)).trust(sealer) is None
    assert Head(3, FIRST, (2, SECOND), (seal, KEY.id)).trust(Sealer(KEY, "b")) is None


def test_head_that_this_program_cannot_have_written_is_recognised():
    assert Head(0, None, (None, None), (None, None)).is_possible()
    assert Head(0, None, (0, None), ("seal", "key")).is_possible()
    assert Head(2, FIRST, (1, SECOND), ("seal", "key")).is_possible()
    good = (2, FIRST, (1, SECOND), ("seal", "key"))
    for place in range(6):
        flat = [good[0], good[1], *good[2], *good[3]]
        for wrong in (b"x", -1, 2.5):
            flat[place] = wrong
            head = Head(flat[0], flat[1], (flat[2], flat[3]), (flat[4], flat[5]))
            assert not head.is_possible(), flat


def test_head_is_bare_if_nothing_was_ever_sealed():
    assert Head(3, FIRST, (None, None), (None, None)).is_bare
    assert not Head(3, FIRST, (0, None), (None, None)).is_bare
    assert not Head(3, FIRST, (None, SECOND), (None, None)).is_bare
    assert not Head(3, FIRST, (None, None), ("seal", None)).is_bare
    assert not Head(3, FIRST, (None, None), (None, "key")).is_bare
