"""Fields that are shown on request: names of people, schemas and ids of types."""

import json

import pytest

from connectors_cli.catalog.entry import type_id
from connectors_cli.store.read.rows import value_at


def shown(run, *line):
    done = run(*line, "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_names_of_the_audit_columns_are_shown_on_request(run, blog, monkeypatch):
    monkeypatch.setenv("CONNECTORS_USER_NAME", "Ann Example")
    assert run("edit", blog, "--tag", "new").code == 0
    fields = ("--fields", "name,created_by_name,updated_by_name")
    for line in (("list",), ("targets",)):
        (found,) = shown(run, *line, *fields)
        assert (found["name"], found["updated_by_name"]) == (blog, "Ann Example")
    assert shown(run, "show", blog, *fields) == found
    assert "created_by_name" not in shown(run, "show", blog)
    assert run("remove", blog).code == 0
    (gone,) = shown(run, "list", "--removed", "--fields", "deleted_by_name")
    assert gone == {"deleted_by_name": "Ann Example"}


@pytest.mark.parametrize("more", [(), ("-q", "wordpress")])
def test_catalog_has_ids_with_and_without_a_store(run, more):
    def ids():
        return {one["key"]: one["id"] for one in shown(run, "catalog", *more)}

    before = ids()
    assert before["wordpress"] == type_id("wordpress")
    assert run("init").code == 0
    assert ids() == before


def test_custom_type_has_the_id_of_its_tenant(run, tmp_path):
    (tmp_path / "s.json").write_text('{"type": "object", "properties": {"a": {}}}')
    assert run("catalog", "add", tmp_path / "s.json", "--key", "intranet").code == 0
    for more in ((), ("-q", "intranet")):
        found = {one["key"]: one["id"] for one in shown(run, "catalog", *more)}
        assert found["intranet"] == type_id("intranet", "default")
    assert shown(run, "catalog", "show", found["intranet"])["key"] == "intranet"


def test_schemas_are_shown_on_request(run, ws):
    fields = ("--fields", "key,default_config_schema,auth_schema")
    for more in ((), ("-q", "wordpress")):
        found = {one["key"]: one for one in shown(run, "catalog", *more, *fields)}
        assert "site_url" in found["wordpress"]["default_config_schema"]["properties"]
        assert "application_password" in found["wordpress"]["auth_schema"]["properties"]
    assert "auth_schema" not in shown(run, "catalog")[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("a", {"b": [1, {"c.d": 2}], "b.0": 3}),
        ("a.b.0", 3),
        ("a.b.1.c.d", 2),
        ("a.b.2", None),
        ("a.b.-1", None),
        ("a.b." + "9" * 5000, None),
        ("a.b.x", None),
        ("a.b.1.c.d.e", None),
        ("", None),
    ],
)
def test_dots_lead_into_objects_and_lists(name, value):
    found = value_at({"a": {"b": [1, {"c.d": 2}], "b.0": 3}}, name)
    assert found == (value is not None, value)


def test_a_number_too_long_for_a_list_is_no_field(run, blog):
    assert run("get", blog, "tags." + "9" * 5000).code == 5
