"""Environment variables in the syntax of a shell or tool, which reads back the same values."""

import json
import os
import shlex
from collections.abc import Callable, Mapping

from connectors_cli.errors import InvalidInput


def write_variables(values: Mapping[str, str], form: str) -> str:
    """Return the variables as text in one of FORMATS.

    Raises InvalidInput for a value that the format cannot express.
    """
    if form == "json":
        return json.dumps(dict(values), indent=2)
    return "\n".join(FORMATS[form](name, value) for name, value in values.items())


def _sh(name: str, value: str) -> str:
    return f"export {name}={shlex.quote(value)}"


def _fish(name: str, value: str) -> str:
    return f"set -gx {name} '{_escaped(value)}'"


def _powershell(name: str, value: str) -> str:
    # PowerShell also accepts four typographic quotes as single quotes.
    doubled = "".join(char * 2 if char in "'\u2018\u2019\u201a\u201b" else char for char in value)
    return f"$env:{name} = '{doubled}'"


def _nushell(name: str, value: str) -> str:
    return f'$env.{name} = "{"".join(map(_in_nushell, value))}"'


def _in_nushell(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    return char if char.isprintable() else f"\\u{{{ord(char):x}}}"


def _dotenv(name: str, value: str) -> str:
    return f"{name}='{_escaped(value)}'"


def _docker(name: str, value: str) -> str:
    if "\n" in value or "\r" in value:
        raise InvalidInput(
            f"{name} has several lines, which a docker --env-file cannot contain",
            hint="use `connectors run`, or leave it out with --only",
        )
    return f"{name}={value}"


def _github(name: str, value: str) -> str:
    """Return a $GITHUB_ENV entry; its random delimiter cannot occur in the value."""
    mark = f"end-{os.urandom(16).hex()}"
    return f"{name}<<{mark}\n{value}\n{mark}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")


def _json(name: str, value: str) -> str:
    return json.dumps({name: value})


FORMATS: dict[str, Callable[[str, str], str]] = {
    "sh": _sh,
    "fish": _fish,
    "powershell": _powershell,
    "nushell": _nushell,
    "dotenv": _dotenv,
    "docker": _docker,
    "json": _json,
    "github": _github,
}
