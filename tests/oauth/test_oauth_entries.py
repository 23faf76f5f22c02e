"""Every type of the catalog that signs in: what it says can be asked."""

import os
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from people import asked

from connectors_cli import catalog, oauth
from connectors_cli.catalog import lint, read_json
from connectors_cli.oauth import codes, passwords, signing
from connectors_cli.oauth.provider import Provider

ENTRIES = {key: entry for key, entry in catalog.builtin().items() if entry.oauth}
KEYS = sorted(ENTRIES)
BY_CODE = [key for key in KEYS if "grant" not in ENTRIES[key].oauth]


def provider(key):
    entry = ENTRIES[key]
    config = {"client_id": "client-1", **catalog.example(entry)["config"]}
    auth = dict.fromkeys(entry.auth_schema["properties"], "canary")
    return Provider(entry, config, auth, oauth.Options())


@pytest.mark.parametrize("key", KEYS)
def test_a_type_that_signs_in_has_a_way_to(key):
    found = oauth.methods(ENTRIES[key])
    assert found
    assert set(found) <= set(oauth.METHODS)
    assert ("token" in found) == (key in BY_CODE)


@pytest.mark.parametrize("key", BY_CODE)
def test_the_address_to_sign_in_at_has_all_that_is_due(key):
    entry, service = ENTRIES[key], provider(key)
    question = codes.Question("http://127.0.0.1:8765/callback", "state-1")
    url = codes.url(service, question)
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
def test_a_redirect_address_is_there_before_anybody_sets_one_or_has_to_be_set(key):
    found = ENTRIES[key].config_schema["properties"].get("redirect_uri")
    if ENTRIES[key].oauth.get("redirect") == "https":
        assert "default" not in found
    elif found is not None and "default" in found:
        assert urlsplit(found["default"]).hostname in {"127.0.0.1", "localhost"}
        assert provider(key).values.config["redirect_uri"] == found["default"]


def test_the_page_of_wordpress_leads_back_with_our_state():
    question = codes.Question("http://127.0.0.1:8765/callback", "state-1")
    found = asked(passwords.url(provider("wordpress"), question))
    assert found["success_url"] == "http://127.0.0.1:8765/callback?state=state-1"
    assert found["reject_url"] == "http://127.0.0.1:8765/callback?state=state-1&error=access_denied"


@pytest.mark.parametrize("key", KEYS)
def test_every_request_of_a_type_goes_to_https(key):
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
def test_the_token_request_of_a_type_can_be_made(key):
    service = provider(key)
    parts = signing.signed(service, service.url(service.oauth["token_url"]), "code=code-1")
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
def test_the_linter_finds_what_is_wrong_with_a_page_that_makes_passwords(change, where):
    data = read_json(os.path.join(catalog.directory(), "wordpress.json"))
    data["oauth"].update(change)
    assert where in {problem.dotted for problem in lint(data)}


@pytest.mark.parametrize("name", ["state", "scope", "client_id", "code_challenge"])
def test_the_linter_keeps_what_the_program_says_itself_out_of_authorize_params(name):
    data = read_json(os.path.join(catalog.directory(), "twitter.json"))
    data["oauth"]["authorize_params"] = {name: "x"}
    assert lint(data)


def test_oauth_without_a_grant_goes_with_its_auth_type_alone():
    data = read_json(os.path.join(catalog.directory(), "twitter.json"))
    assert [problem.dotted for problem in lint({**data, "auth_type": "api_key"})] == ["oauth"]
    assert [problem.dotted for problem in lint({**data, "oauth": None})] == ["oauth"]


def test_the_protocol_is_loaded_only_where_somebody_signs_in():
    program = (
        "import sys; from connectors_cli import oauth; from connectors_cli.catalog import load;"
        "oauth.methods(load('twitter')); oauth.can_refresh(load('twitter'), {});"
        "print(sorted({'authlib', 'httpx2', 'asyncio', 'ssl'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"
