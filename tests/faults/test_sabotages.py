"""The tool itself: each way to break the program turns a line of a family red."""

import os
import sys

import pytest

import sabotages
from breaking import Gone, assign, rewrite
from homes import warm
from killing import can_trace
from support.processes import finish, fork
from support.secret_service import MISSING

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
TRACED = {
    sabotages._power,
    sabotages._power_files,
    sabotages._written,
}

TRIES = 3
"""What a race or a kill at a random moment shows is not there each time: these are a few rounds."""


@pytest.fixture(scope="module")
def imported():
    """Import the program before it is forked, and not in every process."""
    warm()


@pytest.mark.slow
@pytest.mark.parametrize("sabotage", sabotages.ALL, ids=lambda one: one.name)
def test_broken_program_is_noticed(imported, sabotage, tmp_path):
    if sabotage.make in TRACED and not can_trace():
        pytest.skip("no strace here that may look at processes")
    if sabotage.make is sabotages._starts and MISSING:
        pytest.skip(f"no {', '.join(MISSING)} here")
    for number in range(TRIES):
        out, err = tmp_path / f"out-{number}", tmp_path / f"err-{number}"
        code = finish(fork(lambda: sabotages.run(sabotage), str(out), str(err)))
        if code or not sabotage.red:
            break
    red = [line.partition("BROKEN: ")[2] for line in out.read_text().splitlines()]
    told = out.read_text() + err.read_text()
    assert code == (1 if sabotage.red else 0), told
    assert any(sabotage.red in line for line in red), told
    assert "STOPPED" not in told


@pytest.mark.parametrize("sabotage", sabotages.ALL, ids=lambda one: one.name)
def test_what_a_sabotage_breaks_is_still_there(sabotage, tmp_path):
    def broken() -> int:
        try:
            sabotage.breaks()
        except Gone as error:
            print(error, file=sys.stderr)
            return 1
        return 0

    err = tmp_path / "err"
    assert finish(fork(broken, err=str(err))) == 0, err.read_text()


def test_each_sabotage_has_a_name_and_there_are_more_than_the_known_ones():
    names = [one.name for one in sabotages.ALL]
    assert len(set(names)) == len(names)
    assert len(sabotages.FIRST_22) == 22
    assert len(sabotages.OWN) >= 12
    assert [one.name for one in sabotages.ALL if not one.red] == ["rotation switches the key first"]


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("connectors_cli.vault.seal:check_clock", "not there"),
        ("connectors_cli.vault.seal:not_there", "def"),
        ("connectors_cli.vault.seal:NoClass.open", "def"),
        ("connectors_cli.vault.seal:VERSION", "def"),
    ],
)
def test_what_is_gone_cannot_be_broken(place, text):
    with pytest.raises(Gone):
        rewrite(place, text, "")


def test_unknown_name_cannot_be_assigned():
    with pytest.raises(Gone):
        assign("connectors_cli.vault.seal:NOT_THERE", 1)
