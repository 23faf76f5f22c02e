"""Sealing: a value opens at its own place and nowhere else."""

import base64
import json
import time

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from connectors_cli.errors import ConnectorsError, Tampered
from connectors_cli.vault.seal import Cipher, Key, new_key

KEY = new_key()
CIPHER = Cipher(KEY)
TEXTS = st.text(max_size=30)
PLACES = st.tuples(TEXTS, TEXTS, TEXTS)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
ROW = {
    "tenant_id": "default",
    "id": "c1",
    "catalog_key": "wordpress",
    "source": "builtin",
    "digest": "d1",
    "name": "blog",
    "config": {"site_url": "https://blog.example.com", "retries": 3},
    "key_id": KEY.id,
}


def row(**auth: object) -> dict:
    """Return a row as the store keeps it, with these credentials sealed."""
    place = (ROW["tenant_id"], ROW["id"])
    sealed = {**ROW, "auth": {f: CIPHER.seal((*place, f), value) for f, value in auth.items()}}
    return {**sealed, "auth_mac": CIPHER.row_mac(sealed)}


@given(PLACES, VALUES)
def test_seal_opens_at_its_place(place, value):
    assert CIPHER.open(place, CIPHER.seal(place, value)) == value


@given(PLACES, PLACES, VALUES)
def test_seal_opens_only_at_its_place(place, other, value):
    if place != other:
        with pytest.raises(Tampered, match="belongs to another record"):
            CIPHER.open(other, CIPHER.seal(place, value))


@pytest.mark.parametrize(
    "other",
    [("b", "mec1", "token"), ("ac", "x", "token"), ("ac", "mec1", "t"), ("acm", "ec1", "token")],
)
def test_moved_token_is_refused(other):
    token = CIPHER.seal(("ac", "mec1", "token"), "canary")
    with pytest.raises(Tampered, match="belongs to another record"):
        CIPHER.open(other, token)


def test_plain_fernet_would_have_opened_the_moved_token():
    token = Fernet(KEY.text).encrypt(b"canary")
    assert Fernet(KEY.text).decrypt(token) == b"canary"
    with pytest.raises(Tampered):
        CIPHER.open(("ac", "mec1", "token"), token.decode())


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_token_with_a_changed_byte_is_refused(position, change):
    raw = bytearray(base64.urlsafe_b64decode(CIPHER.seal(("t", "c", "f"), "canary")))
    raw[position % len(raw)] ^= change
    with pytest.raises(Tampered, match="is damaged"):
        CIPHER.open(("t", "c", "f"), base64.urlsafe_b64encode(raw).decode())


@given(st.none() | st.integers() | st.text() | st.binary() | st.lists(st.text()))
def test_anything_but_a_token_is_refused(thing):
    with pytest.raises(Tampered, match="is damaged"):
        CIPHER.open(("t", "c", "f"), thing)


def test_another_key_opens_nothing():
    with pytest.raises(Tampered, match="is damaged"):
        Cipher(new_key()).open(("t", "c", "f"), CIPHER.seal(("t", "c", "f"), "canary"))


@pytest.mark.parametrize("year", [1970, 2001, 2038, 2107])
def test_token_opens_whatever_the_clock_shows(monkeypatch, year):
    token = CIPHER.seal(("t", "c", "f"), "canary")
    monkeypatch.setattr(time, "time", lambda: (year - 1970) * 31_556_952.0)
    assert CIPHER.open(("t", "c", "f"), token) == "canary"


def test_sealing_with_a_clock_before_1970_is_an_error(monkeypatch):
    token = CIPHER.seal(("t", "c", "f"), "canary")
    monkeypatch.setattr(time, "time", lambda: -86_400.0)
    assert CIPHER.open(("t", "c", "f"), token) == "canary"
    with pytest.raises(ConnectorsError) as refusal:
        CIPHER.seal(("t", "c", "f"), "canary")
    assert refusal.value.message == "the system clock is before 1970: nothing can be sealed"
    assert refusal.value.hint == "set the clock: timedatectl, or your system's settings"


def test_place_can_contain_surrogates():
    place = ("t", "c", "\ud800")
    assert CIPHER.open(place, CIPHER.seal(place, "\udc80")) == "\udc80"


def test_equal_values_have_different_tokens_and_fingerprints_per_place():
    here, there = ("t", "c", "f"), ("t", "c", "g")
    assert CIPHER.seal(here, "canary") != CIPHER.seal(here, "canary")
    assert CIPHER.fingerprint(here, "canary") == CIPHER.fingerprint(here, "canary")
    assert CIPHER.fingerprint(here, "canary") != CIPHER.fingerprint(there, "canary")
    assert Cipher(new_key()).fingerprint(here, "canary") != CIPHER.fingerprint(here, "canary")


