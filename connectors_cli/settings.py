"""Settings of a run: home folder, store and tenant, from options, environment and file."""

from __future__ import annotations

import os
import sys

from connectors_cli.errors import ConnectorsError, StoreError, UsageError

TYPE_CHECKING = False  # see database.py
if TYPE_CHECKING:
    from collections.abc import Mapping

OUTPUTS = ("cards", "table", "json", "jsonl", "yaml", "csv", "tsv", "names")
COLORS = ("auto", "always", "never")
TENANT_RULE = "1 to 64 lower-case letters, digits, `-` and `_`, starting with a letter or digit"
_KEY = "CONNECTOR_AUTH_ENCRYPTION_KEY"
KEY_VARIABLES = (_KEY, f"{_KEY}_FILE", f"{_KEY}_COMMAND")
"""The variables that name a key source; the first that is set decides."""
LONGEST_REASON = 200
"""The longest reason for a use of credentials, in characters."""
BUSY_SECONDS = 30.0
"""How long to wait for a store that another process has locked."""


_SECRET_PARAMETERS = frozenset(
    {"password", "sslpassword", "scram_client_key", "scram_server_key", "oauth_client_secret"}
)


INSECURE_VARIABLE = "CONNECTORS_ALLOW_INSECURE_STORE"
_INSECURE = "#allow-insecure-store"
"""Ends the URL of a server that may stay unverified, so that the choice goes where the URL goes."""


class Remembered(str):
    """The place of a key source that the store remembers, in the environment of a run."""

    __slots__ = ()


class Settings:
    """The settings of one run: home folder, store URL, tenant id and environment.

    `tenant_from` is where the tenant comes from: `--tenant`, `CONNECTORS_TENANT`, `tenant use` or
    `default`. `reason` is why credentials are used, for the log. `quiet` suppresses notes. A key
    source that the store remembers is in `environ` as its variable, unless one is set.
    """

    __slots__ = (
        "environ",
        "home",
        "quiet",
        "reason",
        "remembered_key",
        "store",
        "tenant",
        "tenant_from",
    )

    def __init__(  # noqa: PLR0913 - the global options
        self,
        environ: Mapping[str, str],
        *,
        tenant: str | None = None,
        store: str | None = None,
        allow_insecure_store: bool = False,
        quiet: bool = False,
        reason: str | None = None,
        config: Mapping[str, str] | None = None,
    ) -> None:
        self.environ = environ
        self.quiet = quiet
        self.home = home_directory(environ)
        self.reason = _reason(reason, environ)
        config = read_config(environ) if config is None else config
        self.tenant, self.tenant_from = _tenant(tenant, environ, config, self.home)
        if store == "":
            raise UsageError("--store is empty", hint="give a path or URL, or omit it")
        if store is not None:
            refuse_password(store)
        named = store or environ.get("CONNECTORS_STORE") or config.get("store")
        self.store = store_url(named or "", self.home)
        allowed = allow_insecure_store or environ.get(INSECURE_VARIABLE, "") not in {"", "0"}
        if allowed and sqlite_path(self.store) is None:
            self.store += _INSECURE
        self.remembered_key: tuple[str, str] | None = None
        self.use_remembered_key()

    def use_remembered_key(self) -> None:
        """Use the key source that the store remembers, a variable and its value, if none is set."""
        if not any(name in self.environ for name in KEY_VARIABLES):
            self.remember_key(read_key_sources(self.home).get(self.shown_store))

    def remember_key(self, source: tuple[str, str] | None) -> None:
        """Use this key source, a variable and its value, instead of the one remembered before."""
        if self.remembered_key is not None:
            variable = self.remembered_key[0]
            self.environ = {k: v for k, v in self.environ.items() if k != variable}
        self.remembered_key = source
        if source is not None:
            self.environ = {**self.environ, source[0]: Remembered(source[1])}

    @property
    def shown_key(self) -> str | None:
        """The key source that the store remembers, in words; None if it does not."""
        if self.remembered_key is None:
            return None
        variable, value = self.remembered_key
        return shown_key(variable, Remembered(value))

    @property
    def shown_store(self) -> str:
        """The store's path, or its URL without a password."""
        path = sqlite_path(self.store)
        if path is not None:
            return path
        return shown_server(self.store)

    @property
    def tenant_origin(self) -> str:
        """Where the tenant comes from, as the end of `no tenant acme`."""
        named = {"tenant use": "selected by `connectors tenant use`", "default": ""}
        phrase = named.get(self.tenant_from, f"from {self.tenant_from}")
        return phrase and f" ({phrase})"

    def serving(self, tenant: str) -> Settings:
        """Return the same settings for another tenant."""
        other = self._copy()
        other.tenant, other.tenant_from = check_tenant(tenant), "--tenant"
        return other

    def because(self, reason: str) -> Settings:
        """Return the same settings with another reason; raises UsageError for an invalid one."""
        other = self._copy()
        other.reason = check_reason(reason, "the reason")
        return other

    def _copy(self) -> Settings:
        other = object.__new__(Settings)
        for name in self.__slots__:
            setattr(other, name, getattr(self, name))
        return other


