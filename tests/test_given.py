"""Values from options, files and the environment."""

import json
import os

import pytest

from connectors_cli import catalog
from connectors_cli.collecting import ValueOptions, collect, read_file
from connectors_cli.completing import complete
from connectors_cli.errors import InputNeeded, InvalidInput, UsageError

SCHEMA = {
    "type": "object",
    "properties": {
        "host": {"type": "string"},
        "port": {"type": "integer", "default": 5432},
        "tls": {"type": "boolean"},
        "limits": {"type": "object", "properties": {"rate": {"type": "number"}}},
        "tags": {"type": "array", "items": {"type": "string"}},
        "token": {"type": "string", "writeOnly": True},
    },
    "required": ["host", "port", "token"],
}
ENTRY = catalog.from_schema(SCHEMA, "thing", "Thing", "api_key")


def given(environ=None, **options):
    chosen = ValueOptions(**options)
    return collect(ENTRY, chosen, environ or {}, read_file(chosen))


def test_text_becomes_what_the_schema_has(tmp_path):
    found = given(sets=("host=12", "port=80", "tls=yes", "limits.rate=0.5"))
    assert found.config == {"host": "12", "port": 80, "tls": True, "limits": {"rate": 0.5}}


def test_a_list_is_given_as_json():
    assert given(set_json=('tags=["a", "b"]',)).config == {"tags": ["a", "b"]}


@pytest.mark.parametrize(
    ("source", "environ"),
    [("env:T", {"T": "s3cret"}), ("cmd:printf s3cret", {}), ("file:{file}", {})],
)
def test_a_secret_comes_from_its_source(tmp_path, source, environ):
    file = tmp_path / "secret"
    file.write_text("s3cret\n")
    found = given(environ, secrets=(f"token={source.format(file=file)}",))
    assert found.auth == {"token": "s3cret"}


def test_a_newline_of_a_file_is_dropped_with_a_note_unless_kept(tmp_path):
    file = tmp_path / "secret"
    file.write_text("s3cret\n\n")
    option = (f"token=file:{file}",)
    dropped, kept = given(secrets=option), given(secrets=option, keep_newline=True)
    assert (dropped.auth["token"], kept.auth["token"]) == ("s3cret\n", "s3cret\n\n")
    assert "--keep-newline" in dropped.notes[0]


def test_a_secret_as_plain_text_is_refused_without_repeating_it():
    with pytest.raises(UsageError) as caught:
        given(sets=("token=canary",))
    assert "canary" not in f"{caught.value.message} {caught.value.hint}"
    assert all(way in caught.value.hint for way in ("env:", "file:", "cmd:", "-"))


def test_an_unknown_field_is_a_usage_error_with_the_near_one():
    closed = {**SCHEMA, "additionalProperties": False}
    entry = catalog.from_schema(closed, "thing", "Thing", "api_key")
    with pytest.raises(UsageError, match="hots") as caught:
        collect(entry, ValueOptions(sets=("hots=x",)), {})
    assert "host" in caught.value.hint


def test_an_option_wins_over_the_environment_and_that_over_a_file(tmp_path):
    file = tmp_path / "thing.yaml"
    file.write_text("config: {host: a, port: 1}\nauth: {token: {env: T}}\n")
    environ = {"T": "s3cret", "THING_PORT": "2", "THING_HOST": "b"}
    found = given(environ, file=str(file), env_prefix="THING", sets=("host=c",))
    assert (found.config, found.auth) == ({"host": "c", "port": 2}, {"token": "s3cret"})


def test_a_plain_secret_in_a_file_needs_a_file_that_others_cannot_read(tmp_path):
    file = tmp_path / "thing.json"
    file.write_text(json.dumps({"config": {}, "auth": {"token": "s3cret"}}))
    os.chmod(file, 0o644)
    with pytest.raises(UsageError, match="others can read"):
        given(file=str(file))
    os.chmod(file, 0o600)
    assert given(file=str(file)).auth == {"token": "s3cret"}


def test_flat_values_are_taken_as_well(tmp_path):
    file = tmp_path / "thing.toml"
    file.write_text('host = "a"\ntoken = "$env:T"\n')
    found = given({"T": "s3cret"}, file=str(file))
    assert (found.config, found.auth) == ({"host": "a"}, {"token": "s3cret"})


def test_everything_missing_is_listed_at_once_with_its_flag():
    with pytest.raises(InputNeeded) as caught:
        complete(ENTRY, given())
    assert [problem.message for problem in caught.value.details] == [
        "is missing: --set host=VALUE",
        "is missing: --secret token=SOURCE",
    ]


def test_a_required_field_with_a_default_is_filled():
    found = given({"T": "s3cret"}, sets=("host=a",), secrets=("token=env:T",))
    assert complete(ENTRY, found)[0] == {"host": "a", "port": 5432}


@pytest.mark.parametrize(
    "text",
    ['{"a": 1,}', '{"a": NaN}', '{"a": 1, "a": 2}', "[" * 200 + "]" * 200, "x: &a [*a]", "a: [1"],
)
def test_a_document_that_cannot_be_read_says_where(tmp_path, text):
    file = tmp_path / "thing.txt"
    file.write_text(text)
    with pytest.raises(InvalidInput, match=r"thing\.txt"):
        given(file=str(file))


def test_bytes_that_are_not_text_are_refused():
    with pytest.raises(InvalidInput, match="UTF-8"):
        given(sets=("host=a\udcff",))
