"""Reads a document somebody wrote: JSON, YAML 1.2 or TOML, of bounded size, without surprises."""

import json
import math
import os
import stat
from typing import Any, NoReturn

from connectors_cli import streams
from connectors_cli.errors import InvalidInput

LARGEST = 10 * 1024 * 1024
DEEPEST = 64


def read_document(path: str) -> Any:
    """Return what a file (or `-`: standard input) holds, by its ending, else JSON or YAML.

    Raises InvalidInput with line and column; the text itself is not repeated.
    """
    data = _read(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput(f"{path}: not text in UTF-8") from None
    ending = path.rpartition(".")[2].lower()
    if ending == "toml":
        value = _toml(text, path)
    elif ending == "json" or (ending not in {"yaml", "yml"} and text.lstrip()[:1] in {"{", "["}):
        value = parse_json(text, path)
    else:
        value = parse_yaml(text, path)
    _check_depth(value, path)
    return value


def parse_json(text: str, where: str) -> Any:
    """Return a JSON value; repeated names, NaN and Infinity are refused."""

    def no_constant(name: str) -> NoReturn:
        raise InvalidInput(f"{where}: {name} is not JSON")

    def finite(digits: str) -> float:
        return _finite(float(digits), where)

    try:
        return json.loads(
            text,
            object_pairs_hook=_unique(where),
            parse_constant=no_constant,
            parse_float=finite,
        )
    except json.JSONDecodeError as error:
        raise InvalidInput(
            f"{where}: line {error.lineno}, column {error.colno}: {error.msg.lower()}"
        ) from None
    except RecursionError:
        raise InvalidInput(f"{where}: nested too deep") from None
    except ValueError:
        raise InvalidInput(f"{where}: a number has too many digits") from None


def readable_by_others(path: str) -> bool:
    """Tell whether a file's mode lets others read it (False for standard input and on Windows)."""
    return path != "-" and os.name == "posix" and bool(stat.S_IMODE(os.stat(path).st_mode) & 0o044)


def _read(path: str) -> bytes:
    try:
        if path == "-":
            data = streams.read_input(LARGEST + 1)
        else:
            if not stat.S_ISREG(os.stat(path).st_mode) and not stat.S_ISFIFO(os.stat(path).st_mode):
                raise InvalidInput(f"{path}: not a file")
            with open(path, "rb") as file:
                data = file.read(LARGEST + 1)
    except OSError as error:
        raise InvalidInput(f"{path}: {os.strerror(error.errno or 0)}") from None
    if len(data) > LARGEST:
        raise InvalidInput(f"{path}: larger than 10 MiB")
    return data


def _toml(text: str, path: str) -> Any:
    import tomllib

    try:
        return _plain(tomllib.loads(text), path)
    except tomllib.TOMLDecodeError as error:
        where = str(error).rpartition("(at ")[2].rstrip(")")
        raise InvalidInput(f"{path}: not TOML: {where}") from None
    except RecursionError:
        raise InvalidInput(f"{path}: nested too deep") from None
    except ValueError:
        raise InvalidInput(f"{path}: a number has too many digits") from None


def parse_yaml(text: str, path: str) -> Any:
    """Return a YAML 1.2 value as JSON has it; aliases and names twice are refused."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    yaml = YAML(typ="safe", pure=True)
    try:
        _check_events(yaml.parse(text), path)
        return _plain(yaml.load(text), path)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "somewhere"
        raise InvalidInput(f"{path}: not YAML: {where}") from None
    except RecursionError:
        raise InvalidInput(f"{path}: nested too deep") from None
    except ValueError:
        raise InvalidInput(f"{path}: not YAML: a value is not what it says it is") from None


def _check_events(events: Any, path: str) -> None:
    """Refuse aliases and depth while reading: what they make is bigger than the file."""
    depth = 0
    for event in events:
        kind = type(event).__name__
        if kind == "AliasEvent":
            line = event.start_mark.line + 1
            raise InvalidInput(f"{path}: line {line}: aliases (*name) are not taken")
        depth += kind.endswith("StartEvent") - kind.endswith("EndEvent")
        if depth > DEEPEST + 2:  # the stream and the document count too
            raise InvalidInput(f"{path}: nested deeper than {DEEPEST}")


def _plain(value: Any, path: str) -> Any:
    """Return YAML's or TOML's value as JSON has it: text for dates, names always text."""
    if isinstance(value, dict):
        return {_name(key, path): _plain(item, path) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, path) for item in value]
    if isinstance(value, float):
        return _finite(value, path)
    return value if value is None or isinstance(value, str | bool | int) else str(value)


def _finite(value: float, where: str) -> float:
    if math.isfinite(value):
        return value
    raise InvalidInput(f"{where}: a number is infinite or not a number, which JSON cannot hold")


def _name(key: Any, path: str) -> str:
    if not isinstance(key, str):
        raise InvalidInput(f"{path}: a name is not text: put it in quotes")
    return key


def _unique(where: str) -> Any:
    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) != len(items):
            raise InvalidInput(f"{where}: a name stands twice in one object")
        return found

    return pairs


def _check_depth(value: Any, path: str) -> None:
    level = [value]
    for _ in range(DEEPEST):
        level = [
            item
            for outer in level
            if isinstance(outer, dict | list)
            for item in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return
    raise InvalidInput(f"{path}: nested deeper than {DEEPEST}")