def home_directory(environ: Mapping[str, str]) -> str:
    """Return the folder of the local store: `CONNECTORS_HOME`, else the platform's data directory.

    On Linux it follows the XDG Base Directory Specification (`$XDG_DATA_HOME`). That is written
    here because importing platformdirs would double the time of a read; a test compares both.
    """
    if given := environ.get("CONNECTORS_HOME"):
        return os.path.abspath(os.path.expanduser(given))
    if sys.platform == "linux":
        return os.path.join(_xdg(environ, "XDG_DATA_HOME", "~/.local/share"), "connectors")
    import platformdirs

    return platformdirs.user_data_dir("connectors", appauthor=False)


def _xdg(environ: Mapping[str, str], name: str, usual: str) -> str:
    """Return a base folder; a relative one is ignored, as the specification says.

    Raises UsageError for a user without a home folder.
    """
    base = environ.get(name, "").strip()
    base = base if os.path.isabs(base) else os.path.expanduser(usual)
    if not os.path.isabs(base):
        raise UsageError(
            "there is no home folder for this user",
            hint="set CONNECTORS_HOME to a folder, as an absolute path",
        )
    return base


def config_path(environ: Mapping[str, str]) -> str:
    """Return the path of the configuration file: in `CONNECTORS_HOME`, else where such files are.

    On Linux that follows the XDG Base Directory Specification, as `home_directory` does.
    """
    if given := environ.get("CONNECTORS_HOME"):
        return os.path.join(os.path.abspath(os.path.expanduser(given)), "config.toml")
    if sys.platform == "linux":
        base = _xdg(environ, "XDG_CONFIG_HOME", "~/.config")
        return os.path.join(base, "connectors", "config.toml")
    import platformdirs

    folder = platformdirs.user_config_dir("connectors", appauthor=False)
    return os.path.join(folder, "config.toml")


