"""Names of environment variables: those that a type gives, and those that programs act on."""

from __future__ import annotations

import re

from connectors_cli.catalog import files
from connectors_cli.system.environment import PRIVATE_VARIABLES

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from connectors_cli.catalog.entry import Entry

_NAMES = frozenset({
    "AR", "AS", "BASHOPTS", "CC", "COMSPEC", "CONFIG_SITE", "CPP", "CURL_HOME", "CXX", "DISPLAY",
    "ENV", "EXINIT", "GETCONF_DIR", "GNUPGHOME", "GPG_TTY", "HOME", "HOSTALIASES", "HOSTNAME",
    "IFS", "INPUTRC", "KUBECONFIG", "LANG", "LANGUAGE", "LD", "LESS", "LESSCLOSE", "LESSOPEN",
    "LISTEN_FDS", "LOCALDOMAIN", "LOGNAME", "MAKEFILES", "NETRC", "NOTIFY_SOCKET", "OLDPWD",
    "PATHEXT", "POSIXLY_CORRECT", "PROMPT_COMMAND", "PS1", "PS4", "PWD", "SHELL", "SHELLOPTS",
    "SHLVL", "SSLKEYLOGFILE", "SYSTEMROOT", "TEMP", "TERM", "TERMCAP", "TERMINFO", "TMP", "TMPDIR",
    "TZ", "TZDIR", "USER", "USERNAME", "VIM", "VIMINIT", "VIRTUAL_ENV", "WINDIR", "XAUTHORITY",
    "FAKETIME", "HISTFILE", "IPYTHONDIR", "PGHOST", "PGHOSTADDR", "PGPASSFILE",
    "ZDOTDIR", "GLOBIGNORE", "RESOLV_HOST_CONF", "GLIBC_TUNABLES", "WAYLAND_DISPLAY",
    "GOOGLE_APPLICATION_CREDENTIALS",
})  # fmt: skip
_PREFIXES = (
    "ANSIBLE_", "ASAN_", "BASH_", "BUNDLE_", "CARGO", "CCACHE_", "CLASSPATH", "CMAKE_", "COMPLUS_",
    "CONDA_", "COR_", "CORECLR_", "DBUS_", "DOTNET_", "DYLD_", "ELIXIR_", "EMACS", "ERL_",
    "FONTCONFIG_", "GCONV_", "GEM_", "GIO_", "GIT_", "GRADLE_", "GST_", "GTK_", "HELM_",
    "HOMEBREW_", "JAVA_", "JDK_", "JULIA_", "KRB5", "LC_", "LD_", "LUA_", "MALLOC_", "MAVEN_",
    "NODE_", "NPM_", "NSS_", "OPENSSL_", "PERL", "PHP_", "PIPENV_", "PIP_", "PKG_CONFIG", "PNPM_",
    "POETRY_", "PYTHON", "QT_", "RUBY", "RUST", "SBT_", "SSH_", "SSL_", "SUDO_", "SYSTEMD_", "TF_",
    "UV_", "XDG_", "YARN_", "_JAVA_", "NIX_", "DENO_", "BUN_", "VIRTUALENV_", "GUILE_", "TCL",
    "LIBRARY_", "PSMODULE", "AWS_CONFIG", "AWS_ENDPOINT", "AWS_PROFILE", "AWS_SHARED",
    "DOCKER_CERT", "DOCKER_CONFIG", "DOCKER_CONTEXT", "DOCKER_HOST", "DOCKER_TLS", "PGSERVICE",
    "PGSSL", "PGSYSCONF", "VAULT_ADDR", "VAULT_AGENT", "VAULT_SKIP", "CLOUDSDK_", "AZURE_CONFIG",
    "BOTO", "CURL_", "GODEBUG", "GOENV", "GOBIN", "GOROOT", "GOTOOL", "GOSUMDB", "GONOSUM",
    "ALSA_", "COMPOSER_", "ELECTRON_", "JUPYTER_", "LIBGL_", "LIBVA_", "PYENV_", "R_ENVIRON",
    "R_LIBS", "R_PROFILE", "TOX_", "VK_", "GOPRIVATE", "GOINSECURE", "GONOPROXY", "GOCACHE",
    "GOMODCACHE", "GOPROXY", "GOVCS",
)  # fmt: skip
# Compiled where it is first used: commands that use credentials load this module.
_PATTERN = r"""(?x)
    (.*_)?PROXY(_.*)? | .*(CA_BUNDLE|CACERT|CA_CERTS?|CA_FILE|CA_PATH|CERT_FILE|CERT_DIR)
    | .*(EDITOR|VISUAL|PAGER|BROWSER|ASKPASS|_RSH|_SHELL|_WRAPPER|_PRELOAD|FLAGS|_OPTS|OPTIONS|OPT)
    | [A-Z]*(PATH|LIB|RC) | .*_(REJECT_UNAUTHORIZED|NO_VERIFY|SKIP_VERIFY|INDEX_URL)
    """
_HARMLESS = "CONNECTOR_"
"""The first part of the variables of one connector: no program acts on these names."""


def variables(entry: Entry, tool: str | None = None) -> dict[str, str]:
    """Return the variables that a type names, by field: the usual ones, or those of a tool.

    One that a type of the user's own may not name is left out.
    """
    is_built_in = entry.key in files.paths()
    found = ((name, named(inner).get(tool)) for name, inner in _fields(entry))
    return {
        name: variable
        for name, variable in found
        if variable is not None and (is_built_in or may_name(entry.key, variable))
    }


def tools(entry: Entry) -> list[str]:
    """Return the tools for which a type names variables, in order."""
    return sorted({tool for _, inner in _fields(entry) for tool in named(inner) if tool})


def named(schema: Any) -> dict[str | None, str]:
    """Return the variables that a field's schema names, by tool; None is the usual name."""
    if not isinstance(schema, dict):
        return {}
    by_tool = schema.get("x-env-for")
    found = {None: schema.get("x-env"), **(by_tool if isinstance(by_tool, dict) else {})}
    return {tool: name for tool, name in found.items() if isinstance(name, str)}


def _fields(entry: Entry) -> Iterator[tuple[str, Any]]:
    for schema in (entry.config_schema, entry.auth_schema):
        yield from schema.get("properties", {}).items()


def is_acted_on(name: str) -> bool:
    """Return whether loaders, shells or common programs act on a variable of this name."""
    upper = name.upper()
    if upper.startswith(PRIVATE_VARIABLES):
        return True
    if upper.startswith(_HARMLESS):
        return False
    return bool(upper in _NAMES or upper.startswith(_PREFIXES) or re.fullmatch(_PATTERN, upper))


def may_name(key: str, name: str) -> bool:
    """Return whether a type of a user's own may name this variable: it begins with the type's key.

    So a type that somebody else wrote sets no variable that means something to other programs.
    """
    return name.startswith(beginning(key)) and not is_acted_on(name)


def beginning(key: str) -> str:
    """Return how the variables begin that a type with this key may name."""
    return re.sub(r"[^A-Za-z0-9]", "_", key).upper() + "_"
