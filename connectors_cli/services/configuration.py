"""Changing the configuration file, and where each of its values comes from."""

import json
import os
import re
from collections.abc import Mapping

from connectors_cli.errors import InvalidInput, UsageError
from connectors_cli.settings import (
    check_tenant,
    config_path,
    home_directory,
    read_config,
    refuse_password,
    store_url,
)
from connectors_cli.system import configuration, private_file
from connectors_cli.system.configuration import VARIABLES


def check_key(key: str) -> str:
    """Return the key; raises UsageError for one that the file does not have."""
    if key not in VARIABLES:
        raise UsageError(f"unknown key {key[:50]!r}", hint=f"one of {', '.join(VARIABLES)}")
    return key


def origin(environ: Mapping[str, str], key: str) -> str:
    """Return where a value comes from: a variable, the path of the file, or `default`."""
    for variable in VARIABLES[key]:
        if variable in environ and (environ[variable] or key == "pager"):
            return variable
    if key in read_config(environ):
        return config_path(environ)
    return "PAGER" if key == "pager" and "PAGER" in environ else "default"


def set_value(environ: Mapping[str, str], key: str, value: str) -> str:
    """Set a key in the file, which is created if it does not exist; return its path.

    Comments and other lines stay. Raises UsageError for an invalid value.
    """
    _check_value(environ, key, value)
    return _write(environ, key, value)


def unset_value(environ: Mapping[str, str], key: str) -> str:
    """Remove a key from the file; return its path."""
    return _write(environ, key, None)


def _check_value(environ: Mapping[str, str], key: str, value: str) -> None:
    if not value.isprintable():
        raise InvalidInput(f"the value of {key} contains a control or invisible character")
    configuration.checked({key: value})
    if key == "tenant":
        check_tenant(value)
    elif key == "store":
        refuse_password(value)
        store_url(value, home_directory(environ))


def _write(environ: Mapping[str, str], key: str, value: str | None) -> str:
    path = config_path(environ)
    before, known = configuration.read_all(path)
    after = _edited(before, key, value)
    wanted = known | ({} if value is None else {key: value})
    if value is None:
        wanted.pop(key, None)
    try:
        is_changed = configuration.parse(after) == wanted
    except UsageError:
        is_changed = False  # such as a value over several lines
    if not is_changed:
        raise UsageError(f"cannot change {key} in {path}", hint="change it in an editor")
    if after != before:
        real = os.path.realpath(path)  # a link, as people keep such files elsewhere, stays one
        private_file.create_folder(os.path.dirname(real))
        private_file.write(real, [after])
    return path


def _edited(text: str, key: str, value: str | None) -> str:
    """Return the text with the line of a key replaced, added before the first table, or removed."""
    lines = text.splitlines(keepends=True)
    end = next((n for n, line in enumerate(lines) if line.lstrip().startswith("[")), len(lines))
    is_own = re.compile(rf"\s*{key}\s*=")
    new = [] if value is None else [f"{key} = {json.dumps(value, ensure_ascii=False)}\n"]
    for number, line in enumerate(lines[:end]):
        if is_own.match(line):
            return "".join([*lines[:number], *new, *lines[number + 1 :]])
    if end and new and not lines[end - 1].endswith("\n"):
        lines[end - 1] += "\n"
    return "".join([*lines[:end], *new, *lines[end:]])
