"""Where keys come from: the environment, a file, a command, or the OS keyring."""

import os
import stat
from collections.abc import Mapping

from connectors_cli import secrecy
from connectors_cli.errors import KeyMissing, KeyProblem
from connectors_cli.vault import Key, new_key

VARIABLE = "CONNECTOR_AUTH_ENCRYPTION_KEY"
FILE_VARIABLE = VARIABLE + "_FILE"
COMMAND_VARIABLE = VARIABLE + "_COMMAND"
COMMAND_SECONDS = 10.0
_MAKE_ONE = "make one with `connectors key generate`"


class KeySource:
    """One place that holds keys: `name` says where, `keys` are those it listed."""

    __slots__ = ("_looked_up", "keys", "name", "store_id")

    def __init__(self, name: str, keys: tuple[Key, ...], store_id: str) -> None:
        self.name = name
        self.keys = keys
        self.store_id = store_id
        self._looked_up: dict[str, Key | KeyProblem] = {}

    @property
    def is_keyring(self) -> bool:
        """Whether keys are looked up by id in the OS keyring, and may be made there."""
        return self.name == "keyring"

    def get(self, key_id: str) -> Key:
        """Return the key with this id; KeyProblem names both ids when it is not there."""
        if self.is_keyring:
            return self._look_up(key_id)
        for key in self.keys:
            if key.id == key_id:
                return key
        given = ", ".join(key.id for key in self.keys)
        raise KeyMissing(
            f"this tenant was sealed with key {key_id}; {self.name} holds {given}",
            hint=f"give the key {key_id}, or unset {self.name} to use another source",
        )

    def at_hand(self) -> tuple[Key, ...]:
        """Return the keys that were had already; none is looked for."""
        looked_up = self._looked_up.values()
        return (*self.keys, *(found for found in looked_up if isinstance(found, Key)))

    def _look_up(self, key_id: str) -> Key:
        """Ask the keyring once: one that hangs is not waited for again."""
        if key_id not in self._looked_up:
            try:
                self._looked_up[key_id] = _from_keyring(self.store_id, key_id)
            except KeyProblem as error:
                self._looked_up[key_id] = error
        found = self._looked_up[key_id]
        if isinstance(found, KeyProblem):
            raise found
        return found

    def make(self, used: frozenset[str]) -> Key:
        """Return a key for a new tenant: made in the keyring, else the first unused one given."""
        if self.is_keyring:
            return _new_in_keyring(self.store_id)
        key = self.first_unused(used)
        if key is not None:
            return key
        raise KeyProblem(
            f"every key in {self.name} belongs to another tenant, and each tenant has its own",
            hint=f"add one more, separated by a comma; {_MAKE_ONE}",
        )

    def first_unused(self, used: frozenset[str]) -> Key | None:
        """Return the first key that is listed and not among those used, if there is one."""
        return next((key for key in self.keys if key.id not in used), None)

    def remember(self, key: Key) -> None:
        """Take a key as found, such as one that was just made or written."""
        self._looked_up[key.id] = key


def find_source(environ: Mapping[str, str], store_id: str) -> KeySource:
    """Return the first source that is set; KeyProblem when it is unusable, never the next."""
    secrecy.close()
    for variable, read in (
        (VARIABLE, _from_variable),
        (FILE_VARIABLE, _from_file),
        (COMMAND_VARIABLE, _from_command),
    ):
        if variable in environ:
            text = environ[variable]
            if not text.strip():
                raise KeyProblem(
                    f"{variable} is set but empty", hint="unset it, or give it a value"
                )
            return KeySource(variable, read(text, variable), store_id)
    return KeySource("keyring", (), store_id)


def source_name(environ: Mapping[str, str]) -> str:
    """Return the name of the source that `find_source` would read, without reading it."""
    names = (VARIABLE, FILE_VARIABLE, COMMAND_VARIABLE)
    return next((name for name in names if name in environ), "keyring")


def parse_key(text: str, where: str) -> Key:
    """Return a Fernet key from its text: 32 random bytes in canonical URL-safe base64.

    Raises KeyProblem saying what is wrong, without the text.
    """
    text = text.strip()
    reason = _reason_not_a_key(text)
    if reason:
        raise KeyProblem(f"{where} {reason}", hint=_MAKE_ONE)
    return Key(text)


