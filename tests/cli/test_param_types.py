"""Values on the command line: text unchanged, other types converted by Typer."""

import pytest


@pytest.mark.parametrize("value", ["x", "1.5", "", "--json"])
def test_invalid_number_is_refused(run, stocked, value):
    done = run("targets", "--require", value)
    assert (done.code, done.out) == (2, "")
    assert "--require" in done.err


def test_numbers_and_repeated_options_are_parsed(run, blog):
    assert run("targets", "--require", "1").code == 0
    assert run("targets", "--require", "2").code == 5
    assert run("edit", blog, "--tag", "a", "--tag", "b", "--if-version", "1").code == 0
    assert run("list", "--tag", "b", "-o", "names").out == "blog\n"


@pytest.mark.parametrize("word", ["\udcff", "caf\udce9"])
@pytest.mark.parametrize("line", [("show",), ("list", "--tag"), ("catalog", "-q")], ids=str)
def test_undecodable_bytes_are_refused_or_find_nothing(run, stocked, line, word):
    done = run(*line, word, "--color", "never")
    assert done.code in {0, 2, 5}
    assert done.out == ""
    assert "unexpected" not in done.err


def test_text_of_any_script_is_accepted(run, stocked):
    assert run("show", "Café ☕", "--color", "never", "--fields", "name").out == "name\tCafé ☕\n"


@pytest.mark.parametrize("jobs", ["0", "1001", "-1", "1e1", "٣", ""])
def test_a_number_out_of_its_bounds_is_refused(run, stocked, jobs):
    done = run("test", "--all", "--jobs", jobs)
    assert (done.code, done.out) == (2, "")
    assert "--jobs" in done.err


@pytest.mark.parametrize("jobs", ["1", "1000", "008"])
def test_number_within_its_bounds_is_accepted(run, stocked, jobs):
    assert run("test", "nobody", "--jobs", jobs).code == 5
