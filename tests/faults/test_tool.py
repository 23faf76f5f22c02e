"""The tool itself: every family that was asked for answers, or the run fails."""

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

import full_disk
from figures import Family, Row, row

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")


def _main():
    place = Path(__file__).with_name("__main__.py")
    spec = importlib.util.spec_from_file_location("faults_main", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main


def family(name: str, *rows: Row, error: BaseException | None = None, dies: bool = False) -> Family:
    def make(count: int, folder: Path) -> Iterator[Row]:
        yield from rows
        if dies:
            os._exit(0)
        if error:
            raise error

    return Family(name, make, 1, 1)


def plain(name: str, error: BaseException) -> Family:
    """A family whose function raises at once, before there is an iterator."""

    def make(count: int, folder: Path) -> Iterator[Row]:
        raise error

    return Family(name, make, 1, 1)


GOOD = family("good", row("good fault", 1, {"lost": 0}, ["lost"]))
LAST = family("last", row("last fault", 1, {}))
BAD = family("bad", row("bad fault", 1, {"lost": 1}, ["lost"]))
SKIPPED = family("skipped", Row("skipped fault", 0, skipped="no disk here"))


def test_families_that_keep_their_promises_end_with_0(capfd):
    assert _main()([], [GOOD, LAST]) == 0
    out = capfd.readouterr().out
    assert out.index("good fault") < out.index("last fault")


@pytest.mark.parametrize("words", [["nosuch"], ["good", "nosuch"], ["--shrt"], [""]])
def test_unknown_family_or_option_runs_nothing_and_names_the_families(capfd, words):
    assert _main()(words, [GOOD, LAST]) == 2
    out, err = capfd.readouterr()
    assert not out
    assert "good, last" in err
    assert "--allow-skips" in err


def test_broken_promise_ends_with_1():
    assert _main()(["--allow-skips"], [GOOD, BAD, SKIPPED]) == 1


@pytest.mark.parametrize(
    "one",
    [
        plain("one", StopIteration()),
        plain("one", SystemExit(0)),
        family("one", row("first row", 1, {}), error=ValueError("why")),
        family("one", row("first row", 1, {}), error=KeyboardInterrupt()),
        family("one", dies=True),
        family("one"),
    ],
    ids=["StopIteration", "SystemExit", "after a row", "KeyboardInterrupt", "dies", "no rows"],
)
def test_family_that_stops_fails_the_run_and_drops_no_other(capfd, one):
    assert _main()(["good", "one", "last"], [GOOD, one, LAST]) == 1
    out = capfd.readouterr().out
    assert "good fault" in out
    assert "last fault" in out
    assert "STOPPED" in out
    assert "1 of 3 families stopped" in out


def test_rows_before_an_error_are_shown(capfd):
    one = family("one", row("first row", 1, {}), error=ValueError("why"))
    assert _main()([], [one]) == 1
    out = capfd.readouterr().out
    assert "first row" in out
    assert "why" in out


def test_skipped_fault_ends_with_3_unless_allowed(capfd):
    assert _main()([], [GOOD, SKIPPED]) == 3
    assert _main()(["--allow-skips"], [GOOD, SKIPPED]) == 0
    assert "skipped: no disk here" in capfd.readouterr().out


@pytest.mark.slow
def test_full_disk_counts_a_line_as_done_only_after_reading_it_again(tmp_path):
    stock, bundle = full_disk._stock(tmp_path)
    kept = {file.name: file.read_bytes() for file in stock.path.parent.iterdir()}
    recorded, truth = full_disk._recorded(stock), stock.contents()
    for line in full_disk._lines(stock, bundle):
        swallowed = SimpleNamespace(code=0, out="", err="")
        full_disk._put_back(stock, kept)
        judged = [*full_disk._judge(stock, line, swallowed, truth, recorded)]
        assert judged == ["done and not there"], line
        done = stock.run(*line)
        judged = [*full_disk._judge(stock, line, done, truth, recorded)]
        assert judged == ["fitted"], (line, done)


@pytest.mark.slow
def test_full_disk_notices_a_secret_that_left_without_an_entry(tmp_path):
    stock, _ = full_disk._stock(tmp_path)
    told = SimpleNamespace(code=0, out="token-of-c0\n", err="")
    truth, recorded = stock.contents(), full_disk._recorded(stock)
    judged = [*full_disk._judge(stock, full_disk.GET, told, truth, recorded)]
    assert judged == ["secrets shown without an entry", "fitted"]