def _reason_not_a_key(text: str) -> str | None:
    for position, char in enumerate(text, 1):
        if not char.isascii():
            return f"holds a character that is not ASCII, at position {position}"
    if '"' in text or "'" in text:
        return "holds a quote character: write the key without quotes"
    if "+" in text or "/" in text:
        return "holds + or /, which is standard base64: a Fernet key has - and _ in their place"
    if len(text) == 43 and not text.endswith("="):
        return "has 43 characters: the final = is missing"
    if len(text) != 44:
        return f"is not a Fernet key: that is 44 characters of URL-safe base64 (got {len(text)})"
    return _reason_bad_bytes(text)


def _reason_bad_bytes(text: str) -> str | None:
    import base64
    import binascii

    try:
        raw = base64.b64decode(text, altchars=b"-_", validate=True)
    except binascii.Error:
        return "is not URL-safe base64"
    if len(raw) != 32:
        return f"is not a Fernet key: that is 32 bytes in base64 (got {len(raw)})"
    if base64.urlsafe_b64encode(raw).decode() != text:
        return "is not canonical base64: its last character says more than it may"
    if len(set(raw)) < 16:
        return "is not random: too few different bytes"
    return None


def _from_variable(text: str, variable: str) -> tuple[Key, ...]:
    return tuple(parse_key(part, variable) for part in text.split(","))


def _from_file(path: str, variable: str) -> tuple[Key, ...]:
    where = f"the file that {variable} names"
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        if stat.S_ISLNK(os.lstat(path).st_mode):
            raise KeyProblem(f"{where} is a symbolic link", hint="name the real file")
        descriptor = os.open(path, flags)
    except FileNotFoundError as error:
        hint = f'make one: (umask 077; connectors key generate > "${variable}")'
        raise KeyProblem(f"{where} cannot be read: {error.strerror}", hint=hint) from None
    except OSError as error:
        raise KeyProblem(f"{where} cannot be read: {error.strerror}") from None
    try:
        _check_key_file(os.fstat(descriptor), where, variable)
        data = os.read(descriptor, 4097)
    finally:
        os.close(descriptor)
    return _keys_in_text(data, where)


def _check_key_file(found: os.stat_result, where: str, variable: str) -> None:
    if not stat.S_ISREG(found.st_mode):
        kind = "a folder" if stat.S_ISDIR(found.st_mode) else "a pipe or device"
        raise KeyProblem(f"{where} is {kind}", hint="name a file that holds the key")
    if os.name == "posix" and stat.S_IMODE(found.st_mode) & 0o077:
        raise KeyProblem(
            f"{where} can be read by others (mode {stat.S_IMODE(found.st_mode):04o})",
            hint=f'chmod 600 "${variable}"',
        )
    if found.st_size == 0:
        raise KeyProblem(f"{where} is empty", hint=_MAKE_ONE)


def _keys_in_text(data: bytes, where: str) -> tuple[Key, ...]:
    try:
        lines = data.decode().strip().splitlines()
    except UnicodeDecodeError:
        raise KeyProblem(f"{where} is not text", hint=_MAKE_ONE) from None
    if len(data) > 4096:
        raise KeyProblem(f"{where} has more than 4096 bytes", hint=_MAKE_ONE)
    if len(lines) != 1:
        reason = "holds nothing" if not lines else f"has {len(lines)} lines"
        raise KeyProblem(
            f"{where} {reason}: one line is due, with the key or several between commas"
        )
    return tuple(parse_key(part, where) for part in lines[0].split(","))


def _from_command(command: str, variable: str) -> tuple[Key, ...]:
    from connectors_cli.sources import output_of

    return _keys_in_text(
        output_of(command, COMMAND_SECONDS, variable, KeyProblem), f"what {variable} prints"
    )


def _from_keyring(store_id: str, key_id: str) -> Key:
    from connectors_cli import os_keyring

    text = os_keyring.get(f"{store_id}:{key_id}")
    if text is None:
        raise KeyMissing(
            f"key {key_id} is missing from the OS keyring, and sealed values need it; no new key"
            " was made",
            hint="bring it back with `connectors key import FILE`, restore the keyring that held"
            f" it, or give the key in {VARIABLE}",
        )
    key = parse_key(text, "the keyring's entry")
    if key.id != key_id:
        raise KeyProblem(
            f"the OS keyring's entry for key {key_id} holds another key ({key.id})",
            hint=f"give the right key in {VARIABLE}",
        )
    return key


def _new_in_keyring(store_id: str) -> Key:
    from connectors_cli import os_keyring

    key = new_key()
    os_keyring.put(f"{store_id}:{key.id}", key.text)
    return key
