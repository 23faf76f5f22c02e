"""Secrets in a stream, however it is cut."""

from hypothesis import given
from hypothesis import strategies as st

from connectors_cli.masking import SHORTEST, Masker

SECRETS = st.lists(st.text(alphabet="ab-", min_size=SHORTEST, max_size=9), min_size=1, max_size=4)


def masked(secrets: list[str], pieces: list[bytes]) -> bytes:
    masker = Masker(secrets)
    return b"".join([*map(masker.feed, pieces), masker.end()])


@given(SECRETS, st.lists(st.text(alphabet="ab-\n", max_size=12), max_size=8))
def test_how_a_stream_is_cut_makes_no_difference_to_what_is_hidden(secrets, pieces):
    data = "".join(pieces).encode()
    shown = masked(secrets, [bytes([byte]) for byte in data])
    assert not any(secret.encode() in shown for secret in secrets)


@given(SECRETS, st.binary(max_size=40))
def test_what_holds_no_secret_comes_out_as_it_went_in(secrets, data):
    clean = bytes(byte for byte in data if byte not in b"ab-")
    assert masked(secrets, [clean[:7], clean[7:]]) == clean


def test_each_line_of_a_secret_is_hidden():
    key = "-----BEGIN-----\nMIIabcd\n-----END-----"
    assert masked([key], [b"x MIIabcd y"]) == b"x *** y"


def test_a_secret_as_json_escapes_it_is_hidden():
    assert masked(['pa"ss\\word'], [b'{"p": "pa\\"ss\\\\word"}']) == b'{"p": "***"}'
