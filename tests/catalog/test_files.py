"""The catalog's files, and the linter that checks them."""

import copy
import glob
import json
import os
from pathlib import Path

import pytest

from connectors_cli.catalog.examples import example
from connectors_cli.catalog.fields import fields
from connectors_cli.catalog.files import directory
from connectors_cli.catalog.icons import FALLBACK, glyph, icons
from connectors_cli.catalog.lint import lint
from connectors_cli.catalog.read import builtin, load, read_entry, read_json
from connectors_cli.forms.validation import problems

FILES = sorted(glob.glob(os.path.join(directory(), "*.json")))
ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
GUIDE = ROOT / "connectors_cli" / "guide" / "catalog-format.md"
needs_readme = pytest.mark.skipif(not README.exists(), reason="no README in this copy")
each_file = pytest.mark.parametrize("path", FILES, ids=os.path.basename)


@each_file
def test_catalog_file_has_no_problem(path):
    assert lint(read_json(path), path) == ()


@each_file
def test_catalog_file_has_all_that_cards_and_forms_show(path):
    entry = read_entry(path)
    assert all((entry.description, entry.category, entry.capabilities, entry.docs_url))
    assert entry.sources
    assert all(field.title and field.description for field in fields(entry))


@each_file
def test_every_type_accepts_an_account_label(path):
    label = read_entry(path).config_schema["properties"]["account_label"]
    assert (label["type"], label["maxLength"]) == ("string", 100)


@each_file
def test_example_of_a_type_is_valid_once_its_secrets_are_set(path):
    entry = read_entry(path)
    document = example(entry)
    secrets = {field.name: field.example for field in fields(entry) if field.secret}
    auth = {name: secrets.get(name) or "x" * 60 for name in document["auth"]}
    auth |= {name: value for name, value in document["auth"].items() if name not in secrets}
    assert problems(entry.config_schema, document["config"]) == ()
    assert problems(entry.auth_schema, auth) == ()


def test_keys_and_aliases_are_unique():
    words = [word for entry in builtin().values() for word in (entry.key, *entry.aliases)]
    assert len(words) == len(set(words))


@needs_readme
def test_pages_say_how_many_services_there_are():
    count = len(FILES)
    assert f"a catalog\nof {count}, fill in" in README.read_text(encoding="utf-8")
    for page, words in (
        ("first-steps", f"all {count} services"),
        ("sign-in", f"of the {count} services"),
        ("troubleshooting", f"{count} built-in types, {count} files"),
    ):
        assert words in (GUIDE.parent / f"{page}.md").read_text(encoding="utf-8")


@needs_readme
def test_readme_names_every_service():
    lines = README.read_text(encoding="utf-8").splitlines()
    for entry in builtin().values():
        (row,) = (line for line in lines if line.startswith(f"| {entry.category} | "))
        assert entry.name in row.split("| ")[2].rstrip(" |").split(", ")


def test_service_that_the_guide_shows_has_no_problem():
    shown = GUIDE.read_text(encoding="utf-8")
    text = shown.partition("```json example-cms.json\n")[2].partition("```")[0]
    assert len(text.splitlines()) <= 10
    assert lint(json.loads(text), "example-cms.json") == ()


@pytest.mark.parametrize(
    ("key", "truth"),
    [
        ("medium", "no new integration tokens"),
        ("hashnode", "requires a Pro plan"),
        ("shopify-blog", "no longer in a store's admin"),
        ("hubspot", "new private apps cannot be created"),
        ("microsoft-teams-webhook", "Office 365 connectors"),
        ("google-business-profile", "requires its approval"),
    ],
)
def test_service_with_limited_access_has_a_notice(key, truth):
    entry = load(key)
    assert entry.lifecycle == "limited"
    assert truth in entry.notice


@each_file
def test_unconfirmed_claim_names_its_field(path):
    for mark in read_entry(path).unconfirmed:
        place, _, words = mark.partition(": ")
        assert words
        assert place.split(".")[0] in (*read_json(path), "all")


def test_every_icon_has_a_glyph_of_one_character():
    assert all(len(character) == 1 for character in icons().values())
    assert glyph("no-such-icon") == FALLBACK


@pytest.fixture
def data():
    return copy.deepcopy(read_json(os.path.join(directory(), "linkedin.json")))


def test_pattern_needs_a_description_in_a_catalog_file():
    data = read_json(next(path for path in FILES if path.endswith("wordpress.json")))
    del data["config_schema"]["properties"]["site_url"]["x-pattern-description"]
    where = "config_schema.properties.site_url.pattern"
    assert found(data, "wordpress.json") == [(where, "pattern")]
    assert found(data) == []


def put(data, dotted, value):
    *steps, last = dotted.split(".")
    for step in steps:
        data = data[step]
    data[last] = value


def found(data, path=None):
    return [(problem.dotted, problem.rule) for problem in lint(data, path)]


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
def test_linter_reports_a_problem(data, where, value, problem):
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
def test_value_that_violates_its_schema_is_reported_without_quoting_it(data, rules, fault):
    put(data, f"{AUTH}.x", {"type": "string", "pattern": "^[0-9]$", **rules})
    assert found(data) == [(f"{AUTH}.x.{fault[0]}", fault[1])]
    assert "canary" not in str(lint(data))


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/me", "http://localhost/", "http://[::1]:1/"]
)
def test_service_on_this_machine_may_use_http(data, url):
    data["probe"]["url"] = url
    assert found(data) == []


@pytest.mark.parametrize(
    "url",
    ["http://example.com/", "http://127.0.0.1.evil.example/", "http://localhost@evil.example/"],
)
def test_service_on_another_machine_may_not_use_http(data, url):
    data["probe"]["url"] = url
    assert found(data) == [("probe.url", "pattern")]


def test_file_that_is_not_named_like_its_key_is_reported(data):
    assert found(data, "somewhere/linkedin.json") == []
    assert found(data, "somewhere/other.json") == [("key", "key")]


def test_step_may_only_use_values_of_earlier_steps(data):
    step = {"method": "GET", "url": "https://x.test/{step.id}", "save": {"step.id": "id"}}
    put(data, "probe.steps", [step])
    assert found(data) == [("probe.steps.0.url", "placeholder")]
    put(data, "probe.steps", [{**step, "url": "https://x.test"}, step])
    put(data, "probe.send.value", "{step.id}")
    assert found(data) == []


def test_registration_may_only_save_fields(data):
    saves = {"config.client_id": "client_id", "auth.nothing": "client_secret"}
    request = {"method": "POST", "url": "https://x.test", "body": {"s": "{oauth.scopes}"}}
    put(data, "oauth.registration", {**request, "save": saves})
    assert found(data) == [("oauth.registration.save", "placeholder")]


def test_filters_and_query_languages_are_no_problems(data):
    put(data, "probe.body", {"query": "query { me { id username } }"})
    put(
        data,
        "probe.send",
        {"as": "jwt", "value": "{jwt}", "kid": "{auth.client_secret|before(':')}"},
    )
    assert found(data) == []


def test_no_document_crashes_the_linter():
    for nonsense in (None, [], {}, {"key": 1}, {"key": "x", "config_schema": None}):
        assert lint(nonsense)
