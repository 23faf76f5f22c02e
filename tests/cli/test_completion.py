"""Shell completion: commands, connectors, catalog keys; no key, no keyring, no ORM."""

import os
import subprocess
import sys

import pytest

from connectors_cli.cli.app import COMMANDS
from support.completion import complete


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_commands_are_completed(shell):
    answer, loaded = complete(["connectors", ""], shell)
    assert all(name in answer for name in COMMANDS)
    assert loaded == []


@pytest.mark.parametrize(
    ("command", "shell"),
    [
        *(("show", shell) for shell in ("bash", "zsh", "fish")),
        *((command, "bash") for command in ("edit", "remove", "get", "validate", "run", "env")),
    ],
)
def test_connectors_are_completed_without_key_and_orm(stocked, command, shell):
    broken = {"CONNECTOR_AUTH_ENCRYPTION_KEY": "not a key"}
    answer, loaded = complete(["connectors", command, "b"], shell, **broken)
    assert "blog" in answer
    assert "hidden" not in answer
    assert loaded == []


@pytest.mark.parametrize(
    "words", [["install", "wo"], ["catalog", "show", "wo"], ["list", "--type", "wo"]], ids=str
)
def test_catalog_keys_are_completed_with_and_without_a_store(words, stock):
    for environ in ({}, stock):
        answer, loaded = complete(["connectors", *words], **environ)
        assert answer.split() == ["wordpress", "wordpress-com"]
        assert loaded == []


def test_completion_uses_the_tenant_of_the_line(stocked):
    answer, _ = complete(["connectors", "-t", "acme", "show", "h"])
    assert answer.split() == ["hidden"]
    answer, _ = complete(["connectors", "show", "h"])
    assert answer.split() == []


@pytest.mark.parametrize("words", [["-t", "a"], ["list", "--tenant", "a"]], ids=str)
def test_tenant_names_are_completed(stocked, words):
    answer, loaded = complete(["connectors", *words])
    assert (answer.split(), loaded) == (["acme"], [])


@pytest.mark.parametrize("words", [["show", "x"], ["edit", ""], ["restore", ""]], ids=str)
def test_completion_without_a_store_is_empty_and_creates_nothing(words, tmp_path):
    answer, loaded = complete(["connectors", *words])
    assert (answer.strip(), loaded) == ("", [])
    assert not (tmp_path / "home").exists()


def test_completion_of_an_invalid_store_is_empty(tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "store.db").write_text("not a database at all" * 99)
    answer, _ = complete(["connectors", "show", "b"])
    assert answer.strip() == ""


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["list", "-o", "js"], ["json", "jsonl"]),
        (["list", "--col"], ["--color"]),
        (["help", "e"], ["edit", "env", "environment", "exit-codes", "export"]),
        (["list", "--color", "a"], ["auto", "always"]),
    ],
    ids=str,
)
def test_options_and_their_values_are_completed(words, found):
    answer, _ = complete(["connectors", *words])
    assert sorted(answer.split()) == sorted(found)


def completion(*words, environ):
    return subprocess.run(
        [sys.executable, "-m", "connectors_cli", *words],
        capture_output=True,
        text=True,
        env={**os.environ, **environ},
        stdin=subprocess.DEVNULL,
        check=False,
    )


@pytest.mark.parametrize(
    "words",
    [("completion", "bash", "--install"), ("--install-completion", "bash")],
    ids=" ".join,
)
def test_completion_is_installed(tmp_path, words):
    done = completion(*words, environ={"HOME": str(tmp_path), "SHELL": "/bin/dash"})
    script = tmp_path / ".bash_completions" / "connectors.sh"
    assert (done.returncode, done.stderr) == (0, "")
    assert str(script) in done.stdout
    assert "_CONNECTORS_COMPLETE=complete_bash" in script.read_text("utf-8")
    assert str(script) in (tmp_path / ".bashrc").read_text("utf-8")


