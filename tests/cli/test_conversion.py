"""Parts of fields, YAML, jq expressions and headers, wherever JSON or TSV is."""

import csv
import io
import json
import sys

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from connectors_cli.documents.write import as_yaml

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab:- #"), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(JSON_VALUES)
def test_any_json_value_comes_back_from_yaml(value):
    assert yaml.safe_load("".join(as_yaml(value))) == value


@pytest.mark.parametrize(
    "line",
    [
        *("list", "targets", "show blog", "catalog", "catalog show rss", "get blog site_url"),
        *("whoami", "key status", "auth status --all", "log --last 2", "stats", "validate blog"),
        *("tenant list", "member list", "preset list", "env blog"),
        *("remove blog nope --dry-run", "doctor"),
    ],
)
def test_yaml_is_what_json_is(run, blog, line):
    as_json, as_text = run(*line.split(), "--json"), run(*line.split(), "-o", "yaml")
    assert as_text.code == as_json.code
    known, found = json.loads(as_json.out), yaml.safe_load(as_text.out)
    if line not in {"doctor", "env blog", "validate blog", "log --last 2", "stats"}:
        assert found == known
    assert type(found) is type(known)


def test_text_that_is_not_json_stays_as_it_is_in_yaml(run, blog):
    for line in (("catalog", "example", "rss"), ("help", "keys"), ("export", "--all")):
        assert run(*line, "-o", "yaml").out == run(*line).out


@pytest.mark.parametrize(
    ("line", "expression", "printed"),
    [
        ("list", ".[].name", "blog\n"),
        ("list -o jsonl", ".name", "blog\n"),
        ("list -o csv --json", "length", "1\n"),
        ("show blog", ".config", '{"site_url": "https://blog.example.com"}\n'),
        ("show blog", ".tags[], .version, null", "prod\n1\nnull\n"),
        ("edit blog --tag new", '.tags | join("+")', "prod+new\n"),
        ("list", "empty", ""),
        ("show blog", '"\\u001b[31m\\n"', "\\x1b[31m\n\n"),
    ],
)
def test_jq_prints_what_it_selects(run, blog, line, expression, printed):
    done = run(*line.split(), "--jq", expression)
    assert (done.code, done.out, done.err) == (0, printed, "")


def test_invalid_jq_is_refused_before_anything_is_changed(run, blog):
    done = run("edit", "blog", "--tag", "new", "--jq", ".[")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: --jq: syntax error")
    assert json.loads(run("show", "blog", "--json").out)["tags"] == ["prod"]


def test_a_change_whose_jq_fails_is_called_done(run, blog):
    done = run("edit", "blog", "--tag", "new", "--json", "--jq", ".name.x")
    error = json.loads(done.err)["error"]
    assert (done.code, done.out, error["changed"]) == (2, "", True)
    assert error["message"].startswith("done; but --jq: Cannot index string")


def test_jq_of_text_is_a_usage_error(run, blog):
    done = run("help", "keys", "--jq", ".")
    assert (done.code, done.out, "prints text" in done.err) == (2, "", True)


def test_jq_without_its_library_says_how_to_install_it(run, blog, monkeypatch):
    monkeypatch.setitem(sys.modules, "jq", None)
    done = run("list", "--jq", ".")
    assert (done.code, done.out) == (2, "")
    assert "pip install 'connectors-cli[jq]'" in done.err


@pytest.mark.parametrize("output", ["json", "jsonl"])
def test_part_of_a_field_has_its_dotted_name_in_json(run, blog, output):
    fields = "name,config.site_url,tags.0,config.nothing,tags.7,tags.x,config.site_url.x"
    (row,) = [
        json.loads(line.strip("[],"))
        for line in run("list", "-o", output, "--fields", fields).out.splitlines()
        if len(line) > 2
    ]
    assert row == {
        "name": "blog",
        "config.site_url": "https://blog.example.com",
        "tags.0": "prod",
        **dict.fromkeys(("config.nothing", "tags.7", "tags.x", "config.site_url.x")),
    }


