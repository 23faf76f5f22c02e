"""A real Secret Service: gnome-keyring in a separate D-Bus session."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

PROGRAMS = ("dbus-daemon", "dbus-send", "gnome-keyring-daemon")
MISSING = [name for name in PROGRAMS if shutil.which(name) is None]
# Without service files, so that only services started here exist.
CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={folder}/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


class SecretService:
    """A bus and, once started, a keyring daemon; `environ` points programs to it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="bus-"))  # a socket's path must be short
        self.environ = {
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={self.folder}/bus",
            "XDG_DATA_HOME": str(self.folder / "data"),
            "XDG_RUNTIME_DIR": str(self.folder / "run"),
        }
        for name in ("data", "run"):
            (self.folder / name).mkdir(mode=0o700)
        (self.folder / "bus.conf").write_text(CONFIG.format(folder=self.folder))
        self.bus = self._start("dbus-daemon", f"--config-file={self.folder}/bus.conf", "--nofork")
        self.daemon: subprocess.Popen[bytes] | None = None
        _wait_for((self.folder / "bus").exists)

    def start(self, password: bytes | None) -> None:
        """Start the daemon; a password creates or unlocks the login keyring."""
        unlock = () if password is None else ("--unlock",)
        control = f"--control-directory={self.folder}/run/keyring"
        self.daemon = self._start(
            "gnome-keyring-daemon", *unlock, "--components=secrets", "--foreground", control
        )
        assert self.daemon.stdin is not None
        self.daemon.stdin.write(password or b"")
        self.daemon.stdin.close()
        _wait_for(self._is_there)

    def stop(self) -> None:
        """Stop the daemon; its keyring stays."""
        if self.daemon is not None:
            self.daemon.send_signal(signal.SIGCONT)
            _end(self.daemon)
            self.daemon = None
            _wait_for(lambda: not self._is_there())

    def close(self) -> None:
        """Stop the daemon and the bus, and remove their files."""
        self.stop()
        _end(self.bus)
        shutil.rmtree(self.folder)

    def _start(self, *command: str) -> "subprocess.Popen[bytes]":
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environ},
            )

    def _is_there(self) -> bool:
        bus = "org.freedesktop.DBus"
        question = ("--dest=" + bus, "/org/freedesktop/DBus", f"{bus}.NameHasOwner")
        done = subprocess.run(
            [
                "dbus-send",
                "--session",
                "--print-reply",
                *question,
                "string:org.freedesktop.secrets",
            ],
            capture_output=True,
            env={**os.environ, **self.environ},
            check=False,
        )
        return b"boolean true" in done.stdout


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.stdin is not None:
        process.stdin.close()
    process.terminate()
    process.wait(10)


def _wait_for(condition: object, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]  # a callable
        assert time.monotonic() < deadline, "the Secret Service did not answer"
        time.sleep(0.02)