@pytest.mark.parametrize(
    ("shell", "part"),
    [("bash", "complete -o default -F"), ("zsh", "#compdef connectors"), ("fish", "complete ")],
)
@pytest.mark.parametrize("word", ["completion", "--show-completion"])
def test_a_named_shells_script_is_printed(tmp_path, word, shell, part):
    done = completion(word, shell, environ={"HOME": str(tmp_path)})
    assert (done.returncode, done.stderr) == (0, "")
    assert part in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_shell_is_one_sentence(tmp_path):
    done = completion("completion", "tcsh", environ={"HOME": str(tmp_path)})
    assert (done.returncode, done.stdout) == (2, "")
    assert "no completion for 'tcsh'" in done.stderr
    assert "bash, zsh, fish" in done.stderr


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["get", "blog", ""], ["account_label", "site_url", "application_password", "username"]),
        (["get", "blog", "si"], ["site_url"]),
        (["get", "nobody", ""], []),
        (["run", "blog,x", "--only", "cl"], ["client_id"]),
        (["env", "x", "--only", ""], ["client_id", "redirect_uri"]),
        (["edit", "blog", "--unset", "acc"], ["account_label"]),
        (["edit", "blog", "--set", ""], ["site_url=", "account_label=", "username="]),
        (["edit", "blog", "-s", "us"], ["username="]),
        (["edit", "blog", "--secret", ""], ["application_password="]),
        (["install", "smtp", "--set", "sec"], ["security="]),
        (["install", "email", "--secret", "pass"], ["password="]),
        (["install", "nostr", "--set-json", ""], ["relays="]),
        (["validate", "--type", "smtp", "--set", "po"], ["port="]),
        (["install", "--set", ""], []),
        (["install", "nothing", "--set", ""], []),
        (["edit", "nobody", "--set", ""], []),
        (["env", "x", "--for", ""], []),
        (["log", "--for", "bl"], ["blog"]),
        (["list", "--tag", ""], ["50%_off", "eu", "prod"]),
        (["targets", "--tag", "p"], ["prod"]),
        (["edit", "blog", "--untag", "e"], ["eu"]),
        (["list", "--status", "a"], ["active"]),
        (["list", "--capability", "post_i"], ["post_image"]),
        (["list", "--sort-by", "na"], ["name"]),
        (["list", "--fields", "name,sta"], ["name,status"]),
        (["catalog", "--fields", "ke"], ["key"]),
        (["log", "--fields", "out"], ["outcome"]),
        (["catalog", "--category", "m"], ["messaging"]),
        (["catalog", "--category", "M"], ["Messaging"]),
        (["catalog", "list", "--auth-type", ""], ["oauth", "api_key", "basic", "none"]),
        (["catalog", "--lifecycle", "l"], ["limited"]),
        (["catalog", "schema", "rss", "--part", "a"], ["auth", "all"]),
        (["export", "--secrets", "s"], ["sealed"]),
        (["import", "f", "--on-conflict", "s"], ["skip"]),
        (["config", "set", ""], ["tenant", "store", "output", "color", "pager"]),
        (["config", "set", "color", "a"], ["auto", "always"]),
        (["config", "set", "tenant", "a"], ["acme"]),
        (["-t", "acme", "list", "--tag", ""], ["acme"]),
    ],
    ids=str,
)
def test_fields_and_words_of_filters_are_completed(stocked, words, found):
    answer = offered(["connectors", *words])
    assert sorted(word.replace("\\", "") for word in answer) == sorted(found)


def offered(words, shell="bash", monkeypatch=None):
    """Complete the last word in this process."""
    from connectors_cli.cli import app, completion_scripts

    completion_scripts.register()
    root = app.build(app.app)
    kind = {"bash": completion_scripts._Bash, "zsh": completion_scripts._Zsh}[shell]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMP_WORDS", "\n".join(words))
        patch.setenv("COMP_CWORD", str(len(words) - 1))
        patch.setenv("_TYPER_COMPLETE_ARGS", " ".join(words))
        context = {"obj": app.CommandContext()}
        return kind(root, context, "connectors", "_CONNECTORS_COMPLETE").complete().splitlines()


def test_presets_of_the_type_are_completed(run, blog):
    assert run("preset", "save", "house", "--from", "blog").code == 0
    assert offered(["connectors", "install", "wordpress", "--preset", ""]) == ["house"]
    assert offered(["connectors", "install", "rss", "--preset", ""]) == []
    assert offered(["connectors", "preset", "show", "h"]) == ["house"]


def test_tools_of_the_connectors_of_the_line_are_completed(run, blog, monkeypatch):
    monkeypatch.setenv("KEY", "canary-secret-key")
    values = ("-s", "bucket=photos", "-s", "access_key_id=AKIA", "-S", "secret_access_key=env:KEY")
    assert run("install", "s3", "-N", "media", *values).code == 0
    assert offered(["connectors", "env", "media", "--for", ""]) == ["aws", "boto3", "rclone"]
    assert offered(["connectors", "run", "media,blog", "--for", "r"]) == ["rclone"]
    assert {"gh", "rclone", "goreleaser"} <= set(offered(["connectors", "env", "--for", ""]))


def test_values_of_a_field_are_completed_where_bash_splits_the_word(stocked):
    line = ["connectors", "install", "smtp", "--set"]
    assert offered([*line, "security", "="]) == ["tls", "starttls", "none"]
    assert offered([*line, "security", "=", "st"]) == ["starttls"]
    assert offered([*line[:3], "--secret", "password", "="]) == ["env:", "file:", "cmd:", "-"]
    assert offered(["connectors", "list", "--output", "=", "js"]) == ["json", "jsonl"]


def test_a_field_is_completed_without_a_space_in_zsh(stocked):
    assert offered(["connectors", "edit", "blog", "--set", "us"], "zsh") == [
        "compadd -S '' -- username="
    ]
    assert offered(["connectors", "get", "blog", "us"], "zsh") == ["_arguments '*: :((username))'"]


@pytest.mark.parametrize("words", [["get", "blog", ""], ["edit", "blog", "--set", ""]], ids=str)
def test_fields_are_completed_without_key_and_orm(stocked, words):
    broken = {"CONNECTOR_AUTH_ENCRYPTION_KEY": "not a key"}
    answer, loaded = complete(["connectors", *words], "zsh", **broken)
    assert "username" in answer
    assert loaded == []


def test_fields_of_an_invalid_store_or_file_are_nothing(tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "store.db").write_text("not a database at all" * 99)
    for words in (["get", "b", ""], ["list", "--tag", ""], ["edit", "b", "--set", ""]):
        assert offered(["connectors", *words]) == []
    (tmp_path / "home" / "config.toml").write_text("output = [")
    assert offered(["connectors", "get", "b", ""]) == []
    assert "Messaging" in offered(["connectors", "catalog", "--category", ""])
