"""Reads what was typed as the kind of value that a question takes."""

import math
import os
import re
from collections.abc import Callable
from typing import Any

from connectors_cli import documents
from connectors_cli.errors import InvalidInput
from connectors_cli.forms import Kind, Question
from connectors_cli.prompts import wording
from connectors_cli.sources import read_source

INTEGER = re.compile(r"[+-]?\d{1,4000}")
FILE = "file:"


class Misfit(Exception):
    """What was typed is no answer; says why, without it."""


def read(question: Question, text: str) -> Any:
    """Return the answer that a text stands for; raises Misfit."""
    return _nothing_typed(question) if text == "" else _reader(question)(text)


def _nothing_typed(question: Question) -> Any:
    if question.default is not None or not question.required:
        return question.default
    hint = ' (type "" for an empty text)' if question.kind is Kind.TEXT else ""
    raise Misfit(f"is required{hint}")


def _reader(question: Question) -> Callable[[str], Any]:
    if question.kind is Kind.INTEGER:
        return _integer
    if question.kind is Kind.NUMBER:
        return _number
    if question.kind is Kind.JSON:
        return _secret_json if wording.is_hidden(question) else _json
    return _text


def _text(text: str) -> str:
    return "" if text == '""' else text


def _integer(text: str) -> int:
    text = text.strip()
    if not INTEGER.fullmatch(text):
        raise Misfit("must be a whole number, such as 12")
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
        raise Misfit("must be a number, such as 1.5")
    return number


def _json(text: str) -> Any:
    try:
        return documents.parse_json(text, "not JSON")
    except InvalidInput as error:
        raise Misfit(f"is {error.message} (a text stands in quotes)") from None


def _secret_json(text: str) -> Any:
    try:
        return documents.parse_json(text, "")
    except InvalidInput:
        raise Misfit("is not JSON") from None


def is_no_text(text: str) -> bool:
    """Whether Enter ends the input where lines are typed: it is empty, or a key word."""
    return text in {"", "<"} or (text.startswith(FILE) and "\n" not in text)


def is_whole_json(text: str) -> bool:
    """Whether Enter ends the input: a bracket or quote still open asks for another line."""
    stripped = text.strip()
    if stripped[:1] not in {"{", "["}:
        return True
    try:
        documents.parse_json(stripped, "")
    except InvalidInput:
        opened = sum(stripped.count(char) for char in "{[")
        return opened <= sum(stripped.count(char) for char in "}]")
    return True


def from_file(text: str) -> str:
    """What the file holds where `file:PATH` was typed, without its last line end."""
    if not text.startswith(FILE) or "\n" in text or len(text) == len(FILE):
        return text
    path = os.path.expanduser(text.removeprefix(FILE).strip())
    try:
        return read_source(FILE + path, "it", {}).removesuffix("\n").removesuffix("\r")
    except InvalidInput as error:
        reason = error.message.replace(path, "").split(": ", 1)[-1].strip()
        raise Misfit(f"cannot be read from a file: {reason}") from None
