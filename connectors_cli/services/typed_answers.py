"""Answers as people type them: text, numbers, JSON, and the content of a file."""

import math
import os
import re
from collections.abc import Callable
from typing import Any

from connectors_cli.documents import strict_json
from connectors_cli.documents.references import read_source, trimmed
from connectors_cli.errors import InvalidInput
from connectors_cli.forms import Kind, Question
from connectors_cli.forms.question_text import is_hidden

INTEGER = re.compile(r"[+-]?\d{1,4000}")
FILE = "file:"


class AnswerError(Exception):
    """What was typed cannot be parsed; the message says why and never repeats it."""

    def __init__(self, reason: str, text: str = "") -> None:
        super().__init__(reason)
        self.text = text


def parse(question: Question, text: str) -> Any:
    """Return the answer that a text means; raises AnswerError."""
    return _empty(question) if text == "" else _parser(question)(text)


def _empty(question: Question) -> Any:
    if question.default is not None or not question.required or question.nullable:
        return question.default
    hint = ' (type "" for an empty text)' if _accepts_empty(question) else ""
    raise AnswerError(f"is required{hint}")


def _accepts_empty(question: Question) -> bool:
    """Return whether an empty text may be an answer; what rules it out is not all checked."""
    schema = question.schema if isinstance(question.schema, dict) else {}
    restricted = schema.keys() & {"format", "pattern", "enum", "const"}
    return question.kind is Kind.TEXT and not schema.get("minLength") and not restricted


def _parser(question: Question) -> Callable[[str], Any]:
    if question.kind is Kind.INTEGER:
        return _integer
    if question.kind is Kind.NUMBER:
        return _number
    if question.kind is Kind.JSON:
        return _secret_json if is_hidden(question) else _json
    return _text


def _text(text: str) -> str:
    return "" if text == '""' else text


def _integer(text: str) -> int:
    text = text.strip()
    if not INTEGER.fullmatch(text):
        raise AnswerError("must be a whole number, such as 12")
    return int(text)


def _number(text: str) -> int | float:
    text = text.strip()
    if INTEGER.fullmatch(text):
        return int(text)
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or "_" in text:
        raise AnswerError("must be a number, such as 1.5")
    return number


def _json(text: str) -> Any:
    try:
        return strict_json.parse(text, "not JSON")
    except InvalidInput as error:
        raise AnswerError(f"is {error.message} (put text in quotes)") from None


def _secret_json(text: str) -> Any:
    try:
        return strict_json.parse(text, "")
    except InvalidInput:
        raise AnswerError("is not JSON") from None


def is_complete_json(text: str) -> bool:
    """Return whether Enter ends JSON input: every bracket is closed."""
    stripped = text.strip()
    if stripped[:1] not in {"{", "["}:
        return True
    try:
        strict_json.parse(stripped, "")
    except InvalidInput:
        opened = sum(stripped.count(char) for char in "{[")
        return opened <= sum(stripped.count(char) for char in "}]")
    return True


def read_file_answer(text: str) -> str:
    """Return the content of the file if `file:PATH` was typed, `trimmed`.

    Any other text is returned unchanged. Raises AnswerError if the file cannot be read.
    """
    if not text.startswith(FILE) or "\n" in text or len(text) == len(FILE):
        return text
    path = os.path.expanduser(text.removeprefix(FILE).strip())
    try:
        return trimmed(read_source(FILE + path, "it", {}))
    except InvalidInput as error:
        reason = error.message.replace(path, "").split(": ", 1)[-1].strip()
        raise AnswerError(f"cannot be read from a file: {reason}") from None
