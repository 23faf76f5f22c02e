"""Where the built-in entries lie and whether they changed; light enough for hot reads."""

import os
import zlib

import connectors_cli
from connectors_cli.errors import ConnectorsError

_PACKAGE = os.path.dirname(connectors_cli.__file__)


def directory() -> str:
    """The folder of the built-in entries: inside an installed package, or beside a checkout's."""
    packaged = os.path.join(_PACKAGE, "_catalog")
    if os.path.isdir(packaged):
        return packaged
    return os.path.join(os.path.dirname(_PACKAGE), "catalog")


def paths() -> dict[str, str]:
    """The files of the built-in entries by key, sorted."""
    return dict(sorted((name[:-5], path) for name, path, *_ in _listing()))


def stamp() -> str:
    """Changes when the program's version or any built-in file does; reads none of them."""
    seen = [(name, size, changed) for name, _, size, changed in _listing()]
    return f"{connectors_cli.__version__}-{zlib.crc32(repr(seen).encode()):08x}"


def _listing() -> list[tuple[str, str, int, int]]:
    folder = directory()
    try:
        with os.scandir(folder) as found:
            files = [(file, file.stat()) for file in found if file.name.endswith(".json")]
    except OSError:
        hint = "install connectors-cli again"
        raise ConnectorsError(f"the catalog is missing: {folder}", hint=hint) from None
    return sorted((file.name, file.path, stat.st_size, stat.st_mtime_ns) for file, stat in files)
