"""Programs that are started: their environment, their end, and where they are found."""

import ast
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from connectors_cli.documents import references
from connectors_cli.errors import InvalidInput
from connectors_cli.system import environment, programs

PACKAGE = Path(references.__file__).parents[1]
OURS = {
    "CONNECTORS_STORE": "",
    "CONNECTORS_USER_EMAIL": "canary@example.com",
    "PGPASSWORD": "canary-pg",
    "PGPASSFILE": "/canary/pgpass",
    "PGSSLKEY": "/canary/key",
}


def test_programs_are_started_in_one_module_only():
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in getattr(node, "names", ()) if hasattr(alias, "name")]
            if isinstance(node, ast.Import | ast.ImportFrom):
                names.append(getattr(node, "module", None) or "")
            if {"subprocess", "webbrowser", "pty"} & set(names):
                found.add(path.name)
            call = isinstance(node, ast.Attribute) and ast.unparse(node)
            if call and call.startswith(
                ("os.exec", "os.spawn", "os.posix_spawn", "os.system", "os.popen", "os.fork")
            ):
                found.add(path.name)
    assert found == {"programs.py"}


@pytest.fixture
def dump(tmp_path, monkeypatch):
    """Return a program that appends its environment to a file, and that file."""
    found, program = tmp_path / "environments", tmp_path / "bin" / "dump"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho START >> {found}\nenv >> {found}\necho value-of-dump\n")
    program.chmod(0o755)
    for name, value in OURS.items():
        if value:
            monkeypatch.setenv(name, value)
    return program, found


def private_in(found: Path) -> list[str]:
    text = found.read_text()
    assert "START" in text
    names = {line.partition("=")[0] for line in text.splitlines()}
    ours = ("CONNECTOR_AUTH_ENCRYPTION_KEY", "CONNECTORS_")
    return [name for name in names if name.startswith(ours) or name in OURS]


def test_a_source_an_editor_git_and_a_child_get_nothing_of_ours(
    spawn, run, blog, dump, monkeypatch
):
    program, found = dump
    monkeypatch.delenv("CONNECTORS_USER_NAME", raising=False)  # so that git is asked
    (program.parent / "git").symlink_to(program)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("EDITOR", str(program))
    assert run("edit", blog, "-S", f"application_password=cmd:{program}").code == 0
    assert run("edit", blog, "--editor").code == 0
    assert spawn("run", blog, "--", str(program)).code == 0
    assert found.read_text().count("START") >= 4
    assert private_in(found) == []


def test_the_command_for_the_key_gets_nothing_of_ours(run, blog, dump, monkeypatch):
    program, found = dump
    monkeypatch.delenv("CONNECTOR_AUTH_ENCRYPTION_KEY", raising=False)
    monkeypatch.setenv("CONNECTOR_AUTH_ENCRYPTION_KEY_COMMAND", str(program))
    assert run("get", blog, "application_password", "--reveal").code != 0
    assert private_in(found) == []


def test_a_browser_and_a_pager_get_nothing_of_ours(dump):
    program, found = dump
    programs.detached([str(program)], os.environ, terminal=False)
    assert programs.in_foreground([str(program)], os.environ) == 0
    with programs.fed([str(program)], os.environ) as given:
        given.write(b"text")
    assert found.read_text().count("START") == 3
    assert private_in(found) == []


def test_a_variable_that_a_credential_was_read_from_is_handed_on_no_more(monkeypatch):
    monkeypatch.setattr(environment, "_read_variables", set())
    assert references.read_source("env:TOKEN_OF_CI", "f", {"TOKEN_OF_CI": "x"}) == "x"
    assert environment.environment({"TOKEN_OF_CI": "x", "OTHER": "y"}) == {"OTHER": "y"}


def test_connectors_as_a_source_gets_the_key_only_if_that_is_asked_for(tmp_path, monkeypatch):
    program = tmp_path / "connectors"
    program.write_text("#!/bin/sh\necho ${CONNECTOR_AUTH_ENCRYPTION_KEY:-none}\n")
    program.chmod(0o755)
    monkeypatch.setenv("CONNECTOR_AUTH_ENCRYPTION_KEY", "the-key")
    assert references.output_of(str(program), 10, "it") == b"none\n"
    monkeypatch.setenv("CONNECTORS_PASS_KEY", "1")
    assert references.output_of(str(program), 10, "it") == b"the-key\n"
    assert references.output_of(
        "sh -c 'echo ${CONNECTOR_AUTH_ENCRYPTION_KEY:-none}'", 10, "it"
    ) == (b"none\n")


def test_a_program_in_the_current_folder_is_not_found(tmp_path, monkeypatch):
    (tmp_path / "tool").write_text("#!/bin/sh\necho here\n")
    (tmp_path / "tool").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    for path in (".", "", f":{os.defpath}", "bin:."):
        with pytest.raises(FileNotFoundError):
            programs.find("tool", {"PATH": path})
    assert programs.find("./tool", {}) == str(tmp_path / "tool")