def test_part_of_a_field_is_a_column_elsewhere(run, blog):
    line = ("--fields", "config.site_url,name")
    for command in (("list",), ("targets",), ("list", "-q", "blog")):
        assert run(*command, *line).out == "https://blog.example.com\tblog\n"
        assert run(*command, *line, "-o", "names").out == "blog\n"
        shown = run(*command, *line, "-o", "table").out
        assert shown.split() == ["config.site_url", "name", "https://blog.example.com", "blog"]
        (row,) = csv.DictReader(io.StringIO(run(*command, *line, "-o", "csv").out))
        assert row == {"config.site_url": "https://blog.example.com", "name": "blog"}
    assert run("list", "--fields", "config.site_url", "-o", "name").out.startswith("https://blog")
    assert (
        run("show", "blog", *line).out == "config.site_url\thttps://blog.example.com\nname\tblog\n"
    )


@pytest.mark.parametrize(
    ("line", "field", "found"),
    [
        ("catalog show rss", "fields.0", None),
        ("catalog show rss", "capabilities.read_feed", True),
        ("edit blog --tag new", "config.site_url", "https://blog.example.com"),
        ("catalog -q wordpress.com", "capabilities.post_text", True),
        ("log --last 1", "details.id", None),
    ],
)
def test_parts_of_fields_are_known_to_every_command(run, blog, line, field, found):
    done = run(*line.split(), "--json", "--fields", field)
    assert done.code == 0, done.err
    first = json.loads(done.out)
    first = first[0] if isinstance(first, list) else first
    assert list(first) == [field]
    assert found is None or first[field] == found


@pytest.mark.parametrize("field", ["name.x", "nothing.x", ".", "config.a,nope"])
def test_a_part_of_no_object_is_a_usage_error(run, blog, field):
    done = run("list", "--fields", field)
    assert (done.code, "unknown field" in done.err) == (2, True)


def test_longest_name_of_a_setting_wins(run, blog, tmp_path):
    schema = {"type": "object", "properties": {"a.b": {}, "a": {}}, "additionalProperties": True}
    (tmp_path / "s.json").write_text(json.dumps(schema))
    assert run("catalog", "add", tmp_path / "s.json", "--key", "own").code == 0
    values = ("--set-json", 'a.b=[{"c": 5}]', "--set-json", 'a={"b": 1, "x.y": 2}')
    assert run("install", "own", *values).code == 0
    fields = "config.a.b,config.a.b.0.c,config.a.x.y"
    shown = json.loads(run("show", "own", "--json", "--fields", fields).out)
    assert list(shown.values()) == [[{"c": 5}], 5, 2]


def test_lists_of_texts_are_joined_by_commas_in_tsv_and_csv(run, blog):
    assert run("edit", "blog", "--tag", "eu").code == 0
    assert run("list", "--fields", "tags,auth_fields").out == (
        "prod,eu\tapplication_password,username\n"
    )
    (row,) = csv.DictReader(io.StringIO(run("list", "-o", "csv").out))
    assert row["tags"] == "prod,eu"
    assert json.loads(row["config"]) == {"site_url": "https://blog.example.com"}
    assert run("list", "--fields", "tags", "-o", "names").out == "prod,eu\n"


def test_header_names_the_columns_of_tsv(run, blog):
    heading, row = run("list", "--header").out.splitlines()
    assert heading == "name\tcatalog_key\tstatus\ttags\tupdated_at"
    assert row.startswith("blog\twordpress\tactive\tprod\t")
    assert run("list", "--header", "--fields", "config.site_url,name").out.splitlines()[0] == (
        "config.site_url\tname"
    )
    assert run("auth", "status", "--all", "--header").out == run("auth", "status", "--all").out or (
        run("auth", "status", "--all", "--header").out.startswith("name\tstate")
    )
    assert run("list", "--header", "--json").out == run("list", "--json").out


def test_name_is_another_word_for_names(run, blog):
    for line in (("list",), ("whoami",), ("edit", "blog", "--dry-run", "--tag", "x")):
        assert run(*line, "-o", "name").out == run(*line, "-o", "names").out
