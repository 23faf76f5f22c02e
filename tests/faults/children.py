"""Programs that commands start get no key, and what they and services print is masked."""

import base64
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from figures import Family, Row, row
from homes import KEY, Home
from support.http_server import Reply, Web

PASSWORD = "canary-password"
FORMS = (PASSWORD, *(base64.b64encode(f"{head}{PASSWORD}".encode()).decode()[4:-4] for head in
                     ("", "alice:")))  # fmt: skip
_VALUE = '"$CONNECTOR_APPLICATION_PASSWORD"'
ECHOES = (
    f"printf %s {_VALUE}",
    f"printf %s {_VALUE} >&2",
    "p=$CONNECTOR_APPLICATION_PASSWORD; printf %s ${p%??????}; sleep 0.1; printf %s ${p#?????????}",
    f"printf %s {_VALUE} | base64",
    f"printf alice:%s {_VALUE} | base64",
    f"printf 'x %s' {_VALUE}; exit 3",
    f"printf '%s\\n%s\\n' {_VALUE} {_VALUE}",
)


def figures(count: int, folder: Path) -> Iterator[Row]:
    """Start programs in every way that can; let them, and a service, repeat a secret."""
    with Web(_repeat) as site:
        home = Home(folder / "made", P=PASSWORD)
        home.must("init")
        values = ("-s", f"site_url={site.url}", "-s", "username=alice")
        secret = ("-S", "application_password=env:P")
        home.must("install", "wordpress", "-N", "blog", *values, *secret, "--activate")
        yield environments(home)
        yield masks(home)
        yield repeated(home)


def _repeat(asked: object) -> Reply:
    """Answer with an error that quotes the credentials, as careless services do."""
    header = asked.headers["Authorization"] or ""  # type: ignore[attr-defined]  # a request
    plain = base64.b64decode(header.partition(" ")[2]).decode()
    return Reply(403, {"code": "denied", "message": f"{plain} may not ({header})"}, {"X-Me": plain})


def environments(home: Home) -> Row:
    """Start programs, and look for the key and the store's address in their environments."""
    never = ("key handed on", "store handed on", "not started")
    found: Counter[str] = Counter(dict.fromkeys(("clean", *never), 0))
    left, tools = home.folder / "left", home.folder / "tools"
    show = f"printenv > {left}"
    (tools).mkdir()
    (tools / "git").write_text(f"#!/bin/sh\n{show}\n")
    (tools / "git").chmod(0o700)
    path = f"{tools}:{home.environ['PATH']}"
    lines: tuple[tuple[tuple[str, ...], dict[str, str]], ...] = (
        (("run", "blog", "--mask", "never", "--", "sh", "-c", show), {}),
        (("run", "blog", "--mask", "always", "--", "sh", "-c", show), {}),
        (("run", "blog", "--clean-env", "--", "sh", "-c", show), {}),
        (("edit", "blog", "-S", f"application_password=cmd:sh -c '{show}; echo {PASSWORD}'"), {}),
        (("edit", "blog", "--tag", "x"), {"PATH": path, "CONNECTORS_USER_EMAIL": ""}),
    )
    for line, environ in lines:
        left.unlink(missing_ok=True)
        home.run(*line, CONNECTORS_STORE=str(home.path), **environ)
        told = left.read_text() if left.exists() else None
        found["not started"] += told is None
        found["key handed on"] += home.environ[KEY] in (told or "")
        found["store handed on"] += "CONNECTORS_STORE" in (told or "")
        found["clean"] += told is not None and home.environ[KEY] not in told
    return row("environments of programs that are started", len(lines), found, never)


def masks(home: Home) -> Row:
    """Run programs that print a credential, in parts, encoded, at the end and as an error."""
    never = ("told", "another exit code")
    found: Counter[str] = Counter(dict.fromkeys(("masked", *never), 0))
    for echo in ECHOES:
        done = home.run("run", "blog", "--", "sh", "-c", echo)
        found["told" if _tells(done.out + done.err) else "masked"] += 1
        found["another exit code"] += done.code != (3 if "exit 3" in echo else 0)
    return row("programs that print a credential", len(ECHOES), found, never)


def repeated(home: Home) -> Row:
    """Test a connector whose service repeats its credentials: neither told nor kept."""
    never = ("told", "kept")
    found: Counter[str] = Counter(dict.fromkeys(("masked", *never), 0))
    levels: tuple[tuple[str, ...], ...] = ((), ("--verbose",), ("--json",))
    for level in levels:
        done = home.run("test", "blog", "--allow-http", *level)
        found["told" if _tells(done.out + done.err) else "masked"] += 1
    files = (file for file in home.path.parent.rglob("*") if file.is_file())
    found["kept"] = sum(_tells(file.read_bytes().decode("latin-1")) for file in files)
    return row("services that repeat credentials", len(levels), found, never)


def _tells(text: str) -> bool:
    joined = "".join(text.split())
    return any(form in joined for form in FORMS)


FAMILY = Family("children", figures, full=1, short=1)
