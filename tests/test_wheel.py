"""The wheel: what is in it, and that it runs where it is installed."""

import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BACKEND = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"

pytestmark = pytest.mark.skipif(
    not (ROOT / "README.md").exists() or importlib.util.find_spec("hatchling") is None,
    reason="hatchling builds the wheel, with the README in it",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel of this checkout, built once."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-c", BACKEND, str(folder)], cwd=ROOT, check=True, capture_output=True
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel):
    return set(zipfile.ZipFile(wheel).namelist())


def test_the_catalog_is_in_the_wheel(names):
    entries = {f"connectors_cli/_catalog/{file.name}" for file in (ROOT / "catalog").iterdir()}
    assert entries <= names
    assert "connectors_cli/_catalog/wordpress.json" in names


def test_every_module_migration_schema_and_type_marker_is_in_the_wheel(names):
    package = ROOT / "connectors_cli"
    files = {
        file.relative_to(ROOT).as_posix()
        for pattern in ("*.py", "*.json", "py.typed")
        for file in package.rglob(pattern)
    }
    assert any("/migrations/versions/" in name for name in files)
    assert files <= names


def test_nothing_else_is_in_the_wheel(names):
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"connectors_cli"}
    assert not [name for name in names if "__pycache__" in name]


def test_the_wheel_names_its_program_and_licence(wheel, names):
    (info,) = {name.split("/")[0] for name in names if ".dist-info/" in name}
    with zipfile.ZipFile(wheel) as archive:
        scripts = archive.read(f"{info}/entry_points.txt").decode()
    assert "connectors = connectors_cli.__main__:main" in scripts
    assert f"{info}/licenses/LICENSE" in names


def test_the_wheel_runs_where_it_is_installed(wheel):
    done = subprocess.run(
        [sys.executable, ROOT / "tests" / "try_wheel.py", wheel.parent, "--borrow"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("works\n")
