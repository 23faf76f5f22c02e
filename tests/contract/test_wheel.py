"""The wheel: its contents, and that it runs where it is installed."""

import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from connectors_cli.cli.app import COMMANDS
from connectors_cli.cli.commands.help import guides

ROOT = Path(__file__).resolve().parents[2]
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


def test_every_module_migration_schema_guide_and_type_marker_is_in_the_wheel(names):
    package = ROOT / "connectors_cli"
    files = {
        file.relative_to(ROOT).as_posix()
        for pattern in ("*.py", "*.json", "*.md", "py.typed")
        for file in package.rglob(pattern)
    }
    assert any("/migrations/versions/" in name for name in files)
    assert files <= names


@pytest.fixture(scope="module")
def manual(wheel, tmp_path_factory):
    """The man pages of the wheel in a folder."""
    folder = tmp_path_factory.mktemp("man")
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if "/share/man/man" in name:
                (folder / os.path.basename(name)).write_bytes(archive.read(name))
    return folder


def test_a_man_page_for_the_program_each_command_and_each_guide_is_in_the_wheel(manual):
    commands = {f"connectors-{name}.1" for name in COMMANDS}
    topics = {f"connectors-{name}.7" for name in guides()}
    assert {page.name for page in manual.iterdir()} == {"connectors.1"} | commands | topics


def test_man_pages_say_what_the_help_says(manual):
    overview = (manual / "connectors.1").read_text(encoding="utf-8").replace("\\-", "-")
    for name, (_, text) in COMMANDS.items():
        assert f"\\fBconnectors-{name}\\fR(1)\n{text}\n" in overview
    install = (manual / "connectors-install.1").read_text(encoding="utf-8")
    assert "\n.nf\nconnectors install wordpress\n" in install
    assert "\\fB\\-S\\fR, \\fB\\-\\-secret\\fR \\fIFIELD=SOURCE\\fR\n" in install


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("man") is None, reason="no man here")
def test_man_reads_every_page_without_a_warning(manual):
    for page in sorted(manual.iterdir()):
        command = ["man", "--warnings", "-E", "UTF-8", "-l", page]
        environ = {**os.environ, "LC_ALL": "C.UTF-8", "MANPAGER": "cat", "MANWIDTH": "100"}
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), page.name
        assert "NAME" in done.stdout


def test_nothing_else_is_in_the_wheel(names):
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith((".dist-info", ".data"))} == {"connectors_cli"}
    shared = [name for name in names if ".data/" in name]
    assert [name for name in shared if "/data/share/man/" not in name] == []
    assert not [name for name in names if "__pycache__" in name]


def test_the_wheel_names_its_program_and_licence(wheel, names):
    (info,) = {name.split("/")[0] for name in names if ".dist-info/" in name}
    with zipfile.ZipFile(wheel) as archive:
        scripts = archive.read(f"{info}/entry_points.txt").decode()
    assert "connectors = connectors_cli.__main__:main" in scripts
    assert f"{info}/licenses/LICENSE" in names


@pytest.mark.slow
def test_the_wheel_runs_where_it_is_installed(wheel):
    done = subprocess.run(
        [sys.executable, ROOT / "tests" / "try_wheel.py", wheel.parent, "--borrow"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("works\n")
