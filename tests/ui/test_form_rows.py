"""The rows of a form: which are shown, and which stay where they are."""

from connectors_cli.catalog.entry import Entry
from connectors_cli.services.given import Given
from connectors_cli.services.type_form import TypeForm
from connectors_cli.ui.form.rows import MANY, FormRows


def rows_of(properties):
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    form = TypeForm(Entry("thing", "Thing", "none", schema, {"type": "object"}), Given())
    return form, FormRows(form)


def titles(rows):
    return [row.title for row in rows.rows()]


def test_a_group_that_was_opened_stays_open_while_its_fields_are_filled_in():
    form, rows = rows_of({"a": {"type": "string", "x-advanced": True}, "b": {"type": "string"}})
    group = next((row for row in rows.rows() if row.kind == "group"), None)
    assert group is not None
    assert group.is_folded
    rows.toggle(group)
    for value in ("x", None):
        form.forms["config"].set(("a",), value) if value else form.forms["config"].unset(("a",))
        assert "A" in titles(rows)


def test_a_field_of_many_stays_in_its_group_when_it_is_answered():
    form, rows = rows_of({f"n{number:03}": {"type": "string"} for number in range(2 * MANY)})
    for row in [row for row in rows.rows() if row.kind == "group"]:
        rows.toggle(row)
    before = titles(rows)
    form.forms["config"].set(("n050",), "x")
    assert titles(rows) == before
