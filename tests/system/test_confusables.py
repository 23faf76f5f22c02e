"""Names that look the same: they share a key, which indexes find."""

import pytest

from connectors_cli.system.confusables import look_columns, looks


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("blog", "bl\u043eg"),
        ("BLOG", "bl\u043eg"),
        ("hello", "\u0397ello"),
        ("paypal", "\u0440\u0430\u0443\u0440\u0430l"),
        ("blog", "\uff42\uff4c\uff4f\uff47"),
        ("scope", "\u0455\u0441\u043e\u0440\u0435"),
    ],
)
def test_names_that_look_the_same_share_a_key(one, other):
    assert set(looks(one)) & set(looks(other))


def test_names_of_ascii_are_kept_apart():
    assert len({key for name in ("db1", "dbl", "dbi", "db0", "dbo") for key in looks(name)}) == 5


def test_a_key_stays_the_same_when_it_is_folded_again():
    for name in ("\u0397\u0411", "\u0413\u043e\u0440\u043e\u0434", "\u03a3\u03c2", "caf\u00c9"):
        for key in looks(name):
            assert looks(key) == (key,), name


def test_a_name_that_grows_when_it_is_folded_still_fits_an_index():
    columns = look_columns("\ufdfa" * 255)
    assert [len(text or "") for text in columns.values()] == [64, 0]
    assert columns != look_columns("\ufdfa" * 254)
