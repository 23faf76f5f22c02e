"""Variables as text that a shell or tool reads back to the very same values; pure."""

import json
import secrets
import shlex
from collections.abc import Callable, Mapping

from connectors_cli.errors import InvalidInput


def quote_all(values: Mapping[str, str], form: str) -> str:
    """Return every variable in one of FORMATS; InvalidInput for what the format cannot say."""
    if form == "json":
        return json.dumps(dict(values), indent=2)
    return "\n".join(FORMATS[form](name, value) for name, value in values.items())


def _sh(name: str, value: str) -> str:
    return f"export {name}={shlex.quote(value)}"


def _fish(name: str, value: str) -> str:
    return f"set -gx {name} '{_escaped(value)}'"


def _powershell(name: str, value: str) -> str:
    # PowerShell takes four typographic quotes for single quotes too.
    doubled = "".join(char * 2 if char in "'\u2018\u2019\u201a\u201b" else char for char in value)
    return f"$env:{name} = '{doubled}'"


def _dotenv(name: str, value: str) -> str:
    return f"{name}='{_escaped(value)}'"


def _docker(name: str, value: str) -> str:
    if "\n" in value or "\r" in value:
        raise InvalidInput(
            f"{name} has several lines, which docker's --env-file cannot hold",
            hint="use `connectors run`, or --only for the others",
        )
    return f"{name}={value}"


def _github(name: str, value: str) -> str:
    """As GitHub Actions reads $GITHUB_ENV: a delimiter that the value cannot hold."""
    mark = f"end-{secrets.token_hex(16)}"
    return f"{name}<<{mark}\n{value}\n{mark}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")


def _json(name: str, value: str) -> str:
    return json.dumps({name: value})


FORMATS: dict[str, Callable[[str, str], str]] = {
    "sh": _sh,
    "fish": _fish,
    "powershell": _powershell,
    "dotenv": _dotenv,
    "docker": _docker,
    "json": _json,
    "github": _github,
}