def test_row_opens_with_all_or_some_of_its_credentials():
    assert CIPHER.open_row(row(token="a", password=["b"])) == {"token": "a", "password": ["b"]}
    assert CIPHER.open_row(row(token="a", password="b"), ("token",)) == {"token": "a"}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("tenant_id", "other"),
        ("id", "c2"),
        ("catalog_key", "medium"),
        ("source", "custom"),
        ("name", "Blog"),
        ("name", b"blog"),
        ("config", {"site_url": "https://evil.example", "retries": 3}),
        ("config", {"site_url": "https://blog.example.com", "retries": 3.0}),
        ("config", {"site_url": "https://blog.example.com", "retries": 3, "extra": None}),
        ("config", "{}"),
        ("config", None),
        ("auth", {}),
        ("auth", []),
        ("auth", None),
        ("auth_mac", ""),
        ("auth_mac", "é"),
        ("auth_mac", None),
        ("auth_mac", "0" * 64),
        ("key_id", "0" * 16),
    ],
)
def test_row_with_a_changed_column_is_refused(column, value):
    with pytest.raises(Tampered):
        CIPHER.open_row({**row(token="canary"), column: value})


def test_seal_covers_the_digest_of_custom_types_only():
    assert CIPHER.open_row({**row(token="a"), "digest": "d2"}) == {"token": "a"}
    custom = {**row(token="a"), "source": "custom"}
    custom["auth_mac"] = CIPHER.row_mac(custom)
    with pytest.raises(Tampered):
        CIPHER.open_row({**custom, "digest": "d2"})


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("é", "'token' is damaged"),
        (None, "'token' is damaged"),
        (7, "'token' is damaged"),
        ("", "'token' is damaged"),
        (CIPHER.seal(("default", "c1", "token"), "x")[:-9], "'token' is damaged"),
        (CIPHER.seal(("default", "c2", "token"), "x"), "'token' belongs to another record"),
        (CIPHER.seal(("default", "c1", "token"), "x"), "changed outside connectors"),
    ],
)
def test_refused_row_names_the_credential_and_what_is_wrong(token, words):
    altered = row(password="a", token="canary")
    altered["auth"] = {**altered["auth"], "token": token}
    with pytest.raises(Tampered, match="connector 'blog' cannot be used") as refusal:
        CIPHER.open_row(altered, ("password",))
    assert words in refusal.value.message


def test_repr_never_shows_a_key():
    assert KEY.text not in repr(KEY)
    assert KEY.id in repr(KEY)


def test_key_id_depends_on_the_key_alone():
    assert Key(KEY.text).id == KEY.id
    assert len({new_key().id for _ in range(50)}) == 50
    assert KEY.id not in json.dumps([KEY.derive(b"connectors/row").hex()])


# What a fixed key makes of a fixed row, so that every later program opens what this one seals.
FIXED = "z-p6TaHXthyIl_zGK6vLtCXYmiHMf_NaCOd_JjsB4zU="
FIXED_ROW = {**ROW, "source": "custom", "config": {"é": [1, None]}, "auth": {"token": "x"}}


def test_ids_seals_and_fingerprints_never_change():
    cipher, place = Cipher(Key(FIXED)), ("t", "c", "f")
    assert cipher.key.id == "a4ff2af4b7c2cba4"
    assert cipher.row_mac(FIXED_ROW) == (
        "30d1ae5729239b1abb680fbf38549acf8b6fad4fb5f553f6290994ad5da12c04"
    )
    assert cipher.fingerprint(place, "canary") == "699270085abba7ee8dc8ab69cc370ad2"
    assert cipher.fingerprint(place, "canarx") != "699270085abba7ee8dc8ab69cc370ad2"
    assert cipher.unwrap(place, cipher.seal(place, "é"))[1 + 32 :] == b'"\xc3\xa9"'
    assert len(cipher.key.derive(b"connectors/row")) == 32


def test_resealing_keeps_values_and_places():
    other, values = Cipher(new_key()), {"token": "a\udc80", "password": ["b", 1]}
    sealed = row(**values)
    tokens, prints = CIPHER.reseal_row(sealed, other)
    moved = {**sealed, "auth": tokens, "key_id": other.key.id}
    moved["auth_mac"] = other.row_mac(moved)
    assert other.open_row(moved) == values
    for field, value in values.items():
        assert prints[field] == other.fingerprint((ROW["tenant_id"], ROW["id"], field), value)


def test_new_seal_without_its_value_is_refused():
    class Forgetful(Cipher):
        """A cipher whose tokens contain something else."""

        def wrap(self, body):
            return super().wrap(body[:-1])

    assert not CIPHER.holds("no token", b"")
    with pytest.raises(Tampered, match="new seal of 'token' does not contain its value"):
        CIPHER.reseal_row(row(token="canary"), Forgetful(new_key()))


def test_row_of_another_key_names_the_key():
    with pytest.raises(Tampered, match=f"'blog' is not sealed with key {KEY.id}$"):
        CIPHER.open_row({**row(token="a"), "key_id": "0" * 16})


def test_seal_that_is_not_text_is_refused():
    with pytest.raises(
        Tampered, match=r"'blog' cannot be used: it was changed outside connectors$"
    ):
        CIPHER.open_row({**row(token="a"), "auth_mac": "\udc80"})


def test_refusal_has_commands_to_paste():
    hints = []
    for change in ({"name": "Blog"}, {"auth": {"token": "x"}}):
        with pytest.raises(Tampered) as refusal:
            CIPHER.open_row({**row(token="a"), **change})
        hints.append(refusal.value.hint)
    backup = "; or restore a backup: connectors restore --from FILE"
    assert hints == [
        f"if you made the change: connectors credentials accept Blog{backup}",
        "to clear its credentials and keep its settings: connectors credentials reset blog"
        + backup,
    ]
