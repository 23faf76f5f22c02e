"""The command `run`: environment, exit code and masked output of a program."""

import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

SHOW = "import os; print(os.environ.get('CONNECTOR_APPLICATION_PASSWORD'))"


def python(code: str) -> tuple[str, ...]:
    return ("--", sys.executable, "-c", code)


def test_the_child_has_the_values_and_not_our_key(spawn, blog):
    code = "import os; print(sorted(n for n in os.environ if n.startswith('CONNECTOR')))"
    done = spawn("run", blog, *python(code))
    names = "'CONNECTOR_APPLICATION_PASSWORD', 'CONNECTOR_SITE_URL', 'CONNECTOR_USERNAME'"
    assert done.out == f"[{names}]\n"


def test_credentials_are_masked_in_piped_output(spawn, blog):
    assert spawn("run", blog, *python(SHOW)).out == "***\n"
    assert spawn("run", blog, "--mask", "never", *python(SHOW)).out == "canary-password\n"


def test_a_credential_split_over_writes_is_masked(spawn, blog):
    code = (
        "import sys\nfor c in 'canary-password':\n sys.stdout.write(c); sys.stdout.flush()\nprint()"
    )
    assert spawn("run", blog, *python(code)).out == "***\n"


@pytest.mark.parametrize("mask", ["always", "never"])
def test_the_exit_code_is_the_childs(spawn, blog, mask):
    assert spawn("run", blog, "--mask", mask, *python("raise SystemExit(42)")).code == 42


def test_missing_program_is_127_and_unrunnable_one_126(spawn, blog, tmp_path):
    assert spawn("run", blog, "--", "no-such-program").code == 127
    assert spawn("run", blog, "--", str(tmp_path)).code == 126


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_signal_is_passed_on(blog, tmp_path):
    ready = tmp_path / "ready"
    code = f"import time; open({str(ready)!r}, 'w').close(); time.sleep(30)"
    line = [sys.executable, "-m", "connectors_cli", "run", blog, *python(code)]
    process = subprocess.Popen(line, stdout=subprocess.PIPE)
    while not ready.exists():
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 128 + signal.SIGTERM


def test_several_connectors_have_variables_by_name(spawn, blog):
    spawn("install", "medium", "--yes", "-S", "integration_token=env:T", T="other-token")
    code = "import os; print(sorted(n for n in os.environ if n.startswith(('BLOG', 'MEDIUM'))))"
    done = spawn("run", f"{blog},medium", *python(code))
    assert "BLOG_SITE_URL" in done.out
    assert "MEDIUM_INTEGRATION_TOKEN" in done.out


@pytest.mark.parametrize("prefix", ["LD", "PYTHON", "DYLD", "CONNECTORS", "BASH_FUNC"])
def test_reserved_variables_are_refused(spawn, blog, prefix):
    done = spawn("run", blog, "--prefix", prefix, *python("print('ran')"))
    assert (done.code, "ran" in done.out) == (2, False)


def test_only_chooses_fields(spawn, blog):
    code = "import os; print([n for n in os.environ if n.startswith('WP')])"
    done = spawn("run", blog, "--prefix", "WP", "--only", "username", *python(code))
    assert done.out == "['WP_USERNAME']\n"
    missing = spawn("run", blog, "--only", "nothing", *python(code))
    assert (missing.code, "use some of: application_password, site_url" in missing.err) == (5, True)
    both = spawn("env", blog, "--only", "username,site_url").out.splitlines()
    assert len(both) == 2


def test_a_clean_environment_has_only_basics(spawn, blog):
    code = "import os; print(os.environ.get('EXTRA'))"
    assert spawn("run", blog, "--clean-env", *python(code), EXTRA="x").out == "None\n"


@pytest.mark.sqlite
def test_a_use_is_recorded_before_the_program_runs(spawn, blog):
    store = os.environ["CONNECTORS_HOME"] + "/store.db"
    code = "import sqlite3, sys; print(*sqlite3.connect(sys.argv[1]).execute(sys.argv[2]))"
    query = "SELECT action, subject FROM events WHERE action = 'connector.use'"
    done = spawn("run", blog, "--", sys.executable, "-c", code, store, query)
    assert done.out == "('connector.use', 'blog')\n"


def test_on_a_terminal_the_program_replaces_the_process(blog):
    pexpect = pytest.importorskip("pexpect")
    code = "import os; print('parent', os.getppid())"
    line = ["-m", "connectors_cli", "run", blog, *python(code)]
    child = pexpect.spawn(sys.executable, line, timeout=20, encoding="utf-8")
    child.expect(r"parent (\d+)")
    assert int(child.match[1]) == os.getpid()
    child.expect(pexpect.EOF)


@pytest.mark.sqlite
def test_a_use_refused_for_its_key_is_recorded(spawn, blog):
    assert spawn("run", blog, *python("1"), CONNECTOR_AUTH_ENCRYPTION_KEY="nonsense").code == 7
    events = sqlite3.connect(os.environ["CONNECTORS_HOME"] + "/store.db").execute(
        "SELECT action, outcome FROM events ORDER BY id DESC LIMIT 1"
    )
    assert events.fetchall() == [("connector.use", "key")]
