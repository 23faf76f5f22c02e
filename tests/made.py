"""A store that is made once by command lines, for tests that each work on a copy."""

import os
import shutil
from pathlib import Path

import pytest

from connectors_cli.__main__ import main
from connectors_cli.vault import new_key

KEY = "CONNECTOR_AUTH_ENCRYPTION_KEY"


class Made:
    """A store that command lines made once, and tests get copies of."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.home = folder / "home"
        self.environ = {KEY: new_key().text, **environ}

    def run(self, *line: object) -> None:
        with pytest.MonkeyPatch.context() as patch:
            self._set(patch)
            patch.setenv("CONNECTORS_HOME", str(self.home))
            assert main([str(word) for word in line]) == 0

    def copy(self, patch: pytest.MonkeyPatch) -> Path:
        """Copy the store into the test's own home; return its path."""
        self._set(patch)
        home = Path(os.environ["CONNECTORS_HOME"])
        shutil.copytree(self.home, home)
        return home / "store.db"

    def _set(self, patch: pytest.MonkeyPatch) -> None:
        patch.setenv("CONNECTORS_USER_EMAIL", "tester@example.com")
        patch.setenv("CONNECTORS_USER_NAME", "Tester")
        for name, value in self.environ.items():
            patch.setenv(name, value)
