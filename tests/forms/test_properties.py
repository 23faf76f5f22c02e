"""Over generated schemas: a form always ends, and what it yields always validates."""

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors_cli.errors import InvalidAnswer, InvalidInput
from connectors_cli.forms import Form, Kind
from support.form_schemas import ANSWERS, SCHEMAS

pytestmark = pytest.mark.slow

FEW = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def answers_to(question, draw):
    """Answers to try, the likeliest first."""
    if question.kind in (Kind.CHOICE, Kind.BRANCH):
        values = [choice.value for choice in question.choices]
        start = draw(st.integers(0, len(values) - 1))
        return [*values[start:], *values[:start], None]
    if question.kind is Kind.CHOICES:
        return [[choice.value] for choice in question.choices] + [[], None]
    if question.kind is Kind.MORE:
        return [question.count < 2 and draw(st.booleans()), True, False]
    if question.kind is Kind.INCLUDE:
        return [len(question.path) < 4 and draw(st.booleans()), False]
    if question.kind is Kind.KEY:
        return [f"k{number}" for number in range(9)] + ["a", "b", "c", "kind"]
    return draw(st.permutations(ANSWERS))


def fill(form, draw, most=400):
    """Answer as well as one can; False when a question has no answer that is taken."""
    for _ in range(most):
        question = form.next()
        if question is None:
            return True
        for answer in answers_to(question, draw):
            try:
                form.answer(answer)
            except InvalidAnswer:
                continue
            break
        else:
            return False
    pytest.fail("the form does not end")


@FEW
@given(SCHEMAS, st.data())
def test_result_of_a_form_validates(schema, data):
    form = Form(schema)
    if not fill(form, data.draw):
        return
    try:
        result = form.result()
    except InvalidInput:
        return
    assert jsonschema.Draft202012Validator(schema).is_valid(result)


@FEW
@given(SCHEMAS, st.data())
def test_result_given_again_leaves_nothing_required_to_ask(schema, data):
    form = Form(schema)
    if not fill(form, data.draw):
        return
    try:
        result = form.result()
    except InvalidInput:
        return
    if result is None:
        return
    again = Form(schema, given=result)
    assert again.result() == result
    while (question := again.next()) is not None:
        assert not question.required
        again.answer(question.default if question.kind is Kind.INCLUDE else None)


@FEW
@given(SCHEMAS, st.data())
def test_going_back_and_answering_again_changes_nothing(schema, data):
    form = Form(schema)
    if not fill(form, data.draw):
        return
    before = form.answers()
    if not before:
        return
    last = before[-1][1]
    assert form.back()
    assert form.next().path == before[-1][0].path
    form.answer(last)
    assert [(q.path, q.kind, a) for q, a in form.answers()] == [
        (q.path, q.kind, a) for q, a in before
    ]
    assert form.next() is None
