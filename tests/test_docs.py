"""The README says what the program does: commands, exit codes, environment, make targets."""

import re
from pathlib import Path

import pytest

from connectors_cli import __version__
from connectors_cli.app import COMMANDS
from connectors_cli.commands.help import ENVIRONMENT
from connectors_cli.errors import EXIT_CODES

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"

pytestmark = pytest.mark.skipif(not README.exists(), reason="no README in this copy")


def table(first):
    """The rows of the README's table whose first heading is this one."""
    lines = iter(README.read_text(encoding="utf-8").splitlines())
    for line in lines:
        if line.startswith(f"| {first} |"):
            next(lines)
            break
    else:
        pytest.fail(f"the README has no table {first}")
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip().strip("`") for cell in line.strip("|").split(" | ")])
    return rows


def test_every_command_stands_in_the_readme_and_no_other():
    documented = [name.split()[0].strip("`") for name, *_ in table("command")]
    assert sorted(documented) == sorted(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(run, name):
    panel, text = COMMANDS[name]
    assert panel
    assert text.endswith(".")
    shown = run(name, "--help")
    assert shown.code == 0
    assert "Usage: connectors" in shown.out
    assert run(name, "--help", "--json").out == shown.out


def test_the_help_lists_every_command(run):
    shown = run("--help").out
    for name, (panel, _) in COMMANDS.items():
        assert re.search(rf"\b{name}\b", shown)
        assert panel in shown


def test_the_readme_and_the_program_agree_on_exit_codes(run):
    assert [(int(code), text) for code, text in table("exit code")] == list(EXIT_CODES)
    for code, text in EXIT_CODES:
        assert re.search(
            rf"^{code} +{re.escape(text)}$", run("help", "exit-codes").out, re.MULTILINE
        )


def test_the_readme_and_the_program_agree_on_the_environment(run):
    assert [(name, text) for name, text in table("variable")] == list(ENVIRONMENT)
    shown = run("help", "environment").out
    assert all(name in shown for name, _ in ENVIRONMENT)


def test_every_variable_that_the_code_reads_is_documented():
    source = "".join(path.read_text() for path in (ROOT / "connectors_cli").rglob("*.py"))
    read = set(re.findall(r'"(CONNECTORS?_[A-Z_]*[A-Z])"', source))
    assert read <= {name for name, _ in ENVIRONMENT} | {"CONNECTORS_COMPLETE"}


def test_every_make_target_that_is_named_exists():
    made = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)", README.read_text(encoding="utf-8")))
    assert named <= made
    assert {"demo", "test", "lint", "types", "check", "bench", "build", "clean", "help"} <= made


def test_the_changelog_begins_with_what_is_unreleased():
    headings = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0].strip("[]") == "Unreleased"


def test_the_version_is_printed(run):
    assert run("--version").out == f"connectors {__version__}\n"
