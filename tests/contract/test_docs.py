"""The README and the guides agree with the program: commands, exit codes, services, tree."""

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import connectors_cli
from connectors_cli import __version__
from connectors_cli.catalog.read import builtin
from connectors_cli.catalog.setup import app_setup
from connectors_cli.cli.app import COMMANDS
from connectors_cli.cli.commands.help import ENVIRONMENT
from connectors_cli.errors import EXIT_CODES
from connectors_cli.oauth.actions import methods
from support import setup_page

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = Path(connectors_cli.__file__).parent
README = ROOT / "README.md"
GUIDE = PACKAGE / "guide"
FOR_DEVELOPERS = [ROOT / ".github" / "CONTRIBUTING.md", ROOT / ".github" / "SECURITY.md"]
PAGES = [README, *sorted(GUIDE.glob("*.md")), *FOR_DEVELOPERS]
LINK = re.compile(r"\[[^]]*\]\(([^)#:]+)\)")

pytestmark = pytest.mark.skipif(not README.exists(), reason="no README in this copy")


def table(page, first):
    """The rows of a guide's table whose first heading is this one."""
    lines = iter((GUIDE / f"{page}.md").read_text(encoding="utf-8").splitlines())
    for line in lines:
        if line.startswith(f"| {first} |"):
            next(lines)
            break
    else:
        pytest.fail(f"the guide {page} has no table {first}")
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip().strip("`") for cell in line.strip("|").split(" | ")])
    return rows


def test_every_command_is_in_the_guide_and_no_other():
    documented = [name.split()[0].strip("`") for name, *_ in table("commands", "command")]
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


def test_the_guide_and_the_program_agree_on_exit_codes(run):
    documented = table("scripting", "exit code")
    assert [(int(code), text) for code, text in documented] == list(EXIT_CODES)
    for code, text in EXIT_CODES:
        assert re.search(
            rf"^{code} +{re.escape(text)}$", run("help", "exit-codes").out, re.MULTILINE
        )


def test_the_guide_and_the_program_agree_on_the_environment(run):
    assert [(name, text) for name, text in table("scripting", "variable")] == list(ENVIRONMENT)
    shown = run("help", "environment").out
    assert all(name in shown for name, _ in ENVIRONMENT)


def test_every_variable_that_the_code_reads_is_documented():
    source = "".join(path.read_text() for path in PACKAGE.rglob("*.py"))
    read = set(re.findall(r'"(CONNECTORS?_[A-Z_]*[A-Z])"', source))
    assert read <= {name for name, _ in ENVIRONMENT} | {"CONNECTORS_COMPLETE"}


def test_the_guide_and_the_catalog_agree_on_how_services_sign_in():
    assert table("sign-in", "service") == [
        [entry.key, ", ".join(methods(entry)), _redirect(entry), _revokes(entry)]
        for entry in sorted(builtin().values(), key=lambda entry: entry.key)
        if entry.oauth and methods(entry)
    ]


def _redirect(entry):
    if entry.oauth.get("redirect") == "https":
        return "https"
    address = entry.config_schema["properties"].get("redirect_uri", {}).get("default")
    assert address is None or urlsplit(address)[2:] == ("/callback", "", "")
    assert address is None or urlsplit(address).port == 8765
    return urlsplit(address).hostname if address else "none"


def _revokes(entry):
    return "yes" if entry.oauth.get("revocation") else "no"


@pytest.mark.parametrize(
    "entry", [entry for entry in builtin().values() if app_setup(entry)], ids=lambda e: e.key
)
def test_the_guide_says_how_to_register_an_app(entry):
    title = entry.name.partition(" (")[0]
    text = (GUIDE / "sign-in.md").read_text(encoding="utf-8")
    part = text.partition(f"\n### {title}\n\n")[2].partition("\n### ")[0]
    assert part.startswith(setup_page.page(app_setup(entry)) + "\n")


@pytest.mark.parametrize("page", ["README.md", "connectors_cli/guide/sign-in.md"])
def test_pages_count_the_services_that_sign_in(page):
    signing_in = [entry for entry in builtin().values() if entry.oauth and methods(entry)]
    text = (ROOT / page).read_text(encoding="utf-8")
    assert re.search(rf"\b{len(signing_in)} of (the {len(builtin())}|them)\b", text)


def test_the_package_is_described_room_by_room():
    rooms = {folder.name for folder in PACKAGE.iterdir() if folder.is_dir()} - {"__pycache__"}
    described = {name for name, _ in table("architecture", "package")}
    assert rooms == {name for name in described if "." not in name}
    tree = FOR_DEVELOPERS[0].read_text(encoding="utf-8")
    assert rooms | {"errors.py"} <= set(re.findall(r"^  (\w+(?:\.py)?)/? ", tree, re.MULTILINE))


@pytest.mark.parametrize("page", [GUIDE / "architecture.md", FOR_DEVELOPERS[0]])
def test_modules_that_a_page_names_exist(page):
    text = page.read_text(encoding="utf-8")
    rooms = "|".join(folder.name for folder in PACKAGE.iterdir() if folder.is_dir())
    dotted = re.findall(rf"`((?:{rooms})(?:\.\w+)+)`", text)
    slashed = re.findall(rf"`((?:{rooms})/[\w/]+)\.py`", text)
    named = {name.replace(".", "/") for name in dotted} | set(slashed)
    missing = {
        name
        for name in named
        if not (PACKAGE / f"{name}.py").exists() and not (PACKAGE / name).is_dir()
    }
    assert missing <= {"services/x", "cli/commands/x"}  # stand for any


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_of_a_page_lead_to_files(page):
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    assert [name for name in targets if not (page.parent / name).exists()] == []


def test_the_readme_is_short_and_lists_every_guide():
    text = README.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 200
    pages = [name for name in LINK.findall(text) if "/guide/" in name and name.endswith(".md")]
    listed = {os.path.basename(name) for name in pages}
    assert listed == {guide.name for guide in GUIDE.glob("*.md")}


def test_every_make_target_that_is_named_exists():
    made = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE))
    assert named <= made
    assert {"demo", "test", "lint", "types", "check", "bench", "build", "clean", "help"} <= made


def test_the_changelog_begins_with_what_is_unreleased():
    headings = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0].strip("[]") == "Unreleased"


def test_the_version_is_printed(run):
    assert run("--version").out == f"connectors {__version__}\n"


def test_the_guide_of_the_full_screen_names_its_keys():
    from connectors_cli.ui.actions import ACTIONS
    from connectors_cli.ui.activity import ActivityPane
    from connectors_cli.ui.app import ConnectorsApp
    from connectors_cli.ui.catalog import CatalogPane
    from connectors_cli.ui.installed import InstalledPane

    rows = table("full-screen", "key")
    words = {word.strip("`,;.") for row in rows for cell in row for word in cell.split()}
    documented = {word for word in words if len(word) == 1 or word in {"Space", "Escape"}}
    names = {"slash": "/", "colon": ":", "question_mark": "?", "exclamation_mark": "!"}
    names |= {"space": "Space", "escape": "Escape"}
    kinds = (ConnectorsApp, CatalogPane, InstalledPane, ActivityPane)
    bound = {binding.key for kind in kinds for binding in kind.BINDINGS}
    known = {names.get(key, key) for keys in bound for key in keys.split(",")}
    assert {key for key in known if len(key) == 1 or key in {"Space", "Escape"}} <= documented
    assert {action.key for action in ACTIONS} <= documented
