"""Addresses of a WordPress site's API where its permalinks are plain."""


def plain_route(url: str) -> str | None:
    """Return the address of an API route without permalinks; None if it is no such address."""
    site, mark, rest = url.partition("/wp-json/")
    path, _, query = rest.partition("?")
    return f"{site}/?rest_route=/{path}{f'&{query}' if query else ''}" if mark else None
