"""What a form asks, in which order, and what it does with answers."""

import pytest

from connectors_cli.errors import InvalidAnswer, InvalidInput, InvalidSchema
from connectors_cli.forms import Form, Kind


def obj(required=(), **properties):
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


TEXT, WHOLE, YES = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
AUTH = {
    "title": "Authentication",
    "oneOf": [
        {"title": "Key", **obj(["key"], kind={"const": "key"}, key={**TEXT, "writeOnly": True})},
        {"title": "User", **obj(["user"], kind={"const": "user"}, user=TEXT, nick=TEXT)},
    ],
}
KINDS = {
    **obj(["kind"], kind={"enum": ["a", "b"]}, x=TEXT, y=TEXT),
    "if": {"properties": {"kind": {"const": "a"}}},
    "then": {"required": ["x"], "properties": {"y": False}},
    "else": {"properties": {"x": False}},
}


def paths(form, answer=lambda question: None):
    """The names asked for, each answered by a function."""
    asked = []
    while (question := form.next()) is not None:
        asked.append(".".join(map(str, question.path)))
        form.answer(answer(question))
    return asked


def play(form, *answers):
    """Answer one question after the other; the questions asked."""
    asked = []
    for answer in answers:
        asked.append(form.next())
        form.answer(answer)
    return asked


def test_required_fields_come_first_then_by_order():
    schema = obj(
        ["c", "d"],
        a={**TEXT, "order": 2},
        b={**TEXT, "order": 1},
        c={**TEXT, "order": 9},
        d={**TEXT, "order": 0},
        e=TEXT,
    )
    assert paths(Form(schema), lambda q: "x") == ["d", "c", "b", "a", "e"]


def test_the_order_of_an_object_is_respected():
    schema = {**obj(a=TEXT, b=TEXT, c=TEXT), "order": ["c", "a"]}
    assert paths(Form(schema)) == ["c", "a", "b"]


def test_question_has_title_help_rule_and_examples():
    schema = obj(
        ["url"],
        url={
            "type": "string",
            "title": "Address",
            "description": 'See <a href="https://example.com">this</a>.<br>Bold: <b>x</b> &amp; y',
            "pattern": "^https://",
            "default": "http://example.com",
            "examples": ["https://example.com", "nonsense"],
        },
    )
    question = Form(schema).next()
    assert (question.path, question.kind, question.required) == (("url",), Kind.TEXT, True)
    assert question.title == "Address"
    assert question.help == "See this (https://example.com).\nBold: x & y"
    assert question.default is None
    assert question.examples == ("https://example.com",)
    assert question.schema["pattern"] == "^https://"


def test_invalid_answer_is_refused_and_the_question_stays():
    form = Form(obj(["port"], port={**WHOLE, "maximum": 65535}))
    with pytest.raises(InvalidAnswer) as caught:
        form.answer(99999)
    assert caught.value.details[0].path == ("port",)
    assert caught.value.details[0].rule == "maximum"
    assert "99999" not in caught.value.message
    assert form.next().problem == "is more than 65535"
    form.answer(80)
    assert form.result() == {"port": 80}
    assert form.answers()[0][0].problem is None


@pytest.mark.parametrize("wrong", [None, True, "x", 1.5, [1]])
def test_answer_of_another_kind_is_refused(wrong):
    with pytest.raises(InvalidAnswer):
        Form(obj(["n"], n=WHOLE)).answer(wrong)


def test_none_skips_an_optional_field_without_writing_its_default():
    form = Form(obj(a={**TEXT, "default": "x"}))
    assert form.next().default == "x"
    form.answer(None)
    assert form.result() == {}


def test_given_values_are_not_asked_again():
    form = Form(
        obj(["a", "b"], a=TEXT, b=obj(["c", "d"], c=TEXT, d=TEXT)),
        given={"a": "1", "b": {"c": "2"}},
    )
    assert paths(form, lambda q: "3") == ["b.d"]
    assert form.result() == {"a": "1", "b": {"c": "2", "d": "3"}}


def test_undescribed_given_values_are_kept():
    schema = {**obj(["a"], a=TEXT), "additionalProperties": True}
    assert Form(schema, given={"a": "1", "other": [1]}).result() == {"a": "1", "other": [1]}


def test_given_values_decide_the_branch():
    form = Form(obj(["auth"], auth=AUTH), given={"auth": {"user": "me"}})
    assert paths(form) == ["auth.nick"]
    assert form.result() == {"auth": {"kind": "user", "user": "me"}}


