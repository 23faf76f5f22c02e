"""Reads catalog files: JSON of limited size without duplicate keys, into entries."""

import json
import math
import os
from collections.abc import Iterable
from typing import Any, NoReturn

from connectors_cli import json_faults
from connectors_cli.catalog.entry import Entry, parse_entry
from connectors_cli.catalog.files import paths
from connectors_cli.errors import InvalidInput, NotFound, Unreadable

LARGEST = 1024 * 1024


def builtin() -> dict[str, Entry]:
    """Every built-in entry, sorted by key."""
    return {key: read_entry(path) for key, path in paths().items()}


def load(name: str, others: Iterable[str] = ()) -> Entry:
    """The built-in entry with this key or alias; where it is a key, only its file is read.

    Where there is none, the nearest is named, which may be one of the others.
    """
    wanted = name.casefold()
    found = paths()
    if wanted in found:
        return read_entry(found[wanted])
    entries = builtin()
    for entry in entries.values():
        if wanted in entry.aliases:
            return entry
    words = (word for entry in entries.values() for word in (entry.key, *entry.aliases))
    raise unknown(name, (*words, *others))


def unknown(name: str, known: Iterable[str]) -> NotFound:
    """The failure for a type that is not there; names the nearest of the known ones."""
    from difflib import get_close_matches

    nearest = get_close_matches(name.casefold(), list(known), n=1)
    meant = f"did you mean {nearest[0]}? " if nearest else ""
    return NotFound(f"no connector type {name!r}", hint=f"{meant}see: connectors catalog")


def read_entry(path: str | os.PathLike[str], source: str = "builtin") -> Entry:
    """The entry in a file; what does not fit is named with file and place, never with its value."""
    return parse_entry(read_json(path), source, os.fspath(path))


def read_json(path: str | os.PathLike[str]) -> Any:
    """The JSON document in a file."""
    name = os.fspath(path)
    try:
        with open(name, "rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise Unreadable(name, reason) from None
    return parse_json(content, name)


def parse_json(content: bytes, origin: str) -> Any:
    """Parse JSON strictly: UTF-8, at most 1 MiB, no key twice, no NaN."""
    if len(content) > LARGEST:
        raise InvalidInput(f"{origin}: larger than 1 MiB")
    text = ""
    try:
        text = content.decode("utf-8-sig")
        data = json.loads(
            text,
            object_pairs_hook=_once,
            parse_constant=_no_constant,
            parse_float=_finite,
        )
        json.dumps(data, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise InvalidInput(f"{origin}:{error.lineno}:{error.colno}: {error.msg.lower()}") from None
    except UnicodeError:
        raise InvalidInput(f"{origin}: not valid UTF-8") from None
    except RecursionError:
        raise InvalidInput(f"{origin}: nested too deeply") from None
    except _StrictError as error:
        raise _misplaced(text, origin, str(error)) from None
    except ValueError:  # Python refuses integers of more than 4,300 digits
        raise _misplaced(text, origin, "a number is too long") from None
    return data


def _misplaced(text: str, origin: str, why: str) -> InvalidInput:
    line, column = json_faults.place(text)
    return InvalidInput(f"{origin}:{line}:{column}: {why}")


class _StrictError(Exception):
    """What json.loads takes and we do not."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _StrictError(f"key {key!r} stands twice in one object")
        found[key] = value
    return found


def _no_constant(name: str) -> NoReturn:
    raise _StrictError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _StrictError("a number is too large")
    return number
