"""A short run of each family of faults: no promise is broken."""

import os

import pytest

from families import FAMILIES
from homes import warm

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked"),
]


@pytest.fixture(scope="module", autouse=True)
def imported():
    """Import the program before it is forked, and not in every process."""
    warm()


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_no_promise_is_broken(family, tmp_path):
    rows = list(family.make(family.short, tmp_path))
    assert rows
    assert not [str(row) for row in rows if row.broken]
