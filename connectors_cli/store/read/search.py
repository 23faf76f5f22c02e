"""Searching connectors: the text of one that a search looks in, and which rows match."""

from __future__ import annotations

from itertools import islice

from connectors_cli.system.text import composed

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from collections.abc import Iterator

    from connectors_cli.store.read.database import Row

# JSON paths as parameters of SQL would be question marks; char(10) keeps words of fields apart.
_SQLITE = """name || char(10) || COALESCE(catalog_key, '') || char(10) || COALESCE(catalog_name, '')
 || char(10) || CASE WHEN json_valid(last_check)
 THEN COALESCE(json_extract(last_check, '$.account'), '') ELSE '' END
 || char(10) || CASE WHEN json_valid(tags)
 THEN COALESCE((SELECT group_concat(value, char(10)) FROM json_each(tags)), '') ELSE '' END
 || char(10) || CASE WHEN json_valid(config)
 THEN COALESCE((SELECT group_concat(atom, char(10)) FROM json_tree(config)), '') ELSE '' END"""
_POSTGRESQL = r"""concat_ws(E'\n', name, catalog_key, catalog_name, last_check::jsonb ->> 'account',
 (SELECT string_agg(tag, E'\n') FROM jsonb_array_elements_text(tags::jsonb) tag),
 (SELECT string_agg(v #>> '{}', E'\n') FROM jsonb_path_query(config::jsonb, 'strict $.**') v
 WHERE jsonb_typeof(v) NOT IN ('object', 'array')))"""
TEXT_OF = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}
"""SQL for name, type, service, account, tags and values of settings, by dialect."""


def matching(rows: Iterator[Row], wanted: str, limit: int | None) -> Iterator[Row]:
    """Yield at most `limit` rows in whose last column every word occurs, without that column.

    Upper and lower case are the same, in every alphabet; databases compare ASCII alone.
    """
    words = words_of(wanted)
    found = (row[:-1] for row in rows if has_all(folded(row[-1]), words))
    return islice(found, limit)


def words_of(wanted: str) -> list[str]:
    """Return the words of a search, as `has_all` compares them."""
    return composed(wanted).casefold().split()


def folded(text: object) -> str:
    """Return a text to search in, as `has_all` compares it."""
    return str(text).casefold()


def has_all(text: str, words: list[str]) -> bool:
    """Return whether every word occurs in a text."""
    return all(word in text for word in words)
