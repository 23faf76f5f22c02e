"""Variables that a type or a prefix may name."""

import pytest

from connectors_cli.catalog import files
from connectors_cli.catalog.lint import lint
from connectors_cli.catalog.read import read_json
from connectors_cli.catalog.variables import is_acted_on, may_name
from connectors_cli.errors import UsageError
from connectors_cli.services.use import _check_name

ACTED_ON = [
    "HTTP_PROXY", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "NO_PROXY", "CURL_CA_BUNDLE",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS",
    "GIT_PROXY_COMMAND", "GIT_EXTERNAL_DIFF", "GIT_SSH", "GIT_SSL_NO_VERIFY",
    "NODE_TLS_REJECT_UNAUTHORIZED", "NODE_OPTIONS", "RUSTC_WRAPPER", "GOFLAGS", "GOPROXY",
    "DOTNET_STARTUP_HOOKS", "ZDOTDIR", "MAKEFLAGS", "PIP_INDEX_URL", "npm_config_registry",
    "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_CA_BUNDLE", "AWS_CONFIG_FILE", "KUBECONFIG",
    "XDG_CONFIG_HOME", "LD_PRELOAD", "DYLD_INSERT_LIBRARIES", "PYTHONPATH", "PATH", "HOME",
    "BASH_ENV", "ENV", "IFS", "PS4", "EDITOR", "GIT_EDITOR", "PAGER", "MANPAGER", "BROWSER",
    "SSH_ASKPASS", "RSYNC_RSH", "CVS_RSH", "PERL5OPT", "RUBYOPT", "JAVA_TOOL_OPTIONS",
    "JAVA_OPTS", "MAVEN_OPTS", "CLASSPATH", "GOPATH", "MANPATH", "DOCKER_HOST", "PGSSLROOTCERT",
    "OPENSSL_CONF", "SSLKEYLOGFILE", "GLIBC_TUNABLES", "CFLAGS", "LDFLAGS", "WGETRC", "VIMINIT",
    "TERMINFO", "CONNECTOR_AUTH_ENCRYPTION_KEY", "CONNECTORS_STORE", "CARGO_HOME",
    "CMAKE_C_COMPILER", "PKG_CONFIG_PATH", "R_PROFILE_USER", "COMPOSER_HOME", "PYENV_ROOT",
    "ELECTRON_RUN_AS_NODE", "JUPYTER_CONFIG_PATH", "ALSA_CONFIG_PATH", "VK_ICD_FILENAMES", "PGHOST",
    "LIBGL_DRIVERS_PATH", "GOOGLE_APPLICATION_CREDENTIALS", "FAKETIME", "HISTFILE", "PGPASSFILE",
]  # fmt: skip


@pytest.mark.parametrize("name", ACTED_ON)
def test_variable_that_programs_act_on_is_refused(name):
    assert is_acted_on(name)
    assert not may_name(name.partition("_")[0].lower(), name)
    with pytest.raises(UsageError, match="is reserved"):
        _check_name(name)


@pytest.mark.parametrize(
    "name",
    ["CMS_TOKEN", "AWS_ACCESS_KEY_ID", "CONNECTOR_PATH", "CONNECTOR_PROXY", "BLOG_SITE_URL",
     "WORDPRESS_APPLICATION_PASSWORD", "STORAGE_PATH", "SLACK_TOKEN", "DB_PASSWORD"],
)  # fmt: skip
def test_ordinary_variable_is_allowed(name):
    assert not is_acted_on(name)


def test_type_of_ones_own_names_variables_that_begin_with_its_key():
    assert may_name("my-cms", "MY_CMS_TOKEN")
    assert not may_name("my-cms", "TOKEN")
    assert not may_name("cms", "CMSTOKEN")
    assert not may_name("http", "HTTP_PROXY")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("CMS_TOKEN", None),
        ("TOKEN", "must begin with the type's key: CMS_"),
        ("LD_PRELOAD", "names a variable that other programs act on"),
    ],
)
def test_lint_says_which_variables_a_type_may_name(name, said):
    data = read_json(files.paths()["wordpress"])
    data |= {"key": "cms", "aliases": []}
    data["auth_schema"]["properties"]["application_password"]["x-env"] = name
    for path in (None, "cms.json"):
        found = [problem for problem in lint(data, path) if problem.path[-1:] == ("x-env",)]
        assert [problem.message for problem in found] == ([said] if said else [])
    data["auth_schema"]["properties"]["username"]["x-env-for"] = {"tool": name}
    found = [problem for problem in lint(data) if problem.path[-1:] == ("x-env-for",)]
    assert [problem.message for problem in found] == ([said] if said else [])


def test_lint_refuses_a_variable_that_two_fields_have():
    data = read_json(files.paths()["wordpress"])
    fields = {**data["auth_schema"]["properties"], **data["config_schema"]["properties"]}
    fields["username"]["x-env-for"] = {"wp": "WP_LOGIN", "other": "WP_SITE"}
    fields["site_url"]["x-env-for"] = {"wp": "WP_SITE"}
    assert lint(data) == ()
    fields["application_password"]["x-env-for"] = {"wp": "WP_LOGIN"}
    assert [problem.message for problem in lint(data)] == [
        "names a variable that another field has"
    ]


@pytest.mark.parametrize("value", [1, {"wp": 1}, {"W P": "WP"}, ["WP"]])
def test_lint_refuses_other_values(value):
    data = read_json(files.paths()["wordpress"])
    data["auth_schema"]["properties"]["username"]["x-env-for"] = value
    assert lint(data)