def test_a_program_left_in_the_background_is_not_waited_for():
    began = time.monotonic()
    assert references.output_of("sh -c 'sleep 20 & echo done'", 10, "it") == b"done\n"
    assert time.monotonic() - began < 5


def test_what_a_program_started_is_killed_with_it(tmp_path):
    path = tmp_path / "pid"
    with pytest.raises(InvalidInput, match="did not finish"):
        references.output_of(f"sh -c 'sleep 60 & echo $! > {path}; wait'", 1, "it")
    child = int(path.read_text())
    for _ in range(100):
        state = Path(f"/proc/{child}/stat")
        if not state.exists() or ") Z " in state.read_text():
            return
        time.sleep(0.05)
    raise AssertionError("the grandchild runs on")


def test_a_pipe_as_a_source_is_read_or_refused_in_time(tmp_path, monkeypatch):
    monkeypatch.setattr(references, "PIPE_SECONDS", 0.5)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidInput, match="nothing was written to in time"):
        references.read_source(f"file:{tmp_path / 'pipe'}", "field", {})
    writer = subprocess.Popen(["sh", "-c", f"echo secret > {tmp_path / 'pipe'}"])
    assert references.read_source(f"file:{tmp_path / 'pipe'}", "field", {}) == "secret\n"
    writer.wait()
    for path in ("/proc/kmsg", "/proc/self/environ", "/dev/zero"):
        with pytest.raises(InvalidInput):
            references.read_source(f"file:{path}", "field", {})


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("vi 'x", "EDITOR has an unclosed quote"),
        ("no-such-editor", "cannot run the editor 'no-such-editor': No such file or directory"),
        ("sh -c 'printf \"\\351\" > $0'", "the edited file is not text in UTF-8"),
        ("rm -f", "the editor left no file that can be read"),
        ("sh -c 'rm $0; mkfifo $0'", "the editor left something other than a file"),
        ("sh -c 'rm $0; ln -s /etc/passwd $0'", "the editor left no file that can be read"),
        ("sh -c 'head -c 2000000 /dev/zero > $0'", "the editor left a file of more than 1 MiB"),
    ],
)
def test_an_editor_that_does_something_else_is_told_in_one_sentence(
    run, blog, monkeypatch, command, said
):
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", command)
    done = run("edit", blog, "--editor")
    assert (done.code in {2, 3}, done.err.splitlines()[0]) == (True, f"error: {said}")


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_the_editor_is_open_leaves_no_file(blog, tmp_path, number):
    folder, opened = tmp_path / "tmp", tmp_path / "opened"
    folder.mkdir()
    editor = tmp_path / "editor"
    editor.write_text(f"#!/bin/sh\ntouch {opened}\nexec sleep 30\n")
    editor.chmod(0o755)
    line = [sys.executable, "-m", "connectors_cli", "edit", blog, "--editor"]
    environ = {**os.environ, "EDITOR": str(editor), "TMPDIR": str(folder)}
    process = subprocess.Popen(line, env=environ)
    while not opened.exists():
        time.sleep(0.05)
    process.send_signal(number)
    assert process.wait(20) == 128 + number
    assert list(folder.iterdir()) == []


def test_what_is_kept_from_programs_is_removed_before_a_library_starts_one():
    environ = {**OURS, "CONNECTOR_AUTH_ENCRYPTION_KEY": "k", "PATH": "/bin", "CONNECTOR_PATH": "x"}
    environment.clean(environ)
    assert environ == {"PATH": "/bin", "CONNECTOR_PATH": "x"}


def short(script: str, seconds: float = 30) -> bytes:
    return programs.printed([sys.executable, "-c", script], os.environ, seconds)


def test_a_short_program_is_read_to_its_end(capfd):
    assert (
        short("import sys; print('a' * 9000); print('no', file=sys.stderr)") == b"a" * 9000 + b"\n"
    )
    assert capfd.readouterr() == ("", "")


def test_a_short_program_has_its_environment_and_no_input():
    look = [sys.executable, "-c", "import os, sys; print(dict(os.environ), sys.stdin.read())"]
    out = programs.printed(look, {"LC_ALL": "C.UTF-8", "A": "b"}, 30)
    assert out == b"{'LC_ALL': 'C.UTF-8', 'A': 'b'} \n"


@pytest.mark.parametrize(
    "script", ["print('a' * 10_000_000)", "import os, time; os.close(1); time.sleep(600)"]
)
def test_what_prints_too_much_or_goes_on_is_ended(script):
    assert len(short(script)) < 100_000


def test_a_program_that_says_nothing_is_not_waited_for():
    with pytest.raises(TimeoutError):
        short("import time; time.sleep(600)", 0.2)


def test_a_program_that_is_missing_is_an_error():
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    with pytest.raises(OSError, match="No such file"):
        programs.printed(["no-such-program"], os.environ, 1)
    with pytest.raises(OSError):  # noqa: PT011 - the reason is the system's
        programs.printed([os.devnull], os.environ, 1)
    if before:
        assert len(os.listdir("/proc/self/fd")) == before


def test_a_pipe_is_what_starting_a_program_takes_for_one():
    assert programs.PIPE == subprocess.PIPE
