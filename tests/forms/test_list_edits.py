"""Edits of lists: what is worked out for the list alone is what the whole form would say."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors_cli.errors import InvalidAnswer
from connectors_cli.forms import Form
from connectors_cli.forms.page import difference

pytestmark = pytest.mark.slow

TEXT = {"type": "string"}
ITEM = {
    "type": "object",
    "properties": {
        "host": TEXT,
        "tls": {"type": "boolean"},
        "ports": {"type": "array", "items": {"type": "integer"}},
    },
    "required": ["host"],
    "if": {"properties": {"tls": {"const": True}}, "required": ["tls"]},
    "then": {"properties": {"ca": TEXT}, "required": ["ca"]},
}
EITHER = {"oneOf": [{"type": "string"}, {"type": "object", "properties": {"a": TEXT}}]}
SCHEMA = {
    "type": "object",
    "properties": {
        "before": TEXT,
        "texts": {"type": "array", "items": TEXT},
        "items": {"type": "array", "items": ITEM},
        "either": {"type": "array", "items": EITHER},
        "few": {"type": "array", "items": TEXT, "maxItems": 3},
        "once": {"type": "array", "items": TEXT, "uniqueItems": True},
        "size": {"type": "array", "items": TEXT, "minItems": 1},
        "after": {"type": "integer"},
    },
    "required": ["texts"],
}
VALUES = {
    "texts": st.sampled_from(["a", "b"]),
    "items": st.sampled_from([{"host": "h"}, {"host": "h", "tls": True, "ports": [1]}]),
    "either": st.sampled_from(["a", {"a": "b"}]),
    "few": st.just("a"),
    "once": st.sampled_from(["a", "b", "c"]),
    "size": st.just("a"),
}
NUMBER = st.integers(0, 4)
EDITS = st.one_of(
    *(
        st.tuples(st.just("set"), st.just(name), NUMBER, values)
        for name, values in VALUES.items()
    ),
    st.tuples(
        st.sampled_from(["add", "insert", "drop", "move", "duplicate", "unset"]),
        st.sampled_from(sorted(VALUES)),
        NUMBER,
        NUMBER,
    ),
    st.tuples(st.just("ports"), st.just("items"), NUMBER, NUMBER),
)  # fmt: skip


def edited(form, op, name, number, more):
    path = (name, number)
    if op == "add":
        return form.add((name,))
    if op == "ports":
        return form.add(("items", number, "ports"))
    if op in ("set", "move"):
        return getattr(form, op)(path, more)
    return getattr(form, op)(path)


def state(survey):
    return survey.result, survey.described, [*survey.trail], survey.values


@given(
    st.lists(EDITS, max_size=14),
    st.sampled_from([{}, {"given": {"texts": ["x"]}}, {"current": {"texts": ["x"], "few": ["y"]}}]),
)
@settings(max_examples=150)
def test_list_is_edited_as_if_the_whole_form_was_walked_over(edits, known):
    form = Form(SCHEMA, **known)
    for edit in edits:
        before = form._surveyed().described
        try:
            change = edited(form, *edit)
        except InvalidAnswer:
            continue
        found = state(form._surveyed())
        states = {key: form._surveyed().states[key] for key in form._surveyed().trail}
        form._changed()
        whole = form._surveyed()
        assert found == state(whole)
        assert states == {key: whole.states[key] for key in whole.trail}
        expected = difference(before, whole.described)
        for kind in ("appeared", "vanished", "changed"):
            assert set(getattr(change, kind)) == set(getattr(expected, kind)), (edit, kind)