def test_given_values_that_are_incomplete_are_refused_without_questions():
    with pytest.raises(InvalidInput) as caught:
        Form(obj(["a", "b"], a=TEXT, b=TEXT), given={"a": "1"}).result()
    assert [problem.dotted for problem in caught.value.details] == ["b"]


def test_nothing_given_and_nothing_asked_is_refused():
    with pytest.raises(InvalidInput):
        Form(obj(["a"], a=TEXT)).result()


def test_branch_writes_its_constant_and_hides_its_secret():
    form = Form(obj(["auth"], auth=AUTH))
    branch, key = play(form, 0, "k")
    assert [choice.label for choice in branch.choices] == ["Key", "User"]
    assert [choice.fits({"user": "me"}) for choice in branch.choices] == [False, True]
    assert key.secret
    assert form.result() == {"auth": {"kind": "key", "key": "k"}}


def test_optional_union_can_be_skipped():
    form = Form(obj(auth=AUTH))
    assert not form.next().required
    form.answer(None)
    assert form.result() == {}


def test_optional_object_is_included_or_not():
    schema = obj(proxy=obj(["url"], url=TEXT))
    form = Form(schema)
    assert (form.next().kind, form.next().default) == (Kind.INCLUDE, False)
    form.answer(False)
    assert form.result() == {}
    form = Form(schema)
    play(form, True, "u")
    assert form.result() == {"proxy": {"url": "u"}}


def test_conditions_are_evaluated_after_each_answer():
    form = Form(KINDS)
    play(form, "a")
    assert (form.next().path, form.next().required) == (("x",), True)
    form.answer("1")
    assert form.next() is None
    assert form.result() == {"kind": "a", "x": "1"}


def test_answer_whose_question_disappears_is_dropped():
    form = Form(KINDS)
    play(form, "a", "1")
    form.reopen(0)
    assert form.next().default == "a"
    form.answer("b")
    assert form.next().path == ("y",)
    form.answer("2")
    assert form.result() == {"kind": "b", "y": "2"}
    assert [question.path for question, _ in form.answers()] == [("kind",), ("y",)]


def test_field_that_its_own_answer_forbids_is_not_asked_forever():
    schema = {
        **obj(a=TEXT),
        "if": {"required": ["a"]},
        "then": {"properties": {"a": False}},
    }
    form = Form(schema)
    asked = 0
    while form.next() is not None:
        form.answer("x")
        asked += 1
        assert asked < 10


def test_going_back_offers_the_last_answer():
    form = Form(obj(["a", "b"], a=TEXT, b=TEXT))
    assert not form.back()
    play(form, "1", "2")
    assert form.back()
    assert (form.next().path, form.next().default) == (("b",), "2")
    assert form.back()
    assert (form.next().path, form.next().default) == (("a",), "1")
    form.answer("x")
    assert (form.next().path, form.next().default) == (("b",), "2")
    form.answer("y")
    assert form.result() == {"a": "x", "b": "y"}


def test_reopening_keeps_the_other_answers():
    form = Form(obj(["a", "b", "c"], a=TEXT, b=AUTH, c=TEXT))
    play(form, "1", 0, "k", "3")
    form.reopen(1)
    assert (form.next().path, form.next().default) == (("b",), 0)
    play(form, 1, "me", None)
    assert form.next() is None
    assert form.result() == {"a": "1", "b": {"kind": "user", "user": "me"}, "c": "3"}


def test_editing_offers_the_current_values():
    current = {"a": "1", "auth": {"kind": "user", "user": "me"}, "tags": ["x", "y"]}
    form = Form(
        obj(["a", "auth"], a=TEXT, auth=AUTH, tags={"type": "array", "items": TEXT}),
        current=current,
    )
    defaults = []
    while (question := form.next()) is not None:
        defaults.append(question.default)
        form.answer(question.default)
    assert defaults == ["1", 1, "me", None, True, True, "x", True, "y", False]
    assert form.result() == current


def test_editing_a_map_offers_its_entries():
    schema = {"type": "object", "additionalProperties": WHOLE}
    form = Form(schema, current={"a": 1, "b": 2})
    while (question := form.next()) is not None:
        form.answer(question.default)
    assert form.result() == {"a": 1, "b": 2}


