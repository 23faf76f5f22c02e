"""What tests need besides Python packages: people may lack it, CI may not."""

import os
from typing import NoReturn

import pytest

# Read before a test takes the variable away.
IN_CI = os.environ.get("CI", "") not in {"", "0", "false"}


def skip_without(what: str) -> NoReturn:
    """Skip a test that needs what is not installed here; on CI it fails."""
    if IN_CI:
        pytest.fail(f"CI runs without {what}, which .ci/run installs")
    pytest.skip(f"needs {what}")
