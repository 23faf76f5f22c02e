"""What can no longer fit is not asked; what is wrong as a whole is refused where it is typed."""

import math

import pytest

from connectors_cli.errors import InvalidAnswer, InvalidInput, InvalidSchema
from connectors_cli.forms import Form, Kind

TEXT, WHOLE = {"type": "string"}, {"type": "integer"}


def obj(required=(), **properties):
    return {"type": "object", "properties": properties, "required": list(required)}


def seen(form):
    """The next question that a person sees."""
    while (question := form.next()) is not None and question.hidden:
        form.answer(question.default)
    return question


def asked(form, **answers):
    """The paths asked for, each answered by its last name, None where there is no answer."""
    paths = []
    while (question := seen(form)) is not None:
        name = str(question.path[-1]) if question.path else ""
        paths.append(".".join(map(str, question.path)))
        form.answer(answers.get(name))
    return paths


PAIR = {"not": {"required": ["token", "password"]}}


@pytest.mark.parametrize(
    "rule",
    [
        PAIR,
        {"allOf": [PAIR]},
        {"not": {"anyOf": [{"required": ["token", "password"]}, {"required": ["token", "x"]}]}},
        {"not": {"allOf": [{"required": ["token"]}, {"required": ["password"]}]}},
        {"maxProperties": 1},
        {"dependentSchemas": {"token": {"not": {"required": ["password"]}}}},
    ],
    ids=str,
)
def test_field_that_another_excludes_is_not_asked(rule):
    schema = {**obj(token=TEXT, password=TEXT), **rule}
    form = Form(schema)
    assert asked(form, token="t") == ["token"]
    assert form.result() == {"token": "t"}
    assert asked(Form(schema), password="p") == ["token", "password"]


def test_field_that_a_given_value_excludes_is_not_asked():
    form = Form({**obj(token=TEXT, password=TEXT), **PAIR}, given={"password": "p"})
    assert asked(form) == []


def test_exclusive_values_name_each_other():
    form = Form({**obj(token=TEXT, password=TEXT), **PAIR}, given={"token": "t", "password": "p"})
    with pytest.raises(InvalidInput) as caught:
        form.result()
    (problem,) = caught.value.details
    assert (problem.dotted, problem.message) == ("password", "cannot be given together with Token")


def test_field_that_needs_what_another_branch_has_is_not_asked():
    schema = {
        **obj(uses=TEXT, run=TEXT, wd=TEXT),
        "oneOf": [{"required": ["uses"]}, {"required": ["run"]}],
        "dependentRequired": {"wd": ["run"]},
    }
    form = Form(schema)
    form.answer(0)
    assert asked(form, uses="u") == ["uses"]
    form = Form(schema)
    form.answer(1)
    assert asked(form, run="r", wd="w") == ["run", "wd"]


def test_field_that_another_needs_is_asked_although_nothing_describes_it():
    form = Form({**obj(a=TEXT), "dependentRequired": {"a": ["b"]}})
    assert asked(form, a="x", b="y") == ["a", "b"]
    assert form.result() == {"a": "x", "b": "y"}


def test_one_of_several_fields_is_a_choice():
    schema = {**obj(a={**TEXT, "title": "The A"}, b=TEXT), "minProperties": 1, "maxProperties": 1}
    form = Form(schema)
    question = form.next()
    assert (question.kind, [c.label for c in question.choices]) == (Kind.BRANCH, ["The A", "B"])
    assert [choice.fits({"b": "x"}) for choice in question.choices] == [False, True]
    form.answer(1)
    assert asked(form, b="x") == ["b"]
    assert form.result() == {"b": "x"}


def test_at_least_one_field_is_asked_by_its_name():
    form = Form(obj(["min"], min={"minProperties": 1, **obj(a=TEXT, b=TEXT)}))
    assert form.next().kind is Kind.BRANCH
    form.answer(0)
    assert asked(form, a="x", b="y") == ["min.a", "min.b"]


def test_enough_fields_are_required_by_name():
    form = Form({"minProperties": 2, **obj(a=TEXT, b=TEXT, c=TEXT)})
    form.answer(None)
    assert (form.next().path, form.next().required) == (("b",), True)


