"""The sign-in flows: with a browser on this machine, by pasting an address, by device code."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from connectors_cli.errors import ConnectorsError, InvalidInput
from connectors_cli.net.addresses import check_url
from connectors_cli.oauth import (
    answers,
    app_password,
    browser,
    callback,
    code,
    device,
    requests,
    tokens,
    transport,
)
from connectors_cli.oauth.code import AuthorizationRequest
from connectors_cli.oauth.contract import Dialog, TokenResponse
from connectors_cli.oauth.listener import Listener, Page
from connectors_cli.oauth.meanwhile import first_of
from connectors_cli.oauth.provider import Provider

_HERE = frozenset({"127.0.0.1", "::1", "localhost"})
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_QUOTES = "\"'`\u201c\u201d\u201e\u2018\u2019\u201a\u00ab\u00bb"
PERSON_S = 300.0
"""The default time limit for a sign-in, in seconds."""


def by_browser(provider: Provider, dialog: Dialog) -> TokenResponse:
    """Sign in with a browser that redirects to a listener on this machine.

    If the redirect address is a public https address, the user pastes the final address instead.
    """
    if str(provider.values.config.get("redirect_uri", "")).startswith("https:"):
        return by_paste(provider, dialog)
    kind, state = _kind(provider), code.new_state()
    about = Page(provider.name, provider.options.connector)
    with Listener(state, **_place(provider), page=about) as listener:
        request = AuthorizationRequest(_redirect_uri(provider, listener), state)
        registered = requests.register(provider, request.redirect_uri)
        if kind is app_password:
            return _by_page(provider, dialog, listener, request)
        _show(provider, dialog, kind.url(provider, request), waits=True)
        query = transport.run(listener.wait(_patience(provider)))
        return _combined(registered, _redeemed(provider, listener, request, query))


def _redeemed(
    provider: Provider, listener: Listener, request: AuthorizationRequest, query: callback.Query
) -> TokenResponse:
    """Return the token response for an answer; the browser's page says whether that worked."""
    try:
        granted: TokenResponse = _kind(provider).redeem(provider, request, query)
    except ConnectorsError:
        transport.run(listener.finish(worked=False))
        raise
    transport.run(listener.finish(worked=True))
    return granted


def _by_page(
    provider: Provider, dialog: Dialog, listener: Listener, request: AuthorizationRequest
) -> TokenResponse:
    """Get an application password from the browser's redirect, or from what the user pastes.

    WordPress before 7.0 refuses to redirect to this machine on sites in production.
    """
    page = app_password.page(provider)
    _show(provider, dialog, app_password.url(provider, request, page), waits=True)
    alone = AuthorizationRequest("", "")
    descriptor = dialog.otherwise(app_password.url(provider, alone, page))
    waits = listener.wait(_patience(provider))
    answer = transport.run(waits if descriptor is None else first_of(waits, descriptor))
    if isinstance(answer, str):
        return app_password.pasted(provider, answer)
    return _redeemed(provider, listener, request, answer)


def _patience(provider: Provider) -> float:
    return provider.options.timeout or PERSON_S


def by_paste(provider: Provider, dialog: Dialog) -> TokenResponse:
    """Sign in by pasting the address where the browser ended, or the code that the page shows."""
    if _kind(provider) is app_password:
        page, alone = app_password.page(provider), AuthorizationRequest("", "")
        _show(provider, dialog, app_password.url(provider, alone, page), waits=False)
        return app_password.pasted(provider, dialog.paste())
    request = AuthorizationRequest(_paste_redirect_uri(provider), code.new_state())
    registered = requests.register(provider, request.redirect_uri)
    _show(provider, dialog, code.url(provider, request), waits=False)
    shows_code = request.redirect_uri == provider.oauth.get("paste_redirect")
    answer = _answer(dialog, request, shows_code=shows_code)
    if isinstance(answer, str):
        granted = code.exchange(provider, request, answer)
    else:
        granted = code.redeem(provider, request, answer)
    return _combined(registered, granted)


FLOWS: dict[str, Callable[[Provider, Dialog], TokenResponse]] = {
    "browser": by_browser,
    "device": device.sign_in,
    "paste": by_paste,
    "client": lambda provider, _: tokens.by_client(provider),
}


def _kind(provider: Provider) -> Any:
    return app_password if provider.oauth.get("grant") == "application_password" else code


def _show(provider: Provider, dialog: Dialog, url: str, *, waits: bool) -> None:
    opens = provider.options.open_browser
    dialog.visit(url, opens=opens, waits=waits)
    if opens:
        browser.show(url)


def _place(provider: Provider) -> dict[str, Any]:
    """Return where to listen: at the redirect address of the config, else at a free port.

    If this program registers the app itself, each service gets its own path, so that no service can
    send its answer to another's (RFC 9700, 4.4.2). Other services compare the path with the one
    that the user registered.
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


def _redirect_uri(provider: Provider, listener: Listener) -> str:
    """Return the redirect address exactly as the config spells it, because services compare it."""
    written = provider.values.config.get("redirect_uri")
    return str(written) if written and not provider.options.port else listener.uri


def _paste_redirect_uri(provider: Provider) -> str:
    """Return the redirect address for a pasted answer; nothing needs to listen there."""
    found = provider.values.config.get("redirect_uri") or provider.oauth.get("paste_redirect")
    if found:
        return str(found)
    if provider.oauth.get("redirect") == "https":
        raise InvalidInput(
            f"{provider.name} redirects only to https addresses, and redirect_uri is not set",
            hint="set redirect_uri to any https address that is registered with your app",
        )
    with Listener("", **_place(provider)) as free:
        return free.uri


def _answer(
    dialog: Dialog, request: AuthorizationRequest, *, shows_code: bool
) -> str | callback.Query:
    """Return the pasted code, or the parameters of the pasted address.

    Ask again after invalid input: the page that shows the right one is still open.
    """
    while True:
        text = dialog.paste()
        try:
            if shows_code and "=" not in text:
                return _code(text.strip().strip(_QUOTES))
            return _pasted(_joined(text), request)
        except InvalidInput as problem:
            dialog.again(problem)


def _joined(text: str) -> str:
    """Return pasted text without what terminals and mail programs add: breaks, spaces, quotes."""
    whole = "".join(text.split()).translate(_INVISIBLE).strip(_QUOTES)
    return whole.strip("<>()[].,;").replace("&amp;", "&")


def _code(text: str) -> str:
    if not answers.is_token(text):
        raise InvalidInput(
            "the pasted text is not a code", hint="paste the code that the page shows at the end"
        )
    return text


def _pasted(text: str, request: AuthorizationRequest) -> callback.Query:
    """Return the parameters of a pasted address or query.

    Raises:
        InvalidInput: it is not the answer to this request.
    """
    address, mark, query = text.partition("#")[0].partition("?")
    found = callback.read_query(query if mark else address)
    if not callback.has_state(found, request.state):
        raise InvalidInput(
            "the pasted address does not belong to this sign-in",
            hint="paste the whole address that the browser shows at the end",
        )
    return found


def _combined(first: TokenResponse, second: TokenResponse) -> TokenResponse:
    config, auth = {**first.config, **second.config}, {**first.auth, **second.auth}
    return TokenResponse(config, auth, second.scopes, second.expires_at)
