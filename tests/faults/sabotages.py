"""Ways to break the program, and the smallest setting of a family that must notice each.

`python tests/faults/sabotages.py NAME` breaks the program in that way and runs the setting.
"""

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import canaries
import children
import clocks
import columns
import drills
import files
import full_disk
import keyring_states
import kills
import layers
import leaving
import leftovers
import network
import permissions
import power
import races
import replays
import rotations
import starts
import tampering
import unexpected
import writers
from breaking import assign, rewrite
from figures import Family, Row
from homes import Home
from signed_in import signed_in
from support.http_server import Reply, Web
from support.secret_service import SecretService

VARIABLE = "FAULTS_SABOTAGE"
"""Names the sabotage for processes that are started, and not forked (see broken/)."""
Make = Callable[[Path], Iterator[Row]]
SEAL = "connectors_cli.vault.seal"
CONNECTIONS = "connectors_cli.store.read.connections"
PRIVATE_FILE = "connectors_cli.system.private_file"


@dataclass(frozen=True)
class Sabotage:
    """A broken program: how, where it is noticed, and the count that turns red.

    `red` is empty for one that breaks no promise.
    """

    name: str
    breaks: Callable[[], object]
    make: Make
    red: str


# The smallest settings.


def _sync_normally() -> None:
    rewrite(f"{CONNECTIONS}:connect_sqlite", '"synchronous=EXTRA"', '"synchronous=NORMAL"')
    # which empties the log, and so syncs it, after each edit of a store that is open elsewhere
    place = "connectors_cli.services.workspace:Workspace.note_if_read"
    rewrite(place, "not self.store.has_log()", "True")


def _power(folder: Path) -> Iterator[Row]:
    yield power._edits(power.WAYS[0], 60, folder)


def _power_files(folder: Path) -> Iterator[Row]:
    yield power._files(100, folder)


def _writers(folder: Path) -> Iterator[Row]:
    yield writers._written(8, 80, folder)


def _tampering(*names: str) -> Make:
    def make(folder: Path) -> Iterator[Row]:
        with Web(tampering._welcome) as site, Web(tampering._welcome) as thief:
            made = tampering._made(folder / "made", site.url)
            moves = [move for move in tampering.MOVES if any(name in move.sql for name in names)]
            yield tampering._moved("moves", moves[:2], made, folder / "moved", thief)

    return make


def _columns(column: str) -> Make:
    def make(folder: Path) -> Iterator[Row]:
        with signed_in(folder / "made") as place:
            _, name, changes = next(columns._changes(place.home))
            chosen = [change for change in changes if change.column == column]
            yield columns.altered("columns", name, chosen, place, folder / "altered")

    return make


def _types(folder: Path) -> Iterator[Row]:
    with signed_in(folder / "made") as place:
        for fault, name, changes in list(columns._changes(place.home))[1:]:
            chosen = [change for change in changes if change.column in {"probe", "auth_schema"}]
            yield columns.altered(fault, name, chosen[:3], place, folder / "altered")


def _layers(folder: Path) -> Iterator[Row]:
    with signed_in(folder / "made") as place:
        yield from layers.layers(place, folder / "layers")


def _replays(folder: Path) -> Iterator[Row]:
    with Web(tampering._welcome) as site:
        made = tampering._made(folder / "made", site.url)
        yield replays.older_rows(
            made, 3, folder, lambda home: tampering._tried(home, tampering.Move(""))
        )


def _logs(folder: Path) -> Iterator[Row]:
    with Web(tampering._welcome) as site:
        made = tampering._made(folder / "made", site.url)
        yield replays.logs(made, 20, folder)
        yield replays.log_columns(made, 3, folder)


def _times(folder: Path) -> Iterator[Row]:
    with Web(tampering._welcome) as site:
        yield replays.log_times(tampering._made(folder / "made", site.url), folder)


def _leaving(work: Callable[..., Row], *more: int) -> Make:
    def make(folder: Path) -> Iterator[Row]:
        with Web(lambda _: Reply(200, {"id": 7, "name": "Alice Example"})) as site:
            yield work(leaving._made(folder / "made", site.url), site, folder, *more)

    return make


def _unexpected(folder: Path) -> Iterator[Row]:
    yield unexpected.unexpected(canaries._made(folder / "made"), 2, folder / "unexpected")


def _leftovers(journal: str, *names: str) -> Make:
    def make(folder: Path) -> Iterator[Row]:
        cases = [case for case in leftovers.CASES if case.name in names]
        yield leftovers.searched(journal, cases, leftovers._made(folder / "made"), folder / "tried")

    return make


