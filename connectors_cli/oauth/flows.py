"""The ways to sign in: with the browser of this machine, and by pasting where one ended."""

import asyncio
from collections.abc import Callable

from connectors_cli.oauth import asking, authorizing, browser, callback, requests, tokens
from connectors_cli.oauth.contract import Granted, Talk
from connectors_cli.oauth.listener import Listener, Query
from connectors_cli.oauth.provider import Provider

PERSON_S = 300.0
"""How many seconds a person has by default."""


def by_browser(provider: Provider, talk: Talk) -> Granted:
    """Let the browser come back to this machine with the answer."""
    question = authorizing.Question()
    place = authorizing.place(provider)
    with Listener(question.state, place.port, place.host, place.path) as listener:
        registered = requests.register(provider, listener.uri)
        url = authorizing.url(provider, question, listener.uri)
        opens = provider.options.open_browser
        talk.visit(url, opens=opens)
        seconds = provider.options.timeout or PERSON_S
        query = asking.run(_answered(listener, url if opens else None, seconds))
        code = callback.code_in(provider, query)
        verifier = question.verifier if authorizing.uses_pkce(provider) else ""
        granted = tokens.exchange_code(provider, code, listener.uri, verifier)
    return authorizing.together(registered, granted)


async def _answered(listener: Listener, url: str | None, seconds: float) -> Query:
    opening = asyncio.create_task(browser.show(url)) if url else None
    try:
        return await listener.wait(seconds)
    finally:
        if opening is not None:
            opening.cancel()


FLOWS: dict[str, Callable[[Provider, Talk], Granted]] = {"browser": by_browser}
