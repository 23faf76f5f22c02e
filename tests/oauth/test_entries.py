"""Every catalog entry with a sign-in: its requests can be built."""

import os
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from connectors_cli.catalog.examples import example
from connectors_cli.catalog.files import directory
from connectors_cli.catalog.lint import lint
from connectors_cli.catalog.read import builtin, read_json
from connectors_cli.oauth import actions, app_password, client_auth, code
from connectors_cli.oauth.contract import METHODS, Options
from connectors_cli.oauth.provider import Provider
from support.sign_in_dialogs import asked

ENTRIES = {key: entry for key, entry in builtin().items() if entry.oauth}
KEYS = sorted(ENTRIES)
BY_CODE = [key for key in KEYS if "grant" not in ENTRIES[key].oauth]


def provider(key):
    entry = ENTRIES[key]
    config = {"client_id": "client-1", **example(entry)["config"]}
    auth = dict.fromkeys(entry.auth_schema["properties"], "canary")
    return Provider(entry, config, auth, Options())


@pytest.mark.parametrize("key", KEYS)
def test_type_with_a_sign_in_has_a_method(key):
    found = actions.methods(ENTRIES[key])
    assert found
    assert set(found) <= set(METHODS)
    assert ("token" in found) == (key in BY_CODE)


@pytest.mark.parametrize("key", BY_CODE)
def test_sign_in_address_has_all_required_parameters(key):
    entry, service = ENTRIES[key], provider(key)
    question = code.AuthorizationRequest("http://127.0.0.1:8765/callback", "state-1")
    url = code.url(service, question)
    found = asked(url)
    assert urlsplit(url).scheme == "https"
    assert found["state"] == "state-1"
    assert found["response_type"] == "code"
    assert found[entry.oauth.get("client_id_param", "client_id")]
    assert found["scope"].split(entry.oauth["scope_separator"]) == entry.oauth["scopes"]
    assert ("code_challenge" in found) == (entry.oauth["pkce"] != "unsupported")
    assert found.keys() >= entry.oauth["authorize_params"].keys()
    assert "canary" not in url
    assert "{" not in url


@pytest.mark.parametrize("key", BY_CODE)
def test_redirect_address_has_a_default_or_is_required(key):
    found = ENTRIES[key].config_schema["properties"].get("redirect_uri")
    if ENTRIES[key].oauth.get("redirect") == "https":
        assert "default" not in found
    elif found is not None and "default" in found:
        assert urlsplit(found["default"]).hostname in {"127.0.0.1", "localhost"}
        assert provider(key).values.config["redirect_uri"] == found["default"]


def test_wordpress_page_redirects_with_our_state():
    question = code.AuthorizationRequest("http://127.0.0.1:8765/callback", "state-1")
    found = asked(app_password.url(provider("wordpress"), question))
    assert found["success_url"] == "http://127.0.0.1:8765/callback?state=state-1"
    assert found["reject_url"] == "http://127.0.0.1:8765/callback?state=state-1&error=access_denied"


@pytest.mark.parametrize("key", KEYS)
def test_every_request_of_a_type_uses_https(key):
    service = provider(key)
    service.values.app["redirect_uri"] = "http://127.0.0.1:8765/callback"
    service.values.oauth["scopes"] = "a b"
    names = ("registration", "exchange", "refresh_request", "revocation", "device_authorization")
    specs = [spec for name in names if (spec := service.oauth.get(name))]
    if "token_url" in service.oauth:
        specs.append({"url": service.oauth["token_url"]})
    specs += [*service.oauth.get("afterwards", ())]
    specs += [step for spec in specs for step in spec.get("steps", ())]
    service.values.step["uuid"] = "uuid-1"
    for spec in specs:
        assert urlsplit(service.url(spec["url"])).scheme == "https"
        service.texts(spec.get("query"))
        service.filled(service.values.fill_all, spec.get("body"))


@pytest.mark.parametrize("key", BY_CODE)
def test_token_request_of_a_type_can_be_built(key):
    service = provider(key)
    parts = client_auth.authenticated(
        service, service.url(service.oauth["token_url"]), "code=code-1"
    )
    by_basic = "Authorization" in parts["headers"]
    assert by_basic == (service.oauth["client_auth"] == "basic")
    assert (b"client_secret=canary" in parts["content"]) != by_basic


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"shown": "auth.other"}, "oauth.shown"),
        ({"save": {"auth.nothing": "x"}, "shown": "auth.nothing"}, "oauth.save"),
        ({"redirect_params": {"a": "{app.website}"}}, "oauth.redirect_params.a"),
        ({"grant": "magic"}, "oauth"),
        ({"save": None}, "oauth.save"),
    ],
)
def test_lint_finds_mistakes_in_an_application_password_page(change, where):
    data = read_json(os.path.join(directory(), "wordpress.json"))
    data["oauth"].update(change)
    assert where in {problem.dotted for problem in lint(data)}


@pytest.mark.parametrize("name", ["state", "scope", "client_id", "code_challenge"])
def test_lint_refuses_authorize_params_that_the_program_sets_itself(name):
    data = read_json(os.path.join(directory(), "twitter.json"))
    data["oauth"]["authorize_params"] = {name: "x"}
    assert lint(data)


def test_oauth_without_a_grant_needs_the_auth_type_oauth():
    data = read_json(os.path.join(directory(), "twitter.json"))
    assert [problem.dotted for problem in lint({**data, "auth_type": "api_key"})] == ["oauth"]
    assert [problem.dotted for problem in lint({**data, "oauth": None})] == ["oauth"]


def test_oauth_libraries_are_loaded_only_for_a_sign_in():
    program = (
        "import sys; from connectors_cli.catalog.read import load;"
        "from connectors_cli.oauth import actions;"
        "actions.methods(load('twitter')); actions.can_refresh(load('twitter'), {});"
        "print(sorted({'authlib', 'httpx2', 'asyncio', 'ssl'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"
