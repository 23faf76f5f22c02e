"""The whole form at once: pages of fields, edits by path, and problems of the values so far."""

import time

import pytest

from connectors_cli.errors import InvalidAnswer
from connectors_cli.forms import Form, Kind
from connectors_cli.forms.page import State
from connectors_cli.forms.paths import ABSENT

TEXT, WHOLE = {"type": "string"}, {"type": "integer"}


def obj(required=(), **properties):
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


AUTH = {
    "title": "Authentication",
    "oneOf": [
        {"title": "Key", **obj(["key"], kind={"const": "key"}, key=TEXT, scope=TEXT)},
        {"title": "User", **obj(["user"], kind={"const": "user"}, user=TEXT, scope=TEXT)},
    ],
}
SCHEMA = {
    **obj(
        ["host", "auth"],
        host=TEXT,
        port={**WHOLE, "default": 5432},
        auth=AUTH,
        proxy=obj(["url"], url=TEXT),
        tags={"type": "array", "items": TEXT},
        headers={"type": "object", "additionalProperties": TEXT},
        tls={"type": "boolean", "group": "Security"},
    ),
    "if": {"properties": {"tls": {"const": True}}, "required": ["tls"]},
    "then": {"properties": {"ca": {**TEXT, "group": "Security"}}, "required": ["ca"]},
}
SCHEMA.pop("additionalProperties")


def fields(page):
    return {field.path[-1]: field for field in page.fields}


def test_page_has_the_fields_in_order_with_their_states():
    form = Form(SCHEMA, given={"port": 1})
    page = form.page()
    assert page.container == "object"
    found = fields(page)
    assert {"host", "auth", "proxy", "tags", "headers", "tls", "port"} == found.keys()
    assert (found["host"].state, found["host"].required) == (State.OPEN, True)
    assert (found["port"].state, found["port"].value) == (State.INHERITED, 1)
    assert found["auth"].branches[0][1] is None
    assert [name for name, _ in page.groups] == ["", "Security"]


def test_fields_are_set_in_any_order():
    form = Form(SCHEMA)
    form.set(("tls",), False)
    form.set(("auth",), {"key": "k"})
    form.set(("host",), "h")
    assert not form.problems()
    assert form.result() == {"host": "h", "auth": {"kind": "key", "key": "k"}, "tls": False}


def test_set_returns_what_appeared_vanished_and_changed():
    form = Form(SCHEMA)
    change = form.set(("tls",), True)
    assert (change.appeared, change.vanished) == ((("ca",),), ())
    assert ("tls",) in change.changed
    form.set(("ca",), "x")
    change = form.set(("tls",), False)
    assert change.vanished == (("ca",),)
    change = form.set(("tls",), True)
    assert change.appeared == (("ca",),)
    assert form.page().fields[-1].value == "x" or fields(form.page())["ca"].value == "x"


def test_set_opens_what_is_on_the_way():
    form = Form(SCHEMA)
    change = form.set(("proxy", "url"), "u")
    assert ("proxy", "url") in change.appeared
    assert fields(form.page(("proxy",)))["url"].value == "u"
    form.set(("tags", 0), "a")
    form.set(("headers", "X-A"), "1")
    form.set(("headers", "X-B"), "2")
    found = fields(form.page())
    assert (found["tags"].value, found["headers"].value) == (["a"], {"X-A": "1", "X-B": "2"})
    assert (found["tags"].container, found["headers"].container) == ("list", "map")


@pytest.mark.parametrize(
    ("path", "value"),
    [(("host",), 1), (("port", "x"), 1), (("proxy", "other"), 1), (("tags",), ["a", 1])],
)
def test_edit_that_does_not_fit_changes_nothing(path, value):
    form = Form(SCHEMA)
    form.set(("tags",), ["x"])
    before = form.page()
    with pytest.raises(InvalidAnswer):
        form.set(path, value)
    assert form.page() == before


def test_unset_leaves_out_and_opens_what_is_required():
    form = Form(SCHEMA, current={"host": "h", "auth": {"kind": "key", "key": "k"}, "port": 1})
    assert fields(form.page())["port"].state is State.INHERITED
    form.unset(("port",))
    assert form.result() == {"host": "h", "auth": {"kind": "key", "key": "k"}}
    form.set(("tags",), ["a", "b"])
    form.unset(("tags",))
    assert "tags" not in form.result()


def test_given_value_can_be_set_and_unset():
    form = Form(SCHEMA, given={"host": "h", "tags": ["a", "b"], "auth": {"key": "k"}})
    form.set(("host",), "other")
    form.set(("tags", 1), "c")
    form.unset(("auth", "key"))
    assert [problem.dotted for problem in form.problems().missing] == ["auth.key"]
    form.set(("auth", "key"), "n")
    assert form.result() == {
        "host": "other",
        "tags": ["a", "c"],
        "auth": {"kind": "key", "key": "n"},
    }


def test_other_branch_keeps_what_fits_and_the_first_comes_back():
    form = Form(SCHEMA)
    form.choose(("auth",), 0)
    form.set(("auth", "key"), "k")
    form.set(("auth", "scope"), "s")
    change = form.choose(("auth",), 1)
    assert ("auth", "key") in change.vanished
    assert ("auth", "user") in change.appeared
    assert fields(form.page(("auth",)))["scope"].value == "s"
    form.choose(("auth",), 0)
    assert fields(form.page(("auth",)))["key"].value == "k"


