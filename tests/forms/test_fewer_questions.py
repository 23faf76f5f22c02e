"""Questions that nobody needs to see, and the words that make the others plain."""

import pytest

from connectors_cli.errors import InvalidAnswer, InvalidInput
from connectors_cli.forms import Form, Kind
from connectors_cli.forms.plaintext import humanised, plain
from support.calls import calls

PLACEHOLDERS = ("placeholder", "ui:placeholder", "x-placeholder")
TEXT, WHOLE, NULL = {"type": "string"}, {"type": "integer"}, {"type": "null"}


def obj(required=(), **properties):
    return {"type": "object", "properties": properties, "required": list(required)}


def seen(form):
    """The next question that a person sees."""
    while (question := form.next()) is not None and question.hidden:
        form.answer(question.default)
    return question


NULLABLE = [{"type": ["integer", "null"]}, {"anyOf": [WHOLE, NULL]}, {"oneOf": [NULL, WHOLE]}]


@pytest.mark.parametrize("schema", NULLABLE, ids=str)
def test_optional_value_or_null_is_one_question(schema):
    form = Form(obj(a=schema))
    question = seen(form)
    assert (question.kind, question.required, question.nullable) == (Kind.INTEGER, False, True)
    form.answer(None)
    assert seen(form) is None
    assert form.result() == {}


@pytest.mark.parametrize("schema", NULLABLE, ids=str)
def test_required_value_or_null_is_null_where_nothing_is_answered(schema):
    form = Form(obj(["a"], a=schema))
    assert (seen(form).required, seen(form).nullable) == (True, True)
    form.answer(None)
    assert form.result() == {"a": None}
    form.back()
    form.answer(3)
    assert form.result() == {"a": 3}


@pytest.mark.parametrize("schema", NULLABLE, ids=str)
def test_null_is_chosen_by_name_too(schema):
    form = Form(obj(a=schema))
    branch = form.next()
    fitting = [choice.value for choice in branch.choices if choice.fits(None)]
    form.answer(fitting[0])
    assert form.result() == {"a": None}


def test_null_that_is_there_stays():
    form = Form(obj(a={"type": ["string", "null"]}), current={"a": None})
    assert seen(form).kind is Kind.TEXT
    form.answer(None)
    assert form.result() == {"a": None}


def test_one_of_several_values_or_null_is_one_question():
    form = Form(obj(["a"], a={"anyOf": [{"enum": ["x", "y"]}, NULL]}))
    assert [choice.label for choice in seen(form).choices] == ["x", "y", "nothing (null)"]
    form.answer(2)
    assert form.result() == {"a": None}


def test_openapi_says_nullable():
    form = Form(obj(["a"], a={**TEXT, "nullable": True, "enum": ["x"]}))
    assert [choice.label for choice in seen(form).choices] == ["x", "nothing (null)"]


def test_optional_constant_is_written_unseen():
    form = Form(obj(sourceType={"const": "airtable"}, a=TEXT))
    assert form.next().hidden
    assert seen(form).path == ("a",)
    form.answer("x")
    assert form.result() == {"sourceType": "airtable", "a": "x"}


def test_constant_is_not_added_to_an_object_that_is_edited():
    form = Form(obj(sourceType={"const": "airtable"}, a=TEXT), current={"a": "x"})
    while (question := form.next()) is not None:
        form.answer(question.default)
    assert form.result() == {"a": "x"}


def test_text_or_whole_number_is_one_question():
    port = {"x-kubernetes-int-or-string": True, "anyOf": [WHOLE, TEXT]}
    for answer, kept in (("80", 80), ("80%", "80%"), (8, 8)):
        form = Form(obj(["port"], port=port))
        assert form.next().kind is Kind.TEXT
        form.answer(answer)
        assert form.result() == {"port": kept}


def test_800_constants_are_looked_up():
    def fill():
        zones = [{"const": f"zone{n}", "title": f"Zone {n}"} for n in range(800)]
        form = Form(obj(["zone"], zone={"oneOf": zones}))
        assert len(form.next().choices) == 800
        form.answer("zone799")
        assert form.result() == {"zone": "zone799"}

    assert calls(fill) < 800 * 1_000  # each with each: millions


def test_constants_that_occur_twice_are_no_choice():
    twice = [{"const": "a"}, {"const": "b"}, {"const": "a"}]
    form = Form(obj(["x"], x={"oneOf": twice}))
    assert form.result() == {"x": "b"} if form.next() is None else False
    form = Form(obj(["x"], x={"anyOf": twice}))
    assert [choice.value for choice in form.next().choices] == ["a", "b"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("residencyServer", "Residency server"),
        ("api_key", "API key"),
        ("ColumnLimit", "Column limit"),
        ("awsAccessKeyID", "AWS access key ID"),
        ("DB_PASSWORD", "DB password"),
        ("HTTPSProxyURLs", "HTTPS proxy URLs"),
        ("OAuth2Token", "OAuth2 token"),
        ("with-dash", "With dash"),
        ("größe", "Größe"),
        ("名前", "名前"),
        ("a.b", "a.b"),
        ("$ref", "$ref"),
        ("_", "_"),
    ],
)
def test_keys_without_a_title_become_words(name, words):
    assert humanised(name) == words
    assert Form(obj([name], **{name: TEXT})).next().title == words


def test_entries_of_a_map_are_called_by_their_key():
    form = Form({"type": "object", "additionalProperties": {**TEXT, "title": "Header"}})
    form.answer(True)
    form.answer("X-Prod")
    assert form.next().title == "X-Prod"


