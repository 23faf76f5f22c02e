"""Key sources: the environment, a file, a command, or the OS keyring."""

import os
import stat
from collections.abc import Mapping

from connectors_cli.errors import KeyMissing, KeyProblem
from connectors_cli.settings import KEY_VARIABLES, shown_key
from connectors_cli.system import memory, mounted
from connectors_cli.system.text import shell_quoted
from connectors_cli.vault.seal import Key, new_key

VARIABLE, FILE_VARIABLE, COMMAND_VARIABLE = KEY_VARIABLES
COMMAND_SECONDS = 10.0
_GENERATE = "generate one with: connectors key generate"


class KeySource:
    """A place that provides keys; `name` is its variable or `keyring`, `keys` are those listed.

    `shown` is the name in messages, and that of the place if the store remembers it.
    """

    __slots__ = ("_looked_up", "keys", "name", "shown", "store_id")

    def __init__(
        self, name: str, keys: tuple[Key, ...], store_id: str, shown: str | None = None
    ) -> None:
        self.name = name
        self.shown = shown or name
        self.keys = keys
        self.store_id = store_id
        self._looked_up: dict[str, Key | KeyProblem] = {}

    @property
    def way_out(self) -> str:
        """How to use another source."""
        is_variable = self.shown == self.name
        return f"unset {self.name}" if is_variable else "connectors init --key keyring"

    @property
    def is_keyring(self) -> bool:
        """Whether keys are looked up by id in the OS keyring, and new ones generated there."""
        return self.name == "keyring"

    def get(self, key_id: str) -> Key:
        """Return the key with this id.

        Raises:
            KeyMissing: the source does not have it; the message names the keys that it has.
            KeyProblem: the keyring cannot be used.
        """
        if self.is_keyring:
            return self._look_up(key_id)
        for key in self.keys:
            if key.id == key_id:
                return key
        given = ", ".join(key.id for key in self.keys)
        raise KeyMissing(
            f"this tenant is sealed with key {key_id}, but {self.shown} contains {given}",
            hint=f"provide key {key_id}, or {self.way_out} to use another source",
        )

    def loaded_keys(self) -> tuple[Key, ...]:
        """Return the keys that were already read; look for no others."""
        looked_up = self._looked_up.values()
        return (*self.keys, *(found for found in looked_up if isinstance(found, Key)))

    def _look_up(self, key_id: str) -> Key:
        """Ask the keyring once per key, so that a hanging keyring is waited for only once."""
        if key_id not in self._looked_up:
            try:
                self._looked_up[key_id] = _from_keyring(self.store_id, key_id)
            except KeyProblem as error:
                self._looked_up[key_id] = error
        found = self._looked_up[key_id]
        if isinstance(found, KeyProblem):
            raise found
        return found

    def unused_key(self, used: frozenset[str]) -> Key:
        """Return a key that is not in `used`: a new one in the keyring, else the first listed.

        Raises:
            KeyProblem: every listed key is used.
        """
        if self.is_keyring:
            return _new_in_keyring(self.store_id)
        key = self.first_unused(used)
        if key is not None:
            return key
        raise KeyProblem(
            f"every key in {self.shown} is used by another tenant, and each tenant needs its own",
            hint=f"add one, separated by a comma; {_GENERATE}",
        )

    def first_unused(self, used: frozenset[str]) -> Key | None:
        """Return the first listed key that is not in `used`, or None."""
        return next((key for key in self.keys if key.id not in used), None)

    def remember(self, key: Key) -> None:
        """Keep a key that was just generated or written, so that it is not looked up."""
        self._looked_up[key.id] = key


def find_source(environ: Mapping[str, str], store_id: str) -> KeySource:
    """Return the first source that is set; never fall back to the next one.

    Raises:
        KeyProblem: the source cannot be used.
    """
    memory.protect()
    for variable, read in (
        (VARIABLE, _from_variable),
        (FILE_VARIABLE, _from_file),
        (COMMAND_VARIABLE, _from_command),
    ):
        if variable in environ:
            text = environ[variable]
            if not text.strip():
                raise KeyProblem(f"{variable} is set but empty", hint="unset it or set a value")
            shown = shown_key(variable, text)
            return KeySource(variable, read(text, shown), store_id, shown)
    return KeySource("keyring", (), store_id)


def source_name(environ: Mapping[str, str]) -> str:
    """Return the name of the source that `find_source` would use, without reading it."""
    names = (VARIABLE, FILE_VARIABLE, COMMAND_VARIABLE)
    return next((name for name in names if name in environ), "keyring")


def parse_key(text: str, where: str) -> Key:
    """Return the key of a text: 32 random bytes in canonical URL-safe base64.

    Raises:
        KeyProblem: the text is not a key; the message says why and does not repeat it.
    """
    text = text.strip()
    reason = _reason_not_a_key(text)
    if reason:
        raise KeyProblem(f"{where} {reason}", hint=_GENERATE)
    return Key(text)