def test_item_can_be_dropped():
    form = Form({"type": "array", "items": TEXT})
    play(form, True, "a", True, "b", True, "c", False)
    form.drop((1,))
    assert form.next() is None
    assert form.result() == ["a", "c"]


def test_entry_can_be_dropped():
    form = Form({"type": "object", "additionalProperties": WHOLE})
    play(form, True, "a", 1, True, "b", 2, True, "c", 3, False)
    form.drop(("b",))
    assert form.next() is None
    assert form.result() == {"a": 1, "c": 3}


def test_more_says_how_many_there_are_and_ends_at_the_bounds():
    form = Form({"type": "array", "items": TEXT, "minItems": 1, "maxItems": 3})
    asked = play(form, "a", True, "b", True, "c")
    assert [q.count for q in asked if q.kind is Kind.MORE] == [1, 2]
    assert form.next() is None


def test_list_does_not_end_before_it_contains_what_it_must():
    form = Form({"type": "array", "items": TEXT, "contains": {"const": "admin"}})
    with pytest.raises(InvalidAnswer):
        form.answer(False)
    play(form, True, "admin", False)
    assert form.result() == ["admin"]


def test_repeated_item_is_refused_where_items_are_unique():
    form = Form({"type": "array", "items": TEXT, "uniqueItems": True})
    play(form, True, "a", True)
    with pytest.raises(InvalidAnswer, match="already"):
        form.answer("a")


def test_key_that_is_taken_or_forbidden_is_refused():
    schema = {
        "type": "object",
        "properties": {"own": TEXT},
        "patternProperties": {"^x-": WHOLE},
        "additionalProperties": False,
    }
    form = Form(schema)
    play(form, None, True)
    for wrong in ("own", "y"):
        with pytest.raises(InvalidAnswer):
            form.answer(wrong)
    play(form, "x-1", 5, False)
    assert form.result() == {"x-1": 5}


@pytest.mark.parametrize("mark", [{"airbyte_hidden": True}, {"readOnly": True}, {"x-hidden": True}])
def test_hidden_fields_are_behind_one_question_declined_by_default(mark):
    schema = obj(["a"], a=TEXT, h={**TEXT, **mark}, i={**TEXT, **mark})
    form = Form(schema)
    play(form, "1")
    gate = form.next()
    assert (gate.kind, gate.hidden, gate.default, gate.required) == (
        Kind.INCLUDE,
        True,
        False,
        False,
    )
    form.answer(False)
    assert form.next() is None
    assert Form(schema, given={"a": "1", "h": "2"}).result() == {"a": "1", "h": "2"}


def test_hidden_fields_keep_their_current_values():
    form = Form(obj(h={**TEXT, "airbyte_hidden": True}), current={"h": "x"})
    form.answer(form.next().default)
    assert form.result() == {"h": "x"}


def test_required_hidden_field_gets_its_default_or_is_asked():
    hidden = {**TEXT, "airbyte_hidden": True}
    form = Form(obj(["h", "i"], h={**hidden, "default": "d"}, i=hidden))
    assert paths(form, lambda q: "x") == ["i"]
    assert form.result() == {"h": "d", "i": "x"}


def test_field_that_sign_in_fills_is_neither_asked_nor_missing():
    schema = obj(["a", "token"], a=TEXT, token={**TEXT, "writeOnly": True, "x-filled-by": "flow"})
    form = Form(schema)
    assert paths(form, lambda q: "1") == ["a"]
    assert form.result() == {"a": "1"}
    assert Form(schema, given={"a": "1", "token": "t"}).result() == {"a": "1", "token": "t"}


def test_null_is_a_branch():
    form = Form(obj(["a"], a={"type": ["string", "null"]}))
    assert [choice.label for choice in form.next().choices] == ["text", "nothing (null)"]
    form.answer(1)
    assert form.result() == {"a": None}


def test_choices_have_the_labels_of_the_schema():
    schema = obj(
        ["a", "b"],
        a={"oneOf": [{"const": "x", "title": "The X"}, {"const": "y"}]},
        b={"enum": ["p", "q"], "enumNames": ["Pee", "Queue"]},
    )
    first, second = play(Form(schema), "x", "p")
    assert [choice.label for choice in first.choices] == ["The X", "y"]
    assert [choice.label for choice in second.choices] == ["Pee", "Queue"]


