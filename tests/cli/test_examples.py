"""Help of commands: one line with a verb, and examples that the real parser accepts."""

import re
import shlex
from functools import cache
from itertools import takewhile
from pathlib import Path

import pytest

from connectors_cli.cli.app import COMMANDS, app, build
from connectors_cli.cli.context import CommandContext

CATALOG = Path(__file__).resolve().parents[2] / "catalog"
WIDTH = 78
SHELL = {"|", ">", ">>"}


@cache
def commands():
    """Every command by its path, such as `auth login`, with groups and the root (`""`)."""
    root = build(app)
    context = root.context_class(root, info_name="connectors", obj=CommandContext({}))
    found = {"": root}
    pending = [(name, root.get_command(context, name)) for name in COMMANDS]
    while pending:
        path, command = pending.pop()
        found[path] = command
        inner = getattr(command, "commands", {}).items()
        pending += [(f"{path} {name}", subcommand) for name, subcommand in inner]
    return found


def examples(path):
    lines = (commands()[path].epilog or "").replace(r"\[", "[").splitlines()
    return [line for line in lines if line.startswith("connectors ")]


def parse(words):
    """Parse a line as the program does, down to the last command, and run nothing."""
    command = commands()[""]
    context = command.make_context("connectors", words, obj=CommandContext({}))
    while hasattr(command, "commands"):
        rest = [*context._protected_args, *context.args]
        if not rest:
            break
        name, command, rest = command.resolve_command(context, rest)
        context = command.make_context(name, rest, parent=context)


PATHS = list(commands())
LINES = [line for path in PATHS for line in examples(path)]


@pytest.mark.parametrize("path", PATHS)
def test_command_has_two_examples_of_its_own(path):
    found = examples(path)
    assert len(found) >= 2
    assert len(set(found)) == len(found)
    group = path.split(" ")[0]
    own = [
        line for line in found if f"{line} ".startswith(f"connectors {path} ".replace("  ", " "))
    ]
    assert own == found or (path == group and own)


@pytest.mark.parametrize("line", LINES)
def test_example_is_accepted_by_the_parser(line):
    words = takewhile(lambda word: word not in SHELL, shlex.split(line))
    parse(list(words)[1:])
    assert len(line) <= WIDTH


@pytest.mark.parametrize("line", [line for line in LINES if "connectors install " in line])
def test_example_installs_a_service_of_the_catalog(line):
    assert (CATALOG / f"{shlex.split(line)[2]}.json").exists()


@pytest.mark.parametrize("path", [path for path in PATHS if path])
def test_help_begins_with_one_line_and_a_verb(path):
    first, _, rest = commands()[path].help.partition("\n")
    assert re.fullmatch(r"[A-Z][a-z]+\b.+[.)]", first)
    assert not first.split()[0].endswith("ing")
    assert rest == "" or rest.startswith("\n")


@pytest.mark.parametrize("name", COMMANDS)
def test_list_of_commands_says_what_the_help_of_a_command_says(name):
    assert COMMANDS[name][1] == commands()[name].help.partition("\n")[0]


def test_help_shows_examples_on_lines_of_their_own(run):
    lines = [line.strip() for line in run("auth", "login", "--help").out.splitlines()]
    assert lines[lines.index("Examples:") + 1 :][:2] == examples("auth login")
