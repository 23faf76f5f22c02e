"""The key of an SFTP host is known before a password is sent."""

import asyncio
import json
import sys
import threading
from contextlib import contextmanager

import pexpect
import pytest

pytestmark = pytest.mark.slow

asyncssh = pytest.importorskip("asyncssh")
PASSWORD = "canary-password"


class Server(asyncssh.SSHServer):
    def __init__(self, passwords):
        self._passwords = passwords

    def begin_auth(self, username):
        return True

    def password_auth_supported(self):
        return True

    def validate_password(self, username, password):
        self._passwords.append(password)
        return True


@contextmanager
def sftp(passwords, port=0):
    """Serve SFTP under a new host key; yield the port."""
    started, made = threading.Event(), []

    async def serve():
        server = await asyncssh.listen(
            "127.0.0.1",
            port,
            server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
            server_factory=lambda: Server(passwords),
            sftp_factory=True,
            reuse_address=True,
        )
        stop = asyncio.Event()
        made.extend((server.get_port(), asyncio.get_running_loop(), stop))
        started.set()
        async with server:
            await stop.wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert started.wait(10)
    yield made[0]
    made[1].call_soon_threadsafe(made[2].set)
    thread.join()


@pytest.fixture
def files(run, monkeypatch):
    monkeypatch.setenv("SFTP_PASSWORD", PASSWORD)

    def install(port, *more):
        return run(
            *("install", "sftp", "--name", "files", "--set", "host=127.0.0.1"),
            *("--set", f"port={port}", "--set", "username=alice"),
            *("--secret", "password=env:SFTP_PASSWORD", *more),
        )

    return install


def test_script_sends_no_password_to_an_unknown_host(run, files):
    passwords = []
    with sftp(passwords) as port:
        assert files(port).code == 0
        done = run("test", "files", "--json")
        assert done.code == 3
        assert "SHA256:" in done.out
        assert "connectors test files --accept-new-host-key" in done.out
    assert passwords == []


def test_accepted_key_is_pinned_and_a_changed_one_gets_no_password(run, files):
    passwords = []
    with sftp(passwords) as port:
        files(port)
        assert run("test", "files", "--accept-new-host-key").code == 0
        assert passwords == [PASSWORD]
        assert run("test", "files").code == 0
    key = json.loads(run("show", "files", "--json").out)["config"]["host_key"]
    assert key.startswith("ssh-ed25519 ")
    passwords.clear()
    with sftp(passwords, port):
        done = run("test", "files", "--accept-new-host-key")
        assert (done.code, "is not the one in host_key" in done.out) == (3, True)
    assert passwords == []


def test_installing_can_accept_the_key(run, files):
    passwords = []
    with sftp(passwords) as port:
        assert files(port, "--test", "--accept-new-host-key").code == 0
    assert passwords == [PASSWORD]
    assert files(port, "--accept-new-host-key").code == 2


@pytest.mark.parametrize(("answer", "sent"), [("\r", []), ("y\r", [PASSWORD])])
def test_terminal_shows_the_key_and_asks(run, files, answer, sent):
    passwords = []
    with sftp(passwords) as port:
        files(port)
        line = ["-m", "connectors_cli", "test", "files"]
        child = pexpect.spawn(sys.executable, line, encoding="utf-8", timeout=20)
        child.setwinsize(24, 300)
        child.expect("SHA256:")
        child.expect("Accept it for files?")
        child.send(answer)
        child.expect(pexpect.EOF)
        child.close()
    assert passwords == sent
    assert child.exitstatus == (0 if sent else 3)