def _reason_not_a_key(text: str) -> str | None:
    for position, char in enumerate(text, 1):
        if not char.isascii():
            return f"contains a non-ASCII character at position {position}"
    if '"' in text or "'" in text:
        return "contains a quote character: write the key without quotes"
    if "+" in text or "/" in text:
        return "contains + or /, which is standard base64: a Fernet key has - and _ instead"
    if len(text) == 43 and not text.endswith("="):
        return "has 43 characters: the final = is missing"
    if len(text) != 44:
        return f"is not a Fernet key: expected 44 characters of URL-safe base64, got {len(text)}"
    return _reason_bad_bytes(text)


def _reason_bad_bytes(text: str) -> str | None:
    import base64
    import binascii

    try:
        raw = base64.b64decode(text, altchars=b"-_", validate=True)
    except binascii.Error:
        return "is not URL-safe base64"
    if len(raw) != 32:
        return f"is not a Fernet key: expected 32 bytes in base64, got {len(raw)}"
    if base64.urlsafe_b64encode(raw).decode() != text:
        return "is not canonical base64: its last character encodes extra bits"
    if len(set(raw)) < 16:
        return "is not random: too few different bytes"
    return None


def _from_variable(text: str, variable: str) -> tuple[Key, ...]:
    return tuple(parse_key(part, variable) for part in text.split(","))


def _from_file(path: str, variable: str) -> tuple[Key, ...]:
    is_remembered = variable not in KEY_VARIABLES
    where = variable if is_remembered else f"the file that {variable} names"
    place = shell_quoted(path) if is_remembered else f'"${variable}"'
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    is_mounted = mounted.is_mounted(path)
    try:
        if is_mounted:
            path = os.path.realpath(path)
        elif stat.S_ISLNK(os.lstat(path).st_mode):
            raise KeyProblem(
                f"{where} is a symbolic link", hint=f"name the real file; {mounted.HINT}"
            )
        descriptor = os.open(path, flags)
    except FileNotFoundError as error:
        hint = f"create it: (umask 077; connectors key generate > {place})"
        raise KeyProblem(f"{where} cannot be read: {error.strerror}", hint=hint) from None
    except OSError as error:
        raise KeyProblem(f"{where} cannot be read: {error.strerror}") from None
    try:
        _check_key_file(os.fstat(descriptor), where, place, is_mounted=is_mounted)
        data = os.read(descriptor, 4097)
    finally:
        os.close(descriptor)
    return _keys_in_text(data, where)


def _check_key_file(found: os.stat_result, where: str, place: str, *, is_mounted: bool) -> None:
    if not stat.S_ISREG(found.st_mode):
        kind = "a folder" if stat.S_ISDIR(found.st_mode) else "a pipe or device"
        raise KeyProblem(f"{where} is {kind}", hint="name a file that contains the key")
    if os.name == "posix" and stat.S_IMODE(found.st_mode) & 0o077 and not is_mounted:
        raise KeyProblem(
            f"{where} can be read by others (mode {stat.S_IMODE(found.st_mode):04o})",
            hint=f"chmod 600 {place}",
        )
    if found.st_size == 0:
        raise KeyProblem(f"{where} is empty", hint=_GENERATE)


def _keys_in_text(data: bytes, where: str) -> tuple[Key, ...]:
    try:
        lines = data.decode().strip().splitlines()
    except UnicodeDecodeError:
        raise KeyProblem(f"{where} is not text", hint=_GENERATE) from None
    if len(data) > 4096:
        raise KeyProblem(f"{where} is larger than 4096 bytes", hint=_GENERATE)
    if len(lines) != 1:
        reason = "contains nothing" if not lines else f"has {len(lines)} lines"
        raise KeyProblem(
            f"{where} {reason}: expected one line with a key, or with several separated by commas"
        )
    return tuple(parse_key(part, where) for part in lines[0].split(","))


def _from_command(command: str, variable: str) -> tuple[Key, ...]:
    from connectors_cli.documents.references import output_of

    return _keys_in_text(
        output_of(command, COMMAND_SECONDS, variable, KeyProblem), f"the output of {variable}"
    )


def _from_keyring(store_id: str, key_id: str) -> Key:
    from connectors_cli.vault import keyring

    text = keyring.get(f"{store_id}:{key_id}")
    if text is None:
        raise KeyMissing(
            f"key {key_id} is missing from the OS keyring, and sealed values need it; no new key"
            " was created",
            hint="import it with `connectors key import FILE`, restore the keyring that contained"
            f" it, or set the key in {VARIABLE}",
        )
    key = parse_key(text, "the keyring's entry")
    if key.id != key_id:
        raise KeyProblem(
            f"the OS keyring's entry for key {key_id} contains another key ({key.id})",
            hint=f"set the right key in {VARIABLE}",
        )
    return key


def _new_in_keyring(store_id: str) -> Key:
    from connectors_cli.vault import keyring

    key = new_key()
    keyring.put(f"{store_id}:{key.id}", key.text)
    return key
