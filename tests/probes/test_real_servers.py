"""Probes against OpenSSH's sshd and vsftpd, as Debian packages them."""

import asyncio
import getpass
import os
import shutil
import subprocess
from contextlib import contextmanager

import pytest
import trustme

from connectors_cli.catalog.read import load
from connectors_cli.net.client import tls_context
from connectors_cli.net.templates import Values
from connectors_cli.probes.network import open_network
from connectors_cli.probes.run import run_probe
from support import inetd
from support.ci import skip_without

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="the servers are POSIX programs"),
]
PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"])
SSHD = """
HostKey {folder}/host
AuthorizedKeysFile {folder}/authorized
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
Subsystem sftp internal-sftp
"""
VSFTPD = """
listen=NO
run_as_launching_user={as_user}
anonymous_enable=YES
local_enable=NO
anon_root={folder}/files
secure_chroot_dir={folder}/empty
allow_anon_ssl=YES
ssl_enable=YES
force_anon_logins_ssl={forced}
force_anon_data_ssl=NO
require_ssl_reuse=NO
rsa_cert_file={folder}/server.pem
rsa_private_key_file={folder}/server.pem
seccomp_sandbox=NO
"""


def program(name):
    return shutil.which(name, path=PATH) or skip_without(name)


def probe(key, config, auth, ca_file=None):
    async def whole():
        async with open_network(tls_context(ca_file)) as network:
            return await run_probe(key, load(key).probe, Values(config, auth), network, 30)

    return asyncio.run(whole())


def new_key(path, passphrase=""):
    line = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "test", "-f", path]
    subprocess.run(line, check=True)
    return path.read_text()


@pytest.fixture
def ssh(tmp_path):
    """An sshd that lets this user in with one key: its settings, and the key's path."""
    sshd = program("sshd")
    program("ssh-keygen")
    if os.getuid() == 0:
        os.makedirs("/run/sshd", exist_ok=True)  # where Debian's service creates it
    for name in ("host", "user"):
        new_key(tmp_path / name)
    shutil.copy(tmp_path / "user.pub", tmp_path / "authorized")
    (tmp_path / "config").write_text(SSHD.format(folder=tmp_path))
    host_key = " ".join((tmp_path / "host.pub").read_text().split()[:2])
    with inetd.serving([sshd, "-i", "-f", str(tmp_path / "config")]) as port:
        own = {"host": "127.0.0.1", "port": port, "username": getpass.getuser()}
        yield {**own, "host_key": host_key, "directory": str(tmp_path)}, tmp_path / "user"


def test_a_key_opens_the_folder_of_a_real_server(ssh):
    settings, key = ssh
    assert probe("sftp", settings, {"private_key": key.read_text()}).state == "ok"
    missing = {**settings, "directory": f"{settings['directory']}/nothing"}
    found = probe("sftp", missing, {"private_key": key.read_text()})
    assert (found.state, found.fix.fields) == ("invalid_config", ("directory",))


def test_a_real_server_refuses_another_key_and_a_password(ssh):
    settings, key = ssh
    other = new_key(key.with_name("other"))
    for auth in ({"private_key": other}, {"password": "canary-password"}):
        found = probe("sftp", settings, auth)
        assert (found.state, found.step) == ("auth_failed", "authenticate")


def test_a_key_with_a_passphrase_is_opened(ssh):
    settings, key = ssh
    line = ["ssh-keygen", "-q", "-p", "-P", "", "-N", "a passphrase", "-f", key]
    subprocess.run(line, check=True)
    auth = {"private_key": key.read_text(), "passphrase": "a passphrase"}
    assert probe("sftp", settings, auth).state == "ok"
    wrong = probe("sftp", settings, {**auth, "passphrase": "another"})
    assert wrong.state == "auth_failed"


def test_a_real_server_with_another_host_key_is_not_spoken_to(ssh):
    settings, key = ssh
    new_key(key.with_name("next"))
    other = " ".join(key.with_name("next.pub").read_text().split()[:2])
    found = probe("sftp", {**settings, "host_key": other}, {"private_key": key.read_text()})
    assert (found.state, found.fix.fields) == ("invalid_config", ("host_key",))


@contextmanager
def ftp(folder, forced="NO"):
    """A vsftpd with a folder for everybody; yields its settings and the file of its authority."""
    vsftpd = program("vsftpd")
    folder.chmod(0o755)
    for name in ("files", "files/blog", "empty"):
        (folder / name).mkdir(mode=0o755)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(
        folder / "server.pem"
    )
    as_user = "NO" if os.getuid() == 0 else "YES"
    config = folder / "vsftpd.conf"
    config.write_text(VSFTPD.format(folder=folder, as_user=as_user, forced=forced))
    with inetd.serving([vsftpd, str(config)]) as port:
        settings = {"host": "localhost", "port": port, "directory": "/blog"}
        yield {**settings, "security": "explicit_tls"}, str(folder / "ca.pem")


ANYBODY = {"username": "anonymous", "password": "canary-password"}


def test_a_real_ftp_server_is_signed_in_to_over_tls(tmp_path):
    with ftp(tmp_path, forced="YES") as (settings, ca_file):
        assert probe("ftp", settings, ANYBODY, ca_file).state == "ok"
        missing = probe("ftp", {**settings, "directory": "/nothing"}, ANYBODY, ca_file)
        assert (missing.state, missing.fix.fields) == ("invalid_config", ("directory",))
        refused = probe("ftp", settings, {**ANYBODY, "username": "alice"}, ca_file)
        assert (refused.state, refused.http_status) == ("auth_failed", 530)
        assert "canary" not in repr(refused)


def test_a_real_ftp_server_is_not_trusted_without_its_authority(tmp_path):
    with ftp(tmp_path) as (settings, _):
        assert probe("ftp", settings, ANYBODY).fix.cure == "trust"
