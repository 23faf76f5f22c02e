"""Where the tests run; what more than one conftest is beside cannot be imported from one."""

import os

IN_CI = os.environ.get("CI", "") not in {"", "0", "false"}
