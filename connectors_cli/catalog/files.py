"""The files of the built-in entries: their paths, and whether they changed.

Hot reads import this module, so it loads nothing else.
"""

import os
import zlib

import connectors_cli
from connectors_cli.errors import ConnectorsError

_PACKAGE = os.path.dirname(connectors_cli.__file__)


def directory() -> str:
    """Return the folder of the built-in entries, in the installed package or in a checkout."""
    packaged = os.path.join(_PACKAGE, "_catalog")
    if os.path.isdir(packaged):
        return packaged
    return os.path.join(os.path.dirname(_PACKAGE), "catalog")


def paths() -> dict[str, str]:
    """Return the paths of the built-in entries by key, sorted."""
    return dict(sorted((name[:-5], path) for name, path, *_ in _listing()))


def stamp() -> str:
    """Return text that changes with the program's version and with any built-in file.

    No file is read: names, sizes and times of change are compared.
    """
    seen = [(name, size, changed) for name, _, size, changed in _listing()]
    return f"{connectors_cli.__version__}-{zlib.crc32(repr(seen).encode()):08x}"


def _listing() -> list[tuple[str, str, int, int]]:
    folder = directory()
    try:
        with os.scandir(folder) as found:
            files = [(file, file.stat()) for file in found if file.name.endswith(".json")]
    except OSError:
        hint = "reinstall connectors-cli"
        raise ConnectorsError(f"the catalog is missing: {folder}", hint=hint) from None
    return sorted((file.name, file.path, stat.st_size, stat.st_mtime_ns) for file, stat in files)