def _clocks(folder: Path) -> Iterator[Row]:
    yield from clocks.figures(1, folder)


def _starts(folder: Path) -> Iterator[Row]:
    service = SecretService()
    try:
        service.start(b"test")
        yield starts._raced(4, folder, service)
    finally:
        service.close()


def _drills(*names: str) -> Make:
    def make(folder: Path) -> Iterator[Row]:
        for name, drill in drills.DRILLS:
            if name in names:
                home = drills._home(folder / name.replace(" ", "-"))
                yield drills._drilled(name, drill, home, 5)

    return make


def _canaries(*lines: tuple[str, ...]) -> Make:
    def make(folder: Path) -> Iterator[Row]:
        yield canaries.forced(canaries._made(folder / "made"), lines)

    return make


def _kills(name: str) -> Make:
    def make(folder: Path) -> Iterator[Row]:
        for case in kills.cases(folder):
            if case.name.startswith(name):
                yield kills._killed(case, 12, folder)

    return make


def _rotated(folder: Path) -> Iterator[Row]:
    yield rotations._killed("WAL", 40, folder)


def _rotated_in_blocks(folder: Path) -> Iterator[Row]:
    yield rotations.ended_in_blocks(12, folder)


def _guarded(folder: Path) -> Iterator[Row]:
    yield rotations.guarded(folder)


def _full_disk(*commands: str) -> Make:
    def make(folder: Path) -> Iterator[Row]:
        yield full_disk.limited(folder, commands)

    return make


def _written(folder: Path) -> Iterator[Row]:
    made = Home(folder / "made", PASSPHRASE="correct horse battery")
    made.fill(files.STOCK)
    yield files.killed(made, 12, folder / "killed")


def _modes(folder: Path) -> Iterator[Row]:
    yield files.modes(folder / "modes")


def _altered_files(folder: Path) -> Iterator[Row]:
    made = Home(folder / "made", PASSPHRASE="correct horse battery")
    made.fill(files.STOCK)
    yield files.altered(made, 8, folder / "altered")


def _backups(folder: Path) -> Iterator[Row]:
    made = Home(folder / "made", PASSPHRASE="correct horse battery")
    made.fill(files.STOCK)
    yield files.backups(made, folder / "backups")


def _children(folder: Path) -> Iterator[Row]:
    yield from children.figures(1, folder)


def _dry(folder: Path) -> Iterator[Row]:
    yield permissions.dry_runs(permissions._made(folder / "made"), folder / "dry")


def _network(folder: Path) -> Iterator[Row]:
    yield from network.figures(1, folder)


def _migrated(folder: Path) -> Iterator[Row]:
    yield drills.migrated(folder / "migrated")


def _replaced(folder: Path) -> Iterator[Row]:
    yield drills.replaced(drills._home(folder / "replaced"))


def _foreign(folder: Path) -> Iterator[Row]:
    yield permissions.foreign_keys(permissions._made(folder / "made"), folder / "keys")


def _forged_sign_ins(folder: Path) -> Iterator[Row]:
    yield network.sign_ins(folder / "signed-in")


def _namesakes(folder: Path) -> Iterator[Row]:
    yield permissions.namesakes(permissions._made(folder / "made"), 6, folder / "namesakes")


def _read_meanwhile(folder: Path) -> Iterator[Row]:
    yield leftovers._read_meanwhile(leftovers._made(folder / "made"), folder / "read")


def _neighbours(folder: Path) -> Iterator[Row]:
    yield permissions.neighbours(permissions._made(folder / "made"), folder / "neighbours")


def _roles(work: Callable[..., Row]) -> Make:
    def make(folder: Path) -> Iterator[Row]:
        yield work(permissions._made(folder / "made"), 4, folder / "tried")

    return make


def _refreshes(folder: Path) -> Iterator[Row]:
    with signed_in(folder / "made") as place:
        place.server.rotates = True
        yield races.refreshes(place, 2)


def _allowed(folder: Path) -> Iterator[Row]:
    yield keyring_states.allowed(folder)


# Ways to break more than one place.


def _swallow_full_disk() -> None:
    place = "connectors_cli.store.write.transaction:transaction"
    rewrite(place, "raise connections.store_error", "return; raise connections.store_error")


