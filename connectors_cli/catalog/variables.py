"""Names of environment variables: those that a type may give, and those that programs act on."""

import re

from connectors_cli.system.environment import PRIVATE_VARIABLES

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
_PATTERN = re.compile(
    r"""
    (.*_)?PROXY(_.*)? | .*(CA_BUNDLE|CACERT|CA_CERTS?|CA_FILE|CA_PATH|CERT_FILE|CERT_DIR)
    | .*(EDITOR|VISUAL|PAGER|BROWSER|ASKPASS|_RSH|_SHELL|_WRAPPER|_PRELOAD|FLAGS|_OPTS|OPTIONS|OPT)
    | [A-Z]*(PATH|LIB|RC) | .*_(REJECT_UNAUTHORIZED|NO_VERIFY|SKIP_VERIFY|INDEX_URL)
    """,
    re.VERBOSE,
)
_HARMLESS = "CONNECTOR_"
"""The first part of the variables of one connector: no program acts on these names."""


def is_acted_on(name: str) -> bool:
    """Return whether loaders, shells or common programs act on a variable of this name."""
    upper = name.upper()
    if upper.startswith(PRIVATE_VARIABLES):
        return True
    if upper.startswith(_HARMLESS):
        return False
    return bool(upper in _NAMES or upper.startswith(_PREFIXES) or _PATTERN.fullmatch(upper))


def may_name(key: str, name: str) -> bool:
    """Return whether a type of a user's own may name this variable: it begins with the type's key.

    So a type that somebody else wrote sets no variable that means something to other programs.
    """
    return name.startswith(beginning(key)) and not is_acted_on(name)


def beginning(key: str) -> str:
    """Return how the variables begin that a type with this key may name."""
    return re.sub(r"[^A-Za-z0-9]", "_", key).upper() + "_"
