"""The catalog's files, and the linter that keeps them right."""

import copy
import glob
import json
import os
from pathlib import Path

import pytest

from connectors_cli import catalog
from connectors_cli.forms.validation import problems
from connectors_cli.icons import FALLBACK, ICONS, glyph

FILES = sorted(glob.glob(os.path.join(catalog.directory(), "*.json")))
README = Path(__file__).parent.parent / "README.md"
needs_readme = pytest.mark.skipif(not README.exists(), reason="no README in this copy")
each_file = pytest.mark.parametrize("path", FILES, ids=os.path.basename)


@each_file
def test_a_file_has_no_fault(path):
    assert catalog.lint(catalog.read_json(path), path) == ()


@each_file
def test_a_file_says_all_that_a_card_and_a_form_show(path):
    entry = catalog.read_entry(path)
    assert all((entry.description, entry.category, entry.capabilities, entry.docs_url))
    assert entry.sources
    assert all(field.title and field.description for field in catalog.fields(entry))


@each_file
def test_every_type_takes_a_label_of_the_account(path):
    label = catalog.read_entry(path).config_schema["properties"]["account_label"]
    assert (label["type"], label["maxLength"]) == ("string", 100)


@each_file
def test_the_example_of_a_type_fits_it_once_secrets_are_there(path):
    entry = catalog.read_entry(path)
    document = catalog.example(entry)
    secrets = {field.name: field.example for field in catalog.fields(entry) if field.secret}
    auth = {name: secrets.get(name) or "x" * 60 for name in document["auth"]}
    auth |= {name: value for name, value in document["auth"].items() if name not in secrets}
    assert problems(entry.config_schema, document["config"]) == ()
    assert problems(entry.auth_schema, auth) == ()


def test_keys_and_aliases_name_one_type_each():
    words = [word for entry in catalog.builtin().values() for word in (entry.key, *entry.aliases)]
    assert len(words) == len(set(words))


def test_the_catalog_has_56_services():
    assert len(FILES) == 56


@needs_readme
def test_the_readme_names_every_service():
    lines = README.read_text(encoding="utf-8").splitlines()
    for entry in catalog.builtin().values():
        (row,) = (line for line in lines if line.startswith(f"| {entry.category} | "))
        assert entry.name in row.split("| ")[2].rstrip(" |").split(", ")


@needs_readme
def test_the_service_that_the_readme_shows_in_ten_lines_has_no_fault():
    shown = README.read_text(encoding="utf-8").partition("## Add a service")[2]
    text = shown.partition("```json\n")[2].partition("```")[0]
    assert len(text.splitlines()) <= 10
    assert catalog.lint(json.loads(text), "example-cms.json") == ()


@pytest.mark.parametrize(
    ("key", "truth"),
    [
        ("medium", "no new integration tokens"),
        ("hashnode", "paying customers"),
        ("shopify-blog", "no new custom apps"),
        ("hubspot", "no new private apps"),
        ("microsoft-teams-webhook", "Office 365 connectors"),
        ("google-business-profile", "only projects that it has approved"),
    ],
)
def test_a_service_that_not_everybody_gets_into_says_so(key, truth):
    entry = catalog.load(key)
    assert entry.lifecycle == "limited"
    assert truth in entry.notice


@each_file
def test_what_no_source_confirms_names_its_place(path):
    for mark in catalog.read_entry(path).unconfirmed:
        place, _, words = mark.partition(": ")
        assert words
        assert place.split(".")[0] in (*catalog.read_json(path), "all")


def test_every_icon_has_a_glyph_of_one_character():
    assert all(len(character) == 1 for character in ICONS.values())
    assert glyph("no-such-icon") == FALLBACK


@pytest.fixture
def data():
    return copy.deepcopy(catalog.read_json(os.path.join(catalog.directory(), "linkedin.json")))


def put(data, dotted, value):
    *steps, last = dotted.split(".")
    for step in steps:
        data = data[step]
    data[last] = value


def found(data, path=None):
    return [(problem.dotted, problem.rule) for problem in catalog.lint(data, path)]


CONFIG, AUTH = "config_schema.properties", "auth_schema.properties"


