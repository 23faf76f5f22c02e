"""The hash-checked lists in .ci: they satisfy pyproject.toml, and name no index and no path."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS = PROJECT["project"]["optional-dependencies"]
FILES = {
    "requirements.txt": [PROJECT["project"]["dependencies"]],
    "requirements-dev.txt": [PROJECT["project"]["dependencies"], *EXTRAS.values()],
    "requirements-release.txt": [PROJECT["dependency-groups"]["release"]],
}
LINE = re.compile(r"(?P<requirement>[^\s\\][^\\]*?)(?: \\\n    --hash=sha256:[0-9a-f]{64})+\n")


def locked(name: str) -> dict[str, str]:
    """Return the version of each package in a list; every line of it must have hashes."""
    text = (ROOT / ".ci" / name).read_text()
    text = "".join(line for line in text.splitlines(True) if not line.lstrip().startswith("#"))
    assert LINE.sub("", text) == ""
    found = [Requirement(match["requirement"]) for match in LINE.finditer(text)]
    pins = {canonicalize_name(one.name): str(one.specifier) for one in found}
    assert len(pins) == len(found)
    assert all(re.fullmatch(r"==[^*]+", pin) for pin in pins.values())
    return {package: pin.removeprefix("==") for package, pin in pins.items()}


@pytest.mark.parametrize("name", FILES)
def test_lock_satisfies_pyproject(name):
    versions = locked(name)
    for line in (line for lines in FILES[name] for line in lines):
        wanted = Requirement(line)
        version = versions.get(canonicalize_name(wanted.name))
        assert version is not None, f"{line} is not in .ci/{name}: make lock"
        assert version in wanted.specifier, f".ci/{name} has {version} for {line}: make lock"


@pytest.mark.parametrize("name", FILES)
def test_lock_names_no_index_and_no_path(name):
    text = (ROOT / ".ci" / name).read_text()
    assert not re.search(r"://|index-url|find-links|file:|^-", text, re.MULTILINE)
    assert not re.search(r"(?:^|\s)/\w", text)


def test_program_is_locked_to_what_it_is_tested_with():
    assert locked("requirements.txt").items() <= locked("requirements-dev.txt").items()