def test_names_that_a_rule_forbids_are_not_asked():
    schema = {**obj(a=TEXT, xy=TEXT), "propertyNames": {"pattern": "^[a-c]"}}
    assert asked(Form(schema), a="x") == ["a"]
    with pytest.raises(InvalidInput) as caught:
        Form(schema, given={"xy": "1"}).result()
    assert caught.value.details[0].path == ("xy",)


def test_overlapping_branches_are_named_when_the_answer_is_refused():
    a = {"title": "A", **obj(x=TEXT)}
    b = {"title": "B", **obj(x=TEXT, y=TEXT)}
    form = Form({"oneOf": [a, b]})
    form.answer(0)
    with pytest.raises(InvalidAnswer, match="A and B"):
        form.answer("v")
    assert "A and B" in form.next().problem
    form = Form({"oneOf": [{"title": "N", "type": "number"}, {"title": "I", "type": "integer"}]})
    form.answer(0)
    with pytest.raises(InvalidAnswer, match="N and I"):
        form.answer(3)
    form.answer(3.5)
    assert form.result() == 3.5


def test_repeated_item_is_refused_at_its_last_field():
    item = obj(["h", "p"], h=TEXT, p=TEXT)
    form = Form({"type": "array", "uniqueItems": True, "items": item})
    for answer in (True, "a", "b"):
        seen(form)
        form.answer(answer)
    seen(form)
    form.answer(True)
    form.answer("a")
    with pytest.raises(InvalidAnswer, match="already"):
        form.answer("b")
    form.answer("c")
    seen(form)
    form.answer(False)
    assert form.result() == [{"h": "a", "p": "b"}, {"h": "a", "p": "c"}]


def test_refused_answer_of_a_whole_keeps_the_answers_before_it():
    form = Form({**obj(["a", "b"], a=WHOLE, b=WHOLE), "not": {"properties": {"b": {"const": 2}}}})
    form.answer(1)
    with pytest.raises(InvalidAnswer, match="does not fit"):
        form.answer(2)
    assert form.next().path == ("b",)
    assert [value for _, value in form.answers()] == [1]
    form.answer(3)
    assert seen(form) is None
    assert form.result() == {"a": 1, "b": 3}


def test_condition_on_a_type_opens_fields():
    schema = obj(v={"if": {"type": "object"}, "then": obj(k=TEXT), "else": TEXT})
    form = Form(schema)
    assert [choice.label for choice in form.next().choices] == ["fields", "text"]
    form.answer(0)
    assert asked(form, k="w") == ["v.k"]
    form = Form(schema)
    form.answer(1)
    assert asked(form, v="w") == ["v"]
    assert form.result() == {"v": "w"}


def test_constants_are_meant_in_draft_4_too():
    d4 = "http://json-schema.org/draft-04/schema#"
    schema = {"$schema": d4, **obj(o={"oneOf": [{"const": "any"}, {"const": "natural"}]})}
    form = Form(schema)
    assert [choice.value for choice in form.next().choices] == ["any", "natural"]
    form.answer("any")
    with pytest.raises(InvalidInput):
        Form(schema, given={"o": "x"}).result()


def test_draft_3_is_refused():
    d3 = "http://json-schema.org/draft-03/schema#"
    with pytest.raises(InvalidSchema, match="draft 3"):
        Form({"$schema": d3, "type": ["array", {"type": "object"}]})


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_lacks_are_refused(wrong):
    form = Form(obj(["n"], n={"type": "number"}))
    with pytest.raises(InvalidAnswer, match="must be a number"):
        form.answer(wrong)
    with pytest.raises(InvalidInput):
        Form(obj(n={}), given={"n": [{"deep": wrong}]}).result()


def test_integers_are_kept_as_integers():
    form = Form(obj(["n"], n=WHOLE))
    form.answer(3.0)
    assert repr(form.result()) == "{'n': 3}"


def test_object_that_needs_an_entry_offers_its_fields_and_something_else():
    schema = {
        **obj(name=TEXT, url=TEXT),
        "minProperties": 1,
        "patternProperties": {"^_": TEXT},
        "additionalProperties": False,
    }
    form = Form(schema)
    assert [choice.label for choice in form.next().choices] == ["Name", "URL", "something else"]
    assert [choice.fits({"_x": "1"}) for choice in form.next().choices] == [False, False, True]
    form.answer(2)
    assert form.next().kind is Kind.KEY
    form.answer("_x")
    form.answer("1")
    assert seen(form).kind is Kind.MORE
    form.answer(False)
    assert form.result() == {"_x": "1"}
