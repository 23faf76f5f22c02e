"""A null value and no value at all are told apart, also where nothing says what a value is."""

import pytest

from connectors_cli.forms import Form
from support.form_answers import reach


def anything(**more):
    return {"type": "object", "properties": {"x": more}, "additionalProperties": False}


@pytest.mark.parametrize("instance", [{}, {"x": None}, {"x": 1}, {"x": {"deep": [None]}}])
def test_undescribed_value_is_reached_null_or_absent(instance):
    result, _ = reach(anything(), instance)
    assert result == instance


def test_optional_value_that_cannot_be_null_is_skipped_by_none():
    schema = anything(**{"not": {"type": "null"}})
    form = Form(schema)
    while form.next() is not None:
        form.answer(None if form.next().kind == "json" else False)
    assert form.result() == {}


def test_outstanding_questions_are_those_left_open_by_given_values():
    schema = {
        "type": "object",
        "properties": {"a": {"type": "string"}, "b": {"type": "integer"}, "c": {"type": "string"}},
        "required": ["a", "b"],
    }
    open_ones = Form(schema, given={"a": "x"}).outstanding()
    assert [question.path for question in open_ones if question.required] == [("b",)]
