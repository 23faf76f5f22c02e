"""Reads a document somebody wrote: JSON, YAML 1.2 or TOML, of bounded size, without surprises."""

import errno
import json
import math
import os
import re
import stat
from typing import Any, NoReturn

from connectors_cli import json_faults, streams, yaml_values
from connectors_cli.errors import InvalidInput, Unreadable

LARGEST = 10 * 1024 * 1024
DEEPEST = 64
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def read_document(path: str) -> Any:
    """Return what a file (or `-`: standard input) holds, by its ending, else JSON or YAML.

    Raises Unreadable, and InvalidInput with line and column; the text itself is not repeated.
    """
    text = read_text(path)
    documents = parse(text, kind_of(text, path), shown(path))
    if len(documents) > 1:
        raise InvalidInput(f"{shown(path)}: it holds {len(documents)} documents, and one is due")
    return documents[0] if documents else None


def read_text(path: str, largest: int = LARGEST) -> str:
    """Return the text of a file, or of standard input for `-`; Unreadable, InvalidInput."""
    data = _read(path, largest)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable(path, "it is not text in UTF-8") from None


def shown(path: str) -> str:
    """Return a file's name as messages have it."""
    return "standard input" if path == "-" else path


def kind_of(text: str, path: str) -> str:
    """Return what a text is, toml, json or yaml: by its file's ending, else by how it begins."""
    ending = path.rpartition(".")[2].lower()
    if ending in {"toml", "json"}:
        return ending
    is_yaml = ending in {"yaml", "yml"} or text.lstrip()[:1] not in {"{", "["}
    return "yaml" if is_yaml else "json"


def parse(text: str, kind: str, where: str) -> list[Any]:
    """Return the documents of a text; only YAML can hold several, or none."""
    if kind == "yaml":
        documents = yaml_values.parse(text, where, DEEPEST)
    else:
        documents = [_toml(text, where) if kind == "toml" else parse_json(text, where)]
    _check_depth(documents, where)
    if _SURROGATE.search(text):
        _check_characters(documents, where)
    return documents


def parse_json(text: str, where: str) -> Any:
    """Return a JSON value; repeated names, NaN and Infinity are refused."""
    try:
        return json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_float=lambda digits: _finite(float(digits)),
        )
    except json.JSONDecodeError as error:
        raise InvalidInput(
            f"{where}: line {error.lineno}, column {error.colno}: {error.msg.lower()}"
        ) from None
    except RecursionError:
        raise InvalidInput(f"{where}: nested too deep") from None
    except _UnfitError as error:
        raise _misplaced(text, where, str(error)) from None
    except ValueError:
        raise _misplaced(text, where, "a number has too many digits") from None


def _misplaced(text: str, where: str, why: str) -> InvalidInput:
    line, column = json_faults.place(text)
    return InvalidInput(f"{where}: line {line}, column {column}: {why}")


class _UnfitError(Exception):
    """A value that the parser takes, and JSON or the program cannot hold."""


def readable_by_others(path: str) -> bool:
    """Tell whether a file's mode lets others read it (False for standard input and on Windows)."""
    return path != "-" and os.name == "posix" and bool(stat.S_IMODE(os.stat(path).st_mode) & 0o044)


def check_file(path: str, *, may_be_pipe: bool = False) -> None:
    """Raise Unreadable for what is not there, no file, or closed to this user."""
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            raise Unreadable(path, "it is a folder")
        if not stat.S_ISREG(mode) and not (may_be_pipe and stat.S_ISFIFO(mode)):
            raise Unreadable(path, "it is a pipe or device")
        if not os.access(path, os.R_OK):
            raise Unreadable(path, os.strerror(errno.EACCES).lower())
    except OSError as error:
        raise Unreadable(path, os.strerror(error.errno or 0).lower()) from None


def _read(path: str, largest: int) -> bytes:
    try:
        if path == "-":
            data = streams.read_input(largest + 1)
        else:
            check_file(path, may_be_pipe=True)
            with open(path, "rb") as file:
                data = file.read(largest + 1)
    except OSError as error:
        raise Unreadable(path, os.strerror(error.errno or 0).lower()) from None
    if len(data) > largest:
        raise Unreadable(path, f"it is larger than {largest // 1024**2} MiB")
    return data


def _toml(text: str, path: str) -> Any:
    import tomllib

    try:
        return _plain(tomllib.loads(text))
    except _UnfitError as error:
        raise InvalidInput(f"{path}: {error}") from None
    except tomllib.TOMLDecodeError as error:
        where = str(error).rpartition("(at ")[2].rstrip(")")
        raise InvalidInput(f"{path}: not TOML: {where}") from None
    except RecursionError:
        raise InvalidInput(f"{path}: nested too deep") from None
    except ValueError:
        raise InvalidInput(f"{path}: a number has too many digits") from None


def _plain(value: Any) -> Any:
    """Return a value of TOML as JSON has it: text for dates."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return _finite(value)
    return value if value is None or isinstance(value, str | bool | int) else str(value)


def _finite(value: float) -> float:
    if math.isfinite(value):
        return value
    raise _UnfitError("a number is infinite or not a number, which JSON cannot hold")


def _check_characters(documents: list[Any], where: str) -> None:
    """Refuse half of a character: written as an escape, it is no text that can be kept."""
    try:
        json.dumps(documents, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise InvalidInput(f"{where}: half of a character (a lone surrogate) is no text") from None


def _unique(items: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(items)
    if len(found) != len(items):
        raise _UnfitError("a name stands twice in one object")
    return found


def _no_constant(name: str) -> NoReturn:
    raise _UnfitError(f"{name} is not JSON")


def _check_depth(documents: list[Any], path: str) -> None:
    level = documents
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
