"""A type of one's own that signs in at the tests' authorization server, and connectors of it."""

import json
import os
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from authorization_server import CLIENT_ID, CLIENT_SECRET, AuthorizationServer, entry_for

BROWSER = f"{sys.executable} {Path(__file__).parent / 'browser.py'} %s"
_KEPT = ("key", "name", "description", "category", "icon", "auth_type", "capabilities")
_SCHEMAS = ("config_schema", "auth_schema", "oauth", "probe")
PROBE = {
    "protocol": "https",
    "method": "GET",
    "url": "{config.server_url}/me",
    "send": {"as": "bearer", "value": "{auth.access_token}"},
    "expect_status": 200,
    "identity": {"id": "id", "label": "id"},
}


def add_type(run: Any, server: AuthorizationServer, **oauth: Any) -> None:
    """Add the type `example` to the store."""
    entry = replace(
        entry_for(server, **oauth),
        description="Signs in for tests.",
        capabilities={"post_text": True},
        probe=PROBE,
    )
    file = Path(os.environ["CONNECTORS_HOME"]).parent / "example.json"
    file.write_text(json.dumps({name: getattr(entry, name) for name in (*_KEPT, *_SCHEMAS)}))
    done = run("catalog", "add", file)
    assert done.code == 0, done.err


def install(run: Any, server: AuthorizationServer, name: str, *more: str) -> Any:
    """Install a connector of it, active; the result of the line."""
    os.environ["CLIENT_SECRET"] = CLIENT_SECRET
    return run(
        *("install", "example", "--name", name, "--activate"),
        *("--set", f"server_url={server.url}", "--set", f"client_id={CLIENT_ID}"),
        *("--secret", "client_secret=env:CLIENT_SECRET", *more),
    )


def column(name: str, field: str = "auth_expires_at") -> Any:
    """A column of a connector's row."""
    with store() as db:
        query = f"SELECT {field} FROM connectors WHERE name = ?"
        (value,) = db.execute(query, (name,)).fetchone()
    return value


def end_soon(name: str = "news", at: str = "2001-01-01T00:00:00.000000Z") -> None:
    """Let a connector's token end at a moment; this one is past."""
    with store() as db:
        db.execute("UPDATE connectors SET auth_expires_at = ? WHERE name = ?", (at, name))
        db.commit()


def store() -> Any:
    return closing(sqlite3.connect(Path(os.environ["CONNECTORS_HOME"]) / "store.db"))


def token(run: Any, name: str = "news") -> str:
    """A connector's access token, as whoever uses it gets it."""
    found: str = run("get", name, "access_token", "--reveal").out.strip()
    return found


def shown(run: Any, name: str = "news") -> Any:
    """A connector as `show` has it."""
    return json.loads(run("show", name, "--json").out)
