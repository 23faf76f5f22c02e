"""Machine formats: json, jsonl, csv, tsv and names of any row."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors_cli.cli import formats
from connectors_cli.store.read.rows import BOOL, CATALOG, CONNECTOR, INT, JSON, TEXT, Rows
from connectors_cli.system.text import printable

COLUMNS = (("name", TEXT), ("on", BOOL), ("version", INT), ("config", JSON))
HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0"]
TEXTS = st.text(st.characters(exclude_categories=[]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
ROWS = st.lists(
    st.tuples(
        TEXTS | st.none(),
        st.booleans() | st.none(),
        st.integers() | st.none(),
        st.none() | VALUES,
    ),
    max_size=4,
)


def written(output, *rows, columns=COLUMNS, single=False):
    stream = io.StringIO(newline="")
    count = formats.write(Rows("connector", columns, iter(rows), single=single), output, stream)
    assert count == len(rows)
    return stream.getvalue()


def stored(rows):
    """Rows as the store gives them: JSON as text, true and false as numbers or not."""
    return [
        (name, on, version, None if value is None else json.dumps(value))
        for name, on, version, value in rows
    ]


def as_objects(rows):
    return [dict(zip(("name", "on", "version", "config"), row, strict=True)) for row in rows]


@given(ROWS)
def test_any_rows_come_back_from_json(rows):
    text = written("json", *stored(rows))
    assert json.loads(text) == as_objects(rows)
    assert text.isascii()


@given(ROWS)
def test_any_row_is_one_line_of_jsonl(rows):
    lines = written("jsonl", *stored(rows)).splitlines()
    assert [json.loads(line) for line in lines] == as_objects(rows)


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_any_text_is_one_line_and_one_cell_of_tsv(texts):
    columns = tuple((f"f{place}", TEXT) for place in range(len(texts)))
    text = written("tsv", tuple(texts), columns=columns)
    assert text.count("\n") == 1
    assert text.count("\t") == len(texts) - 1
    assert text.replace("\t", "").removesuffix("\n").isprintable()


def cells_of_csv(*texts):
    columns = tuple((f"f{place}", TEXT) for place in range(len(texts)))
    text = written("csv", texts, columns=columns)
    *_, cells = csv.reader(io.StringIO(text, newline=""))
    return cells


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_csv_cells_are_safe_for_spreadsheets_and_terminals(texts):
    cells = cells_of_csv(*texts)
    assert len(cells) == len(texts)
    for cell in cells:
        assert cell[:1] not in {*"=+-@\t\r"}
        assert cell.replace("\n", "").replace("\t", "").isprintable()


@pytest.mark.parametrize("text", ["", "a, b", 'say "hi"', "one\ntwo", "a\tb", "Café ☕", "'=1"])
def test_plain_text_comes_back_from_csv(text):
    assert cells_of_csv(text, text) == [text, text]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_formula_in_csv_is_text(text):
    assert cells_of_csv(text) == ["'" + text]


@pytest.mark.parametrize("text", ["\x1b[2J", "a\rb", "\x00", "\ud800", "\u202e"])
def test_control_characters_in_csv_are_escaped(text):
    assert cells_of_csv(text) == [printable(text)]


@pytest.mark.parametrize(
    ("output", "shown"),
    [
        ("json", "[]\n"),
        ("jsonl", ""),
        ("csv", "name,on,version,config\n"),
        ("tsv", ""),
        ("names", ""),
    ],
)
def test_no_rows(output, shown):
    assert written(output).replace("[\n]", "[]") == shown


def test_a_single_row_is_one_object():
    row = ("blog", 1, 3, '{"a": "é"}')
    whole = {"name": "blog", "on": True, "version": 3, "config": {"a": "é"}}
    assert json.loads(written("json", row, single=True)) == whole
    assert written("json", row, single=True).count("\n") == 1
    assert written("tsv", row, single=True) == (
        'name\tblog\non\ttrue\nversion\t3\nconfig\t{"a": "é"}\n'
    )


def test_absent_is_null_in_json_and_empty_elsewhere():
    row = ("blog", None, None, None)
    assert json.loads(written("json", row))[0]["on"] is None
    assert written("tsv", row) == "blog\t\t\t\n"
    assert written("csv", row).splitlines()[1] == "blog,,,"


def test_stored_json_is_inserted_unchanged():
    assert '"config": {"a":1.0,  "b":[]}' in written("json", ("x", 0, 1, '{"a":1.0,  "b":[]}'))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb", r"a\nb"),
        ("a\tb", r"a\tb"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("\u2028", r"\u2028"),
        ("\ud800", r"\ud800"),
        ("Café ☕", "Café ☕"),
    ],
)
def test_control_characters_are_escaped(text, shown):
    assert written("tsv", (text,), columns=(("name", TEXT),)) == shown + "\n"
    assert written("names", (text,), columns=(("name", TEXT),)) == shown + "\n"


def test_names_are_a_type_s_key_and_a_connector_s_name():
    entry = tuple(f"<{name}>" for name, _ in CATALOG)
    connector = tuple(f"<{name}>" for name, _ in CONNECTOR)
    assert written("names", entry, columns=CATALOG) == "<key>\n"
    assert written("names", connector, columns=CONNECTOR) == "<name>\n"


def test_rows_are_streamed():
    stream = io.StringIO()

    def rows():
        for number in range(3):
            yield (f"n{number}",)
            assert f"n{number}" in stream.getvalue()

    formats.write(Rows("connector", (("name", TEXT),), rows()), "json", stream)


@pytest.mark.parametrize("output", ["json", "jsonl"])
@pytest.mark.parametrize(
    "stored",
    [
        '{"a":"\u202e\u009b31m\x7f"}',
        '["caf\u00e9 \U0001f600"]',
        '{"a":\n1e22,\t"b":1e22}',
        '{"tag\u2066":1}',
    ],
)
def test_stored_json_of_others_reaches_no_terminal_unescaped(output, stored):
    shown = written(output, (stored,), columns=(("config", JSON),))
    line = shown.strip("[\n]")
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["config"] == json.loads(stored)
    assert "1e22" in line or "1e22" not in stored
