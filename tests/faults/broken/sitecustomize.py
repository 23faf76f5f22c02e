"""Breaks each Python that a sabotaged run starts, as `sabotages.run` breaks the forked ones."""

import os
from contextlib import suppress

if name := os.environ.get("FAULTS_SABOTAGE"):
    with suppress(ImportError):  # a program of another environment
        from sabotages import named

        named(name).breaks()
