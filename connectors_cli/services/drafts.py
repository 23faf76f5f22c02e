"""Drafts of forms that were left: the answers, without secrets, until they are picked up again."""

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from connectors_cli.catalog.entry import Entry
from connectors_cli.errors import ConnectorsError
from connectors_cli.forms.messages import NAMED, message_path
from connectors_cli.forms.secrets import looks_secret
from connectors_cli.services.given import is_secret_at
from connectors_cli.settings import Settings
from connectors_cli.system import private_file

_LONGEST = 1024 * 1024
_STRUCTURE = frozenset(kind.value for kind in NAMED)
Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Draft:
    """The answers of a form that was left, the name that was chosen, and when that was."""

    name: str
    saved_at: str
    answers: tuple[Answer, ...] = field(repr=False)

    @property
    def question(self) -> str:
        """What a person is asked before the draft is continued."""
        count, day = len(self.answers), self.saved_at.partition("T")[0]
        return f"Continue the draft of {day}, with {count} answers and no secrets?"


def draft_path(settings: Settings, entry: Entry) -> str:
    """Return the file of the draft for a type, tenant and store."""
    store = hashlib.sha256(settings.shown_store.encode()).hexdigest()[:12]
    return os.path.join(settings.home, "drafts", f"{settings.tenant}-{entry.key}-{store}.json")


def without_secrets(entry: Entry, answers: Iterable[Answer]) -> tuple[Answer, ...]:
    """Return the answers whose values are no secrets and contain none, as far as anyone can say."""
    return tuple(one for one in answers if not _is_secret(entry, one))


def save_draft(settings: Settings, entry: Entry, name: str, answers: Iterable[Answer]) -> str:
    """Write a draft that only its owner can read, and return its path."""
    path = draft_path(settings, entry)
    document = {
        "version": 1,
        "type": entry.key,
        "name": name,
        "saved_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "answers": list(without_secrets(entry, answers)),
    }
    private_file.create_folder(os.path.dirname(path))
    private_file.write(path, [json.dumps(document) + "\n"])
    return path


def find_draft(settings: Settings, entry: Entry) -> Draft | None:
    """Return the draft of a type, None without one or if it cannot be read.

    Answers to fields that have become secret since are removed from the file as well.
    """
    document = _document(draft_path(settings, entry))
    if document is None:
        return None
    answers = without_secrets(entry, document["answers"])
    if len(answers) < len(document["answers"]):
        remove_draft(settings, entry)
        if answers:
            save_draft(settings, entry, document["name"], answers)
    return Draft(document["name"], document["saved_at"], answers) if answers else None


def remove_draft(settings: Settings, entry: Entry) -> None:
    """Delete the draft of a type, if there is one."""
    try:
        os.unlink(draft_path(settings, entry))
    except OSError:
        return


def _document(path: str) -> dict[str, Any] | None:
    """The content of a draft's file, None if it is no file of ours."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        with open(descriptor, encoding="utf-8") as file:
            found = json.loads(file.read(_LONGEST))
    except (OSError, ValueError, RecursionError):
        return None
    known = {"version": int, "name": str, "saved_at": str, "answers": list}
    if not isinstance(found, dict) or found.get("version") != 1:
        return None
    return found if all(isinstance(found.get(n), kind) for n, kind in known.items()) else None


def _is_secret(entry: Entry, answer: Any) -> bool:
    """Whether an answer is to be left out of a draft; what cannot be read is."""
    try:
        path = message_path(answer)
    except (ConnectorsError, AttributeError):
        return True
    if answer.get("kind") in _STRUCTURE:
        return False
    named = [str(step) for step in path if isinstance(step, str)]
    if not path or any(map(looks_secret, named)) or is_secret_at(entry, path):
        return True
    return any(map(looks_secret, _names_in(answer.get("value"))))


def _names_in(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _names_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _names_in(inner)
