"""What installs, edits and removals answer: in the format, and with the fields, that were asked."""

import json

import pytest


def edit(run, *more):
    done = run("edit", "blog", "--tag", "prod", *more)
    assert done.code == 0
    return done.out


def test_without_a_format_the_answer_is_a_sentence(run, blog):
    assert edit(run) == "blog (wordpress): unchanged, active\n"
    assert edit(run, "-o", "cards") == "blog (wordpress): unchanged, active\n"


@pytest.mark.parametrize(
    ("output", "shown"),
    [
        ("names", "blog\n"),
        ("tsv", "blog\twordpress\tactive\tunchanged\n"),
    ],
)
def test_format_is_that_of_lists(run, blog, output, shown):
    assert edit(run, "-o", output) == shown


def test_csv_has_every_field_and_table_the_usual_ones(run, blog):
    head, row = edit(run, "-o", "csv").splitlines()
    assert head.startswith("name,change,id,")
    assert row.startswith("blog,unchanged,")
    assert edit(run, "-o", "table").split() == [
        *("name", "catalog_key", "status", "change"),
        *("blog", "wordpress", "active", "unchanged"),
    ]


def test_fields_choose_what_is_shown(run, blog):
    assert edit(run, "--fields", "change,name") == "unchanged\tblog\n"
    shown = edit(run, "--json", "--fields", "name,status,error")
    assert json.loads(shown) == {"name": "blog", "status": "active", "error": None}


@pytest.mark.parametrize(
    "line",
    [
        ("edit", "blog", "--tag", "new"),
        ("remove", "blog"),
        ("install", "x", "--set", "client_id=a", "--name", "blog", "--upsert"),
    ],
)
def test_unknown_field_is_reported_before_anything_changes(run, blog, line):
    before = run("show", "blog", "--json").out
    assert run(*line, "--fields", "nonsense").code == 2
    assert run("show", "blog", "--json").out == before


def test_installs_and_restores_answer_alike(run, blog):
    line = ("--fields", "name,change")
    assert run("remove", "blog", *line).out == "blog\tremoved\n"
    assert run("restore", "blog", *line).out == "blog\trestored\n"
    done = run("install", "x", "--set", "client_id=a", "--name", "news", "-o", "names")
    assert done.out == "news\n"
    assert "not signed in" in done.err


def test_batch_is_one_line_each_in_jsonl(run, blog):
    done = run("remove", "blog", "nope", "-o", "jsonl", "--fields", "name,change")
    found = [json.loads(line) for line in done.out.splitlines()]
    assert found == [{"name": "blog", "change": "removed"}, {"name": "nope", "change": None}]


def test_batch_ends_with_the_code_that_its_failures_share(run, blog):
    done = run("remove", "blog", "nope", "-o", "names")
    assert (done.code, done.out) == (5, "blog\n")
    assert "no connector 'nope'" in done.err
