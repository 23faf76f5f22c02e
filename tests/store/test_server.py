"""A store on a PostgreSQL server: its URL, its connection, and what goes wrong with them."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
import trustme

from connectors_cli.errors import StoreError, UsageError
from connectors_cli.settings import Settings, server_addresses, server_parts, shown_server
from connectors_cli.store.read import database as database_module
from connectors_cli.store.read import server
from support import postgres_server
from support.ci import skip_without

INSTALL = (
    *("install", "wordpress", "--set", "site_url=https://blog.example.com"),
    *("--set", "username=alice", "--secret", "application_password=env:BLOG_PASSWORD", "--name"),
)


def install(run, name: str, *more: str):
    return run(*INSTALL, name, *more)


@pytest.fixture(autouse=True)
def password(isolated: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOG_PASSWORD", "canary-password")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:p@h/db", "postgresql://u@h/db"),
        ("postgresql://u:p%40x@h:5433/db?sslmode=require", "postgresql://u@h:5433/db"),
        ("postgresql://127.0.0.1/db?port=1&user=u&password=p@ss", "postgresql://u@127.0.0.1:1/db"),
        ("postgresql://h:5/db?user=u&p%61ssword=pass", "postgresql://u@h:5/db"),
        ("postgresql://u:p@h1:1,h2:2/db", "postgresql://u@h1:1,h2:2/db"),
        ("postgresql://u:p@h1,h2/db?port=7", "postgresql://u@h1:7,h2:7/db"),
        ("postgresql://u:p@[::1]:5/db", "postgresql://u@[::1]:5/db"),
        ("postgresql:///db?host=/run/pg&sslpassword=pass", "postgresql://%2Frun%2Fpg/db"),
        ("postgresql://u%40x:p@h/d%2Fb", "postgresql://u%40x@h/d%2Fb"),
        ("postgresql://h/db?unknown=pass", "postgresql://"),
        ("postgresql://u:p@h/%zz", "postgresql://"),
    ],
)
def test_a_store_is_shown_by_its_parts_and_never_with_a_password(url, shown):
    assert shown_server(url) == shown
    assert Settings({**os.environ, "CONNECTORS_STORE": url}).shown_store == shown


def test_a_password_is_refused_however_its_parameter_is_spelled(run):
    for name in ("p%61ssword", "PASSWORD", "scram_client_key"):
        done = run("list", "--store", f"postgresql://h/d?{name}=canary")
        assert (done.code, "canary" in done.err) == (2, False), name


def test_several_hosts_have_their_own_ports_and_addresses():
    parts = server_parts("postgresql://a:1,b:2/db?hostaddr=127.0.0.1,127.0.0.2")
    assert server_addresses(parts) == [("a", "127.0.0.1", "1"), ("b", "127.0.0.2", "2")]


def _mode(url: str, monkeypatch: pytest.MonkeyPatch, **environ: str) -> str | None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    settings = Settings({**os.environ, "CONNECTORS_STORE": url})
    return server.parameters(settings.store).get("sslmode")


@pytest.mark.parametrize(
    ("url", "mode"),
    [
        ("postgresql://h.example.com/db", "verify-full"),
        ("postgresql://127.0.0.1.example.com/db", "verify-full"),
        ("postgresql://127.0.0.1,h.example.com/db", "verify-full"),
        ("postgresql://localhost/db?hostaddr=192.0.2.1", "verify-full"),
        ("postgresql://h.example.com/db?sslmode=verify-full", "verify-full"),
        ("postgresql://127.0.0.1/db", None),
        ("postgresql://[::1]/db", None),
        ("postgresql://localhost/db?sslmode=disable", "disable"),
        ("postgresql:///db", None),
        ("postgresql:///db?host=/run/pg", None),
        ("postgresql://h.example.com/db?hostaddr=127.0.0.1", None),
    ],
)
def test_a_server_on_another_machine_is_verified(monkeypatch, url, mode):
    assert _mode(url, monkeypatch) == mode


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "require", "verify-ca"])
def test_less_than_verified_has_to_be_allowed(run, monkeypatch, mode):
    url = f"postgresql://u:canary@h.example.com/db?sslmode={mode}"
    monkeypatch.setenv("CONNECTORS_STORE", url)
    done = run("list", "--json")
    told = json.loads(done.err)["error"]
    assert (done.code, f"sslmode={mode}" in told["message"]) == (2, True)
    assert "--allow-insecure-store" in told["hint"]
    assert "canary" not in done.err
    assert _mode(url, monkeypatch, CONNECTORS_ALLOW_INSECURE_STORE="1") == mode


def test_environment_and_service_count_as_the_url(monkeypatch, tmp_path):
    with pytest.raises(UsageError):
        _mode("postgresql://h.example.com/db", monkeypatch, PGSSLMODE="require")
    monkeypatch.delenv("PGSSLMODE")
    assert _mode("postgresql:///db", monkeypatch, PGHOST="h.example.com") == "verify-full"
    monkeypatch.delenv("PGHOST")
    file = tmp_path / "service.conf"
    file.write_text("[near]\nhost=127.0.0.1\n[far]\nhost=192.0.2.1\nport=9\n")
    monkeypatch.setenv("PGSERVICEFILE", str(file))
    assert _mode("postgresql:///db?service=near", monkeypatch) is None
    assert _mode("postgresql:///db?service=far", monkeypatch) == "verify-full"


@pytest.mark.parametrize(
    ("parts", "code", "words"),
    [
        ("owner@127.0.0.1:1/x", 8, "nothing listens on this port"),
        ("owner@127.0.0.1:1,127.0.0.1:2/x", 8, "nothing listens on this port"),
        ("owner@nohost.invalid/x", 8, "its name cannot be resolved"),
        ("owner@/x?host=/nonexistent", 8, "no server listens on this socket"),
        ("owner@127.0.0.1:1/x?foo=canary", 2, "malformed"),
        ("owner@127.0.0.1:1/x?sslmode=canary", 2, "invalid value"),
        ("owner@127.0.0.1:1/x?connect_timeout=canary", 2, "invalid value"),
        ("/x?service=nosuch", 2, "no such service"),
    ],
)
@pytest.mark.parametrize("line", [("list",), ("init",), ("doctor",)])
def test_why_no_server_is_there_is_one_sentence(run, monkeypatch, line, parts, code, words):
    monkeypatch.setenv("CONNECTORS_STORE", f"postgresql://{parts}")
    done = run(*line)
    assert words in done.out + done.err, done.err
    assert done.code == (1 if line == ("doctor",) else code), done.err
    for leak in ("canary", "Traceback", "bug", "SQLSTATE", "OperationalError"):
        assert leak not in done.out + done.err


ADD_MEMBER = ("member", "add", "x", "--role", "viewer")


@pytest.mark.slow
def test_why_a_server_refuses_is_one_sentence(run, postgres, database, monkeypatch):
    assert run("init").code == 0
    postgres.execute(
        "CREATE ROLE shut NOLOGIN",
        "CREATE ROLE out LOGIN",
        f"REVOKE CONNECT ON DATABASE {database} FROM PUBLIC",
        "CREATE ROLE one LOGIN CONNECTION LIMIT 0",
        f"GRANT CONNECT ON DATABASE {database} TO one",
        "CREATE ROLE reader LOGIN",
        f"GRANT CONNECT ON DATABASE {database} TO reader",
    )
    postgres.execute(
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader",
        "INSERT INTO members SELECT tenant_id, 'reader', role, created_at FROM members",
        database=database,
    )
    refusals = (
        (postgres.url("nosuch"), ("list",), 5, "no such database"),
        (postgres.url(database, "nobody"), ("list",), 9, "no such user"),
        (postgres.url(database, "shut"), ("list",), 9, "does not let it log in"),
        (postgres.url(database, "out"), ("list",), 4, "does not let this user connect"),
        (postgres.url(database, "one"), ("list",), 8, "too many connections"),
        (postgres.url(database) + "?sslmode=require", ("list",), 8, "does not offer TLS"),
        (postgres.url(database) + "?options=-cnosuch%3D1", ("list",), 2, "invalid value"),
        (postgres.url(database, "reader"), ADD_MEMBER, 4, "does not permit"),
    )
    for url, line, code, words in refusals:
        monkeypatch.setenv("CONNECTORS_STORE", url)
        done = run(*line)
        assert (done.code, words in done.err) == (code, True), (url, done.err)
        assert "SQLSTATE" not in done.err


@pytest.mark.slow
def test_a_read_only_server_says_so(run, postgres, database):
    assert install(run, "blog").code == 0
    postgres.execute(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    assert run("list", "-o", "names").out == "blog\n"
    done = run("edit", "blog", "--tag", "x")
    assert (done.code, "is read-only: a standby" in done.err) == (1, True)
    found = {f["check"]: f for f in json.loads(run("doctor", "--json").out)["results"]}
    assert found["writing"]["state"] == "warning"
    assert "default_transaction_read_only" in found["writing"]["message"]
    assert found["server"]["state"] == "ok"


@pytest.mark.slow
def test_a_locked_row_is_waited_for_no_longer_than_in_sqlite(run, postgres, database, monkeypatch):
    assert install(run, "blog").code == 0
    for name in ("lock_timeout", "statement_timeout"):
        assert _setting(postgres.url(database), name) == {"lock_timeout": "30s"}.get(name, "5min")
    monkeypatch.setenv("PGOPTIONS", "-c lock_timeout=300ms")
    assert _setting(postgres.url(database), "lock_timeout") == "300ms"
    with psycopg.connect(postgres.url(database)) as other:
        other.execute("UPDATE connectors SET version = version")
        other.execute("SELECT * FROM log_heads FOR UPDATE")
        for line in (("edit", "blog", "--tag", "x"), ("get", "blog", "username", "--reveal")):
            done = run(*line)
            assert (done.code, "was locked by another process for 30 s" in done.err) == (1, True)
            assert "try again" in done.err


def _setting(url: str, name: str) -> str:
    with server.connect(url) as connection:
        server.begin(connection)
        return connection.execute(f"SHOW {name}").fetchone()[0]


@pytest.mark.slow
def test_a_cancelled_statement_and_an_ended_connection_are_named(postgres, database, run):
    assert run("init").code == 0
    url = postgres.url(database)
    db = database_module.open_for_appending(url)
    db.one("SELECT 1")
    with pytest.raises(StoreError, match="cancelled a statement"):
        db.one("SET LOCAL statement_timeout = 50; SELECT pg_sleep(5)")
    db.connection.rollback()
    db.one("SELECT 1")
    postgres.execute(_terminate(database))
    with pytest.raises(StoreError, match="the server ended the connection") as told:
        db.one("SELECT 1")
    assert told.value.exit_code == 8


def _terminate(database: str) -> str:
    return (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        f" WHERE datname = '{database}' AND pid <> pg_backend_pid()"
    )


@pytest.mark.slow
def test_a_commit_without_an_answer_is_said_to_be_doubtful(postgres, database, run):
    assert run("init").code == 0
    db = database_module.open_for_appending(postgres.url(database))
    db.write("INSERT INTO store_meta (key, value) VALUES (?, ?)", [("a", "b")])
    postgres.execute(_terminate(database))
    with pytest.raises(StoreError, match="not known whether it was saved") as told:
        db.connection.commit()
    assert (told.value.exit_code, "connectors log" in told.value.hint) == (8, True)


@pytest.mark.slow
def test_a_users_own_schema_does_not_shadow_the_store(run, postgres, database, monkeypatch):
    assert run("init").code == 0
    name = f"u{database[:20]}"
    postgres.execute(
        f"CREATE ROLE {name} LOGIN",
        f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {name}",
        f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {name}",
        f"CREATE SCHEMA {name} AUTHORIZATION {name}",
        f"CREATE TABLE {name}.members AS SELECT * FROM public.members",
        f"UPDATE {name}.members SET principal = '{name}'",
        f"GRANT ALL ON {name}.members TO {name}",
        database=database,
    )
    monkeypatch.setenv("CONNECTORS_STORE", postgres.url(database, name))
    assert json.loads(run("whoami", "--json").out)["principal"] == name
    assert run("list").code == 5
    assert run("edit", "nothing", "--tag", "x").code == 5
    # A schema that the path names is the store's, whoever has its name.
    monkeypatch.setenv(
        "CONNECTORS_STORE", postgres.url(database, name) + f"?options=-csearch_path%3D{name}"
    )
    done = run("init")
    assert (done.code, "members" in done.err, "of other programs" in done.err) == (1, True, True)


@pytest.mark.slow
def test_two_schemas_of_one_database_are_two_stores(run, postgres, database, monkeypatch):
    postgres.execute("CREATE SCHEMA a", "CREATE SCHEMA b", database=database)
    for schema in ("a", "b"):
        url = postgres.url(database) + f"?options=-csearch_path%3D{schema}"
        monkeypatch.setenv("CONNECTORS_STORE", url)
        assert install(run, f"blog-{schema}").code == 0
        assert run("list", "-o", "names").out == f"blog-{schema}\n"
        assert f"schema {schema}" in run("doctor").out


@pytest.mark.slow
def test_the_principal_is_whom_the_server_authenticated(run, postgres, database, monkeypatch):
    """Not whom a pooler, or PGUSER, says."""
    assert run("init").code == 0
    with server.connect(postgres.url(database)) as connection:
        connection.execute("CREATE ROLE somebody; SET ROLE somebody")
        db = database_module.Database(connection, "postgresql", "the store")
        assert db.principal == "owner"
        connection.rollback()
        connection.execute("RESET ROLE; DROP ROLE somebody")


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_of_another_encoding_is_refused(run, postgres, monkeypatch, encoding):
    name = postgres.create(f"ENCODING '{encoding}' TEMPLATE template0 LOCALE 'C'")
    monkeypatch.setenv("CONNECTORS_STORE", postgres.url(name))
    done = run("init")
    assert (done.code, f"has the encoding {encoding}" in done.err) == (1, True), done.err
    assert run("list").code == 5
    postgres.drop(name)


@pytest.mark.slow
def test_foreign_tables_and_missing_rights_are_seen_before_anything_is_created(
    run, postgres, database, monkeypatch
):
    postgres.execute("CREATE TABLE events (x int)", database=database)
    done = run("init")
    assert (done.code, "tables of other programs" in done.err, "events" in done.err) == (1, 1, 1)
    postgres.execute("DROP TABLE events", f"CREATE ROLE plain_{database} LOGIN", database=database)
    monkeypatch.setenv("CONNECTORS_STORE", postgres.url(database, f"plain_{database}"))
    done = run("init")
    assert (done.code, "GRANT CREATE ON SCHEMA public" in done.err) == (4, True), done.err


def _at_once(count: int, *line: str) -> list[tuple[int, str]]:
    def one(_: int) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "connectors_cli", *line],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


@pytest.mark.slow
def test_of_many_that_install_a_name_one_does(run, database):
    assert run("init").code == 0
    done = _at_once(4, *INSTALL, "blog")
    assert sorted(code for code, _ in done) == [0, 6, 6, 6], done
    assert all("is taken" in told for code, told in done if code)


@pytest.mark.slow
def test_all_of_many_that_install_or_update_a_name_do(run, database, tmp_path: Path):
    assert run("init").code == 0
    assert [code for code, _ in _at_once(4, *INSTALL, "blog", "--upsert")] == [0] * 4
    file = tmp_path / "many.yaml"
    auth = "auth: {username: a, application_password: $env:BLOG_PASSWORD}"
    kind = "type: wordpress, config: {site_url: 'https://blog.example.com'}"
    lines = (f"- {{name: c{n}, {kind}, {auth}}}" for n in range(20))
    file.write_text("\n".join(["connectors:", *lines]))
    done = _at_once(4, "apply", "--file", str(file))
    assert [code for code, _ in done] == [0] * 4, done
    assert sum("20 created" in told for _, told in done) == 1, done
    assert run("log", "--verify").code == 0


@pytest.mark.slow
def test_a_verified_server_is_reached_and_another_one_is_not(run, tmp_path, monkeypatch):
    """0.0.0.0 leads to this machine, too, but is not one of its names."""
    authority = trustme.CA()
    files = {name: tmp_path / name for name in ("cert", "key", "root")}
    issued = authority.issue_cert("0.0.0.0")
    for name, blobs in (
        ("cert", issued.cert_chain_pems),
        ("key", [issued.private_key_pem]),
    ):
        files[name].write_bytes(b"".join(blob.bytes() for blob in blobs))
    authority.cert_pem.write_to_path(str(files["root"]))
    programs = postgres_server.programs() or pytest.skip("needs PostgreSQL")
    with postgres_server.serving_tls(programs, files["cert"], files["key"]) as served:
        url = f"postgresql://owner@0.0.0.0:{served.port}/postgres"
        monkeypatch.setenv("CONNECTORS_STORE", url)
        done = run("list")
        assert (done.code, "cannot be verified" in done.err) == (8, True), done.err
        assert run("list", "--allow-insecure-store").code == 5
        monkeypatch.setenv("CONNECTORS_STORE", f"{url}?sslrootcert={files['root']}")
        assert install(run, "blog").code == 0
        assert "TLS, server verified" in run("doctor").out
        monkeypatch.setenv("CONNECTORS_STORE", f"{url}?sslmode=disable")
        told = run("doctor", "--allow-insecure-store").out
        assert "not verified" in told


@pytest.mark.slow
@pytest.mark.parametrize("line", [("targets", "--json"), ("list", "--json"), ("show", "blog")])
def test_a_read_takes_three_round_trips(run, postgres, database, line):
    assert install(run, "blog").code == 0
    postgres.execute(f"ALTER DATABASE {database} SET log_statement = 'all'")
    log = Path(postgres.folder, "log")
    before = log.stat().st_size
    assert run(*line).code == 0
    with log.open() as file:
        file.seek(before)
        asked = re.findall("LOG:  (statement|execute)", file.read())
    assert len(asked) <= 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "connections", "statements"),
    [
        ((*INSTALL, "new"), 2, 34),
        (("edit", "blog", "--tag", "eu"), 1, 27),
        (("remove", "blog"), 1, 36),
        (("validate", "blog"), 1, 15),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else str(value),
)
def test_a_command_keeps_its_connection(run, postgres, database, line, connections, statements):
    assert install(run, "blog").code == 0
    postgres.execute(
        f"ALTER DATABASE {database} SET log_statement = 'all'",
        "ALTER SYSTEM SET log_connections = on",
        "SELECT pg_reload_conf()",
    )
    log = Path(postgres.folder, "log")
    time.sleep(0.2)
    before = log.stat().st_size
    try:
        assert run(*line).code == 0
        with log.open() as file:
            file.seek(before)
            said = file.read()
    finally:
        postgres.execute("ALTER SYSTEM RESET log_connections", "SELECT pg_reload_conf()")
    assert len(re.findall("LOG:  connection authorized", said)) <= connections
    assert len(re.findall("LOG:  (?:statement|execute)", said)) <= statements


@pytest.mark.slow
def test_rows_have_the_time_of_the_server(run, postgres, database, monkeypatch):
    real = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: real() + 7 * 86_400 * 10**9)
    assert install(run, "blog").code == 0
    assert run("edit", "blog", "--tag", "eu").code == 0
    assert run("remove", "blog").code == 0
    with psycopg.connect(postgres.url(database)) as connection:
        sql = "SELECT created_at, updated_at, deleted_at FROM connectors"
        times = connection.execute(sql).fetchone()
        (now,) = connection.execute("SELECT now()").fetchone()
    assert all(moment <= now for moment in times)


@pytest.fixture
def pooled(
    postgres, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """The store through PgBouncer in transaction mode, with two connections for all."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        skip_without("pgbouncer (package pgbouncer)")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    users, config = tmp_path / "users", tmp_path / "pgbouncer.ini"
    users.write_text('"owner" ""\n')
    config.write_text(
        f"[databases]\n{database} = host=127.0.0.1 port={postgres.port}\n[pgbouncer]\n"
        f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = trust\n"
        f"auth_file = {users}\npool_mode = transaction\ndefault_pool_size = 2\n"
    )
    tmp_path.chmod(0o755)
    as_user = ["-u", "nobody"] if os.geteuid() == 0 else []
    if as_user:
        for folder in (*tmp_path.parents, tmp_path):
            if folder.is_relative_to(tempfile.gettempdir()) and folder != Path("/tmp"):
                folder.chmod(folder.stat().st_mode | 0o055)
    process = subprocess.Popen([program, "-q", *as_user, str(config)], stderr=subprocess.DEVNULL)
    url = f"postgresql://owner@127.0.0.1:{port}/{database}"
    monkeypatch.setenv("CONNECTORS_STORE", url)
    _wait_for(port)
    yield url
    process.terminate()
    process.wait(30)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.1)
    pytest.fail("pgbouncer does not listen")


@pytest.mark.slow
def test_a_pooler_in_transaction_mode_serves_readers_and_writers(run, pooled, postgres, database):
    for number in range(8):  # a driver that prepares does so after five
        assert install(run, f"c{number}").code == 0
    done = _at_once(4, "edit", "c0", "--tag", "x")
    assert [code for code, _ in done] == [0] * 4, done
    assert len(run("list", "-o", "names").out.split()) == 8
    assert run("export", "--all").code == 0
    assert run("log", "--verify").code == 0
    with server.connect(pooled) as connection:  # nothing of a transaction stays in its session
        assert connection.execute("SHOW search_path").fetchone() == ('"$user", public',)
        assert connection.execute("SHOW lock_timeout").fetchone() == ("0",)
