"""What a role may not do, and what a dry run only shows: both leave the store as it is."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from connectors_cli.vault.seal import new_key
from figures import Family, Row, row
from homes import KEY, Home

STOCK = 5
ROLES = ("owner", "admin", "member", "viewer")
PASSPHRASE = ("--passphrase", "env:PASSPHRASE")
SECRET = ("-S", "integration_token=env:NEW")
OTHER_USER, NOT_PERMITTED, NOT_FOUND = 1, 4, 5
Line = tuple[object, ...]
LEAST: dict[Line, str] = {
    ("get", "c0", "integration_token", "--reveal"): "member",
    ("run", "c0", "--", "true"): "member",
    ("env", "c0"): "member",
    ("test", "c0", "--timeout", "1s"): "member",
    ("install", "medium", "-N", "new", *SECRET, "--yes"): "admin",
    ("edit", "c0", *SECRET): "admin",
    ("edit", "c0", "--tag", "x"): "admin",
    ("edit", "c0", "--deactivate"): "admin",
    ("remove", "c0"): "admin",
    ("remove", "c0", "--purge", "--yes"): "admin",
    ("restore", "gone"): "admin",
    ("export", "--all", "--secrets", "plain", "--yes"): "admin",
    ("export", "--all", "--secrets", "sealed", "--to", "LEFT", *PASSPHRASE): "admin",
    ("apply", "--allow-plain", "--yes", "-f", "FILE"): "admin",
    ("apply", "--allow-commands", "--yes", "-f", "COMMANDS"): "admin",
    ("edit", "c0", "--allow-commands", "-f", "COMMAND"): "admin",
    ("import", "BUNDLE", "--on-conflict", "overwrite", "--yes"): "admin",
    ("credentials", "reset", "c0", "--yes"): "admin",
    ("catalog", "add", "TYPE", "--key", "own"): "admin",
    ("credentials", "accept", "c0", "--yes"): "owner",
    ("key", "rotate"): "owner",
    ("key", "prune", "--yes"): "owner",
    ("key", "export", "--to", "LEFT", *PASSPHRASE): "owner",
    ("key", "move", "--to", "file", "--file", "LEFT", "--yes"): "owner",
    ("member", "add", "mallory", "--role", "owner"): "owner",
    ("tenant", "remove", "default", "--confirm", "default"): "owner",
    ("backup", "LEFT"): "owner",
    ("restore", "--from", "COPY", "--yes"): "owner",
}
"""Each command, and the least role that may do it."""
DRY: tuple[Line, ...] = (
    ("install", "medium", "-N", "new", *SECRET, "--yes"),
    ("edit", "c0", *SECRET, "--tag", "x"),
    ("remove", "c0"),
    ("remove", "c0", "--purge"),
    ("apply", "--allow-plain", "-f", "FILE"),
    ("apply", "--allow-commands", "-f", "COMMANDS"),
    ("edit", "c0", "--allow-commands", "-f", "COMMAND"),
    ("install", "medium", "-N", "new", "--yes", "--allow-commands", "-f", "COMMAND"),
    ("import", "BUNDLE", "--on-conflict", "overwrite"),
    ("credentials", "reset", "broken"),
    ("key", "rotate"),
    ("key", "prune"),
    ("tenant", "remove", "default"),
)


def figures(count: int, folder: Path) -> Iterator[Row]:
    """Try the commands beyond each role, one in `count` of them; and every dry run."""
    made = _made(folder / "made")
    yield roles(made, count, folder / "roles")
    yield strangers(made, count, folder / "strangers")
    yield neighbours(made, folder / "neighbours")
    yield dry_runs(made, folder / "dry")
    yield foreign_keys(made, folder / "keys")
    yield namesakes(made, count, folder / "namesakes")


def _made(folder: Path) -> Home:
    keys = [new_key().text for _ in range(4)]
    home = Home(folder, NEW="another-token", PASSPHRASE="correct horse", **{KEY: keys[-1]})
    home.fill(STOCK)
    home.environ[KEY] = home.given[KEY] = ",".join(keys)
    home.must("init", "-t", "other")
    home.must("key", "rotate")
    home.must("install", "medium", "-N", "gone", *SECRET, "--yes")
    home.must("remove", "gone")
    home.must("backup", folder / "copy.db")
    exported = ("export", "--all", "--secrets", "plain", "--yes", "--to", folder / "bundle.json")
    home.must(*exported)
    home.must("install", "medium", "-N", "broken", *SECRET, "--yes")
    home.query("UPDATE connectors SET auth_mac = 'x' WHERE name = 'broken'")
    (folder / "type.json").write_text('{"properties": {"url": {"type": "string"}}}')
    home.declare([{"name": "c0", "type": "medium", "auth": {"integration_token": "another-token"}}])
    _with_commands(home)
    return home


def _with_commands(home: Home) -> None:
    """Write files of connectors whose command leaves a file, `ran`, next to them."""
    auth = {"integration_token": {"cmd": f"sh -c 'touch {home.folder}/ran; echo another-token'"}}
    for name, document in {
        "command.json": {"auth": auth},
        "commands.json": {
            "owner": "faults",
            "connectors": [{"name": "c0", "type": "medium", "auth": auth}],
        },
    }.items():
        (home.folder / name).write_text(json.dumps(document))
        (home.folder / name).chmod(0o600)


def _has_run(made: Home) -> bool:
    """Return whether a command of the files has run since this was last asked."""
    ran = made.folder / "ran"
    found = ran.exists()
    ran.unlink(missing_ok=True)
    return found


def _filled(line: Line, made: Home, home: Home) -> Line:
    words = {
        "LEFT": home.folder / "left",
        "FILE": made.folder / "declared.json",
        "COMMAND": made.folder / "command.json",
        "COMMANDS": made.folder / "commands.json",
        "BUNDLE": made.folder / "bundle.json",
        "TYPE": made.folder / "type.json",
        "COPY": made.folder / "copy.db",
    }
    return tuple(words.get(str(word), word) for word in line)


def roles(made: Home, step: int, folder: Path) -> Row:
    """Try every command with the role just below the least one that may do it."""
    never = ("permitted", "store changed", "values told", "not recorded", "commands run")
    found: Counter[str] = Counter(dict.fromkeys(("refused", *never), 0))
    lines = list(LEAST.items())[::step]
    for line, least in lines:
        home = made.copy(folder)
        below = ROLES[ROLES.index(least) + 1]
        home.query("UPDATE members SET role = ? WHERE tenant_id = 'default'", below)
        _try(found, made, home, line, NOT_PERMITTED)
        refusals = "SELECT COUNT(*) FROM events WHERE outcome = 'not_permitted'"
        found["not recorded"] += home.query(refusals) == [(0,)]
        found["commands run"] += _has_run(made)
        home.remove()
    return row("commands beyond a role", len(lines), found, never)


def strangers(made: Home, step: int, folder: Path) -> Row:
    """Try every command in a tenant without being its member: it seems not to exist."""
    never = ("permitted", "store changed", "values told")
    found: Counter[str] = Counter(dict.fromkeys(("refused", *never), 0))
    lines = list(LEAST)[::step]
    for line in lines:
        home = made.copy(folder)
        home.query("DELETE FROM members WHERE tenant_id = 'default'")
        _try(found, made, home, line, NOT_FOUND)
        home.remove()
    return row("commands in a tenant of others", len(lines), found, never)


def _try(found: Counter[str], made: Home, home: Home, line: Line, code: int) -> None:
    before = stored(home)
    done = home.run(*_filled(line, made, home))
    found["refused" if done.code == code else "permitted"] += 1
    found["store changed"] += stored(home) != before
    told = done.out + done.err
    found["values told"] += "token-of-c" in told or (home.folder / "left").exists()


def neighbours(made: Home, folder: Path) -> Row:
    """Read everything of one tenant: nothing of another one is in it."""
    never = ("told of another tenant", "failed")
    found: Counter[str] = Counter(dict.fromkeys(("read", *never), 0))
    home = made.copy(folder)
    hidden = ("install", "medium", "-N", "hidden", *SECRET, "--activate", "--yes", "-t", "other")
    home.must(*hidden)
    for line in OWN:
        done = home.run(*line)
        found["failed"] += done.code != 0
        found["told of another tenant" if "hidden" in done.out + done.err else "read"] += 1
    for line in OTHERS:
        done = home.run(*line)
        found["told of another tenant" if done.code == 0 else "read"] += 1
    home.remove()
    return row("reads next to another tenant", len(OWN) + len(OTHERS), found, never)


OWN: tuple[Line, ...] = (
    ("list", "--json"),
    ("list", "--status", "active", "--json"),
    ("targets", "--json"),
    ("targets", "--type", "medium", "--json"),
    ("log", "--json"),
    ("stats", "--json"),
    ("auth", "status", "--all", "--json"),
    ("export", "c0", "c1", "--secrets", "plain", "--yes"),
    ("export", "--all", "--json"),
)
OTHERS: tuple[Line, ...] = (
    ("show", "hidden"),
    ("get", "hidden", "integration_token", "--reveal"),
    ("run", "hidden", "--", "true"),
    ("env", "hidden"),
    ("edit", "hidden", "--tag", "x"),
    ("remove", "hidden"),
    ("export", "hidden", "--secrets", "plain", "--yes"),
)


def dry_runs(made: Home, folder: Path) -> Row:
    """Run with --dry-run what would change the store: nothing is changed or recorded."""
    never = ("store changed", "recorded", "failed", "commands run")
    found: Counter[str] = Counter(dict.fromkeys(("done", *never), 0))
    for line in DRY:
        home = made.copy(folder)
        before, events = stored(home), home.query("SELECT COUNT(*) FROM events")
        done = home.run(*_filled(line, made, home), "--dry-run")
        found["failed" if done.code else "done"] += 1
        found["store changed"] += stored(home) != before
        found["recorded"] += home.query("SELECT COUNT(*) FROM events") != events
        found["commands run"] += _has_run(made)
        home.remove()
    return row("dry runs", len(DRY), found, never)


def namesakes(made: Home, step: int, folder: Path) -> Row:
    """Try every command as a user who got the name of the owner: the store knows another number."""
    never = ("permitted", "store changed", "values told")
    found: Counter[str] = Counter(dict.fromkeys(("refused", *never), 0))
    lines = list(LEAST)[::step]
    for line in lines:
        home = made.copy(folder)
        home.query("UPDATE store_meta SET key = key || '4242' WHERE key LIKE 'uid:%'")
        _try(found, made, home, line, OTHER_USER)
        home.remove()
    return row("commands as another user of a name", len(lines), found, never)


def foreign_keys(made: Home, folder: Path) -> Row:
    """Make the key of another tenant the active one: nothing is sealed with it."""
    never = ("done", "sealed with it", "called a bug")
    found: Counter[str] = Counter(dict.fromkeys(("refused", *never), 0))
    [(foreign,)] = made.query("SELECT id FROM keys WHERE tenant_id = 'other'")
    lines = (
        ("install", "medium", "-N", "new", *SECRET, "--yes"),
        ("edit", "c0", *SECRET),
        ("apply", "--allow-plain", "--yes", "-f", made.folder / "declared.json"),
        ("key", "rotate"),
    )
    for line in lines:
        home = made.copy(folder)
        home.query("UPDATE keys SET state = 'retiring' WHERE tenant_id = 'default'")
        home.query("UPDATE keys SET tenant_id = 'default', state = 'active' WHERE id = ?", foreign)
        done = home.run(*line)
        found["refused" if done.code else "done"] += 1
        found["called a bug"] += "this is a bug" in done.err
        sealed = "SELECT COUNT(*) FROM connectors WHERE key_id = ?"
        found["sealed with it"] += home.query(sealed, foreign) != [(0,)]
        home.remove()
    return row("keys of another tenant made active", len(lines), found, never)


def stored(home: Home) -> dict[str, list[tuple]]:
    """Return the rows of every table but the log and the leases."""
    tables = home.query("SELECT name FROM sqlite_master WHERE type = 'table'")
    own = {name for (name,) in tables} - {"events", "log_heads", "leases"}
    return {name: home.query(f"SELECT * FROM {name} ORDER BY 1") for name in sorted(own)}


FAMILY = Family("permissions", figures, full=1, short=6)
