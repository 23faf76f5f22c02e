"""Probes over SFTP, against a real server."""

import asyncio
import sys

import pytest

from connectors_cli import catalog
from connectors_cli.http import trust
from connectors_cli.probes.network import open_network
from connectors_cli.probes.running import run_probe
from connectors_cli.probes.values import Values

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


def probe(auth, *, known=None, expect_key=True, seconds=10.0, **config):
    """Test an account of a server; `expect_key` gives the host's key, or another one."""

    async def whole():
        host_key = asyncssh.generate_private_key("ssh-ed25519")
        other = asyncssh.generate_private_key("ssh-ed25519")
        shown = (host_key if expect_key else other).export_public_key().decode()
        server = await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[host_key],
            server_factory=lambda: _Server(known),
            sftp_factory=True,
        )
        async with server, open_network(trust()) as network:
            values = {"host": "127.0.0.1", "port": server.get_port(), "username": "alice"}
            values |= {"host_key": shown, "directory": ".", **config}
            entry = catalog.load("sftp")
            return await run_probe("sftp", entry.probe, Values(values, auth), network, seconds)

    return asyncio.run(whole())


def test_a_password_opens_the_folder_or_is_refused():
    found = probe({"password": PASSWORD})
    assert (found.state, found.account.label) == ("ok", "alice@127.0.0.1")
    assert found.account.id.startswith("SHA256:")
    wrong = probe({"password": "wrong"})
    assert (wrong.state, wrong.step) == ("auth_failed", "authenticate")


def test_a_key_opens_the_folder_or_is_refused():
    key = asyncssh.generate_private_key("ssh-ed25519")
    text = key.export_private_key().decode()
    assert probe({"private_key": text}, known=key.convert_to_public()).state == "ok"
    assert probe({"private_key": text}).state == "auth_failed"
    assert probe({"private_key": "no key"}).state == "auth_failed"


def test_a_host_with_another_key_gets_no_password():
    found = probe({"password": PASSWORD}, expect_key=False)
    assert (found.state, found.fix.fields) == ("invalid_config", ("host_key",))


def test_a_folder_that_is_not_there_is_a_matter_of_settings():
    found = probe({"password": PASSWORD}, directory="/no/such/folder")
    assert (found.state, found.fix.fields) == ("invalid_config", ("directory",))


def test_without_the_extra_it_is_said_which_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "asyncssh", None)
    entry = catalog.load("sftp")

    async def whole():
        async with open_network(trust()) as network:
            values = Values({"host": "127.0.0.1", "port": 1, "username": "a"}, {"password": "b"})
            return await run_probe("sftp", entry.probe, values, network, 5.0)

    found = asyncio.run(whole())
    assert (found.state, found.fix.cure) == ("unsupported", "ssh")
