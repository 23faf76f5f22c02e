"""A custom type that signs in at the tests' authorization server, and its connectors."""

import json
import os
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from support.oauth_server import CLIENT_ID, CLIENT_SECRET, AuthorizationServer, entry_for
from support.stores import connect, reseal

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


def add_type(run: Any, **oauth: Any) -> None:
    """Add the type `example` to the store."""
    done = run("catalog", "add", write_type(Path(os.environ["CONNECTORS_HOME"]).parent, **oauth))
    assert done.code == 0, done.err


def write_type(folder: Path, **oauth: Any) -> Path:
    """Write the type `example` to a file; its path."""
    entry = entry_for(**oauth).replaced(
        description="Signs in for tests.",
        capabilities={"post_text": True},
        probe=PROBE,
    )
    file = folder / "example.json"
    file.write_text(json.dumps({name: getattr(entry, name) for name in (*_KEPT, *_SCHEMAS)}))
    return file


def install(run: Any, server: AuthorizationServer, name: str, *more: str) -> Any:
    """Install an active connector of the type; return the result of the command."""
    os.environ["CLIENT_SECRET"] = CLIENT_SECRET
    return run(
        *("install", "example", "--name", name, "--activate"),
        *("--set", f"server_url={server.url}", "--set", f"client_id={CLIENT_ID}"),
        *("--secret", "client_secret=env:CLIENT_SECRET", *more),
    )


def column(name: str, field: str = "auth_expires_at") -> Any:
    """Return a column of a connector's row."""
    with store() as db:
        query = f"SELECT {field} FROM connectors WHERE name = ?"
        (value,) = db.execute(query, (name,)).fetchone()
    if isinstance(value, datetime):  # as a server returns it
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return value


def end_soon(name: str = "news", at: str = "2001-01-01T00:00:00.000000Z") -> None:
    """Set when a connector's token expires, by default in the past."""
    with store() as db:
        db.execute("UPDATE connectors SET auth_expires_at = ? WHERE name = ?", (at, name))
        reseal(db, name)
        db.commit()


def store() -> Any:
    return closing(connect())


def token(run: Any, name: str = "news") -> str:
    """Return a connector's access token, as `get --reveal` prints it."""
    found: str = run("get", name, "access_token", "--reveal").out.strip()
    return found


def shown(run: Any, name: str = "news") -> Any:
    """Return a connector as `show --json` prints it."""
    return json.loads(run("show", name, "--json").out)