def test_branches_are_named_by_what_tells_them_apart():
    key = obj(["id", "keyFile"], keyFile=TEXT)
    secret = obj(["id", "clientSecret"], clientSecret={**TEXT, "title": "Secret of the client"})
    form = Form({**obj(id=TEXT), "oneOf": [key, secret]})
    assert [choice.label for choice in form.next().choices] == ["Key file", "Secret of the client"]


def test_words_of_vendors_are_read():
    schema = obj(
        ["mode"],
        mode={"enum": ["a", "b"], "enumDescriptions": ["The first", "The [second](https://e.x/2)"]},
        host={**TEXT, "placeholder": "db.example.com", "sectionCaption": "Connection"},
        size={**WHOLE, "unit": "MiB", "advanced": True},
        old={**TEXT, "deprecated": True, "description": "Use new."},
        new={**TEXT, "markdownDescription": "See [docs](https://e.x)."},
    )
    form, found = Form(schema), {}
    while (question := seen(form)) is not None:
        found[question.path[-1]] = question
        form.answer("a" if question.required else None)
    assert [choice.help for choice in found["mode"].choices] == [
        "The first",
        "The second (https://e.x/2)",
    ]
    assert found["host"].examples == ("db.example.com",)
    assert found["host"].group == "Connection"
    assert (found["size"].unit, found["size"].advanced) == ("MiB", True)
    assert (found["old"].deprecated, found["old"].help) == (True, "Deprecated. Use new.")
    assert found["new"].help == "See docs (https://e.x)."
    assert list(found)[-1] == "old"


def test_authors_words_for_what_is_wrong_are_used():
    schema = obj(
        ["a", "b"],
        a={**TEXT, "pattern": "^x", "patternErrorMessage": "must begin with x"},
        b={**WHOLE, "maximum": 5, "errorMessage": {"maximum": "is more than this plan has"}},
    )
    form = Form(schema)
    with pytest.raises(InvalidAnswer, match="must begin with x"):
        form.answer("y")
    form.answer("xy")
    with pytest.raises(InvalidAnswer, match="is more than this plan has"):
        form.answer(6)


@pytest.mark.parametrize(
    ("rule", "wrong", "own", "said"),
    [
        ({"pattern": "^x"}, "y", {"patternErrorMessage": "must begin with x"}, "must begin with x"),
        ({"pattern": "^x"}, "y", {"x-pattern-message": "Begin it with x."}, "Begin it with x"),
        ({"minLength": 3}, "y", {"errorMessage": "is not enough"}, "is not enough"),
        ({"minLength": 3}, "y", {"errorMessage": {"minLength": "is short"}}, "is short"),
        ({"format": "email"}, "y", {"x-error-message": "is no address"}, "is no address"),
        (
            {"minLength": 3},
            "y",
            {"errorMessage": {"pattern": "no"}},
            "is shorter than 3 characters",
        ),
        ({"minLength": 3}, "y", {"errorMessage": 7}, "is shorter than 3 characters"),
    ],
    ids=str,
)
def test_authors_words_are_used_for_whole_values_too(rule, wrong, own, said):
    schema = obj(["a"], a={"allOf": [{**TEXT, **rule, **own}]})
    form = Form(schema, given={"a": wrong})
    assert [problem.message for problem in form.problems().wrong] == [said]
    with pytest.raises(InvalidInput) as caught:
        form.result()
    assert [problem.sentence for problem in caught.value.details] == [f"a: {said}"]


def test_authors_words_do_not_stand_for_what_is_missing():
    schema = {**obj(["a"], a=TEXT), "errorMessage": "is odd"}
    assert [p.message for p in Form(schema, given={"b": 1}).problems().missing] == ["is required"]


@pytest.mark.parametrize(
    ("words", "attribute", "value"),
    [
        *(({word: "e.g."}, "examples", ("e.g.",)) for word in PLACEHOLDERS),
        *(({word: True}, "deprecated", True) for word in ("deprecated", "x-deprecated")),
        ({"deprecationMessage": "Use b."}, "help", "Use b."),
        *(({word: True}, "advanced", True) for word in ("advanced", "x-advanced", "ui:advanced")),
        *(({word: "Net"}, "group", "Net") for word in ("group", "x-group", "sectionCaption")),
        *(({word: "MiB"}, "unit", "MiB") for word in ("unit", "x-unit", "units")),
        ({"markdownDescription": "See [b](https://e.x)."}, "help", "See b (https://e.x)."),
        ({"nullable": True}, "nullable", True),
    ],
    ids=str,
)
def test_each_word_of_a_vendor_is_read(words, attribute, value):
    question = seen(Form(obj(a={**TEXT, **words})))
    assert getattr(question, attribute) == value


@pytest.mark.parametrize(
    "word",
    [
        "enumDescriptions",
        "markdownEnumDescriptions",
        "x-enum-descriptions",
        "x-enumDescriptions",
    ],
)
@pytest.mark.parametrize("said", [["First", "Second"], {"a": "First", "b": "Second"}], ids=type)
def test_each_word_for_the_help_of_a_choice_is_read(word, said):
    question = seen(Form(obj(mode={"enum": ["a", "b"], word: said})))
    assert [choice.help for choice in question.choices] == ["First", "Second"]


@pytest.mark.parametrize("words", [{"x-deprecated": True}, {"deprecationMessage": "Use b."}])
def test_deprecated_field_is_asked_last(words):
    form = Form(obj(a={**TEXT, **words}, b=TEXT))
    assert seen(form).path == ("b",)


def test_markdown_links_become_text():
    assert plain("![logo](a.png) [x](x) [Docs](<https://e.x> 'T')") == (
        "logo (a.png) x Docs (https://e.x)"
    )