@pytest.mark.parametrize(
    ("where", "value", "problem"),
    [
        ("key", "Linked In", ("key", "pattern")),
        ("icon", "brand-nothing", ("icon", "icon")),
        ("aliases", ["linkedin"], ("aliases", "aliases")),
        ("auth_type", "api_key", ("oauth", "oauth")),
        ("oauth", None, ("oauth", "oauth")),
        ("lifecycle", "closed", ("notice", "required")),
        ("probe.url", "{auth.acess_token}/me", ("probe.url", "placeholder")),
        ("probe.url", "{step.token}/me", ("probe.url", "pattern")),
        ("probe.send.value", "{step.token}", ("probe.send.value", "placeholder")),
        ("probe.send.value", "{access_token}", ("probe.send.value", "placeholder")),
        ("probe.send.value", "{app.nmae}", ("probe.send.value", "placeholder")),
        ("probe.send.value", "{auth.access_token|upper}", ("probe.send.value", "placeholder")),
        ("oauth.authorize_params", {"a": "{auth.b}"}, ("oauth.authorize_params.a", "placeholder")),
        (f"{CONFIG}.key_secret", {"type": "string", "writeOnly": True}, "secret"),
        (f"{CONFIG}.api_token", {"type": "string"}, "secret"),
        (f"{AUTH}.api_token", {"type": "string"}, "secret"),
        (f"{AUTH}.client_id", {"type": "string"}, "names"),
        (f"{CONFIG}.status", {"type": "string"}, "names"),
        ("auth_schema.required", ["access_token"], ("auth_schema.required.0", "required")),
        ("auth_schema.required", ["client_sceret"], ("auth_schema.required.0", "required")),
        ("config_schema", {"type": "array"}, ("config_schema", "schema")),
        ("config_schema", {"type": "object", "properties": []}, ("config_schema", "schema")),
        ("config_schema.properties.x", {"$ref": "https://x.test"}, ("config_schema", "schema")),
    ],
)
def test_a_fault_is_found(data, where, value, problem):
    put(data, where, value)
    assert (problem if isinstance(problem, tuple) else (where, problem)) in found(data)


@pytest.mark.parametrize(
    ("rules", "fault"),
    [
        ({"default": "canary"}, ("default", "default")),
        ({"examples": ["1", "canary"]}, ("examples.1", "examples")),
        ({"default": "1", "writeOnly": True}, ("default", "secret")),
    ],
)
def test_a_value_that_breaks_its_own_rule_is_found_and_not_quoted(data, rules, fault):
    put(data, f"{AUTH}.x", {"type": "string", "pattern": "^[0-9]$", **rules})
    assert found(data) == [(f"{AUTH}.x.{fault[0]}", fault[1])]
    assert "canary" not in str(catalog.lint(data))


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/me", "http://localhost/", "http://[::1]:1/"]
)
def test_a_service_on_this_machine_may_be_plain(data, url):
    data["probe"]["url"] = url
    assert found(data) == []


@pytest.mark.parametrize(
    "url",
    ["http://example.com/", "http://127.0.0.1.evil.example/", "http://localhost@evil.example/"],
)
def test_a_service_elsewhere_may_not(data, url):
    data["probe"]["url"] = url
    assert found(data) == [("probe.url", "pattern")]


def test_a_file_not_named_as_its_key_is_found(data):
    assert found(data, "somewhere/linkedin.json") == []
    assert found(data, "somewhere/other.json") == [("key", "key")]


def test_a_step_may_use_only_what_earlier_steps_saved(data):
    step = {"method": "GET", "url": "https://x.test/{step.id}", "save": {"step.id": "id"}}
    put(data, "probe.steps", [step])
    assert found(data) == [("probe.steps.0.url", "placeholder")]
    put(data, "probe.steps", [{**step, "url": "https://x.test"}, step])
    put(data, "probe.send.value", "{step.id}")
    assert found(data) == []


def test_what_a_registration_saves_must_be_fields(data):
    saves = {"config.client_id": "client_id", "auth.nothing": "client_secret"}
    request = {"method": "POST", "url": "https://x.test", "body": {"s": "{oauth.scopes}"}}
    put(data, "oauth.registration", {**request, "save": saves})
    assert found(data) == [("oauth.registration.save", "placeholder")]


def test_filters_and_query_languages_are_no_faults(data):
    put(data, "probe.body", {"query": "query { me { id username } }"})
    put(
        data,
        "probe.send",
        {"as": "jwt", "value": "{jwt}", "kid": "{auth.client_secret|before(':')}"},
    )
    assert found(data) == []


def test_no_document_makes_the_linter_fail():
    for nonsense in (None, [], {}, {"key": 1}, {"key": "x", "config_schema": None}):
        assert catalog.lint(nonsense)
