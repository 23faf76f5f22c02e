"""Machine formats of rows: json, jsonl, csv, tsv and names, written as the rows come."""

from __future__ import annotations

from connectors_cli.rows import BOOL, INT, JSON, Column, Rows

try:  # the C function alone: importing json costs a hot read a third of its time
    from _json import encode_basestring_ascii as quote
except ImportError:
    from json.encoder import encode_basestring_ascii as quote

TYPE_CHECKING = False  # see database.py
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, TextIO

MACHINE = ("json", "jsonl", "csv", "tsv", "names")


def write(rows: Rows, output: str, stream: TextIO) -> int:
    """Write rows to a stream and return how many there were.

    A single row is one JSON object instead of an array of one, and in TSV a line a field. JSON
    columns hold JSON text, which is spliced in as it is stored.
    """
    if output in {"json", "jsonl"}:
        lines = _json_lines(rows)
        around = ("", "", "\n") if rows.single or output == "jsonl" else ("[", ",", "\n]\n")
        return _write_json(lines, around, stream, output == "jsonl" or rows.single)
    if output == "csv":
        return _write_csv(rows, stream)
    if output == "tsv" and rows.single:
        return _write_fields(rows, stream)
    position = _position(rows.columns, "key", "name") if output == "names" else None
    return _write_lines(rows, position, stream)


def cell(value: Any, kind: str) -> str:
    """Return one value as a cell of TSV or CSV: absent is empty, true and false are words."""
    if value is None:
        return ""
    if kind == BOOL:
        return "true" if value else "false"
    return str(value)


def defused(text: str) -> str:
    """Return a CSV cell that no spreadsheet takes for a formula (OWASP: CSV injection)."""
    return "'" + text if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def _csv_cell(value: Any, kind: str) -> str:
    return defused(_spelled_out(cell(value, kind), "\n\t"))


def _json_lines(rows: Rows) -> Iterator[str]:
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
        return str
    if kind == BOOL:
        return lambda value: "true" if value else "false"
    return str if kind == INT else quote


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


def _write_lines(rows: Rows, position: int | None, stream: TextIO) -> int:
    count = 0
    for row in rows.rows:
        if position is not None:
            stream.write(one_line(cell(row[position], rows.columns[position][1])) + "\n")
        else:
            cells = [
                one_line(cell(value, kind))
                for value, (_, kind) in zip(row, rows.columns, strict=True)
            ]
            stream.write("\t".join(cells) + "\n")
        count += 1
    return count


def _write_fields(rows: Rows, stream: TextIO) -> int:
    for row in rows.rows:
        stream.writelines(
            f"{name}\t{one_line(cell(value, kind))}\n"
            for value, (name, kind) in zip(row, rows.columns, strict=True)
        )
    return 1


def one_line(text: str) -> str:
    """Escape what would break a line or act on a terminal: control characters as \\xNN."""
    return _spelled_out(text, "")


def _spelled_out(text: str, kept: str) -> str:
    if text.isprintable():
        return text
    return "".join(
        char
        if char.isprintable() or char in kept
        else char.encode("unicode_escape", "surrogatepass").decode()
        for char in text
    )


def _position(columns: tuple[Column, ...], *names: str) -> int:
    known = [name for name, _ in columns]
    return next((known.index(name) for name in names if name in known), 0)