def test_name_alone_makes_a_field_only_suspected():
    question = Form(obj(["api_key"], api_key=TEXT)).next()
    assert (question.secret, question.suspected) == (False, True)


def test_multiline_secrets_are_recognised():
    assert (
        Form(obj(["pem"], pem={**TEXT, "multiline": True, "airbyte_secret": True})).next().multiline
    )


def test_secret_is_not_in_the_repr_of_its_question():
    form = Form(obj(["s"], s={**TEXT, "writeOnly": True}), current={"s": "canary"})
    assert form.next().default == "canary"
    assert "canary" not in repr(form.next())


def test_unusable_pattern_is_ignored():
    form = Form(obj(["a"], a={**TEXT, "pattern": r"(a)\1"}))
    form.answer("b")
    assert form.result() == {"a": "b"}


@pytest.mark.parametrize(
    "ref", ["http://127.0.0.1:9/x", "file:///etc/passwd", "other.json", "data:,{}"]
)
def test_schema_that_refers_outside_of_itself_is_refused(ref):
    with pytest.raises(InvalidSchema, match="never fetched"):
        Form(obj(a={"$ref": ref}))


def test_answer_without_a_question_is_refused():
    with pytest.raises(InvalidAnswer):
        Form(obj(), given={}).answer("x")


def test_field_that_only_another_branch_needs_is_not_asked():
    schema = {**obj(a=TEXT, b=TEXT), "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}
    form = Form(schema)
    play(form, 0, "x")
    assert form.next() is None
    assert form.result() == {"a": "x"}


def test_branch_that_required_fields_satisfy_is_not_asked():
    schema = {**obj(["a"], a=TEXT, b=TEXT), "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}
    assert paths(Form(schema), lambda q: "x") == ["a", "b"]


def test_question_contains_the_merged_schema_of_its_place():
    schema = obj(["a"], a={"$ref": "#/$defs/t", "title": "A"})
    question = Form({**schema, "$defs": {"t": {"type": "string", "maxLength": 3}}}).next()
    assert question.schema == {"title": "A", "type": "string", "maxLength": 3}


def test_unfinished_form_returns_its_answers_or_lists_everything_missing():
    form = Form(obj(["a"], a=TEXT, b=TEXT, c=obj(["d"], d=TEXT)))
    play(form, "1", "2")
    assert form.result() == {"a": "1", "b": "2"}
    assert form.next().path == ("c",)
    form = Form(obj(["a", "b", "c"], a=TEXT, b=TEXT, c=obj(["d"], d=TEXT)), given={"a": "1"})
    form.next()
    with pytest.raises(InvalidInput) as caught:
        form.result()
    assert {problem.dotted for problem in caught.value.details} == {"b", "c.d"}


def test_outstanding_lists_open_questions_and_changes_nothing():
    form = Form(obj(["a", "auth"], a=TEXT, auth=AUTH, b=TEXT), given={"auth": {"key": "k"}})
    assert [question.path for question in form.outstanding()] == [("a",), ("b",)]
    assert form.next().path == ("a",)


def test_looking_ahead_costs_as_much_as_there_are_questions():
    either = {"anyOf": [{"type": "string"}, {"type": "null"}]}
    item = {
        "type": "object",
        "properties": {"a": {"type": "string"}, "b": either, "c": either},
        "required": ["a", "b"],
    }
    form = Form({"type": "array", "items": {"allOf": [item, {"maxProperties": 2}]}})
    count = 0
    while (question := form.next()) is not None:
        count += 1
        if question.hidden:
            form.answer(question.default)
        elif question.kind is Kind.MORE:
            form.answer(question.count < 100)
        else:
            form.answer("x")
    assert form.result() == [{"a": "x", "b": "x"}] * 100
    assert 0 < form._scouted <= 2 * count


@pytest.mark.slow
def test_looking_ahead_ends_where_hidden_questions_have_other_answers():
    either = {"anyOf": [{"type": "string"}, {"type": "null"}]}
    item = {"type": "object", "properties": {"a": {"type": "string"}, "b": either}}
    form = Form({"type": "array", "items": item})
    while (question := form.next()) is not None:
        if question.kind is Kind.MORE:
            form.answer(question.count < 200)
        elif question.hidden:
            form.answer(None if question.kind is Kind.BRANCH else question.default)
        else:
            form.answer("x")
    assert form.result() == [{"a": "x"}] * 200
    assert form._scouted < 20_000
