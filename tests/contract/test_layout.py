"""The package's layout: five files at the top, and nothing in a package's `__init__`."""

from pathlib import Path

import connectors_cli

PACKAGE = Path(connectors_cli.__file__).parent
FACES = [PACKAGE / "__init__.py", PACKAGE / "forms" / "__init__.py"]


def test_the_top_of_the_package_holds_five_modules():
    found = {file.name for file in PACKAGE.glob("*.py")}
    assert found == {"__init__.py", "__main__.py", "errors.py", "settings.py"}


def test_init_files_are_empty():
    found = sorted(file for file in PACKAGE.rglob("__init__.py") if file.stat().st_size)
    assert found == FACES
