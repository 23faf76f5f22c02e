"""The ways to sign in: with the browser of this machine, and by pasting where one ended."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from connectors_cli.addresses import check_url
from connectors_cli.errors import InvalidInput
from connectors_cli.oauth import (
    answers,
    asking,
    browser,
    callback,
    codes,
    device,
    passwords,
    proofs,
    requests,
)
from connectors_cli.oauth.codes import Question
from connectors_cli.oauth.contract import Granted, Talk
from connectors_cli.oauth.listener import Listener
from connectors_cli.oauth.provider import Provider

_HERE = frozenset({"127.0.0.1", "::1", "localhost"})
PERSON_S = 300.0
"""How many seconds a person has by default."""


def by_browser(provider: Provider, talk: Talk) -> Granted:
    """Let the browser come back to this machine with the answer.

    Where the redirect address is one of the web, what it shows is pasted.
    """
    if str(provider.values.config.get("redirect_uri", "")).startswith("https:"):
        return by_paste(provider, talk)
    kind, state = _kind(provider), proofs.new_state()
    with Listener(state, **_place(provider)) as listener:
        question = Question(_way_back(provider, listener), state)
        registered = requests.register(provider, question.redirect_uri)
        _show(provider, talk, kind.url(provider, question), waits=True)
        seconds = provider.options.timeout or PERSON_S
        query = asking.run(listener.wait(seconds))
    return _together(registered, kind.granted(provider, question, query))


def by_paste(provider: Provider, talk: Talk) -> Granted:
    """Let the person paste the address where the browser ended, or the code that it shows."""
    if _kind(provider) is passwords:
        _show(provider, talk, passwords.url(provider, Question("", "")), waits=False)
        return passwords.pasted(provider, talk.paste())
    question = Question(_address(provider), proofs.new_state())
    registered = requests.register(provider, question.redirect_uri)
    _show(provider, talk, codes.url(provider, question), waits=False)
    shows_code = question.redirect_uri == provider.oauth.get("paste_redirect")
    answer = _answer(talk, question, shows_code=shows_code)
    if isinstance(answer, str):
        granted = codes.exchanged(provider, question, answer)
    else:
        granted = codes.granted(provider, question, answer)
    return _together(registered, granted)


FLOWS: dict[str, Callable[[Provider, Talk], Granted]] = {
    "browser": by_browser,
    "device": device.sign_in,
    "paste": by_paste,
}


def _kind(provider: Provider) -> Any:
    return passwords if provider.oauth.get("grant") == "application_password" else codes


def _show(provider: Provider, talk: Talk, url: str, *, waits: bool) -> None:
    opens = provider.options.open_browser
    talk.visit(url, opens=opens, waits=waits)
    if opens:
        browser.show(url)


def _place(provider: Provider) -> dict[str, Any]:
    """Return where to listen: at the redirect address of the config, else at a free port.

    Where the app is registered for it, each service has a path of its own: then none can send its
    answer to another's (RFC 9700, 4.4.2). Others compare the path with what a person registered.
    """
    port = provider.options.port or 0
    uri = provider.values.config.get("redirect_uri")
    if not uri and provider.oauth.get("registration"):
        page = provider.url(provider.oauth["authorization_url"])
        return {"port": port, "path": f"/callback/{sha256(page.encode()).hexdigest()[:16]}"}
    if not uri:
        return {"port": port}
    parts = check_url(str(uri), ("http",), allow_plain=True)
    host = parts.hostname or ""
    if host not in _HERE:
        raise InvalidInput("redirect_uri is neither https nor an http address of this machine")
    host = f"[{host}]" if ":" in host else host
    return {"port": port or parts.port or 80, "host": host, "path": parts.path or "/"}


def _way_back(provider: Provider, listener: Listener) -> str:
    """Return the redirect address, letter by letter as the config has it: services compare it."""
    written = provider.values.config.get("redirect_uri")
    return str(written) if written and not provider.options.port else listener.uri


def _address(provider: Provider) -> str:
    """Return the redirect address for an answer that is pasted: nobody has to listen there."""
    found = provider.values.config.get("redirect_uri") or provider.oauth.get("paste_redirect")
    if found:
        return str(found)
    if provider.oauth.get("redirect") == "https":
        raise InvalidInput(
            f"{provider.name} comes back to https addresses only, and redirect_uri is not set",
            hint="set it to an https address that you registered with your app, of any page",
        )
    with Listener("", **_place(provider)) as free:
        return free.uri


def _answer(talk: Talk, question: Question, *, shows_code: bool) -> str | callback.Query:
    """Return what was pasted: a code where the page shows one, else what is in an address.

    Who pastes something else by mistake is asked again: the page that shows it is still open.
    """
    while True:
        text = talk.paste().strip()
        try:
            if shows_code and "=" not in text:
                return _code(text)
            return _pasted(text, question)
        except InvalidInput as problem:
            talk.again(problem)


def _code(text: str) -> str:
    if not answers.is_token(text):
        raise InvalidInput(
            "what was pasted is no code", hint="paste the code that the page shows at the end"
        )
    return text


def _pasted(text: str, question: Question) -> callback.Query:
    """Return the parameters of a pasted address or query; InvalidInput unless it is our answer."""
    address, mark, query = text.partition("#")[0].partition("?")
    found = callback.read_query(query if mark else address)
    if not callback.has_state(found, question.state):
        raise InvalidInput(
            "what was pasted is not the answer to this sign-in",
            hint="paste the whole address that the browser shows at the end",
        )
    return found


def _together(first: Granted, second: Granted) -> Granted:
    config, auth = {**first.config, **second.config}, {**first.auth, **second.auth}
    return Granted(config, auth, second.scopes, second.expires_at)
