"""Secrets as Docker, Kubernetes and systemd mount them: key files, credentials, files of values."""

import json
import os
import sys

import pytest

from connectors_cli.vault.seal import new_key

KEY = "CONNECTOR_AUTH_ENCRYPTION_KEY"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes and links of POSIX")
DOCUMENT = json.dumps(
    {
        "name": "w",
        "type": "wordpress",
        "config": {"site_url": "https://blog.example.com"},
        "auth": {"username": "alice", "application_password": "abcd efgh ijkl"},
    }
)


def kubernetes(folder):
    """Return a folder as a volume of Kubernetes: files are links through `..data`."""
    real = folder / "..2026_11_30_21_15_12.123456789"
    real.mkdir()
    (folder / "..data").symlink_to(real.name)
    for name in ("key", "one.json", "password"):
        (folder / name).symlink_to(f"..data/{name}")
    folder.chmod(0o1777)
    return real, 0o644


def systemd(folder, monkeypatch):
    """Return a folder of systemd's credentials: files for the service's user, by their ACL."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    return folder, 0o440


@pytest.fixture(params=["kubernetes", "systemd"])
def mount(request, tmp_path, monkeypatch):
    """Mount a key, a password and a file of values as a platform does; return the folder."""
    folder = tmp_path / "mount"
    folder.mkdir()
    real, mode = (
        kubernetes(folder) if request.param == "kubernetes" else systemd(folder, monkeypatch)
    )
    texts = {"key": new_key().text + "\n", "one.json": DOCUMENT, "password": "abcd efgh ijkl\n"}
    for name, text in texts.items():
        (real / name).write_text(text)
        (real / name).chmod(mode)
    return folder


def test_a_mounted_key_is_used(run, mount, monkeypatch):
    monkeypatch.delenv(KEY)
    monkeypatch.setenv(f"{KEY}_FILE", str(mount / "key"))
    done = run("init")
    assert done.code == 0, done.err
    assert run("key", "status").code == 0


def test_a_mounted_key_is_remembered(run, mount, monkeypatch):
    monkeypatch.delenv(KEY)
    done = run("init", "--key", f"file:{mount / 'key'}")
    assert done.code == 0, done.err
    assert run("key", "status").code == 0


def test_mounted_credentials_and_values_are_read(run, mount):
    line = ("install", "wordpress", "--name", "a", "--set", "site_url=https://a.example")
    source = f"application_password=file:{mount / 'password'}"
    assert run(*line, "--set", "username=u", "--secret", source).code == 0
    assert run("get", "a", "application_password", "--reveal").out == "abcd efgh ijkl\n"
    done = run("install", "--from-file", mount / "one.json")
    assert done.code == 0, done.err
    manifest = mount / "m.yaml"
    manifest.write_text(
        "connectors:\n- name: m\n  type: wordpress\n  config: {site_url: https://m.example}\n"
        "  auth: {username: u, application_password: {file: password}}\n"
    )
    assert run("apply", "-f", manifest, "--yes").code == 0
    assert run("get", "m", "application_password", "--reveal").out == "abcd efgh ijkl\n"


def test_a_mounted_key_that_others_can_change_is_refused(run, mount, monkeypatch):
    os.chmod(mount / "key", 0o666)
    monkeypatch.delenv(KEY)
    monkeypatch.setenv(f"{KEY}_FILE", str(mount / "key"))
    assert run("init").code == 7


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="changes an owner")
def test_a_mounted_key_of_somebody_else_is_refused(run, mount, monkeypatch):
    os.chown(mount / "key", 65534, 65534)
    monkeypatch.delenv(KEY)
    monkeypatch.setenv(f"{KEY}_FILE", str(mount / "key"))
    assert run("init").code == 7


def test_a_key_anywhere_else_is_refused_with_what_is_accepted(run, tmp_path, monkeypatch):
    (tmp_path / "key").write_text(new_key().text)
    (tmp_path / "key").chmod(0o444)
    (tmp_path / "link").symlink_to("key")
    monkeypatch.delenv(KEY)
    for name, said in (("key", "can be read by others"), ("link", "is a symbolic link")):
        monkeypatch.setenv(f"{KEY}_FILE", str(tmp_path / name))
        done = run("init")
        assert (done.code, said in done.err) == (7, True)
    assert "$CREDENTIALS_DIRECTORY" in done.err
