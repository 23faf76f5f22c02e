"""Domains in other scripts as servers know them: in ASCII (IDNA 2008, `xn--...`)."""

import unicodedata

_TOGETHER = (
    frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "CJK", "HANGUL"}),
    frozenset({"LATIN", "CJK", "BOPOMOFO"}),
)
"""Scripts that one name may mix (UTS #39, highly restrictive); by the first word of names."""


def ascii_domain(domain: str) -> str | None:
    """Return a domain in ASCII; None if no domain can be called so, or a label mixes scripts.

    Capitals, fullwidth and decomposed letters become the ones that are registered.
    """
    if domain.isascii():
        return domain
    import idna  # for the few that need it

    text = unicodedata.normalize("NFC", domain)
    if any(mixed_scripts(label) for label in text.split(".")):
        return None
    try:
        return idna.encode(text, uts46=True, std3_rules=True).decode()
    except (idna.IDNAError, UnicodeError):
        return None


def mixed_scripts(name: str) -> tuple[str, ...]:
    """Return the scripts of a name's letters, if it mixes scripts that are not used together."""
    if name.isascii():
        return ()
    letters = (unicodedata.name(char, "") for char in name if char.isalpha())
    scripts = {word for word in (name.partition(" ")[0] for name in letters) if word}
    scripts -= {"FULLWIDTH", "MODIFIER", "FEMININE", "MASCULINE", "KATAKANA-HIRAGANA", "MICRO"}
    if len(scripts) < 2 or any(scripts <= allowed for allowed in _TOGETHER):
        return ()
    return tuple(script.capitalize() for script in sorted(scripts))
