"""Reading documents that people write: JSON, YAML 1.2 or TOML, of limited size and depth."""

import errno
import math
import os
import stat
from typing import Any

from connectors_cli.documents import strict_json, yaml
from connectors_cli.errors import InvalidInput, Unreadable
from connectors_cli.system import mounted, streams

LARGEST = 10 * 1024 * 1024
DEEPEST = 64


def read_document(path: str) -> Any:
    """Return the content of a file, or of standard input for `-`.

    The file's extension gives the format; without one it is JSON or YAML. Raises Unreadable, and
    InvalidInput with line and column, which never quotes the text.
    """
    text = read_text(path)
    documents = parse(text, format_of(text, path), display_name(path))
    if len(documents) > 1:
        name = display_name(path)
        raise InvalidInput(f"{name}: expected one document, found {len(documents)}")
    return documents[0] if documents else None


def read_text(path: str, largest: int = LARGEST) -> str:
    """Return the text of a file, or of standard input for `-`.

    Raises Unreadable if there is none, if it is larger than `largest` bytes or not UTF-8.
    """
    data = _read(path, largest)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable(path, "it is not text in UTF-8") from None


def display_name(path: str) -> str:
    """Return a file's name for messages."""
    return "standard input" if path == "-" else path


def format_of(text: str, path: str) -> str:
    """Return the format of a text: toml, json or yaml.

    The file's extension gives it, else the first character.
    """
    ending = path.rpartition(".")[2].lower()
    if ending in {"toml", "json"}:
        return ending
    is_yaml = ending in {"yaml", "yml"} or text.lstrip()[:1] not in {"{", "["}
    return "yaml" if is_yaml else "json"


def parse(text: str, form: str, where: str) -> list[Any]:
    """Return the documents of a text; only YAML can contain several, or none.

    Raises InvalidInput, with `where` in front.
    """
    if form == "yaml":
        documents = yaml.parse(text, where, DEEPEST)
        strict_json.check_unicode(documents, text, where)
    else:
        documents = [_toml(text, where) if form == "toml" else strict_json.parse(text, where)]
    _check_depth(documents, where)
    return documents


def readable_by_others(path: str) -> bool:
    """Return whether a file's mode lets others read it.

    False for standard input, on Windows, and for a secret that a platform mounted.
    """
    if path == "-" or os.name != "posix" or not stat.S_IMODE(os.stat(path).st_mode) & 0o044:
        return False
    return not mounted.is_mounted(path)


def check_readable(path: str, *, may_be_pipe: bool = False) -> None:
    """Raise Unreadable unless a path is a file, or with `may_be_pipe` a pipe, that we may read."""
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
            check_readable(path, may_be_pipe=True)
            with open(path, "rb") as file:
                data = file.read(largest + 1)
    except OSError as error:
        raise Unreadable(path, os.strerror(error.errno or 0).lower()) from None
    if len(data) > largest:
        raise Unreadable(path, f"it is larger than {largest // 1024**2} MiB")
    return data


def _toml(text: str, where: str) -> Any:
    import tomllib

    try:
        return _as_json(tomllib.loads(text), where)
    except tomllib.TOMLDecodeError as error:
        place = str(error).rpartition("(at ")[2].rstrip(")")
        raise InvalidInput(f"{where}: invalid TOML: {place}") from None
    except RecursionError:
        raise InvalidInput(f"{where}: nested too deep") from None
    except ValueError:
        raise InvalidInput(f"{where}: a number has too many digits") from None


def _as_json(value: Any, where: str) -> Any:
    """Return a TOML value as a JSON value: dates as text; infinite numbers are refused."""
    if isinstance(value, dict):
        return {key: _as_json(item, where) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_json(item, where) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidInput(f"{where}: a number is infinite or not a number, which JSON lacks")
    return value if value is None or isinstance(value, str | bool | int | float) else str(value)


def _check_depth(documents: list[Any], where: str) -> None:
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
    raise InvalidInput(f"{where}: nested deeper than {DEEPEST} levels")
