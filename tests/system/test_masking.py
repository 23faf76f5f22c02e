"""Masking of secrets in a stream, however it is split."""

import base64
import html
import json
import quopri
import random
import re
import shlex
import time
import tracemalloc
from urllib.parse import quote, quote_plus

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors_cli.system.masking import SHORTEST, Masker, mask_credentials

SECRETS = st.lists(st.text(alphabet="ab-", min_size=SHORTEST, max_size=9), min_size=1, max_size=4)


def masked(secrets: list[str], pieces: list[bytes]) -> bytes:
    masker = Masker(secrets)
    return b"".join([*map(masker.feed, pieces), masker.end()])


@given(SECRETS, st.lists(st.text(alphabet="ab-\n", max_size=12), max_size=8))
def test_secrets_are_masked_however_a_stream_is_split(secrets, pieces):
    data = "".join(pieces).encode()
    shown = masked(secrets, [bytes([byte]) for byte in data])
    assert not any(secret.encode() in shown for secret in secrets)


@given(SECRETS, st.binary(max_size=40))
def test_stream_without_secrets_is_unchanged(secrets, data):
    clean = bytes(byte for byte in data if byte not in b"ab-")
    assert masked(secrets, [clean[:7], clean[7:]]) == clean


def test_each_line_of_a_secret_is_masked():
    key = "-----BEGIN-----\nMIIabcd\n-----END-----"
    assert masked([key], [b"x MIIabcd y"]) == b"x *** y"


def test_secret_escaped_as_json_is_masked():
    assert masked(['pa"ss\\word'], [b'{"p": "pa\\"ss\\\\word"}']) == b'{"p": "***"}'


def test_credential_is_masked_as_hosts_and_addresses_write_it():
    said = "cannot resolve canary-pässword, xn--canary-pssword-5hb, CANARY%2FX canary%2fx"
    host = "Canary-Pässword".lower().encode("idna").decode()
    secrets = ["Canary-Pässword", "CANARY/X"]
    shown = mask_credentials(f"{said} {host} canary/x", secrets)
    assert "canary" not in shown.replace("xn--canary-pssword-5hb", "").lower()


def spelled(secret: str) -> list[str]:
    """Return a secret as common programs write it."""
    data, text = secret.encode(), json.dumps(secret)[1:-1]
    return [
        secret,
        text,
        json.dumps(secret, ensure_ascii=False)[1:-1],
        json.dumps(text)[1:-1],
        text.replace("/", "\\/"),
        text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"),
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        re.sub("%..", lambda found: found[0].lower(), quote(secret, safe="")),
        quote(secret, safe="!'()*"),
        html.escape(secret),
        html.escape(secret, quote=False),
        html.escape(secret).replace("&#x27;", "&#39;"),
        repr(secret)[1:-1],
        repr(data)[2:-1],
        ascii(secret)[1:-1],
        shlex.quote(secret),
        secret.replace("'", "'\\''"),
        data.hex(),
        data.hex().upper(),
        *(base64.b64encode(b"user-name"[:n] + data).decode() for n in range(4)),
        *(base64.urlsafe_b64encode(b"user-name"[:n] + data + b"tail").decode() for n in range(4)),
        base64.encodebytes(data).decode(),
        base64.b64encode(secret.encode("utf-16-le")).decode(),
        base64.b64encode(b"\0alice\0" + data).decode(),
        "".join(f"%{byte:02x}" for byte in data),
        re.sub("[^A-Za-z0-9]", lambda found: quoted_bytes(found[0]), secret),
        re.sub("[^A-Za-z0-9]", lambda found: f"&#{ord(found[0])};", secret),
        re.sub("[^A-Za-z0-9]", lambda found: f"&#x{ord(found[0]):x};", secret),
        html.escape(secret).encode("ascii", "xmlcharrefreplace").decode(),
        yaml.safe_dump(secret, width=10_000).split("\n")[0].strip("\"'"),
        secret.replace("'", "''"),
        secret.replace('"', '""'),
        secret.replace(" ", ""),
        quopri.encodestring(data).decode().replace("=\n", ""),
    ]


def quoted_bytes(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode())


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.text(st.characters(min_codepoint=33, exclude_categories=["C", "Z"]), min_size=6),
    st.lists(st.integers(1, 40), max_size=6),
    st.integers(0, 10_000),
)
def test_no_spelling_of_any_secret_is_shown_however_it_is_split(secret, sizes, which):
    forms = spelled(secret)
    data = forms[which % len(forms)].encode()
    pieces, at = [], 0
    for size in sizes:
        pieces.append(data[at : at + size])
        at += size
    shown = masked([secret], [*pieces, data[at:]])
    assert b"***" in shown
    assert len(shown.replace(b"***", b"")) <= 14  # what base64 mixes with other bytes, or a quote


@pytest.mark.parametrize(
    "secret", ["S3cr3tValue", "p@ss w'ord\"&<x>/+é$`\\", "x" * 7 + "/+é" * 60, "aa'bb\"ccdd"]
)
def test_secret_is_masked_however_a_program_spells_it(secret):
    for text in spelled(secret):
        shown = masked([secret], [text.encode()]).decode()
        assert len(shown.replace("***", "")) <= 12, (text, shown)  # what base64 mixes with others


def test_a_run_of_secrets_is_one_mask_however_the_stream_is_split():
    secret = "".join(map(chr, range(97, 123))) * 40
    for size in (1, 2, 63, 64, 65, 5000):
        data = b"<" + secret.encode() + b">"
        pieces = [data[at : at + size] for at in range(0, len(data), size)]
        assert masked([secret], pieces) == b"<***>"


def test_secrets_that_overlap_are_masked_whole():
    assert masked(["abcdef", "defghi"], [b"(abcde", b"fghi)"]) == b"(***)"


def test_output_that_begins_no_secret_is_shown_at_once():
    masker = Masker(["hunter2hunter2"])
    assert masker.feed(b"Continue? [y/N] ") == b"Continue? [y/N] "
    assert masker.feed(b"hunter") == b""
    assert masker.feed(b"s") == b"hunters"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("secret", "printed"),
    [
        ("a" * 200_000 + "b", b"a" * 200_000),
        ("ab" * 100_000, b"ab" * 20_000 + b"aba" * 40_000),
        (random.Random(7).randbytes(100_000).hex(), b"0123456789abcdef" * 12_000),
    ],
)
def test_masking_a_long_secret_is_linear(secret, printed):
    tracemalloc.start()
    began = time.process_time()
    masked([secret], [printed[at : at + 4096] for at in range(0, len(printed), 4096)])
    assert time.process_time() - began < 20  # quadratic: minutes
    assert tracemalloc.get_traced_memory()[1] < 60_000_000
    tracemalloc.stop()


def test_long_random_secret_is_masked_at_once():
    """It takes 0.2 s; each piece was once looked for in several ways, which took 1.4 s."""
    secret = random.Random(1).randbytes(1 << 19).hex()
    began = time.process_time()
    masker = Masker([secret])
    shown = masker.feed(f"a {secret} b".encode()) + masker.end()
    assert shown == b"a *** b"
    assert time.process_time() - began < 1


def test_writes_of_two_bytes_of_a_long_secret_are_quick():
    secret = "k" * 16 * 1024
    data = secret.encode() * 10
    began = time.process_time()
    assert masked([secret], [data[at : at + 2] for at in range(0, len(data), 2)]) == b"***"
    assert time.process_time() - began < 5
