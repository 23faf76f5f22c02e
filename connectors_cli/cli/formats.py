"""Machine formats for rows (json, jsonl, csv, tsv, names), written as the rows arrive."""

from __future__ import annotations

from connectors_cli.store.read.rows import BOOL, INT, JSON, PART, Rows, naming_position
from connectors_cli.system.text import printable

try:  # the C function alone: importing json takes a third of a fast read
    from _json import encode_basestring_ascii as quote
except ImportError:
    from json.encoder import encode_basestring_ascii as quote

TYPE_CHECKING = False  # see database.py
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, TextIO

_WHITESPACE = dict.fromkeys(map(ord, "\t\n\r"), " ")
MACHINE = ("json", "jsonl", "csv", "tsv", "names")


def write(rows: Rows, output: str, stream: TextIO, *, header: bool = False) -> int:
    """Write rows to a stream and return their number; `header` is the first line of TSV.

    A single row is one JSON object instead of an array, and one line per field in TSV. The text
    in a JSON column is inserted as it is stored, which is ASCII; others' characters are escaped.
    """
    if output in {"json", "jsonl"}:
        lines = _json_lines(rows)
        around = ("", "", "\n") if rows.single or output == "jsonl" else ("[", ",", "\n]\n")
        return _write_json(lines, around, stream, output == "jsonl" or rows.single)
    if output == "csv":
        return _write_csv(rows, stream)
    if output == "tsv" and rows.single:
        return _write_fields(rows, stream)
    if output == "names":
        return _write_names(rows, naming_position(rows.columns), stream)
    if header:
        stream.write("\t".join(printable(name) for name, _ in rows.columns) + "\n")
    return _write_lines(rows, stream)


def cell(value: Any, kind: str) -> str:
    """Return a value as a TSV or CSV cell.

    None is empty, booleans are `true` and `false`, and a list of texts is joined by commas.
    """
    if value is None:
        return ""
    if kind == BOOL or value is True or value is False:
        return "true" if value else "false"
    if kind == JSON:
        return _joined(str(value))
    return _part_cell(value) if kind == PART else str(value)


def _joined(text: str) -> str:
    """Return JSON as a cell; importing json costs a fast read, so plain lists are cut as text."""
    if text[:1] != "[" or text == "[]":
        return text if text != "[]" else ""
    if text.startswith('["') and "\\" not in text and "{" not in text:
        items = text[2:-2].split('", "')
        if not any('"' in item for item in items):
            return ",".join(items)
    import json

    try:
        return _part_cell(json.loads(text))
    except ValueError:
        return text


def _part_cell(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ",".join(value)
    import json

    return json.dumps(value)


def defuse(text: str) -> str:
    """Return a CSV cell that spreadsheets do not evaluate as a formula (OWASP: CSV injection)."""
    return "'" + text if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def _csv_cell(value: Any, kind: str) -> str:
    return defuse(printable(cell(value, kind), keep="\n\t"))


def _json_lines(rows: Rows) -> Iterator[str]:
    if rows.objects is not None:
        for (text,) in rows.objects:
            yield _stored_json(text)
        return
    heads = [f"{quote(name)}: " for name, _ in rows.columns]
    encoders = [_encoder(kind) for _, kind in rows.columns]
    parts = list(zip(heads, encoders, strict=True))
    for row in rows.rows:
        yield (
            "{"
            + ", ".join(
                [
                    head + ("null" if value is None else encode(value))
                    for (head, encode), value in zip(parts, row, strict=True)
                ]
            )
            + "}"
        )


def _encoder(kind: str) -> Callable[[Any], str]:
    if kind == JSON:
        return _stored_json
    if kind == PART:
        import json

        return json.dumps
    if kind == BOOL:
        return lambda value: "true" if value else "false"
    return str if kind == INT else quote


def _stored_json(text: str) -> str:
    """Return JSON as stored; what this program would have escaped, others wrote unescaped."""
    text = str(text)
    return text if text.isascii() and text.isprintable() else _escaped(text)


def _escaped(text: str) -> str:
    """Escape what terminals obey or show in another order; only strings can contain it."""
    whitespace = text.translate(_WHITESPACE)
    return "".join(
        part if part.isascii() and part.isprintable() else quote(part)[1:-1] for part in whitespace
    ).replace("\x7f", "\\u007f")


def _write_json(
    lines: Iterator[str], around: tuple[str, str, str], stream: TextIO, plain: bool
) -> int:
    opening, separator, closing = around
    if plain:
        count = 0
        for count, line in enumerate(lines, 1):  # noqa: B007
            stream.write(line + "\n")
        return count
    stream.write(opening)
    count = 0
    for line in lines:
        stream.write(("\n" if count == 0 else separator + "\n") + line)
        count += 1
    stream.write(closing if count else "]\n")
    return count


def _write_csv(rows: Rows, stream: TextIO) -> int:
    import csv

    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([name for name, _ in rows.columns])
    count = 0
    for row in rows.rows:
        writer.writerow(
            [_csv_cell(value, kind) for value, (_, kind) in zip(row, rows.columns, strict=True)]
        )
        count += 1
    return count


def _write_names(rows: Rows, position: int, stream: TextIO) -> int:
    kind = rows.columns[position][1]
    count = 0
    write = stream.write
    for count, row in enumerate(rows.rows, 1):  # noqa: B007
        value = row[position]
        text = value if type(value) is str and kind != JSON else cell(value, kind)
        write((text if text.isprintable() else printable(text)) + "\n")
    return count


def _write_lines(rows: Rows, stream: TextIO) -> int:
    count = 0
    for row in rows.rows:
        cells = [
            printable(cell(value, kind)) for value, (_, kind) in zip(row, rows.columns, strict=True)
        ]
        stream.write("\t".join(cells) + "\n")
        count += 1
    return count


def _write_fields(rows: Rows, stream: TextIO) -> int:
    for row in rows.rows:
        stream.writelines(
            f"{name}\t{printable(cell(value, kind))}\n"
            for value, (name, kind) in zip(row, rows.columns, strict=True)
        )
    return 1