def read_config(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what the configuration file says; raises UsageError for an invalid one."""
    path = config_path(environ)
    if not os.access(path, os.F_OK):
        return {}
    from connectors_cli.system import configuration  # reads are often without

    return configuration.read(path)


def store_url(given: str, home: str) -> str:
    """Return the store as `sqlite:////absolute/path` or a `postgresql://` URL.

    Raises UsageError for anything else, without quoting the URL: it may contain a password.
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
        raise UsageError("the store URL starts with postgres://", hint="use postgresql:// instead")
    raise UsageError(
        f"unknown scheme {scheme[:20]!r} in the store URL",
        hint="use a path, sqlite:////absolute/path or postgresql://user@host/database",
    )


def sqlite_path(url: str) -> str | None:
    """Return the file of a SQLite store URL, None for a database server."""
    return url[len("sqlite:///") :] if url.startswith("sqlite:///") else None


def server_parts(url: str) -> dict[str, str]:
    """Return the connection parameters that a server's URL gives, as libpq parses them.

    Raises StoreError without the extra, UsageError for an invalid URL. Neither quotes the URL: it
    may contain a password.
    """
    try:
        from psycopg import ProgrammingError
        from psycopg.conninfo import conninfo_to_dict
    except ImportError:
        raise StoreError(
            "a PostgreSQL store needs the extra `postgres`",
            hint="pip install 'connectors-cli[postgres]'",
        ) from None
    try:
        parts = conninfo_to_dict(url.removesuffix(_INSECURE))
    except ProgrammingError:
        raise UsageError(
            "the store URL is malformed, or has a parameter that PostgreSQL does not know",
            hint="use postgresql://user@host:5432/database?sslmode=verify-full",
        ) from None
    return {name: str(value) for name, value in parts.items() if value is not None}


def is_insecure_allowed(url: str) -> bool:
    """Return whether a server's URL allows a connection that is not verified."""
    return url.endswith(_INSECURE)


def server_addresses(parts: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return the host, numeric address and port of each server that the parameters name."""
    columns = [parts.get(name, "").split(",") for name in ("host", "hostaddr", "port")]
    length = max(map(len, columns))
    hosts, addresses, ports = (
        column * length if len(column) == 1 else column + [""] * (length - len(column))
        for column in columns
    )
    return list(zip(hosts, addresses, ports, strict=True))


def shown_server(url: str) -> str:
    """Return a server's URL by its parts: user, hosts, ports and database, and nothing else."""
    try:
        parts = server_parts(url)
    except ConnectorsError:
        return "postgresql://"
    from urllib.parse import quote

    places = []
    for host, address, port in server_addresses(parts):
        name = host or address
        shown = f"[{name}]" if ":" in name else quote(name, safe="")
        places.append(f"{shown}:{port}" if port else shown)
    user = f"{quote(parts['user'], safe='')}@" if "user" in parts else ""
    return f"postgresql://{user}{','.join(places)}/{quote(parts.get('dbname', ''), safe='')}"


def old_choice_path(home: str) -> str:
    """Return the path of the file in which an older program saved what `tenant use` selected."""
    return os.path.join(home, "tenant")


def read_old_choice(home: str) -> str:
    """Return the tenant that an older program's `tenant use` selected, or an empty string.

    Raises UsageError if the file cannot be read.
    """
    path = old_choice_path(home)
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
            return ""  # opening the store reports it
        raise UsageError(
            f"cannot read {path}, which contains the choice of `connectors tenant use`",
            hint="select a tenant again: connectors tenant use NAME",
        ) from None


def shown_key(variable: str, value: str) -> str:
    """Return a key source in words: its variable, or the place that the store remembers."""
    if not isinstance(value, Remembered):
        return variable
    return f"the file {value}" if variable == KEY_VARIABLES[1] else "the store's key command"


def key_sources_path(home: str) -> str:
    """Return the path of the file that remembers the key sources of stores."""
    return os.path.join(home, "key-sources")


def read_key_sources(home: str) -> dict[str, tuple[str, str]]:
    """Return the key source of each store that remembers one: by store, a variable and its value.

    Raises UsageError if the file cannot be read, or if others could have written it.
    """
    path = key_sources_path(home)
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return {}  # opening the store reports a home that is closed to this user
    except OSError:
        raise _unusable_key_sources(path) from None
    try:
        found = os.fstat(descriptor)
        if os.name == "posix" and (found.st_mode & 0o022 or found.st_uid != os.geteuid()):
            raise _unusable_key_sources(path)
        lines = os.read(descriptor, 1 << 20).decode().splitlines()
        rows = [line.split("\t") for line in lines]
        return {store: (variable, value) for store, variable, value in rows}
    except (OSError, ValueError):
        raise _unusable_key_sources(path) from None
    finally:
        os.close(descriptor)


def _unusable_key_sources(path: str) -> UsageError:
    return UsageError(
        f"cannot use {path}, which remembers where keys are: it is damaged, or others can write it",
        hint=f"chmod 600 {path}, or delete it and choose again: connectors init --key file",
    )


def check_tenant(name: str, where: str = "") -> str:
    """Return the tenant id; raises UsageError if it is not a slug. `where` is its origin."""
    slug = name.replace("-", "").replace("_", "")
    ascii_slug = slug.isalnum() and slug.isascii() and slug == slug.lower()
    if not ascii_slug or not name[0].isalnum() or len(name) > 64:
        raise UsageError(f"invalid tenant name{where}: use {TENANT_RULE}")
    return name


def _tenant(
    given: str | None, environ: Mapping[str, str], config: Mapping[str, str], home: str
) -> tuple[str, str]:
    """Return the tenant and its origin: option, variable, `tenant use` or default."""
    if given is not None:  # an empty value, such as an unset variable, is an error
        return check_tenant(given), "--tenant"
    if name := environ.get("CONNECTORS_TENANT"):
        return check_tenant(name, " in CONNECTORS_TENANT"), "CONNECTORS_TENANT"
    if name := config.get("tenant", ""):
        return check_tenant(name, f" in {config_path(environ)}"), "tenant use"
    if name := read_old_choice(home):
        return check_tenant(name, f" in {old_choice_path(home)}"), "tenant use"
    return "default", "default"


def check_reason(text: str, where: str) -> str:
    """Return a reason for the log without white space around it; `where` is its origin.

    Raises UsageError if it is not one line of text, or too long. The error does not quote it.
    """
    text = text.strip()
    if not text:
        raise UsageError(f"{where} is empty", hint="say why the credentials are used, or omit it")
    if not text.isprintable():
        raise UsageError(f"{where} must be one line without control or invisible characters")
    if len(text) > LONGEST_REASON:
        raise UsageError(
            f"{where} is longer than {LONGEST_REASON} characters", hint="name a ticket, for example"
        )
    return text


def _reason(given: str | None, environ: Mapping[str, str]) -> str:
    """Return the reason of an option or the variable; empty without one."""
    if given is not None:
        return check_reason(given, "--reason")
    text = environ.get("CONNECTORS_REASON", "")
    return check_reason(text, "CONNECTORS_REASON") if text else ""


def _refuse_half_a_url(given: str) -> None:
    """Raise UsageError for what is no path; as a path, its password would be shown.

    That is a URL without slashes, and the parameters of a connection (`host=x password=y`).
    """
    if "password=" in "".join(given.lower().split()):
        raise UsageError(
            "the store is given as parameters of a connection, not as a URL",
            hint="use postgresql://user@host/database",
        )
    scheme, colon, _ = given.partition(":")
    if colon and scheme in {"sqlite", "postgres", "postgresql"}:
        raise UsageError(
            f"the store URL has no :// after {scheme}",
            hint="use a path, sqlite:////absolute/path or postgresql://user@host/database",
        )


def refuse_password(given: str) -> None:
    """Raise UsageError for a password in `--store`, which the process list shows to all users."""
    scheme, separator, rest = given.partition("://")
    if not separator or not scheme.startswith("postgres"):
        return
    login, query = rest.partition("/")[0].partition("?")[0].rpartition("@")[0], rest.split("?", 1)
    parameters = query[1].split("&") if len(query) > 1 else []
    names = {parameter.partition("=")[0].lower() for parameter in parameters}
    if any("%" in name for name in names):  # libpq decodes them
        from urllib.parse import unquote

        names = {unquote(name) for name in names}
    if ":" in login or names & _SECRET_PARAMETERS:
        raise UsageError(
            "--store contains a password: on the command line other users see it in the process"
            " list, and it stays in the shell history",
            hint="leave it out, and use CONNECTORS_STORE, PGPASSWORD, PGPASSFILE (~/.pgpass) or a"
            " service file",
        )


def _sqlite_url(rest: str) -> str:
    path = rest[1:]
    if not rest.startswith("/") or not path:
        raise UsageError(
            "the store URL names no file", hint="use sqlite:////absolute/path/to/store.db"
        )
    if not os.path.isabs(path):
        raise UsageError(
            "the store URL is a relative path",
            hint="use four slashes and an absolute path: sqlite:////absolute/path/to/store.db",
        )
    return "sqlite:///" + os.path.normpath(path)


def _postgresql_url(given: str, rest: str) -> str:
    authority = rest.partition("/")[0].partition("?")[0]
    if authority.count("@") > 1:
        raise UsageError(
            "the store URL contains more than one @",
            hint="write @ in the password as %40, or put the password in ~/.pgpass",
        )
    for host in authority.rpartition("@")[2].split(","):
        port = host.rpartition("]")[2].partition(":")[2]
        if port and not (port.isdecimal() and 0 < int(port[:9]) < 65536):
            raise UsageError(
                "the port in the store URL is not a number from 1 to 65535",
                hint="use postgresql://user@host:5432/database",
            )
    if not rest.partition("/")[2]:
        raise UsageError(
            "the store URL names no database", hint="use postgresql://user@host:5432/database"
        )
    return given