def test_items_are_added_inserted_moved_copied_and_dropped():
    form = Form(SCHEMA)
    form.set(("tags",), ["a", "b"])
    change = form.add(("tags",))
    assert change.appeared == (("tags", 2),)
    assert [p.dotted for p in form.problems().missing if p.path[0] == "tags"] == ["tags.2"]
    form.set(("tags", 2), "c")
    form.insert(("tags", 0))
    form.set(("tags", 0), "z")
    assert form.page(("tags",)).fields[1].value == "a"
    form.move(("tags", 0), 3)
    form.duplicate(("tags", 1))
    form.drop(("tags", 0))
    assert fields(form.page())["tags"].value == ["b", "b", "c", "z"]


def test_entries_are_added_moved_copied_and_dropped():
    form = Form(SCHEMA)
    form.set(("headers",), {"a": "1", "b": "2"})
    form.add(("headers",), "c")
    form.set(("headers", "c"), "3")
    form.move(("headers", "c"), 0)
    form.duplicate(("headers", "a"), "d")
    form.drop(("headers", "b"))
    found = fields(form.page())["headers"].value
    assert list(found.items()) == [("c", "3"), ("a", "1"), ("d", "1")]
    with pytest.raises(InvalidAnswer):
        form.duplicate(("headers", "a"), "c")


def test_items_that_are_there_are_edited_like_new_ones():
    current = {"host": "h", "auth": {"key": "k"}, "tags": ["a", "b", "c"]}
    form = Form(SCHEMA, current=current)
    form.drop(("tags", 1))
    form.insert(("tags", 0))
    form.set(("tags", 0), "z")
    assert form.result()["tags"] == ["z", "a", "c"]


def test_named_fields_of_a_map_stay_when_its_entries_move():
    schema = {"type": "object", "properties": {"own": TEXT}, "additionalProperties": WHOLE}
    form = Form(schema)
    form.set((), {"own": "x", "a": 1, "b": 2})
    form.drop(("a",))
    assert form.result() == {"own": "x", "b": 2}


def test_problems_are_missing_or_wrong():
    form = Form(obj(["a", "b"], a=WHOLE, b=WHOLE, c=TEXT), given={"a": "one"})
    found = form.problems()
    assert [problem.dotted for problem in found.missing] == ["b"]
    assert [problem.dotted for problem in found.wrong] == ["a"]
    form.set(("a",), 1)
    form.set(("b",), 2)
    assert not form.problems()


def test_defaults_of_required_fields_stand_in():
    form = Form(obj(["a"], a={**WHOLE, "default": 3}, b={**WHOLE, "default": 4}))
    found = fields(form.page())
    assert (found["a"].state, found["a"].value) == (State.DEFAULT, 3)
    assert (found["b"].state, found["b"].value) == (State.OPEN, ABSENT)
    assert form.result() == {"a": 3}


def test_null_is_set_where_it_fits():
    form = Form(obj(a={"type": ["string", "null"]}))
    form.set(("a",), None)
    assert form.result() == {"a": None}
    form.set(("a",), "x")
    assert form.result() == {"a": "x"}
    form.unset(("a",))
    assert form.result() == {}


def test_line_by_line_goes_on_where_pages_left_off():
    form = Form(obj(["a", "b", "c"], a=TEXT, b=TEXT, c=TEXT))
    form.set(("b",), "2")
    assert form.next().path == ("a",)
    form.answer("1")
    assert form.next().path == ("c",)
    form.set(("a",), "x")
    assert form.next().path == ("c",)
    form.answer("3")
    form.back()
    assert (form.next().path, form.next().default) == (("c",), "3")
    form.answer("3")
    assert form.result() == {"a": "x", "b": "2", "c": "3"}


def test_setting_one_of_400_values_is_quick():
    form = Form(obj(**{f"f{n}": {**TEXT, "minLength": 1} for n in range(400)}))
    form.set((), {f"f{n}": "v" for n in range(400)})
    start = time.process_time()
    for n in range(0, 400, 8):
        form.set((f"f{n}",), f"w{n}")
    assert (time.process_time() - start) / 50 < 0.005
    assert form.result()["f8"] == "w8"


def test_page_of_a_secret_does_not_show_it_in_its_repr():
    form = Form(obj(s={**TEXT, "writeOnly": True}), current={"s": "canary"})
    assert fields(form.page())["s"].value == "canary"
    assert "canary" not in repr(form.page())
    assert fields(form.page())["s"].question.kind is Kind.TEXT


def test_long_list_takes_several_open_items():
    form = Form({"type": "object", "properties": {"tags": {"type": "array", "items": TEXT}}})
    form.set(("tags",), ["v"] * 100)
    for number in (100, 101):
        form.add(("tags",))
        assert form.problems().missing[-1].path == ("tags", number)
    form.set(("tags", 101), "last")
    form.set(("tags", 100), "first")
    assert form.result()["tags"][99:] == ["v", "first", "last"]


@pytest.mark.parametrize("default", [{}, {"default": "no"}])
def test_what_decides_on_a_branch_stays_on_the_page(default):
    branches = [
        {"properties": {"pets": {"enum": ["no"]}}},
        {"properties": {"pets": {"enum": ["yes"]}, "age": {"type": "number"}}},
    ]
    schema = {
        "type": "object",
        "properties": {"pets": {"type": "string", "enum": ["no", "yes"], **default}},
        "required": ["pets"],
        "dependencies": {"pets": {"oneOf": branches}},
    }
    form = Form(schema)
    assert [one.path for one in form.page().fields] == [("pets",)]
    form.set(("pets",), "yes")
    assert [one.path for one in form.page().fields] == [("pets",), ("age",)]
    form.set(("pets",), "no")
    assert form.page().fields[0].value == "no"