def _lose_some() -> None:
    """Roll one change in ten back, and say that it is done."""
    lost = "transaction(commit=commit and __import__('random').random() >= 0.1,"
    place = "connectors_cli.services.workspace:Workspace.change"
    rewrite(place, "transaction(commit=commit,", lost)


def _write_in_place() -> None:
    place = f"{PRIVATE_FILE}:write"
    rewrite(
        place,
        "descriptor, named = _open(folder, part)",
        "descriptor, named = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), True",
    )
    rewrite(place, "rename(part, path, replace=replace)", "pass")


def _forget_needed_keys() -> None:
    place = "connectors_cli.services.keys.tenant_keys:prune"
    rewrite(place, "if key_id not in needed", "if True")
    rewrite(place, "if kept:", "if False:")


def _keep_deleted() -> None:
    rewrite(f"{CONNECTIONS}:connect_sqlite", '"secure_delete=ON"', '"secure_delete=OFF"')
    place = "connectors_cli.store.write.store:Store.checkpoint"
    rewrite(place, "if self.path is None:", "if True:")


def _load_any_keyring() -> None:
    place = "connectors_cli.vault.keyring"
    rewrite(f"{place}:_check_named", "if named and", "if False and")
    rewrite(f"{place}:_backend", "if named and", "if False and")
    assign(f"{place}:SECONDS", 30.0)


def _switch_first() -> None:
    """Make the new key the active one in a transaction of its own, before any row is resealed."""
    rewrite(
        "connectors_cli.services.keys.rotation:_switch",
        "    target = Cipher(key)\n",
        "    target = Cipher(key)\n"
        "    with ws.store.transaction() as db:\n"
        "        _set_state(db, ws.tenant, active_key_id(db, ws.tenant), 'retiring')\n"
        "        _set_state(db, ws.tenant, key.id, 'active')\n",
    )


def _changed_after_new() -> None:
    """Commit the new rows of an import before the changed ones."""
    rewrite(
        "connectors_cli.services.apply.apply:_write",
        '    for block in batched((s for s in steps if s.change == "update"), BLOCK):\n',
        "    db.connection.commit()\n"
        "    db.connection.execute('BEGIN IMMEDIATE')\n"
        '    for block in batched((s for s in steps if s.change == "update"), BLOCK):\n',
    )


def _id_before_tokens() -> None:
    """Commit the new key's id on rows before their tokens."""
    place = "connectors_cli.services.keys.reseal:Resealer.replace"
    rewrite(place, " AND key_id = ? AND auth_mac = ?", " AND ? <> '' AND auth_mac = ?")
    rewrite(
        place,
        "    tenant = self._ws.tenant\n",
        "    tenant, ids = self._ws.tenant, [(target.key.id, row.id) for row in rows]\n"
        "    self._db.write('UPDATE connectors SET key_id = ? WHERE id = ?', ids)\n"
        "    self._db.connection.commit()\n"
        "    self._db.connection.execute('BEGIN IMMEDIATE')\n",
    )


def _pass_on() -> None:
    rewrite("connectors_cli.system.environment:is_private", "return (", "return False and (")


def _note_values() -> None:
    """Write every value that is opened to a file in the home, for debugging."""
    rewrite(
        f"{SEAL}:Cipher.open",
        "return _value(self.unwrap(place, token))",
        "import os\n"
        "    found = _value(self.unwrap(place, token))\n"
        "    with open(os.path.join(os.environ['CONNECTORS_HOME'], 'debug'), 'a') as file:\n"
        "        file.write(f'{place} {found}\\n')\n"
        "    return found",
    )


def _no_lock() -> None:
    place = "connectors_cli.store.write.create:exclusive"
    rewrite(place, 'with FileLock(path + ".lock", timeout=LOCK_SECONDS, mode=0o600):', "if True:")


def _skip_event(place: str) -> Callable[[], None]:
    skipped = "with __import__('unittest.mock').mock.MagicMock()("
    return lambda: rewrite(place, "with gate.change(", skipped)


def _tell_first() -> None:
    rewrite(
        "connectors_cli.services.reveal:reveal_credential",
        "    with gate.change(",
        "    import sys\n"
        "    sys.stdout.write(as_text(value))\n"
        "    sys.stdout.flush()\n"
        "    with gate.change(",
    )


def _follow() -> None:
    rewrite(
        "connectors_cli.net.client:Client.send",
        "        response.request = request\n",
        "        if response.is_redirect:\n"
        "            to = response.headers['Location']\n"
        "            request = httpx2.Request(request.method, to, headers=request.headers)\n"
        "            response = await self._transport_via(None).handle_async_request(request)\n"
        "        response.request = request\n",
    )


