"""The log for people: streamed, in columns that fit the terminal, with all its text."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from connectors_cli.cli.render.events import show_events
from connectors_cli.store.read.rows import Rows

TEXT = st.text(st.characters(exclude_categories=["C", "Z", "M"]), min_size=1, max_size=80)


def row(who="ann", subject="blog", fields=("application_password", "username"), outcome="ok"):
    details = json.dumps({"id": "0123", "fields": list(fields)})
    return "2026-11-22T18:07:03.1Z", who, "a@b", "connector.use", subject, outcome, details


def shown(rows, columns, **options):
    console = Console(file=io.StringIO(), width=columns, color_system=None, **options)
    is_any = show_events(Rows("event", (), iter(rows)), console)
    assert is_any == bool(rows)
    return console.file.getvalue().splitlines()


def column(lines, name):
    """Return the text of a column, joined; for characters of one cell."""
    head = lines[0]
    names = sorted((head.index(each), each) for each in head.split())
    starts = [place for place, _ in names] + [None]
    place = [each for _, each in names].index(name)
    return "".join(line[starts[place] : starts[place + 1]].strip() for line in lines[1:])


@pytest.mark.slow
@given(
    st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=3), st.sampled_from([66, 80, 120])
)
def test_no_line_is_wider_than_the_terminal(texts, columns):
    lines = shown([row(who, subject, [field]) for who, subject, field in texts], columns)
    assert max(map(cell_len, lines)) <= columns


@pytest.mark.parametrize("columns", [66, 80, 120])
def test_no_text_is_lost(columns):
    subject, fields = "s" * 20 + "-" + "t" * 50, ["application_password", "x" * 70]
    lines = shown([row("somebody-with-a-name", subject, fields, "not_permitted")], columns)
    assert column(lines, "subject") == subject
    told = f"not_permitted,fields:{','.join(fields)}"
    assert column(lines, "details").replace(" ", "") == told


def test_first_lines_are_written_before_the_last_events_are_read():
    read, written = [], []

    class Screen(io.StringIO):
        def write(self, text):
            written.append(len(read))
            return super().write(text)

    def entries():
        for number in range(1000):
            read.append(number)
            yield row(subject=f"c{number}", fields=())

    screen = Screen()
    show_events(Rows("event", (), entries()), Console(file=screen, width=80))
    assert written[0] <= 200
    assert len(screen.getvalue().splitlines()) == 1 + 1000


def test_failures_are_red_and_a_plain_console_has_no_colour():
    rows = [row(), row(outcome="not_permitted")]
    console = Console(file=io.StringIO(), width=80, force_terminal=True, color_system="standard")
    show_events(Rows("event", (), iter(rows)), console)
    actions = [line for line in console.file.getvalue().splitlines() if "connector.use" in line]
    assert ["\x1b[31mconnector.use\x1b[0m" in line for line in actions] == [False, True]
    assert "\x1b" not in "".join(shown(rows, 80))
