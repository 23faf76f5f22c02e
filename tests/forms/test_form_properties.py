"""Over generated schemas: a form always ends, and what it yields always validates."""

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors_cli.errors import InvalidAnswer, InvalidInput
from connectors_cli.forms import Form, Kind

NAMES = st.sampled_from(["a", "b", "c", "kind"])
SCALARS = st.sampled_from(["", "x", "yes", 0, 1, 2.5, True, None])
LEAVES = st.one_of(
    st.sampled_from(["string", "integer", "number", "boolean", "null"]).map(lambda t: {"type": t}),
    st.lists(SCALARS, min_size=1, max_size=3).map(lambda values: {"enum": values}),
    SCALARS.map(lambda value: {"const": value}),
    st.just({"type": ["string", "null"]}),
    st.just({"type": "string", "minLength": 2, "pattern": "^[a-z]"}),
    st.just({"type": "integer", "minimum": 1, "exclusiveMaximum": 4}),
    st.booleans(),
    st.just({}),
    st.just({"$ref": "#/$defs/shared"}),
)


def objects(inner):
    return st.fixed_dictionaries(
        {"type": st.just("object"), "properties": st.dictionaries(NAMES, inner, max_size=3)},
        optional={
            "required": st.lists(NAMES, max_size=2, unique=True),
            "additionalProperties": st.one_of(st.booleans(), inner),
            "minProperties": st.integers(0, 2),
            "dependentRequired": st.dictionaries(NAMES, st.lists(NAMES, max_size=1), max_size=1),
        },
    )


def lists(inner):
    return st.fixed_dictionaries(
        {"type": st.just("array"), "items": inner},
        optional={"minItems": st.integers(0, 2), "uniqueItems": st.booleans()},
    )


def combined(inner):
    branches = st.lists(inner, min_size=1, max_size=3)
    condition = st.builds(
        lambda name, value: {"properties": {name: {"const": value}}, "required": [name]},
        NAMES,
        SCALARS,
    )
    return st.one_of(
        st.builds(lambda key, subs: {key: subs}, st.sampled_from(["oneOf", "anyOf"]), branches),
        st.builds(lambda base, sub: {**base, "allOf": [sub]}, objects(inner), objects(inner)),
        st.builds(lambda base, subs: {**base, "anyOf": subs}, objects(inner), branches),
        st.builds(
            lambda base, test, then, other: {**base, "if": test, "then": then, "else": other},
            objects(inner),
            condition,
            objects(inner),
            inner,
        ),
        st.builds(lambda base, sub: {**base, "not": sub}, objects(inner), condition),
    )


SCHEMAS = st.builds(
    lambda schema, shared: {"$defs": {"shared": shared}, "allOf": [schema]},
    st.recursive(
        LEAVES, lambda inner: objects(inner) | lists(inner) | combined(inner), max_leaves=8
    ),
    LEAVES.filter(lambda leaf: leaf != {"$ref": "#/$defs/shared"}) | objects(LEAVES),
)
ANSWERS = [None, "abc", 1, 2, 2.5, True, False, "zz", 3, "q", {}, []]
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
def test_what_a_form_yields_validates(schema, data):
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
def test_its_result_given_again_asks_for_nothing_required(schema, data):
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
def test_going_back_and_on_again_changes_nothing(schema, data):
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