def _forget_half() -> None:
    rewrite(
        "connectors_cli.services.export:_Counted.items",
        "for item in self._items:",
        "import itertools\n    for item in itertools.islice(self._items, 2):",
    )


FIRST_22 = (
    Sabotage(
        "NORMAL",
        _sync_normally,
        _power,
        "acknowledged lost",
    ),
    Sabotage(
        "BEGIN",
        lambda: rewrite(f"{CONNECTIONS}:begin_writing", "BEGIN IMMEDIATE", "BEGIN"),
        _writers,
        "locked",
    ),
    Sabotage(
        "row seal not checked",
        lambda: rewrite(f"{SEAL}:Cipher.check_row", "found = str(", "return\n    found = str("),
        _tampering("site_url"),
        "used all the same",
    ),
    Sabotage(
        "row seal without config",
        lambda: assign(f"{SEAL}:_COVERED_TEXTS", ("auth", "auth_fingerprints", "tags")),
        _columns("config"),
        "used all the same",
    ),
    Sabotage("exports straight to their name", _write_in_place, _written, "half files"),
    Sabotage("prune forgets needed keys", _forget_needed_keys, _guarded, "needed keys forgotten"),
    Sabotage(
        "get without its event",
        _skip_event("connectors_cli.services.reveal:reveal_credential"),
        _leaving(leaving.recorded),
        "left without an entry",
    ),
    Sabotage(
        "unexpected errors quote their text",
        lambda: rewrite(
            "connectors_cli.cli.boundary:_unexpected",
            'f"unexpected {type(error).__name__} at {where}"',
            'f"unexpected {type(error).__name__} at {where}: {error}"',
        ),
        _unexpected,
        "told",
    ),
    Sabotage(
        "deleted values stay",
        _keep_deleted,
        _leftovers("DELETE", "edit", "remove --purge"),
        "old tokens left",
    ),
    Sabotage(
        "no clock check",
        lambda: rewrite(f"{SEAL}:check_clock", "time.time() < 0", "False"),
        _clocks,
        "called a bug",
    ),
    Sabotage("no lock around making a store", _no_lock, _starts, "failed"),
    Sabotage("any keyring", _load_any_keyring, _allowed, "loaded"),
    Sabotage(
        "key export without the last key",
        lambda: rewrite(
            "connectors_cli.services.keys.move:export_keys",
            '{"form": form})\n',
            '{"form": form})\n    copied = copied[:-1]\n',
        ),
        _drills("key gone, typed in from paper"),
        "lost",
    ),
    Sabotage(
        "field seal not bound to its place",
        lambda: rewrite(f"{SEAL}:Cipher.unwrap", "or not hmac", "or False and not hmac"),
        _layers,
        "used all the same",
    ),
    Sabotage("rotation switches the key first", _switch_first, _rotated, ""),
    Sabotage(
        "log: hash of nothing",
        lambda: rewrite(
            "connectors_cli.vault.log_seals:hash_entry",
            'return hashlib.sha256(f"[{\',\'.join(texts)}]".encode("ascii")).hexdigest()',
            'return hashlib.sha256(b"").hexdigest()',
        ),
        _logs,
        "not named",
    ),
    Sabotage(
        "a refused source is repeated",
        lambda: rewrite(
            "connectors_cli.documents.references:read_source",
            "the value is not a source",
            "{source} is not a source",
        ),
        _canaries((*canaries.WORDPRESS, "-S", f"application_password={canaries.CANARY}")),
        "told",
    ),
    Sabotage(
        "opened values in a debug file",
        _note_values,
        _canaries(("edit", "blog", *canaries.PASSWORD, "--rename", "own")),
        "kept in a file",
    ),
    Sabotage(
        "import commits new rows first", _changed_after_new, _kills("import"), "secrets unreadable"
    ),
    Sabotage(
        "no journal",
        lambda: rewrite(
            f"{CONNECTIONS}:connect_sqlite",
            '"foreign_keys=ON",',
            '"foreign_keys=ON", "journal_mode=OFF",',
        ),
        _full_disk("edit", "import"),
        "earlier data changed",
    ),
    Sabotage(
        "a full disk is swallowed", _swallow_full_disk, _full_disk("edit"), "done and not there"
    ),
    Sabotage("new key's id before the tokens", _id_before_tokens, _rotated, "secrets unreadable"),
)
"""Of other people's attacks on `make faults`: most were once not noticed."""

