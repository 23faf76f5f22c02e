"""Application passwords: a page of the service creates one for this program (WordPress).

The page has no state parameter, so the state is part of the redirect address's query.
"""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from connectors_cli.errors import InvalidInput, Rejected, Unreachable
from connectors_cli.net.client import TooLarge
from connectors_cli.oauth import answers, callback, requests
from connectors_cli.oauth.callback import Query
from connectors_cli.oauth.code import AuthorizationRequest
from connectors_cli.oauth.contract import TokenResponse
from connectors_cli.oauth.provider import Provider
from connectors_cli.probes.target import at_path
from connectors_cli.probes.walls import object_in


def page(provider: Provider) -> str | None:
    """Return the address of the page as the site's API names it; None if it names none.

    It counts only on the site itself: a password would go to another one.

    Raises:
        InvalidInput: the site has no application passwords.
    """
    index = provider.oauth.get("index_url")
    if not index:
        return None
    try:
        document = object_in(requests.send(provider, {"method": "GET", "url": index}))
    except (Unreachable, TooLarge):
        return None
    ways = (document or {}).get("authentication")
    if ways in ([], {}):
        raise InvalidInput(
            f"this site of {provider.name} has application passwords turned off; they need https"
        )
    found = at_path(ways, "application-passwords.endpoints.authorization")
    own = provider.url(provider.oauth["authorization_url"])
    is_own = isinstance(found, str) and urlsplit(found)[:2] == urlsplit(own)[:2]
    return str(found) if is_own else None


def url(provider: Provider, request: AuthorizationRequest, page: str | None = None) -> str:
    """Return the address of the page; without a redirect address it shows the password."""
    oauth = provider.oauth
    pairs = provider.texts(oauth.get("authorize_params"))
    if request.redirect_uri:
        provider.keep_secret(request.state)
        mark = urlencode({"state": request.state})
        provider.values.app["redirect_uri"] = f"{request.redirect_uri}?{mark}"
        pairs |= provider.texts(oauth.get("redirect_params"))
    parts = urlsplit(page or provider.url(oauth["authorization_url"]))
    query = urlencode([*parse_qsl(parts.query), *pairs.items()])
    return urlunsplit(parts._replace(query=query))


def redeem(provider: Provider, _: AuthorizationRequest, query: Query) -> TokenResponse:
    """Return the credentials that the page sent; the caller has compared the state.

    Raises:
        Rejected: a value is missing, or the answer comes from another site.
    """
    callback.check_error(provider, query)
    _check_site(provider, query)
    auth: dict[str, str] = {}
    for target, name in provider.oauth.get("save", {}).items():
        values = query.get(name, [])
        if len(values) != 1 or not values[0]:
            raise Rejected(f"the answer of {provider.name} has no {name}")
        answers.check_length(provider, values[0], name)
        auth[target.partition(".")[2]] = values[0]
    return TokenResponse(auth=auth)


def pasted(provider: Provider, text: str) -> TokenResponse:
    """Return the credentials for a pasted password; the user name is already known.

    Raises:
        InvalidInput: the text is not a password, or another value is missing.
    """
    name = str(provider.oauth.get("shown", "")).partition(".")[2]
    given: dict[str, str] = {}
    if ":" in text and not provider.values.auth.get("username"):
        given["username"], _, text = (part.strip() for part in text.partition(":"))
    others = [target.partition(".")[2] for target in provider.oauth.get("save", {})]
    missing = [
        other
        for other in others
        if other != name and not {**provider.values.auth, **given}.get(other)
    ]
    if missing:
        raise InvalidInput(f"{provider.name} does not show {missing[0]}; set it first")
    password = text.strip().strip("\"'`")
    if not password or not password.isprintable():
        raise InvalidInput(
            f"the pasted text is not a password of {provider.name}",
            hint="connectors auth login NAME",
        )
    return TokenResponse(auth={**given, name: password})


def _check_site(provider: Provider, query: Query) -> None:
    """Check that the password comes from the site that was asked.

    A site could redirect the browser to another site's page, and would then get the password of
    that other site.

    Raises:
        Rejected: it comes from another site.
    """
    name = provider.oauth.get("site_param")
    if not name:
        return
    given = query.get(name, [])
    own = _host(provider.url(provider.oauth["authorization_url"]))
    if len(given) != 1 or _host(given[0]) != own:
        raise Rejected(
            f"the password does not come from {own}; it was discarded",
            hint="check the address of the site: connectors show NAME",
        )


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return ""
