"""The variables that an export names: one prefix for each connector, in little memory."""

import json
import sys

from connectors_cli.services.export import _Taken


def test_a_prefix_is_taken_once_and_in_little_memory():
    taken = _Taken(20_000)
    assert all(taken.take(f"BLOG_{n}") for n in range(20_000))
    assert not any(taken.take(f"BLOG_{n}") for n in range(20_000))
    assert sys.getsizeof(taken._bits) < 20_000 * 10
    assert sys.getsizeof(_Taken(0)._bits) < 2_000


def test_names_that_spell_one_prefix_get_their_own_variables(run, blog, monkeypatch):
    monkeypatch.setenv("TOKEN", "canary-token")
    for name in ("my-news", "my.news", "my_news", "1st"):
        line = ("install", "medium", "-y", "-N", name, "-S", "integration_token=env:TOKEN")
        assert run(*line).code == 0
    document = json.loads(run("export", "--all", "-o", "json").out)
    wanted = [c for c in document["connectors"] if c["type"] == "medium"]
    found = {c["name"]: c["auth"]["integration_token"]["env"] for c in wanted}
    assert found["my-news"] == "MY_NEWS__INTEGRATION_TOKEN"
    assert len(set(found.values())) == len(found) == 4
    assert all(not variable[0].isdigit() for variable in found.values())
