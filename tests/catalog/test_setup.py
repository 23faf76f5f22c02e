"""Registering an app of one's own: the steps that catalog entries give."""

import json

import pytest

from connectors_cli.catalog.files import paths
from connectors_cli.catalog.lint import lint
from connectors_cli.catalog.read import builtin, load
from connectors_cli.catalog.setup import app_setup, instructions, needs_app

NEEDING = sorted(entry.key for entry in builtin().values() if needs_app(entry))


def data(key):
    with open(paths()[key], encoding="utf-8") as file:
        return json.load(file)


def problems(entry):
    return [(problem.dotted, problem.message) for problem in lint(entry)]


def test_services_without_registration_need_an_app():
    assert len(NEEDING) == 16
    assert {"twitter", "linkedin", "youtube", "slack"} <= set(NEEDING)
    assert not {"mastodon", "wordpress", "medium"} & set(NEEDING)


@pytest.mark.parametrize("key", NEEDING)
def test_steps_name_the_portal_the_addresses_and_every_scope(key):
    entry = load(key)
    lines = list(instructions(app_setup(entry)))
    assert lines[0].startswith("You need an app of your own: https://")
    assert [line[:3] for line in lines[1:4]] == ["1. ", "2. ", "3. "]
    assert f"Scopes: {', '.join(entry.oauth['scopes'])}" in lines
    address = entry.config_schema["properties"].get("redirect_uri", {}).get("default")
    assert address is None or f"Redirect address: {address}" in lines
    assert any("(setup" in source for source in entry.sources)


def test_service_that_redirects_only_to_https_gets_a_page_of_ones_own():
    assert app_setup(load("slack")).redirect_address == "any https page of yours"
    assert app_setup(load("github")).redirect_address is None


def test_approval_is_left_out_where_nobody_approves():
    assert app_setup(load("tumblr")).approval is None
    assert not any("Approval" in line for line in instructions(app_setup(load("tumblr"))))


def test_built_in_service_must_say_how_to_register_an_app():
    entry = data("twitter")
    assert problems(entry) == []
    del entry["setup"]
    message = "is required where people register an app of their own: portal and steps"
    assert problems(entry) == [("setup", message)]
    assert problems({**entry, "key": "my-own"}) == []


def test_steps_are_not_shown_where_no_app_is_needed():
    entry = load("mastodon").replaced(setup=data("twitter")["setup"])
    assert app_setup(entry) is None


@pytest.mark.parametrize(
    "setup", [{}, {"portal": "http://example.com"}, {"portal": "https://a.example", "steps": ["1"]}]
)
def test_incomplete_steps_are_refused(setup):
    assert problems({**data("twitter"), "setup": setup})


def test_steps_have_no_effect_on_the_digest():
    entry = load("twitter")
    assert entry.replaced(setup=None).digest == entry.digest
