"""Where this run's home and store are and whose tenant it serves, from options and environment."""

from __future__ import annotations

import os
import sys

from connectors_cli.errors import UsageError

TYPE_CHECKING = False  # see database.py
if TYPE_CHECKING:
    from collections.abc import Mapping

TENANT_RULE = "1 to 64 lower-case letters, digits, `-` and `_`, beginning with a letter or digit"
BUSY_SECONDS = 30.0
"""How long a store is waited for that another process holds."""


class Settings:
    """One run's surroundings: home folder, store URL, tenant id and environment.

    `tenant_from` says what named the tenant: `--tenant`, `CONNECTORS_TENANT`, `tenant use` or
    `default`; `quiet` that nobody wants notes.
    """

    __slots__ = ("environ", "home", "quiet", "store", "tenant", "tenant_from")

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        tenant: str | None = None,
        store: str | None = None,
        quiet: bool = False,
    ) -> None:
        self.environ = environ
        self.quiet = quiet
        self.home = home_directory(environ)
        self.tenant, self.tenant_from = _tenant(tenant, environ, self.home)
        if store == "":
            raise UsageError("--store is empty", hint="name a path or URL, or leave it out")
        self.store = store_url(store or environ.get("CONNECTORS_STORE") or "", self.home)

    @property
    def shown_store(self) -> str:
        """The store's path, or its URL without a password."""
        path = sqlite_path(self.store)
        if path is not None:
            return path
        scheme, _, rest = self.store.partition("://")
        login, at, place = rest.rpartition("@")
        return f"{scheme}://{login.partition(':')[0]}{at}{place.partition('?')[0]}"

    @property
    def tenant_origin(self) -> str:
        """What named the tenant, as the end of `no tenant acme`."""
        named = {"tenant use": "`connectors tenant use` chose", "default": ""}
        phrase = named.get(self.tenant_from, f"{self.tenant_from} names")
        return phrase and f", which {phrase}"

    def serving(self, tenant: str) -> Settings:
        """Return the same surroundings for another tenant."""
        return Settings(self.environ, tenant=tenant, store=self.store, quiet=self.quiet)


def home_directory(environ: Mapping[str, str]) -> str:
    """Return the folder of the local store: `CONNECTORS_HOME`, else the platform's data directory.

    On Linux that is the XDG Base Directory Specification's `$XDG_DATA_HOME`, written out here
    because importing platformdirs costs as much as all the rest of a read; a test compares both.
    """
    if given := environ.get("CONNECTORS_HOME"):
        return os.path.abspath(os.path.expanduser(given))
    if sys.platform == "linux":
        base = environ.get("XDG_DATA_HOME", "").strip()
        return os.path.join(base or os.path.expanduser("~/.local/share"), "connectors")
    import platformdirs

    return platformdirs.user_data_dir("connectors", appauthor=False)


def store_url(given: str, home: str) -> str:
    """Return the store as `sqlite:////absolute/path` or a `postgresql://` URL.

    Raises UsageError for anything else; the URL is not repeated, as it may hold a password.
    """
    if not given:
        return "sqlite:///" + os.path.join(home, "store.db")
    scheme, separator, rest = given.partition("://")
    if not separator:
        _refuse_half_a_url(given)
        return "sqlite:///" + os.path.abspath(os.path.expanduser(given))
    if scheme == "sqlite":
        return _sqlite_url(rest)
    if scheme == "postgresql":
        return _postgresql_url(given, rest)
    if scheme == "postgres":
        raise UsageError(
            "the store's URL begins with postgres://", hint="write postgresql:// instead"
        )
    raise UsageError(
        f"the store's URL has the unknown scheme {scheme[:20]!r}",
        hint="use a path, sqlite:////absolute/path or postgresql://user@host/database",
    )


def sqlite_path(url: str) -> str | None:
    """Return the file behind a SQLite store URL, None for a database server."""
    return url[len("sqlite:///") :] if url.startswith("sqlite:///") else None


def choice_path(home: str) -> str:
    """Return the file that keeps which tenant `tenant use` chose."""
    return os.path.join(home, "tenant")


def read_choice(home: str) -> str:
    """Return the tenant that `tenant use` chose, empty without one; UsageError if unreadable."""
    path = choice_path(home)
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags)
        try:
            return os.read(descriptor, 100).decode().strip()
        finally:
            os.close(descriptor)
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except (OSError, UnicodeDecodeError):
        if os.path.isdir(home) and not os.access(home, os.X_OK):
            return ""  # nothing in there is ours to read: the store says so
        raise UsageError(
            f"{path} cannot be read, where `connectors tenant use` keeps its choice",
            hint="choose again with `connectors tenant use NAME`, or remove the file",
        ) from None


def check_tenant(name: str, where: str = "") -> str:
    """Return the tenant id, or raise UsageError when it is not a slug; `where` says whose."""
    slug = name.replace("-", "").replace("_", "")
    ascii_slug = slug.isalnum() and slug.isascii() and slug == slug.lower()
    if not ascii_slug or not name[0].isalnum() or len(name) > 64:
        raise UsageError(f"not a tenant's name{where}: it takes {TENANT_RULE}")
    return name


def _tenant(given: str | None, environ: Mapping[str, str], home: str) -> tuple[str, str]:
    """Return the tenant and what named it: the option, the variable, the choice, or nothing."""
    if given is not None:  # an empty one, as of a variable that is not set, is not the default
        return check_tenant(given), "--tenant"
    if name := environ.get("CONNECTORS_TENANT"):
        return check_tenant(name, ", in CONNECTORS_TENANT"), "CONNECTORS_TENANT"
    if name := read_choice(home):
        return check_tenant(name, f", in {choice_path(home)}"), "tenant use"
    return "default", "default"


def _refuse_half_a_url(given: str) -> None:
    """Raise UsageError for a URL without its slashes: as a path it would show its password."""
    scheme, colon, _ = given.partition(":")
    if colon and scheme in {"sqlite", "postgres", "postgresql"}:
        raise UsageError(
            f"the store's URL has no :// after {scheme}",
            hint="use a path, sqlite:////absolute/path or postgresql://user@host/database",
        )


def _sqlite_url(rest: str) -> str:
    path = rest[1:]
    if not rest.startswith("/") or not path:
        raise UsageError(
            "the store's URL names no file", hint="write sqlite:////absolute/path/to/store.db"
        )
    if not os.path.isabs(path):
        raise UsageError(
            "the store's URL is relative to whatever folder you are in",
            hint="write four slashes and the whole path: sqlite:////absolute/path/to/store.db",
        )
    return "sqlite:///" + os.path.normpath(path)


def _postgresql_url(given: str, rest: str) -> str:
    authority = rest.partition("/")[0].partition("?")[0]
    if authority.count("@") > 1:
        raise UsageError(
            "the store's URL has more than one @",
            hint="write an @ in the password as %40, or leave the password to ~/.pgpass",
        )
    for host in authority.rpartition("@")[2].split(","):
        port = host.rpartition("]")[2].partition(":")[2]
        if port and not (port.isdecimal() and 0 < int(port[:9]) < 65536):
            raise UsageError(
                "the store's URL has a port that is no number from 1 to 65535",
                hint="write postgresql://user@host:5432/database",
            )
    if not rest.partition("/")[2]:
        raise UsageError(
            "the store's URL names no database", hint="write postgresql://user@host:5432/database"
        )
    return given
