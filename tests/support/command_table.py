"""Writes `cli/command_table.py`: the options of the fast lane, read from Typer's signatures."""

import inspect
import sys
from importlib import import_module
from pathlib import Path

from typer.main import get_command

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "connectors_cli" / "cli" / "command_table.py"
HEAD = '''"""The options and arguments of the fast lane.

`make texts` writes them from Typer's signatures.
"""

from __future__ import annotations

Switch = tuple[str, str]
"""The parameter that an option sets, and its kind: flag, text, texts, or number with its bounds."""
Argument = tuple[str, bool, bool]
"""A parameter, whether it takes many words, and whether it is required."""
'''


def command_table() -> str:
    """Return the text of the module."""
    from connectors_cli.cli import fast
    from connectors_cli.cli.app import _COMPLETION, app

    root = get_command(app)
    shared = [p for p in root.params if p.name not in {"version", *_COMPLETION, "help"}]
    names = {param.name for param in shared}
    options, defaults, required, arguments = {}, {}, {}, {}
    for name in sorted({*fast.HANDLERS, *fast.GROUPS}):
        params = [p for p in _command(root, name).params if p.name not in names]
        if name in fast.HANDLERS:
            known = _parameters(*fast.HANDLERS[name])
            params = [param for param in params if param.name in known]
            defaults[name] = {param.name: _default(param) for param in params}
            needed = [p.name for p in params if p.required and p.param_type_name == "option"]
            required |= {name: tuple(needed)} if needed else {}
            found = [param for param in params if param.param_type_name == "argument"]
            arguments[name] = tuple((p.name, p.nargs == -1, p.required) for p in found)
        else:
            params = []
        options[name] = _switches(params)
    parts = {
        "GLOBAL": (_switches(shared), "dict[str, Switch]"),
        "NAMES": (_Names(sorted(names)), "frozenset[str]"),
        "OPTIONS": (options, "dict[str, dict[str, Switch]]"),
        "DEFAULTS": (defaults, "dict[str, dict[str, object]]"),
        "REQUIRED": (required, "dict[str, tuple[str, ...]]"),
        "ARGUMENTS": (arguments, "dict[str, tuple[Argument, ...]]"),
    }
    return HEAD + "".join(f"{k}: {kind} = {_text(v)}\n" for k, (v, kind) in parts.items())


class _Names(list):
    """A set, written in its order."""


def _text(value, depth=0):
    """Return a value as the formatter writes it: dicts one entry a line."""
    if isinstance(value, _Names):
        return "frozenset(\n    {\n" + "".join(f"        {_text(n)},\n" for n in value) + "    }\n)"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple):
        return "(" + ", ".join(map(_text, value)) + ("," if len(value) == 1 else "") + ")"
    if not isinstance(value, dict):
        return repr(value)
    if not value:
        return "{}"
    inner = "    " * (depth + 1)
    lines = (f"{inner}{_text(key)}: {_text(item, depth + 1)},\n" for key, item in value.items())
    return "{\n" + "".join(lines) + "    " * depth + "}"


def _command(root, name):
    """Return a command with the global options, as Typer's lane builds it."""
    found = root
    for word in name.split():
        context = found.context_class(found, info_name="connectors")
        found = found.get_command(context, word)
    return found


def _parameters(module, function):
    handler = getattr(import_module(f"connectors_cli.cli.handlers.{module}"), function)
    return inspect.signature(handler).parameters


def _switches(params):
    found = {}
    for param in params:
        if param.param_type_name == "option":
            found |= dict.fromkeys(param.opts, (param.name, _kind(param)))
    return found


def _kind(param):
    if param.is_flag:
        return "flag"
    if param.type_descriptor.annotation is int:
        info = param.type_descriptor.parameter_info
        bounds = (str(bound) for bound in (info.min, info.max) if bound is not None)
        return " ".join(("number", *bounds))
    return "texts" if param.multiple else "text"


def _default(param):
    return param.default if isinstance(param.default, str | bool | int) else None


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT)]
    TABLE.write_text(command_table(), encoding="utf-8")
