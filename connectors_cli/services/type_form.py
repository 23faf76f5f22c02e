"""The form of one type, settings and credentials, for another program that asks the questions."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from connectors_cli.catalog.addresses import Addresses
from connectors_cli.catalog.entry import Entry, Part
from connectors_cli.documents.sources import read_of
from connectors_cli.errors import InputNeeded, InvalidInput, Problem
from connectors_cli.forms import Form, Kind, Question
from connectors_cli.forms.messages import (
    VERSION,
    Hides,
    answer_object,
    message_path,
    open_object,
    problem_object,
    problem_objects,
    reply_of,
)
from connectors_cli.forms.page import State
from connectors_cli.forms.replies import Reply
from connectors_cli.services.connectors import Current
from connectors_cli.services.given import Given, flag_for, is_secret_at
from connectors_cli.services.schema_check import without_unread

Values = tuple[dict[str, Any], dict[str, Any]]
PARTS: tuple[Part, ...] = ("config", "auth")
_STRUCTURE = (Kind.BRANCH, Kind.INCLUDE, Kind.MORE, Kind.KEY)
_SET = {"set": True}


class TypeForm:
    """Both parts of a type's form; messages name theirs with `part`.

    `current` are the values of a connector that is being edited. Of secrets, and of stored
    credentials, it shows only that they are set.
    """

    def __init__(self, entry: Entry, given: Given, current: Values | None = None) -> None:
        self.entry = entry
        self._addresses = Addresses(entry)
        self._unread = given.unread
        config, auth = current or (None, None)
        self.forms: dict[Part, Form] = {
            "config": _form(entry.config_schema, given.config, config),
            "auth": _form(entry.auth_schema, given.auth, auth),
        }

    def part_of(self, message: dict[str, Any]) -> Part:
        """Return the part that a message is about: the one it names, else that of its path.

        Raises InvalidInput.
        """
        named, path = message.get("part"), message_path(message)
        if named is None:
            return (self.entry.part(str(path[0])) if path else None) or "config"
        if named not in PARTS:
            raise InvalidInput("part must be config or auth")
        return "auth" if named == "auth" else "config"

    def give(self, messages: Iterable[Any]) -> list[dict[str, Any]]:
        """Give answers and return the problems of those that were refused.

        Raises InvalidInput for a message that is no answer.
        """
        replies: dict[Part, list[Reply]] = {part: [] for part in PARTS}
        for number, message in enumerate(messages, 1):
            try:
                part, reply = self._read(message)
            except InvalidInput as error:
                raise InvalidInput(f"answer {number}: {error.message}") from None
            replies[part] += [reply] if reply is not None else []
        return [
            {"part": part, **problem_object(problem), "state": "wrong"}
            for part in PARTS
            if replies[part]
            for refused in self.forms[part].give(replies[part])
            for problem in refused.problems
        ]

    def _read(self, message: Any) -> tuple[Part, Reply | None]:
        if not isinstance(message, dict):
            raise InvalidInput("expected an object with path and value")
        return self.part_of(message), reply_of(message)

    def document(self, refused: Iterable[dict[str, Any]] = ()) -> dict[str, Any]:
        """Return questions, answers, problems, and whether the values are complete."""
        problems = [*refused, *self.problems()]
        return {
            "version": VERSION,
            "type": self.entry.key,
            "questions": list(self._open()),
            "answered": list(self.answered()),
            "problems": problems,
            "complete": not problems,
        }

    def next(self) -> dict[str, Any] | None:
        """Return the first question without an answer, None if every one has its answer."""
        return next(self._open(), None)

    def problems(self) -> list[dict[str, Any]]:
        """Return what is missing and what is wrong."""
        found = [
            {"part": part, **problem}
            for part, form in self.forms.items()
            for problem in problem_objects(form.problems())
        ]
        return found or [
            {"part": part, **problem_object(problem), "state": "wrong"}
            for part, problem in self._addresses.problems(
                self._known("config"), self._known("auth")
            )
        ]

    def result(self) -> Values:
        """Return config and auth.

        Raises:
            InputNeeded: if values are missing; has all problems.
            InvalidInput: if they are wrong.
        """
        found = self.problems()
        details = [Problem(one["path"], one["rule"], one["message"]) for one in found]
        if any(one["state"] == "missing" for one in found):
            raise InputNeeded(f"missing for {self.entry.key}: see the problems", details=details)
        if found:
            raise InvalidInput("the values do not match the schema", details=details)
        return self._known("config"), self._known("auth")

    def values(self) -> Values:
        """Return config and auth so far, which may be incomplete."""
        config, auth = (form.value() for form in self.forms.values())
        return config or {}, auth or {}

    def shown(self) -> dict[str, Any]:
        """Return the values so far; of credentials and other secrets, only that they are set."""
        config = {
            name: _SET if is_secret_at(self.entry, (name,)) else value
            for name, value in self._known("config").items()
        }
        return {"config": config, "auth": dict.fromkeys(self._known("auth"), _SET)}

    def hider(self, part: Part) -> Hides:
        """Return what decides whether the value that belongs to a question is not shown."""
        return partial(self._hides, part)

    def _hides(self, part: Part, question: Question, state: State) -> bool:
        if question.kind in _STRUCTURE:
            return False
        if part == "auth" and state is State.INHERITED:
            return True
        path = question.path
        return question.secret or (bool(path) and is_secret_at(self.entry, path))

    def _known(self, part: Part) -> dict[str, Any]:
        """The values of a part so far, without those that were not read."""
        found = self.forms[part].value()
        return read_of(found) if isinstance(found, dict) else {}

    def _open(self) -> Iterator[dict[str, Any]]:
        for part, form in self.forms.items():
            for asked in form.asked():
                path = asked.question.path
                if asked.state is not State.ANSWERED and not self._unread & {*path[:1]}:
                    flag = flag_for(self.entry, path) if path else None
                    yield {"part": part, **open_object(asked, self.hider(part)), "flag": flag}

    def answered(self) -> Iterator[dict[str, Any]]:
        """Yield the answers given in this form, as messages; secrets without their values."""
        for part, form in self.forms.items():
            for asked in form.asked():
                if asked.state is State.ANSWERED:
                    yield {"part": part, **answer_object(asked, self.hider(part))}


def _form(schema: Any, given: dict[str, Any], current: dict[str, Any] | None) -> Form:
    return Form(without_unread(schema, given), given=given or None, current=current)


def current_form(
    current: Current, given: Given, unset: tuple[str, ...] = ()
) -> tuple[TypeForm, list[dict[str, Any]]]:
    """Return the form of a connector's values with given changes, and the problems of those."""
    unread = given.unread
    unknown = Given(
        {name: value for name, value in given.config.items() if name in unread},
        {name: value for name, value in given.auth.items() if name in unread},
    )
    config = {n: value for n, value in current.config.items() if n not in unset}
    auth = {n: value for n, value in current.auth.items() if n not in unset}
    form = TypeForm(current.entry, unknown, (config, auth))
    parts = (("config", given.config), ("auth", given.auth))
    return form, form.give(
        {"part": part, "path": [name], "value": value}
        for part, values in parts
        for name, value in values.items()
        if name not in unread
    )
