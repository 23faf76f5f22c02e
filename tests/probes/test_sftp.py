"""Probes over SFTP, against a real server."""

import asyncio
import sys

import pytest

from connectors_cli.catalog.read import load
from connectors_cli.net.client import tls_context
from connectors_cli.net.templates import Values
from connectors_cli.probes.network import open_network
from connectors_cli.probes.run import run_probe

asyncssh = pytest.importorskip("asyncssh")
PASSWORD = "canary-password"


class _Server(asyncssh.SSHServer):
    def __init__(self, known):
        self._known = known

    def begin_auth(self, username):
        return True

    def password_auth_supported(self):
        return True

    def validate_password(self, username, password):
        return (username, password) == ("alice", PASSWORD)

    def public_key_auth_supported(self):
        return True

    def validate_public_key(self, username, key):
        return key == self._known


def probe(auth, *, known=None, expect_key=True, own=None, ready=None, seconds=10.0, **config):
    """Test an account of a server; `expect_key` sets the host's key, or another one."""

    async def whole():
        host_key = own or asyncssh.generate_private_key("ssh-ed25519")
        other = asyncssh.generate_private_key("ssh-ed25519")
        shown = (host_key if expect_key else other).export_public_key().decode()
        server = await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[host_key],
            server_factory=lambda: _Server(known),
            sftp_factory=True,
        )
        if ready is not None:
            ready(server.get_port())
        async with server, open_network(tls_context()) as network:
            values = {"host": "127.0.0.1", "port": server.get_port(), "username": "alice"}
            values |= {"host_key": shown, "directory": ".", **config}
            entry = load("sftp")
            return await run_probe("sftp", entry.probe, Values(values, auth), network, seconds)

    return asyncio.run(whole())


def test_password_opens_the_folder_or_is_refused():
    found = probe({"password": PASSWORD})
    assert (found.state, found.account.label) == ("ok", "alice@127.0.0.1")
    assert found.account.id.startswith("SHA256:")
    wrong = probe({"password": "wrong"})
    assert (wrong.state, wrong.step) == ("auth_failed", "authenticate")


def test_key_opens_the_folder_or_is_refused():
    key = asyncssh.generate_private_key("ssh-ed25519")
    text = key.export_private_key().decode()
    assert probe({"private_key": text}, known=key.convert_to_public()).state == "ok"
    assert probe({"private_key": text}).state == "auth_failed"
    assert probe({"private_key": "no key"}).state == "auth_failed"


def test_host_with_another_key_gets_no_password():
    found = probe({"password": PASSWORD}, expect_key=False)
    assert (found.state, found.fix.fields) == ("invalid_config", ("host_key",))


def test_host_that_is_not_known_gets_no_password(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    found = probe({"password": PASSWORD}, host_key=None)
    assert (found.state, found.step, found.fix.cure) == ("invalid_config", "connect", "host_key")
    assert "SHA256:" in found.message
    assert found.host_key.startswith("ssh-ed25519 ")


def test_host_in_known_hosts_is_known(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir()
    file = tmp_path / ".ssh" / "known_hosts"
    key = asyncssh.generate_private_key("ssh-ed25519")
    line = key.export_public_key().decode()

    def write(port):
        file.write_text(f"[127.0.0.1]:{port} {line}")

    assert probe({"password": PASSWORD}, host_key=None, own=key, ready=write).state == "ok"
    other = probe({"password": PASSWORD}, host_key=None, ready=write)
    assert (other.state, "known_hosts" in other.message) == ("invalid_config", True)


def test_missing_folder_is_a_settings_problem():
    found = probe({"password": PASSWORD}, directory="/no/such/folder")
    assert (found.state, found.fix.fields) == ("invalid_config", ("directory",))


def test_missing_extra_for_ssh_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "asyncssh", None)
    entry = load("sftp")

    async def whole():
        async with open_network(tls_context()) as network:
            values = Values({"host": "127.0.0.1", "port": 1, "username": "a"}, {"password": "b"})
            return await run_probe("sftp", entry.probe, values, network, 5.0)

    found = asyncio.run(whole())
    assert (found.state, found.fix.cure) == ("unsupported", "ssh")


def test_changed_host_key_is_shown_with_the_one_before():
    found = probe({"password": PASSWORD}, expect_key=False)
    assert found.message.count("SHA256:") == 2
    assert "somebody is in between" in found.message


def test_revoked_host_key_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir()
    key = asyncssh.generate_private_key("ssh-ed25519")
    line = key.export_public_key().decode()

    def write(port):
        (tmp_path / ".ssh" / "known_hosts").write_text(f"@revoked [127.0.0.1]:{port} {line}")

    for more in ({"host_key": None}, {}):
        found = probe({"password": PASSWORD}, own=key, ready=write, **more)
        assert (found.state, "is revoked" in found.message) == ("invalid_config", True)
        assert found.host_key is None
