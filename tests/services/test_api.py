"""The Python API: what a script gets from `from connectors_cli import Connectors`."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import connectors_cli
from connectors_cli import Connectors
from connectors_cli.catalog.entry import type_id
from connectors_cli.catalog.read import builtin
from connectors_cli.errors import Conflict, InvalidInput, NotFound, NotPermitted

GUIDE = Path(connectors_cli.__file__).parent / "guide" / "python.md"
SITE = {"site_url": "https://blog.example.com"}
LOGIN = {"username": "alice", "application_password": "canary canary canary"}


@pytest.fixture
def connectors():
    with Connectors() as opened:
        yield opened


@pytest.fixture
def blog(connectors):
    connectors.install_connector("wordpress", SITE, LOGIN, name="blog", activate=True)
    return "blog"


def python(*words, **environ):
    return subprocess.run(
        [sys.executable, *words],
        capture_output=True,
        text=True,
        env={**os.environ, **environ},
        timeout=120,
        check=False,
    )


def test_script_of_the_guide_runs(tmp_path):
    script = GUIDE.read_text().partition("```python publish.py\n")[2].partition("```\n")[0]
    assert len([line for line in script.splitlines() if line]) <= 15
    (tmp_path / "publish.py").write_text(script)
    for _ in range(2):  # the second time it is installed already
        done = python(str(tmp_path / "publish.py"), BLOG_PASSWORD="canary canary canary")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == "posting to https://blog.example.com as alice\n"


def test_importing_the_package_loads_nothing():
    code = "import sys; before = set(sys.modules); import connectors_cli\n"
    code += "print(*sorted(set(sys.modules) - before))"
    assert python("-Sc", code, PYTHONPATH=os.pathsep.join(filter(None, sys.path))).stdout == (
        "connectors_cli\n"
    )
    with pytest.raises(AttributeError):
        connectors_cli.connectors  # noqa: B018


def test_api_loads_no_command_line():
    code = "import sys; from connectors_cli import Connectors; Connectors().list_catalog()\n"
    code += "print(*sys.modules)"
    loaded = set(python("-c", code).stdout.split())
    assert not {"typer", "rich", "questionary", "prompt_toolkit", "keyring"} & loaded


def test_reads_before_the_first_install_are_empty(connectors):
    assert connectors.list_installed() == []
    assert connectors.get_publish_targets() == []
    with pytest.raises(NotFound), connectors.use("blog"):
        pass
    with pytest.raises(NotFound):
        connectors.update_connector("blog", active=True)


def test_catalog_is_searched_and_filtered(connectors):
    assert len(connectors.list_catalog()) == len(builtin())
    assert connectors.list_catalog("mastadon")[0]["key"] == "mastodon"
    keys = {one["key"] for one in connectors.list_catalog(auth_type="oauth")}
    assert {"twitter", "linkedin"} <= keys
    assert "wordpress" not in keys
    (found,) = (one for one in connectors.list_catalog(schemas=True) if one["key"] == "wordpress")
    assert "site_url" in found["default_config_schema"]["properties"]
    assert "application_password" in found["auth_schema"]["properties"]


def test_installed_connector_is_what_json_shows(connectors, run):
    done = connectors.install_connector(
        "wordpress", SITE, LOGIN, name="blog", tags=("prod",), activate=True
    )
    assert done == json.loads(run("show", "blog", "--json").out)
    assert connectors.get_publish_targets(type="wordpress", tag="prod") == [done]
    assert "canary" not in json.dumps(connectors.list_installed())


@pytest.mark.parametrize("text", ["BLOG", "wordpress", "example.com", "marketing", "blog prod", ""])
def test_search_finds_name_type_settings_and_tags(connectors, blog, text):
    connectors.update_connector(blog, tag=("marketing", "prod"))
    assert [one["name"] for one in connectors.list_installed(text)] == [blog]
    assert connectors.list_installed("canary") == []


def test_named_fields_change_and_others_stay(connectors, blog):
    site = {"site_url": "https://blog.example.com/news"}
    done = connectors.update_connector(blog, config=site, rename="news", tag=("a",), active=False)
    assert (done["name"], done["config"], done["tags"]) == ("news", site, ["a"])
    assert done["status"] == "inactive"
    assert set(done["auth_fields"]) == set(LOGIN)
    with pytest.raises(Conflict):
        connectors.update_connector("news", active=True, if_version=1)


def test_removed_connector_can_be_restored(connectors, blog, run):
    assert connectors.delete_connector(blog)["name"] == blog
    assert connectors.list_installed() == []
    connectors.close()
    assert run("restore", blog).code == 0


def test_use_yields_the_values_and_records_it_first(connectors, blog, run):
    with connectors.use(blog) as values:
        assert (values["site_url"], values["username"]) == (SITE["site_url"], "alice")
        assert values.auth == LOGIN
        assert (values.name, values.type, values.config) == (blog, "wordpress", SITE)
        assert "canary" not in repr(values)
        actions = [
            json.loads(line)["action"] for line in run("log", "-o", "jsonl").out.splitlines()
        ]
        assert actions[-1] == "connector.use"


def test_invalid_values_are_problems_without_the_values(connectors):
    assert connectors.validate_config("wordpress", SITE) == ()
    (problem,) = connectors.validate_config("wordpress", {"site_url": "canary"})
    assert problem.path == ("site_url",)
    assert "canary" not in problem.message
    missing = connectors.validate_config("wordpress", SITE, {})
    assert {problem.path for problem in missing} == {("username",), ("application_password",)}
    with pytest.raises(InvalidInput) as caught:
        connectors.install_connector("wordpress", {}, LOGIN)
    assert caught.value.details
    with pytest.raises(NotFound):
        connectors.validate_config("nonesuch", {})


def test_required_defaults_are_filled_in(connectors, run, tmp_path):
    schema = {"type": "object", "required": ["port"], "properties": {"port": {"default": 25}}}
    (tmp_path / "s.json").write_text(json.dumps(schema))
    assert run("catalog", "add", tmp_path / "s.json", "--key", "intranet").code == 0
    done = connectors.install_connector("intranet", {})
    assert (done["name"], done["config"]) == ("intranet", {"port": 25})
    assert connectors.list_installed(type=type_id("intranet", "default")) == [done]


def test_types_are_named_by_alias_and_id_too(connectors, run):
    done = connectors.install_connector("x", {"client_id": "abc"}, name="news")
    assert done["catalog_key"] == "twitter"
    assert connectors.list_installed(type=type_id("twitter")) == [done]
    assert run("list", "--type", type_id("twitter"), "-o", "names").out == "news\n"
    line = ("install", type_id("wordpress"), "--set", "site_url=https://a.example", "--dry-run")
    assert "wordpress" in run(*line, "--set", "username=a").err
    assert run("catalog", "show", type_id("wordpress"), "--json").code == 0
    assert run("catalog", "show", type_id("nonesuch")).code == 5


def test_viewer_may_not_use(connectors, blog):
    with closing(sqlite3.connect(Path(os.environ["CONNECTORS_HOME"]) / "store.db")) as db:
        db.execute("UPDATE members SET role = 'viewer'")
        db.commit()
    with pytest.raises(NotPermitted), connectors.use(blog):
        pass


def test_named_tenant_must_be_created_first(tmp_path):
    with Connectors(tenant="acme", store=str(tmp_path / "s.db")) as connectors:
        with pytest.raises(Exception, match="no tenant acme"):
            connectors.install_connector("wordpress", SITE, LOGIN)
        assert not (tmp_path / "s.db").exists()