OWN = (
    Sabotage("value told before its event", _tell_first, _leaving(leaving.unrecordable), "left"),
    Sabotage(
        "run and env without their event",
        _skip_event("connectors_cli.services.use:_Use.record"),
        _leaving(leaving.recorded),
        "left without an entry",
    ),
    Sabotage(
        "test without its event",
        lambda: rewrite("connectors_cli.services.checks.run:_record_use", "if used:", "if False:"),
        _leaving(leaving.recorded),
        "left without an entry",
    ),
    Sabotage(
        "export without its event",
        _skip_event("connectors_cli.services.export:_record"),
        _leaving(leaving.recorded),
        "left without an entry",
    ),
    Sabotage(
        "row seal without tags",
        lambda: assign(f"{SEAL}:_COVERED_TEXTS", ("config", "auth", "auth_fingerprints")),
        _columns("tags"),
        "used all the same",
    ),
    Sabotage(
        "next key not noted before the blocks",
        lambda: rewrite(
            "connectors_cli.services.keys.rotation:_pending",
            "execute(db, statements.INSERT_KEY",
            "0 and execute(db, statements.INSERT_KEY",
        ),
        _rotated_in_blocks,
        "damaged",
    ),
    Sabotage(
        "restore keeps nothing of the store",
        lambda: rewrite(
            "connectors_cli.store.backup.copy:set_aside", "if os.path.lexists(kept):", "if True:"
        ),
        _replaced,
        "no copy",
    ),
    Sabotage(
        "dry runs run commands",
        lambda: assign(
            "connectors_cli.cli.values.reading:IN_DRY_RUN", frozenset({"env", "file", "cmd"})
        ),
        _dry,
        "commands run",
    ),
    Sabotage(
        "any key seals",
        lambda: rewrite(
            "connectors_cli.services.endorsement:TenantKeys.check_sealing",
            "    find = _finder(source)\n",
            "    return\n    find = _finder(source)\n",
        ),
        _foreign,
        "sealed with it",
    ),
    Sabotage(
        "free pages are not cleared",
        lambda: rewrite(
            f"{CONNECTIONS}:connect_sqlite", '"secure_delete=ON"', '"secure_delete=FAST"'
        ),
        _leftovers("WAL", "edit"),
        "old tokens left",
    ),
    Sabotage(
        "a rotation says nothing of readers",
        lambda: rewrite(
            "connectors_cli.services.keys.rotation:rotate",
            "log_is_empty=ws.store.checkpoint()",
            "log_is_empty=True",
        ),
        _read_meanwhile,
        "not said",
    ),
    Sabotage(
        "states of sign-ins are not compared",
        lambda: rewrite(
            "connectors_cli.oauth.callback:has_state",
            "return len(given) == 1 and",
            "return True or",
        ),
        _forged_sign_ins,
        "codes exchanged",
    ),
    Sabotage(
        "every address is tried",
        lambda: rewrite(
            "connectors_cli.net.addresses:check_address",
            "if metadata or address.is_link_local or",
            "if False and",
        ),
        _network,
        "tried",
    ),
    Sabotage(
        "members by name alone",
        lambda: rewrite(
            "connectors_cli.store.read.users:member_name",
            "if _numbers(known, name) else name",
            "if False else name",
        ),
        _namesakes,
        "permitted",
    ),
    Sabotage(
        "revision not checked",
        lambda: rewrite(
            "connectors_cli.services.opener:check_revision",
            "if (revision or None) != logged:",
            "if False:",
        ),
        _replays,
        "used all the same",
    ),
    Sabotage(
        "digests of types not computed",
        lambda: rewrite(
            "connectors_cli.services.opener:SealedType.__init__",
            '_digest(content) if source == "custom" else None',
            '"0" * 64 if source == "custom" else None',
        ),
        _types,
        "used all the same",
    ),
    Sabotage(
        "sign-ins go where the settings say",
        lambda: rewrite(
            "connectors_cli.services.opener:OpenConnector.check_origins",
            "if not granted:",
            "if True:",
        ),
        _layers,
        "used all the same",
    ),
    Sabotage(
        "purge only removes",
        lambda: rewrite(
            "connectors_cli.services.connectors:purge_connector",
            "rows.delete(db, one)",
            "db.write(\"UPDATE connectors SET deleted_at = '2026-01-01T00:00:00Z' WHERE id = ?\","
            " [(one.id,)])",
        ),
        _leftovers("WAL", "remove --purge"),
        "old tokens left",
    ),
    Sabotage(
        "restore takes any schema",
        lambda: rewrite("connectors_cli.services.restore:_stage", "    if found:", "    if False:"),
        _backups,
        "restored all the same",
    ),
    Sabotage("export of two only", _forget_half, _drills("store and key gone, import"), "lost"),
    Sabotage(
        "private files by the umask",
        lambda: rewrite(f"{PRIVATE_FILE}:_open", "0o600", "0o666"),
        _modes,
        "readable by others",
    ),
    Sabotage(
        "no mask",
        lambda: rewrite(
            "connectors_cli.system.masking:Masker.feed", "if self._automaton.is_empty:", "if True:"
        ),
        _children,
        "told",
    ),
    Sabotage("key handed on", _pass_on, _children, "key handed on"),
    Sabotage(
        "lease ignored",
        lambda: rewrite(
            "connectors_cli.store.write.leases:_is_valid", "return ", "return False and "
        ),
        _refreshes,
        "refreshed again",
    ),
    Sabotage(
        "backup not synced",
        lambda: rewrite("connectors_cli.store.backup.copy:back_up", "sync(part)\n", "pass\n"),
        _power_files,
        "half files",
    ),
    Sabotage(
        "dry runs commit",
        lambda: rewrite(
            "connectors_cli.services.workspace:Workspace.change",
            "self.store.transaction(commit=commit,",
            "self.store.transaction(commit=True,",
        ),
        _dry,
        "store changed",
    ),
    Sabotage(
        "viewers may all",
        lambda: rewrite(
            "connectors_cli.audit.roles:require", "not allows(role, action)", "role is None"
        ),
        _roles(permissions.roles),
        "permitted",
    ),
    Sabotage(
        "strangers may all",
        lambda: rewrite(
            "connectors_cli.audit.gate:permit",
            "role, is_removed = membership(",
            "role, is_removed = (lambda *_, **__: ('owner', False))(",
        ),
        _roles(permissions.strangers),
        "permitted",
    ),
    Sabotage(
        "sealed items not bound to their settings",
        lambda: rewrite(
            "connectors_cli.vault.passphrase:PassphraseCipher.open",
            "if body[:DIGEST_SIZE] != _digest(number, item):",
            "if False:",
        ),
        _altered_files,
        "other values imported",
    ),
    Sabotage("some changes are rolled back and told as done", _lose_some, _writers, "lost"),
    Sabotage("redirects are followed", _follow, _network, "requests to the thief"),
    Sabotage(
        "certificates are not verified",
        lambda: rewrite(
            "connectors_cli.net.client:tls_context",
            "    return context\n",
            "    context.check_hostname = False\n"
            "    context.verify_mode = ssl.CERT_NONE\n"
            "    return context\n",
        ),
        _network,
        "requests to the thief",
    ),
    Sabotage(
        "no copy before a migration",
        lambda: rewrite("connectors_cli.store.write.create:_back_up", "try:", "return\n    try:"),
        _migrated,
        "no copy",
    ),
    Sabotage(
        "rows of every tenant",
        lambda: rewrite(
            "connectors_cli.store.read.sealed:sealed_connector",
            "AND c.tenant_id = ? AND",
            "AND c.tenant_id <> ? AND",
        ),
        _neighbours,
        "told of another tenant",
    ),
    Sabotage(
        "steps back in time not noted",
        lambda: rewrite("connectors_cli.audit.verify:steps_back", "if at >= before:", "if True:"),
        _times,
        "not named by log --verify",
    ),
)
"""Of our own, of other kinds."""

ALL = (*FIRST_22, *OWN)


def named(name: str) -> Sabotage:
    """Return the sabotage of a name; KeyError for another."""
    return {one.name: one for one in ALL}[name]


def run(sabotage: Sabotage) -> int:
    """Break this process, and run the setting as a family; return the tool's exit code."""
    place = Path(__file__).with_name("__main__.py")
    spec = importlib.util.spec_from_file_location("faults_main", place)
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    os.environ[VARIABLE] = sabotage.name
    here = Path(__file__).parent
    paths = (here / "broken", here, os.environ.get("PYTHONPATH", ""))
    os.environ["PYTHONPATH"] = os.pathsep.join(map(str, paths))
    sabotage.breaks()
    family = Family(sabotage.name, lambda _, folder: sabotage.make(folder), 1, 1)
    code: int = tool.main([], [family])
    return code


if __name__ == "__main__":
    sys.exit(run(named(sys.argv[1])))
