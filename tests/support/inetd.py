"""Real servers that talk to one connection each, started by a listener on loopback."""

import socket
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress


@contextmanager
def serving(command: Sequence[str]) -> Iterator[int]:
    """Start a server's program for each connection, which is its input and output.

    Yields the port. So no program has to find a free one, and none outlives the test.
    """
    started: list[subprocess.Popen[bytes]] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):  # the listener is closed at the end
                while True:
                    connected, _ = listening.accept()
                    with connected:
                        nothing = subprocess.DEVNULL
                        stream = connected.fileno()
                        started.append(
                            subprocess.Popen(command, stdin=stream, stdout=stream, stderr=nothing)
                        )

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield int(listening.getsockname()[1])
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()
            for program in started:
                program.kill()
                program.wait()
