"""What commands load: the ORM only where it earns its start."""

import os
import sys

import pytest

from connectors_cli.vault.seal import new_key
from support.imports import loaded
from support.stores import KEY

ORM = {"sqlmodel", "sqlalchemy", "pydantic", "alembic"}
SITE = "site_url=https://blog.example.com"
VALUES = ("--set", SITE, "--set", "username=a", "--secret", "application_password=env:PASSWORD")
LINES = (
    *(("validate", "blog"), ("export", "--all"), ("doctor",), ("init",), ("whoami",)),
    *(("key", "status"), ("auth", "status"), ("log",), ("stats",), ("tenant", "list")),
    *(("backup", "{folder}/copy.db"), ("install", "wordpress", "--questions")),
    *(("install", "wordpress", "--name", "new", *VALUES), ("install", "x", "--dry-run", *VALUES)),
    *(("edit", "blog", "--tag", "eu"), ("edit", "blog", "--set", SITE), ("remove", "blog")),
    *(("edit", "blog", "--deactivate"), ("remove", "blog", "--purge", "--yes")),
    *(("apply", "-f", "{folder}/file.yaml"), ("credentials", "reset", "blog", "--yes")),
    *(("key", "export", "--to", "{folder}/keys", "--printable", "--yes"),),
    *(("catalog", "add", "{folder}/type.json", "--key", "cms"), ("catalog", "remove", "cms")),
)
LEAN = (
    *(("validate", "blog"), ("export", "--all"), ("doctor",), ("backup", "{folder}/copy.db")),
    *(("edit", "blog", "--tag", "eu"), ("edit", "blog", "--set", SITE), ("remove", "blog")),
    *(("install", "wordpress", "--name", "new", *VALUES), ("install", "x", "--dry-run", *VALUES)),
    *(("apply", "-f", "{folder}/file.yaml"), ("apply", "-f", "{folder}/file.yaml", "--dry-run")),
    *(("test", "blog", "--timeout", "1ms"), ("key", "status")),
)
"""Lines of programs: no command line for people, and no schemas but plain ones."""
FILE = """
connectors:
- name: news
  type: wordpress
  config: {site_url: https://news.example.com}
  auth: {username: a, application_password: {env: PASSWORD}}
"""


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES, ids=" ".join)
def test_everyday_command_loads_no_orm(blog, tmp_path, line):
    (tmp_path / "file.yaml").write_text(FILE)
    (tmp_path / "type.json").write_text('{"type": "object", "properties": {}}')
    words = [word.format(folder=tmp_path) for word in line]
    _, modules = loaded(*words, PASSWORD="canary-password")
    assert not modules & ORM


@pytest.mark.slow
@pytest.mark.parametrize("line", LEAN, ids=" ".join)
def test_line_of_a_program_loads_neither_typer_nor_rich_nor_jsonschema(blog, tmp_path, line):
    (tmp_path / "file.yaml").write_text(FILE)
    words = [word.format(folder=tmp_path) for word in line]
    _, modules = loaded(*words, PASSWORD="canary-password")
    assert not modules & {*ORM, "typer", "rich", "prompt_toolkit", "jsonschema", "referencing"}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no session bus")
def test_without_a_session_bus_no_keyring_is_loaded(blog, monkeypatch):
    for name in ("PYTHON_KEYRING_BACKEND", "DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    code, modules = loaded("doctor")
    assert code == 0
    assert not modules & {"keyring", "secretstorage", "jeepney"}
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/nonexistent")
    assert not loaded("doctor")[1] & {"keyring", "secretstorage"}
    monkeypatch.setenv("DISPLAY", ":1")
    assert "keyring" in loaded("doctor")[1]


def test_first_use_loads_no_orm(isolated):
    line = ("install", "wordpress", "--name", "blog", *VALUES)
    code, modules = loaded(*line, PASSWORD="canary-password")
    assert code == 0
    assert not modules & ORM


@pytest.mark.slow
def test_restored_connector_and_rotated_key_load_no_orm(run, blog, monkeypatch):
    assert run("remove", "blog").code == 0
    code, modules = loaded("restore", "blog")
    assert (code, modules & ORM) == (0, set())
    monkeypatch.setenv(KEY, f"{new_key().text},{os.environ[KEY]}")
    code, modules = loaded("key", "rotate")
    assert (code, modules & ORM) == (0, set())
