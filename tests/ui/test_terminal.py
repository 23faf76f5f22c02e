"""A terminal that is closed under the interface."""

import os
import threading

from textual.drivers._writer_thread import MAX_QUEUED_WRITES, WriterThread

from connectors_cli.ui.terminal import Output


def test_a_closed_terminal_takes_all_that_is_written():
    reader, writer = os.pipe()
    with os.fdopen(writer, "w", closefd=False) as file:
        os.close(reader)
        output = WriterThread(Output(file))
        output.start()

        def write():
            for _ in range(MAX_QUEUED_WRITES * 3):
                output.write("x" * 10_000)
            output.stop()

        all_of_it = threading.Thread(target=write, daemon=True)
        all_of_it.start()
        all_of_it.join(30)
        assert not all_of_it.is_alive()
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, writer)  # what the file still keeps goes there
        os.close(null)
    os.close(writer)
