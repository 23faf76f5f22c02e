"""A form as a conversation in JSON lines: another program asks, and this one keeps the answers."""

import json
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from connectors_cli.documents import read
from connectors_cli.errors import ConnectorsError, InvalidAnswer, InvalidInput
from connectors_cli.forms import Form
from connectors_cli.forms.messages import (
    VERSION,
    change_object,
    message_path,
    page_object,
    problem_object,
)
from connectors_cli.forms.page import Change
from connectors_cli.services.type_form import PARTS, TypeForm

Message = dict[str, Any]
Save = Callable[[TypeForm, Message], Message]
_WHERE = "the message"


class FormServer:
    """The conversation about one form; `save` installs or changes the connector."""

    def __init__(self, form: TypeForm, save: Save, connector: str | None = None) -> None:
        self.form = form
        self.connector = connector
        self._reads: dict[str, Callable[[Message], Message]] = {
            "questions": lambda _: form.document(),
            "next": lambda _: {"question": form.next()},
            "page": self._page,
            "check": self._check,
            "problems": lambda _: self._state(),
            "result": lambda _: {**form.shown(), **self._state()},
            "answer": self._answer,
            "save": lambda message: save(form, message),
        }

    def lines(self, source: BinaryIO) -> Iterator[str]:
        """Yield the greeting, and then one line for each line of `source` until it ends."""
        yield _line(self.greeting())
        while line := source.readline(read.LARGEST + 1):
            if line.strip():
                yield _line(self._replied(line, source))

    def greeting(self) -> Message:
        """Return the first message: what the form is of."""
        entry = self.form.entry
        found = {"version": VERSION, "type": entry.key, "title": entry.name}
        return {**found, "connector": self.connector, "parts": list(PARTS)}

    def reply(self, message: Any) -> Message:
        """Return the reply to a message; an error is a reply too, and contains no value."""
        if not isinstance(message, dict):
            return _failure({}, InvalidInput("expected an object with op"))
        try:
            return {**_named(message), "ok": True, **self._done(message)}
        except ConnectorsError as error:
            return _failure(_named(message), error)

    def _replied(self, line: bytes, source: BinaryIO) -> Message:
        try:
            return self.reply(_parsed(line, source))
        except ConnectorsError as error:
            return _failure({}, error)

    def _done(self, message: Message) -> Message:
        op = message.get("op")
        if isinstance(op, str) and op in self._reads:
            return self._reads[op](message)
        if not isinstance(op, str) or op not in EDITS:
            known = ", ".join((*self._reads, *EDITS))
            raise InvalidInput("unknown op", hint=f"one of {known}")
        change = EDITS[op](self._form(message), message)
        return {"change": change_object(change), **self._state()}

    def _form(self, message: Message) -> Form:
        return self.form.forms[self.form.part_of(message)]

    def _page(self, message: Message) -> Message:
        part = self.form.part_of(message)
        page = self.form.forms[part].page(message_path(message))
        return {"page": {"part": part, **page_object(page, self.form.hider(part))}}

    def _check(self, message: Message) -> Message:
        found = self._form(message).check(message_path(message), _value(message))
        return {"problems": [problem_object(problem) for problem in found]}

    def _answer(self, message: Message) -> Message:
        refused = self.form.give([message])
        return {"refused": refused, "question": self.form.next(), **self._state()}

    def _state(self) -> Message:
        problems = self.form.problems()
        return {"problems": problems, "complete": not problems}


EDITS: dict[str, Callable[[Form, Message], Change]] = {
    "set": lambda form, message: form.set(message_path(message), _value(message)),
    "unset": lambda form, message: form.unset(message_path(message)),
    "choose": lambda form, message: form.choose(
        message_path(message), _number(message, "branch"), _number(message, "union", 0) or 0
    ),
    "add": lambda form, message: form.add(message_path(message), _key(message)),
    "insert": lambda form, message: form.insert(_item(message)),
    "drop": lambda form, message: form.drop(_item(message)),
    "move": lambda form, message: form.move(_item(message), _number(message, "to") or 0),
    "duplicate": lambda form, message: form.duplicate(_item(message), _key(message)),
}
"""The messages that change a form, each by its `op`."""


def _parsed(line: bytes, source: BinaryIO) -> Any:
    if len(line) > read.LARGEST:
        while line and not line.endswith(b"\n"):
            line = source.readline(read.LARGEST)
        raise InvalidInput(f"{_WHERE}: longer than {read.LARGEST} bytes")
    try:
        return read.parse(line.decode("utf-8-sig"), "json", _WHERE)[0]
    except UnicodeDecodeError:
        raise InvalidInput(f"{_WHERE}: it is not text in UTF-8") from None


def _named(message: Message) -> Message:
    """The `id` of a message, which its reply repeats."""
    name = message.get("id")
    return {"id": name} if isinstance(name, str | int) else {}


def _failure(named: Message, error: ConnectorsError) -> Message:
    details = [problem_object(problem) for problem in error.details]
    found = {"code": error.code, "message": error.message, "details": details, "hint": error.hint}
    return {**named, "ok": False, "error": found}


def _line(message: Message) -> str:
    return json.dumps(message) + "\n"


def _value(message: Message) -> Any:
    if "value" not in message:
        raise InvalidInput("value is required")
    return message["value"]


def _item(message: Message) -> tuple[str | int, ...]:
    path = message_path(message)
    if not path:
        raise InvalidAnswer("path must lead to an item or entry")
    return path


def _key(message: Message) -> str | None:
    key = message.get("key")
    if not isinstance(key, str | None):
        raise InvalidInput("key must be text")
    return key


def _number(message: Message, name: str, default: int | None = None) -> int | None:
    number = message.get(name, default)
    if number is not None and (type(number) is not int or number < 0):
        raise InvalidInput(f"{name} must be a position, from 0")
    return number
