"""The commands `preset ...`: saved settings, never credentials."""

import json

import pytest

SITE = "https://blog.example.com"


@pytest.fixture
def house(run, blog):
    assert run("preset", "save", "house", "--from", blog).code == 0
    return "house"


def test_a_preset_holds_settings_and_no_credentials(run, house):
    shown = json.loads(run("preset", "show", house, "--json").out)
    assert shown == {"name": house, "catalog_key": "wordpress", "config": {"site_url": SITE}}
    listed = json.loads(run("preset", "list", "--json").out)
    assert [(row["name"], row["catalog_key"]) for row in listed] == [(house, "wordpress")]
    assert run("preset", "list").out == f'house\twordpress\t{{"site_url": "{SITE}"}}\n'


def test_install_begins_with_a_preset_and_its_own_values_win(run, house):
    options = ("--set", "username=bob", "--secret", "application_password=env:BLOG_PASSWORD")
    done = run("install", "wordpress", "-N", "news", "--preset", house, *options)
    assert done.code == 0, done.err
    assert run("get", "news", "site_url").out == SITE + "\n"
    more = ("--set", "site_url=https://other.example.com")
    run("install", "wordpress", "-N", "other", "--preset", house, *options, *more)
    assert run("get", "other", "site_url").out == "https://other.example.com\n"


def test_a_file_names_a_preset(run, house, tmp_path):
    path = tmp_path / "f.yaml"
    path.write_text(
        "connectors:\n- name: news\n  type: wordpress\n  preset: house\n"
        "  config: {account_label: News}\n"
        "  auth: {username: bob, application_password: $env:BLOG_PASSWORD}\n"
    )
    assert run("apply", "-f", path).code == 0
    config = json.loads(run("show", "news", "--json").out)["config"]
    assert config == {"site_url": SITE, "account_label": "News"}
    path.write_text(path.read_text().replace("preset: house", "preset: hous"))
    refused = run("apply", "-f", path)
    assert refused.code == 3
    assert "f.yaml:4: news: preset: no preset 'hous'" in refused.err


def test_a_preset_is_of_one_type(run, house):
    refused = run("install", "twitter", "--preset", house)
    assert refused.code == 2
    assert "is of type wordpress, not twitter" in refused.err


def test_a_removed_preset_is_gone(run, house):
    assert run("preset", "remove", house).code == 0
    assert run("preset", "remove", house).code == 5
    assert run("preset", "show", house).code == 5
    assert run("preset", "list").out == ""


def test_type_with_a_preset_cannot_be_removed(run, tmp_path):
    path = tmp_path / "own.json"
    path.write_text(json.dumps({"type": "object", "properties": {"a": {"type": "string"}}}))
    assert run("catalog", "add", path, "--key", "own").code == 0
    assert run("install", "own", "--set", "a=1").code == 0
    assert run("preset", "save", "p", "--from", "own").code == 0
    assert run("remove", "own", "--purge", "--yes").code == 0
    refused = run("catalog", "remove", "own")
    assert (refused.code, "the preset 'p' is of type own" in refused.err) == (6, True)


def test_presets_without_a_store_are_empty(terminal, isolated):
    shown = terminal("preset", "list")
    assert (shown.code, shown.out) == (0, "")
    assert "no presets; save one with" in shown.err


def test_people_see_settings_in_words(terminal, run, blog):
    assert run("preset", "save", "ours", "--from", "blog").code == 0
    shown = terminal("preset", "list", "--color", "never").out
    assert shown.split("\n")[0].split() == ["name", "catalog_key", "config"]
    assert "site_url: https://blog.example.com" in shown
