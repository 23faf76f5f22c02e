"""Search of the catalog by words, best match first."""

import re
from collections.abc import Iterable, Iterator

from connectors_cli.catalog.entry import Entry

_NEAR = 0.75  # mastadon and mastodon have 0.875 in common, pintrest and pinterest 0.94
_SHORTEST = 4
_WORD = re.compile(r"\w+")


def search(entries: Iterable[Entry], text: str) -> list[Entry]:
    """Return the entries that contain every word of `text`, best match first.

    Name, key, aliases, category and description are searched. Without a match, return the entries
    with similar words.
    """
    known = list(entries)
    words = text.casefold().split()
    ranked = [(_rank(entry, words), entry.key, entry) for entry in known]
    found = [(rank, key, entry) for rank, key, entry in ranked if rank is not None]
    return [entry for *_, entry in sorted(found or list(_near(known, words)), key=_by_rank)]


def _by_rank(found: tuple[float, str, Entry]) -> tuple[float, str]:
    return found[:2]


def _rank(entry: Entry, words: list[str]) -> float | None:
    """Return how well an entry matches, least is best; None if a word is missing."""
    named = [name.casefold() for name in (entry.key, *entry.aliases, entry.name)]
    whole = " ".join(words)
    if whole in named:
        return 0
    if any(name.startswith(whole) for name in named):
        return 1
    parts = (" ".join(named), entry.category.casefold(), entry.description.casefold())
    for number, texts in enumerate((parts[0], " ".join(parts[:2]), " ".join(parts))):
        if all(word in texts for word in words):
            return 2 + number
    return None


def _near(entries: list[Entry], words: list[str]) -> Iterator[tuple[float, str, Entry]]:
    """Yield the entries with a similar word for each of `words`, and their rank."""
    from difflib import SequenceMatcher, get_close_matches

    vocabularies = [_vocabulary(entry) for entry in entries]
    known = set().union(*vocabularies)
    near: list[dict[str, float]] = []
    for word in words:
        close = get_close_matches(word, known, n=20, cutoff=_NEAR) if len(word) >= _SHORTEST else ()
        near.append({other: SequenceMatcher(None, other, word).ratio() for other in close})
        near[-1] |= {other: 1 for other in known if word in other}
    for entry, vocabulary in zip(entries, vocabularies, strict=True):
        best = [max((close.get(word, 0) for word in vocabulary), default=0) for close in near]
        if best and all(best):
            yield -sum(best), entry.key, entry


def _vocabulary(entry: Entry) -> set[str]:
    texts = (entry.key, entry.name, *entry.aliases, entry.category, entry.description)
    return {word for text in texts for word in _WORD.findall(text.casefold())}
