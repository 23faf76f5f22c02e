"""Every invalid input has its own sentence and exit code, and is not repeated."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from connectors_cli.services import names

WORDPRESS = ("install", "wordpress", "--set", "site_url=https://a.example", "--set", "username=al")
TOKEN = "hunter2-hunter2"


def refused(done, code: int, *words: str) -> None:
    """Assert one error, in our words and with this exit code."""
    assert done.code == code, done.err
    assert done.err.startswith("error: "), done.err
    assert "this is a bug" not in done.err, done.err
    assert "Traceback" not in done.err, done.err
    assert done.err.count("error: ") == 1
    assert not done.out
    for word in words:
        assert word in done.err, done.err


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", ["it is empty"]),
        ("  ", ["it is empty"]),
        ("x" * 300, ["300 characters"]),
        ("../x", ["/ at 3"]),
        ("a/b", ["/ at 2"]),
        ("a\\b", ["\\ at 2"]),
        ("-rf", ["begins with -"]),
        ("--help", ["begins with -"]),
        (".hidden", ["begins with ."]),
        (" x", ["begins or ends with a space"]),
        ("\x1b]52;c;aGk=\x07", ["U+001B at 1"]),
        ("\u202egnp.exe", ["U+202E at 1"]),
        ("ad\u200bmin", ["U+200B at 3"]),
        ("\ufeffx", ["U+FEFF at 1"]),
        ("a\u2028b", ["U+2028 at 2"]),
        ("a\x9bb", ["U+009B at 2"]),
        ("a\nb", ["U+000A at 2"]),
        ("a\udcffb", ["U+DCFF at 2"]),
    ],
)
def test_a_bad_name_is_refused_with_its_reason(run, monkeypatch, name, words):
    monkeypatch.setenv("P", TOKEN)
    secret = ("--secret", "application_password=env:P")
    done = run(*WORDPRESS, *secret, f"--name={name}")
    refused(done, 3, *words, "a name has 1 to 255 characters")
    assert not name.strip("-x ") or name not in done.err


@pytest.mark.parametrize("name", ["[red]", "[b]x[]", "a'; DROP TABLE x", "%_"])
def test_markup_and_sql_in_a_name_are_shown_as_they_are(run, blog, name, monkeypatch):
    with monkeypatch.context() as older:  # a version that accepted shell characters in names
        older.setattr(names, "_OF_SHELLS", frozenset())
        assert run("edit", "blog", "--rename", name).code == 0
    for line in (["list"], ["list", "-o", "cards"], ["list", "-o", "table"], ["show", name]):
        assert name in run(*line).out


@pytest.mark.parametrize("other", ["Blog", "BLOG", "\uff42\uff4c\uff4f\uff47", "blog"])
def test_confusable_name_is_refused(run, blog, other):
    secret = ("--secret", "application_password=env:BLOG_PASSWORD")
    refused(run(*WORDPRESS, *secret, "--name", other), 6, "blog")


def test_the_same_name_composed_differently_is_refused(run, blog):
    assert run("edit", "blog", "--rename", "caf\u00e9").code == 0
    secret = ("--secret", "application_password=env:BLOG_PASSWORD")
    refused(run(*WORDPRESS, *secret, "--name", "cafe\u0301"), 6, "is taken")


@pytest.mark.parametrize("command", [["show"], ["edit", "--activate"], ["remove"], ["get", "f"]])
@pytest.mark.parametrize(
    "name", ["no\udcffname", "a\x1bb", "x" * 5000, "%", "_", "'; DROP TABLE x"]
)
def test_impossible_name_is_not_found(run, blog, command, name):
    done = run(command[0], name, *command[1:])
    refused(done, 5, "no connector")
    assert "\x1b" not in done.err


@pytest.mark.parametrize(
    "line",
    [["--tag", "x\udcff"], ["--type", "\udcff"], ["--capability", "\udcff"], ["-t", "\udcff"]],
)
def test_a_filter_that_is_not_text_finds_nothing(run, blog, line):
    done = run("list", *line, "--json")
    assert "this is a bug" not in done.err
    assert (done.code, done.out.strip()) in {(0, "[]"), (2, ""), (5, "")}


@pytest.mark.parametrize("text", ["%", "_", "'; DROP TABLE connectors; --", '"', "\\", "a]b[", "*"])
@pytest.mark.parametrize(
    "command",
    [["catalog", "-q"], ["list", "--tag"], ["list", "-q"], ["targets", "-q"]],
)
def test_a_search_is_taken_literally(run, blog, command, text):
    done = run(*command, text, "--json")
    assert (done.code, done.out.strip()) == (0, "[]")
    assert "blog" in run("list").out


@pytest.mark.parametrize("text", ["%", "_", "'; DROP TABLE connectors; --", '"', "\\", "*", ""])
@pytest.mark.parametrize("command", [["catalog", "--category"], ["targets", "--capability"]])
def test_a_word_of_no_service_is_taken_literally(run, blog, command, text):
    refused(run(*command, text), 2, "no service has the")
    assert "blog" in run("list").out


def _secret(run, source: str):
    return run(*WORDPRESS, "--secret", f"application_password={source}")


@pytest.mark.parametrize(
    ("case", "code", "words"),
    [
        ("file:{0}/missing", 3, ["application_password", "No such file"]),
        ("file:{0}", 3, ["is a folder"]),
        ("file:/dev/zero", 3, ["is a device"]),
        ("file:{0}/huge", 3, ["more than 1 MiB"]),
        ("file:{0}/binary", 3, ["not text in UTF-8", "base64"]),
        ("file:", 3, ["names no file"]),
        ("env:NO_SUCH", 3, ["NO_SUCH", "is not set"]),
        ("env:", 3, ["is not set"]),
        ("env:NOT_UTF8", 3, ["not text in UTF-8", "base64"]),
        ("cmd:false", 3, ["failed with exit code 1"]),
        ("cmd:", 3, ["is empty"]),
        ("cmd:cat /dev/zero", 3, ["more than 1 MiB"]),
        (TOKEN, 2, ["not a source", "env:VAR", "file:PATH", "cmd:COMMAND", "standard input"]),
        ("", 2, ["not a source"]),
    ],
)
def test_a_bad_source_of_a_secret_is_refused_with_its_reason(
    run, monkeypatch, tmp_path, case, code, words
):
    (tmp_path / "binary").write_bytes(b"hunter2-\xff\xfe-hunter2")
    with (tmp_path / "huge").open("wb") as huge:
        huge.truncate(2 * 1024**3)
    monkeypatch.setenv("NOT_UTF8", "hunter2-\udcff-hunter2")
    done = _secret(run, case.format(tmp_path))
    refused(done, code, *words)
    assert "hunter2" not in done.err


def test_hanging_secret_command_is_stopped(run, monkeypatch):
    monkeypatch.setattr("connectors_cli.documents.references.COMMAND_SECONDS", 0.3)
    refused(_secret(run, "cmd:sleep 60"), 3, "did not finish in")


@pytest.mark.parametrize("option", ["--set", "--set-json", "-s"])
def test_plain_text_secret_is_refused_with_alternatives(run, option):
    text = f'"{TOKEN}"' if option == "--set-json" else TOKEN
    done = run(*WORDPRESS, option, f"application_password={text}")
    refused(done, 2, "process list", "history", "env:VAR", "file:PATH", "cmd:COMMAND", "prompted")
    assert TOKEN not in done.err


@pytest.mark.parametrize(
    "words",
    [
        [f"application_password={TOKEN}"],
        [f"--application-password={TOKEN}"],
        ["--application-password", TOKEN],
        ["--secret", f"passwd={TOKEN}"],
        ["--if-not-exist", TOKEN],
        ["--keep-newline=" + TOKEN],
    ],
)
def test_misplaced_secret_is_not_repeated(run, words):
    done = run(*WORDPRESS, *words)
    refused(done, 2)
    assert TOKEN not in done.err


def test_the_newline_that_ends_a_file_is_dropped_with_a_note(run, tmp_path):
    (tmp_path / "s").write_text(TOKEN + "\n")
    done = _secret(run, f"file:{tmp_path}/s")
    assert "dropped the line break" in done.err
    assert "--keep-newline" in done.err
    assert run("get", "wordpress", "application_password", "--reveal").out == TOKEN + "\n"


def test_the_newline_that_ends_a_file_can_be_kept(run, tmp_path):
    (tmp_path / "s").write_text(TOKEN + "\n")
    source = f"application_password=file:{tmp_path}/s"
    assert run(*WORDPRESS, "--secret", source, "--keep-newline").code == 0
    done = run("get", "wordpress", "application_password", "--reveal", "--json")
    assert json.loads(done.out)["value"] == TOKEN + "\n"


def test_secret_may_contain_any_character_that_one_sees(run, spawn):
    secret = "a\tb\r\n'é\"$`\U0001f511" + "x" * 5000
    line = (*WORDPRESS, "--secret", "application_password=-")
    assert spawn(*line, stdin=secret).code == 0
    assert run("get", "wordpress", "application_password", "--reveal").out == secret + "\n"


@pytest.mark.parametrize("char", ["\0", "\x1b", "\u202e", "\u200b"])
def test_secret_with_a_character_that_nobody_sees_is_refused(spawn, blog, char):
    line = (*WORDPRESS, "--secret", "application_password=-")
    refused(spawn(*line, stdin=f"hunter2{char}hunter2"), 3, f"U+{ord(char):04X}", "at 8")


def test_standard_input_that_is_not_text_is_refused(spawn):
    line = (*WORDPRESS, "--secret", "application_password=-")
    refused(spawn(*line, stdin=b"hunter2\xff\xfe"), 3, "not text in UTF-8")


def test_without_a_terminal_a_hidden_prompt_is_refused(spawn):
    done = spawn(*WORDPRESS)
    refused(done, 2, "application_password", "cannot be prompted for", "--secret")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": "' + TOKEN + '",}', ["line 1, column"]),
        ('{"a": NaN}', ["NaN is not JSON"]),
        ('{"a": 1e999}', ["number"]),
        ('{"a": 1, "a": 2}', ["appears twice"]),
        ("[" * 100_000, ["nested too deep"]),
        ("1" * 5000, ["too many digits"]),
        ("{", ["line 1, column 2"]),
    ],
)
def test_bad_json_is_refused_with_its_place(run, text, words):
    done = run(*WORDPRESS, "--set-json", f"account_label={text}")
    refused(done, 3, "account_label", *words)
    assert TOKEN not in done.err


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("f.json", b'{"site_url": 1, }', ["line 1, column"]),
        ("f.json", b"[1]", ["expected one object"]),
        ("f.yaml", b"a: &x [1]\nb: *x\n", ["aliases", "line 2"]),
        ("f.yaml", b"a: b\n\tc: d\n", ["invalid YAML", "line 2"]),
        ("f.yaml", b"a: !!python/object/apply:os.system [id]\n", ["tags", "line 1"]),
        ("f.yaml", b"account_label: .nan\n", ["number"]),
        ("f.yaml", b"\x00\x01", ["invalid YAML"]),
        ("f.yaml", b"a: " + b"[" * 5000, ["f.yaml"]),
        ("f.toml", b"a = \n", ["invalid TOML"]),
        ("f.toml", b"account_label = nan\n", ["number"]),
    ],
)
def test_a_bad_file_is_refused_with_its_place(run, tmp_path, name, data, words):
    path = tmp_path / name
    path.write_bytes(data)
    path.chmod(0o600)
    refused(run("install", "wordpress", "--from-file", path), 3, *words)


@pytest.mark.parametrize("kind", ["file", "cmd"])
def test_a_source_with_a_nul_in_a_complete_file_is_refused(run, tmp_path, kind):
    values = {"site_url": "https://blog.example.com", "username": "alice"}
    path = tmp_path / "f.json"
    path.write_text(json.dumps({**values, "application_password": {kind: "a\0b"}}))
    done = run("install", "wordpress", "--from-file", path, "--allow-commands")
    refused(done, 3, "application_password")


TAKES_A_FILE = {
    "install --from-file": "a folder",
    "install wordpress --from-file": "a folder",
    "edit blog --from-file": "a folder",
    "validate --from-file": "a folder",
    "catalog add": "a folder",
    "key import": "a folder",
    "import": "contains no file that ends with .yaml",
    "apply --file": "contains no file that ends with .yaml",
    "restore --from": "a folder",
    "restore --dry-run --from": "a folder",
}


@pytest.mark.parametrize("line", TAKES_A_FILE)
@pytest.mark.parametrize(
    ("file", "why"),
    [
        ("missing", "no such file or directory"),
        ("missing/x.json", "no such file or directory"),
        ("folder", None),
        ("/dev/zero", "it is a pipe or device"),
        ("latin", "it is not text in UTF-8"),
        ("wide.json", "it is not text in UTF-8"),
        pytest.param("huge.json", "it is larger than ", marks=pytest.mark.slow),
    ],
)
def test_a_file_that_cannot_be_read_is_a_usage_error(run, blog, tmp_path, line, file, why):
    (tmp_path / "folder").mkdir()
    (tmp_path / "latin").write_bytes(b"caf\xe9: 1\n")
    (tmp_path / "wide.json").write_bytes('{"é": 1}'.encode("utf-16"))
    with (tmp_path / "huge.json").open("wb") as huge:
        huge.truncate(2 * 1024**3)
    if line.startswith("restore") and file in {"latin", "wide.json", "huge.json"}:
        why = "it is not a backup of a store"
    path = os.path.join(tmp_path, file)
    done = run(*line.split(), path, "--no-input")
    refused(done, 2, f"{path}: cannot be read: ", why or TAKES_A_FILE[line])


@pytest.mark.parametrize("line", ["import", "install --from-file", "key import", "restore --from"])
def test_unreadable_file_of_another_user_is_a_usage_error(as_nobody, line):
    home, run_as = as_nobody
    file = home / "closed.yaml"
    file.write_text("{}")
    file.chmod(0)
    refused(run_as(*line.split(), str(file)), 2, f"{file}: cannot be read: permission denied")


@pytest.mark.slow
def test_undecodable_standard_input_is_a_usage_error(spawn, blog):
    for line in ("import -", "apply -f -", "install wordpress -f -", "key import -"):
        done = spawn(*line.split(), stdin=b"\xff\xfe")
        refused(done, 2, "standard input: cannot be read: it is not text in UTF-8")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgres://u:hunter2@h/db", ["postgresql://"]),
        ("postgresql://u:hunt@er2@h/db", ["more than one @", "%40"]),
        ("postgresql://u:hunter2@h", ["names no database"]),
        ("postgresql:/u:hunter2@h/db", ["://"]),
        ("postgresql:u:hunter2@h/db", ["://"]),
        ("postgresql://u:hunter2@h:port/db", ["port"]),
        ("postgresql://u:hunter2@h:99999/db", ["port"]),
        ("mysql://u:hunter2@h/db", ["unknown scheme 'mysql'"]),
        ("sqlite:///relative.db", ["four slashes"]),
        ("sqlite://relative.db", ["names no file"]),
        ("sqlite://", ["names no file"]),
        ("sqlite:relative.db", ["://"]),
        ("://x", ["unknown scheme"]),
        ("host=127.0.0.1 password=hunter2", ["not as a URL"]),
        ("dbname=x PASSWORD = 'hunter2'", ["not as a URL"]),
        ("postgresql://u:hunter2@ss@h/db", ["more than one @", "%40"]),
        ("postgresql://u:hunter2%zz@h/db", ["malformed"]),
    ],
)
@pytest.mark.parametrize("command", ["list", "init"])
def test_a_malformed_store_url_is_refused_without_its_password(
    run, monkeypatch, command, url, words
):
    monkeypatch.setenv("CONNECTORS_STORE", url)
    done = run(command)
    refused(done, 2, *words)
    assert "hunter2" not in done.err


@pytest.mark.parametrize("command", ["list", "init"])
def test_unreachable_server_is_named_without_the_password(run, monkeypatch, command):
    monkeypatch.setenv("CONNECTORS_STORE", "postgresql://u:hunter2@127.0.0.1:1/db")
    done = run(command)
    refused(done, 8, "cannot be reached")
    assert "hunter2" not in done.err


@pytest.mark.parametrize("tenant", ["", "A", "a b", "../a", "a" * 65, "-a", "é", "a\x1b"])
def test_a_malformed_tenant_is_refused(run, tenant):
    done = run("list", f"--tenant={tenant}", "--json") if tenant else run("list", "-t", "!")
    assert done.code == 2
    assert "invalid tenant name" in done.err


@pytest.mark.parametrize("word", ["\udcff", "a\udcffb"])
@pytest.mark.parametrize("line", [["install"], ["catalog", "show"], ["help"], ["--output"], []])
def test_words_that_are_not_text_are_refused(run, line, word):
    done = run(*line, word)
    assert done.code in {2, 5}
    assert "this is a bug" not in done.err


@pytest.mark.parametrize("output", ["cards", "table", "names"])
def test_character_outside_the_locale_is_escaped(run, spawn, blog, output):
    assert run("edit", "blog", "--rename", "café").code == 0
    ascii_only = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONCOERCECLOCALE": "0"}
    done = spawn("list", "-o", output, PYTHONUTF8="0", **ascii_only)
    assert done.code == 0, done.err
    assert "caf" in done.out
    assert "Error" not in done.err


@pytest.mark.parametrize(
    "line",
    [
        "list -o cards",
        "list",
        "show blog --json",
        "catalog",
        "whoami",
        "--help",
        "edit blog --tag x",
    ],
)
def test_full_disk_behind_standard_output_is_reported(spawn_shell, blog, line):
    code, err = spawn_shell(f"{line} > /dev/full")
    assert code == 1
    assert "operating system error: No space left on device" in err
    is_change = line.startswith("edit")
    assert ("error: done; but " in err) == is_change
    assert len(err.splitlines()) == 1 + is_change


@pytest.mark.parametrize("line", ["list -o cards", "list --json", "whoami"])
def test_closed_standard_output_is_reported(spawn_shell, blog, line):
    code, err = spawn_shell(f"{line} >&-")
    assert code == 1
    assert "standard output is closed" in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("line", ["list -o cards", "show nobody"])
def test_a_closed_standard_error_changes_nothing(spawn_shell, blog, line):
    code, _ = spawn_shell(f"{line} 2>&-")
    assert code == (5 if "nobody" in line else 0)


@pytest.mark.parametrize(
    "line",
    [
        "install wordpress --set username=a --secret application_password=-",
        "install wordpress --from-file -",
        "install wordpress",
    ],
)
def test_closed_standard_input_reads_as_empty(spawn_shell, line):
    code, err = spawn_shell(f"{line} <&-")
    assert code in {2, 3}
    assert err.startswith("error: ")
    assert "this is a bug" not in err


def test_closed_pipe_ends_the_command_quietly(spawn_shell, blog):
    code, err = spawn_shell("catalog schema wordpress | true")
    assert (code, err) == (0, "")


@pytest.fixture
def spawn_shell():
    """Run `connectors LINE` in a shell, with the line's own redirections."""

    def run_line(line: str) -> tuple[int, str]:
        done = subprocess.run(
            ["bash", "-c", f"{sys.executable} -m connectors_cli {line}"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stderr

    return run_line


@pytest.mark.parametrize("url", ["https://user:canary-pw@blog.example", "https://x:0", "http:///x"])
def test_address_that_cannot_be_used_is_refused_where_it_is_set(
    run, blog, tmp_path, monkeypatch, url
):
    monkeypatch.setenv("WP_PASSWORD", "canary-password")
    file = tmp_path / "connectors.yaml"
    auth = "{username: u, application_password: {env: WP_PASSWORD}}"
    item = f"{{name: new, type: wordpress, config: {{site_url: '{url}'}}, auth: {auth}}}"
    file.write_text(f"connectors:\n  - {item}\n")
    one = tmp_path / "one.yaml"
    one.write_text(f"type: wordpress\nconfig: {{site_url: '{url}'}}\nauth: {auth}\n")
    lines = (
        (
            *("install", "wordpress", "--name", "new", "--set", f"site_url={url}"),
            *("--set", "username=u", "--secret", "application_password=env:WP_PASSWORD"),
        ),
        ("edit", "blog", "--set", f"site_url={url}"),
        ("apply", "-f", file),
        ("import", file),
        ("validate", "-f", one),
    )
    for line in lines:
        done = run(*line)
        assert (line[0], done.code) == (line[0], 3), done.err
        assert "site_url" in done.out + done.err
        assert "canary-pw" not in done.err


@pytest.mark.parametrize("value", ["abc\n", "\nabc", "abc\r\n", "abc\u2028"])
def test_the_end_of_a_pattern_is_the_end_of_the_value(run, tmp_path, value):
    letters = {"type": "string", "pattern": "^[a-z]+$", "x-pattern-description": "letters"}
    (tmp_path / "type.json").write_text(json.dumps({"properties": {"code": letters}}))
    assert run("catalog", "add", tmp_path / "type.json", "--key", "coded").code == 0
    refused(run("install", "coded", "--set-json", f"code={json.dumps(value)}"), 3, "letters")
    assert run("install", "coded", "--set", "code=abc").code == 0


def _truncate(path, size=8192):
    with path.open("r+b") as store:
        store.truncate(size)


def _empty(path):
    path.with_name("store.db-journal").write_bytes(path.read_bytes()[:100])
    _truncate(path, 0)


def _in_place(make):
    def change(path):
        path.rename(path.with_name("moved.db"))
        make(path)

    return change


STATES = {
    "text": (lambda path: path.write_text("no database at all"), ["is not a database"]),
    "truncated": (_truncate, ["is damaged"]),
    "empty": (_empty, ["is empty"]),
    "folder": (_in_place(os.mkdir), ["is a folder"]),
    "pipe": (_in_place(os.mkfifo), ["is a pipe or device"]),
    "link": (_in_place(lambda path: path.symlink_to("moved.db")), ["is a symbolic link"]),
}


@pytest.mark.parametrize("line", ["list", "edit blog --tag x", "get blog username --reveal"])
@pytest.mark.parametrize("state", STATES)
def test_each_state_of_a_store_that_cannot_be_used_has_its_sentence(
    run, blog, settings, state, line
):
    spoil, words = STATES[state]
    spoil(Path(settings.home) / "store.db")
    refused(run(*line.split()), 1, *words)
