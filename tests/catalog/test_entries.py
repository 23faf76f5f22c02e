"""The catalog: reading, searching and describing entries."""

import json
import os
import subprocess
import sys

import pytest

from connectors_cli.catalog import fields as catalog_fields
from connectors_cli.catalog.digest import digest
from connectors_cli.catalog.entry import parse_entry
from connectors_cli.catalog.examples import example
from connectors_cli.catalog.files import directory, stamp
from connectors_cli.catalog.read import builtin, load, read_entry
from connectors_cli.catalog.search import search
from connectors_cli.errors import ConnectorsError, InvalidInput, NotFound, Unreadable

BARE = {
    "key": "demo",
    "name": "Demo",
    "auth_type": "api_key",
    "config_schema": {"type": "object", "properties": {}, "additionalProperties": False},
    "auth_schema": {"type": "object", "properties": {}, "additionalProperties": False},
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A catalog folder with one entry, `demo`."""
    (tmp_path / "demo.json").write_text(json.dumps({**BARE, "aliases": ["sample"]}))
    monkeypatch.setattr("connectors_cli.catalog.files.directory", lambda: str(tmp_path))
    return tmp_path


def entry(**fields):
    return parse_entry({**BARE, **fields})


def schema(**properties):
    return {"type": "object", "properties": properties, "additionalProperties": False}


def refusal(tmp_path, content):
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    with pytest.raises(InvalidInput) as caught:
        read_entry(path)
    assert str(path) in caught.value.message
    return caught.value.message.removeprefix(str(path))


def test_built_in_entries_are_sorted_by_key():
    keys = list(builtin())
    assert keys == sorted(keys)
    assert {"twitter", "wordpress", "linkedin", "medium"} <= set(keys)


def test_entry_is_found_by_key_or_alias_in_any_case():
    assert load("WordPress").key == "wordpress"
    assert load("x").key == "twitter"


def test_loading_by_key_reads_one_file(folder):
    (folder / "broken.json").write_text("{")
    assert load("demo").name == "Demo"


def test_unknown_type_suggests_the_nearest_and_a_command():
    with pytest.raises(NotFound) as caught:
        load("wordpres")
    assert caught.value.hint == "did you mean wordpress? see: connectors catalog"


def test_name_is_never_used_as_a_path():
    with pytest.raises(NotFound):
        load("../catalog/wordpress")


def test_packaged_catalog_has_priority_over_the_checkouts(tmp_path, monkeypatch):
    monkeypatch.setattr("connectors_cli.catalog.files._PACKAGE", str(tmp_path / "connectors_cli"))
    assert directory() == str(tmp_path / "catalog")
    (tmp_path / "connectors_cli" / "_catalog").mkdir(parents=True)
    assert directory() == str(tmp_path / "connectors_cli" / "_catalog")


def test_stamp_changes_with_any_file_and_the_version(folder, monkeypatch):
    stamps = [stamp(), stamp()]
    os.utime(folder / "demo.json", (1, 1))
    stamps.append(stamp())
    (folder / "other.json").write_text("{}")
    stamps.append(stamp())
    monkeypatch.setattr("connectors_cli.__version__", "99")
    stamps.append(stamp())
    assert stamps[0] == stamps[1]
    assert len(set(stamps)) == 4


def test_missing_catalog_is_an_error_with_a_hint(monkeypatch):
    monkeypatch.setattr("connectors_cli.catalog.files._PACKAGE", "/absent/connectors_cli")
    with pytest.raises(ConnectorsError, match="the catalog is missing: /absent/catalog") as caught:
        load("wordpress")
    assert caught.value.hint == "reinstall connectors-cli"


def test_reading_the_catalog_imports_nothing_slow():
    slow = {"jsonschema", "pathlib", "importlib.resources", "difflib", "hashlib", "pydantic"}
    code = "from connectors_cli.catalog import files, read; files.stamp(); read.load('wordpress')"
    loaded = subprocess.run(
        [sys.executable, "-Sc", f"{code}; import sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    ).stdout.split()
    assert not slow & set(loaded)


def test_digest_changes_with_every_field_but_notes_and_sources():
    plain = entry()
    assert len(plain.digest) == 64
    assert entry(notes="seen again", sources=["elsewhere"]).digest == plain.digest
    assert entry(probe={"url": "https://example.com"}).digest != plain.digest


def test_digest_of_a_row_is_that_of_its_entry():
    found = load("wordpress")
    row = {name: getattr(found, name) for name in ("key", "name", "description", "category")}
    row |= {name: getattr(found, name) for name in ("icon", "auth_type", "capabilities", "oauth")}
    row |= {name: getattr(found, name) for name in ("config_schema", "auth_schema", "probe")}
    row |= {"lifecycle": found.lifecycle, "notice": found.notice}
    assert digest(json.loads(json.dumps(row))) == found.digest


def test_field_belongs_to_config_or_auth_or_neither():
    wordpress = load("wordpress")
    fields = ("site_url", "application_password", "else")
    assert [wordpress.part(field) for field in fields] == ["config", "auth", None]


def test_undescribed_field_belongs_where_others_are_allowed():
    opened = {"type": "object", "properties": {}}
    assert entry(config_schema=opened).part("else") == "config"
    assert entry(auth_schema=opened).part("else") == "auth"


def test_invalid_json_is_reported_with_line_and_column(tmp_path):
    assert refusal(tmp_path, b'{\n "key": canary}') == ": line 2, column 9: expecting value"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            b'{"key": "canary", "key": "b"}',
            ": line 1, column 19: a name appears twice in one object",
        ),
        (b'{"key": NaN}', ": line 1, column 9: NaN is not JSON"),
        (b'{"key": 1e999}', ": line 1, column 9: a number is too large"),
        (b'{"key": ' + b"1" * 5000 + b"}", ": line 1, column 9: a number has too many digits"),
        (b'{"key": "\xff canary"}', ": not valid UTF-8"),
        (
            b'{"key": "\\ud800 canary"}',
            ": a \\u escape is half of a character (a lone surrogate)",
        ),
        (b"[" * 100_000, ": nested too deep"),
        (b" " * (1024 * 1024 + 1), ": larger than 1 MiB"),
        (b'["canary"]', ": must be an object"),
        (b'{"name": "Demo"}', ": key is required"),
    ],
)
def test_file_that_is_not_an_entry_is_refused_with_the_reason(tmp_path, content, reason):
    assert refusal(tmp_path, content) == reason


def test_unreadable_file_is_refused_with_the_reason(tmp_path):
    with pytest.raises(Unreadable, match=r"absent\.json: cannot be read: no such"):
        read_entry(tmp_path / "absent.json")
    with pytest.raises(Unreadable, match="cannot be read: is a directory"):
        read_entry(tmp_path)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"key": "No Canary"}, "key must be 1 to 100 lower-case letters, digits and dashes"),
        ({"key": "demo\n"}, "key must be 1 to 100"),
        ({"name": ["canary"]}, "name must be text"),
        ({"name": "canary" * 50}, "name must be at most 255 characters"),
        ({"auth_type": "canary"}, "auth_type must be one of oauth, api_key, basic, none"),
        ({"lifecycle": "canary"}, "lifecycle must be one of active, limited, closed"),
        ({"auth_schema": True}, "auth_schema must be an object"),
        ({"aliases": [1]}, "aliases must be a list of text"),
        ({"auth_shema": {}}, "auth_shema is not a field of a catalog entry"),
    ],
)
def test_invalid_entry_is_refused_without_quoting_its_value(fields, reason):
    with pytest.raises(InvalidInput) as caught:
        entry(**fields)
    assert caught.value.message.startswith(f"catalog entry: {reason}")
    assert "canary" not in caught.value.message.lower()


def test_all_problems_of_an_entry_are_reported_at_once():
    with pytest.raises(InvalidInput) as caught:
        parse_entry({"key": "demo", "icon": 1})
    fields = [problem.dotted for problem in caught.value.details]
    assert fields == ["name", "auth_type", "config_schema", "auth_schema", "icon"]


def found(text):
    return [entry.key for entry in search(builtin().values(), text)]


@pytest.mark.parametrize("text", ["wordpress", "SELF-HOSTED", "rest api", "wp", "web", "web pages"])
def test_search_finds_name_key_description_alias_and_category_in_any_case(text):
    assert "wordpress" in found(text)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        *(("mastadon", "mastodon"), ("lnikedin", "linkedin"), ("pintrest", "pinterest")),
        *(("Telegrm bot", "telegram"), ("buttendown", "buttondown"), ("wrodpress", "wordpress")),
    ],
)
def test_search_tolerates_typos(text, key):
    assert found(text)[0] == key


@pytest.mark.parametrize("text", ["linkedni-xyz", "qqqq", "xq", "mastodon qqqq"])
def test_search_finds_nothing_for_other_words(text):
    assert found(text) == []


def test_search_ranks_matches_and_uses_similar_words_only_without_a_match():
    assert found("x")[0] == "twitter"
    assert found("threads") == ["threads", "bluesky", "twitter"]
    assert found("web")[:2] == ["webflow", "webhook"]


def told(field_schema, **rules):
    """Return what `catalog show` displays for one config field x."""
    (field,) = catalog_fields.fields(entry(config_schema={**schema(x=field_schema), **rules}))
    return field


@pytest.mark.parametrize(
    ("field_schema", "words"),
    [
        ({"type": "string"}, "text"),
        ({"type": "integer"}, "whole number"),
        ({"type": "number"}, "number"),
        ({"type": "boolean"}, "yes/no"),
        ({"type": "array"}, "list"),
        ({"properties": {}}, "object"),
        ({"type": ["string", "null"]}, "text or nothing"),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, "text or whole number"),
        ({"enum": ["a", 2, "", None]}, 'one of a, 2, "", null'),
        ({"enum": list(range(40))}, "one of 40 values"),
        ({"oneOf": [{"const": "a"}, {"const": "b"}]}, "one of a, b"),
        ({"const": "v2"}, "always v2"),
        ({"$ref": "#/$defs/port"}, "whole number"),
        ({"$ref": "#/$defs/loop"}, "anything"),
        ({}, "anything"),
        (True, "anything"),
    ],
)
def test_type_of_a_field_is_shown_in_words(field_schema, words):
    definitions = {"port": {"type": "integer"}, "loop": {"$ref": "#/$defs/loop"}}
    assert told(field_schema, **{"$defs": definitions}).type == words


@pytest.mark.parametrize(
    ("field_schema", "flag"),
    [
        ({"type": "string"}, "--set x=..."),
        ({"type": ["integer", "null"]}, "--set x=..."),
        ({"enum": ["a", 1]}, "--set x=..."),
        ({"type": "object"}, "--set-json x=..."),
        ({"type": "array"}, "--set-json x=..."),
        ({"anyOf": [{"type": "string"}, {"type": "object"}]}, "--set-json x=..."),
        ({"type": "string", "writeOnly": True}, "--secret x=SOURCE"),
        ({"type": "object", "properties": {"p": {"writeOnly": True}}}, "--secret x=SOURCE"),
    ],
)
def test_field_names_the_flag_that_sets_it(field_schema, flag):
    assert told(field_schema).flag == flag


def test_field_that_signing_in_fills_has_no_flag():
    token = {field.name: field for field in catalog_fields.fields(load("twitter"))}["access_token"]
    assert (token.flag, token.filled_by_flow) == (None, True)
    assert token.supplied_by == "filled by sign-in"


def test_field_shows_what_its_schema_describes():
    site = catalog_fields.fields(load("wordpress"))[0]
    assert (site.name, site.part, site.title) == ("site_url", "config", "Site URL")
    assert (site.required, site.secret, site.default) == (True, False, None)
    assert site.example == "https://blog.example.com"


def test_default_of_a_secret_is_never_shown():
    assert told({"type": "string", "writeOnly": True, "default": "canary"}).default is None


def test_example_references_secrets_and_omits_fields_that_signing_in_fills():
    assert example(load("linkedin")) == {
        "name": "linkedin",
        "type": "linkedin",
        "config": {
            "client_id": "78abcd1234efgh",
            "organization_urn": "urn:li:organization:12345",
            "redirect_uri": "http://127.0.0.1:8765/callback",
            "account_label": "Example Ltd company page",
        },
        "auth": {"client_secret": {"env": "LINKEDIN_CLIENT_SECRET"}},
    }


def sample(config_schema, key="demo"):
    return example(entry(key=key, config_schema=config_schema))["config"]


def test_example_contains_required_fields_and_those_with_a_value():
    fields = {
        "required": {"type": "string", "title": "Board"},
        "defaulted": {"type": "integer", "default": 5},
        "chosen": {"enum": ["a", "b"]},
        "left_out": {"type": "string"},
    }
    config = sample({**schema(**fields), "required": ["required", "chosen"]})
    assert config == {"required": "<Board>", "defaulted": 5, "chosen": "a"}


def test_example_fills_nested_objects_and_the_first_branch_of_a_union():
    login = {
        "default": {"password": "canary"},
        "oneOf": [
            {"properties": {"how": {"const": "password"}, "password": {"format": "password"}}},
            {"properties": {"how": {"const": "key"}}},
        ],
        "required": ["how", "password"],
    }
    config = sample({**schema(login=login), "required": ["login"]}, key="my-db")
    assert config == {"login": {"how": "password", "password": {"env": "MY_DB_LOGIN_PASSWORD"}}}


def test_example_of_a_recursive_schema_ends():
    node = {
        "type": "object",
        "properties": {"next": {"$ref": "#/$defs/node"}},
        "required": ["next"],
    }
    sample({**schema(x={"$ref": "#/$defs/node"}), "required": ["x"], "$defs": {"node": node}})
