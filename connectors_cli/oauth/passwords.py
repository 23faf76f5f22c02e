"""A password made for this program on a page of the service itself, as WordPress has it.

The page knows nothing of state: ours stands in the query of the redirect address, and comes back.
"""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from connectors_cli.errors import InvalidInput, Rejected
from connectors_cli.oauth import callback
from connectors_cli.oauth.callback import Query
from connectors_cli.oauth.codes import Question
from connectors_cli.oauth.contract import Granted
from connectors_cli.oauth.provider import Provider


def url(provider: Provider, question: Question) -> str:
    """Return the address of the page; without a redirect address the page shows the password."""
    oauth = provider.oauth
    pairs = provider.texts(oauth.get("authorize_params"))
    if question.redirect_uri:
        provider.keep_secret(question.state)
        mark = urlencode({"state": question.state})
        provider.values.app["redirect_uri"] = f"{question.redirect_uri}?{mark}"
        pairs |= provider.texts(oauth.get("redirect_params"))
    parts = urlsplit(provider.url(oauth["authorization_url"]))
    query = urlencode([*parse_qsl(parts.query), *pairs.items()])
    return urlunsplit(parts._replace(query=query))


def granted(provider: Provider, _: Question, query: Query) -> Granted:
    """Return the credentials that the page sent, its state compared already."""
    callback.check_error(provider, query)
    _check_site(provider, query)
    auth: dict[str, str] = {}
    for target, name in provider.oauth.get("save", {}).items():
        values = query.get(name, [])
        if len(values) != 1 or not values[0]:
            raise Rejected(f"the answer of {provider.name} has no {name}")
        auth[target.partition(".")[2]] = values[0]
    return Granted(auth=auth)


def _check_site(provider: Provider, query: Query) -> None:
    """Raise Rejected where another site than the one that was asked gives the password.

    A site can lead the browser on to another one's page, and would be sent that one's password.
    """
    name = provider.oauth.get("site_param")
    if not name:
        return
    given = query.get(name, [])
    own = _host(provider.url(provider.oauth["authorization_url"]))
    if len(given) != 1 or _host(given[0]) != own:
        raise Rejected(
            f"the password that came is not of {own}: it was not kept",
            hint="check the address of the site: connectors show NAME",
        )


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return ""


def pasted(provider: Provider, text: str) -> Granted:
    """Return the credentials of a password that the page showed; its user is known already."""
    name = str(provider.oauth.get("shown", "")).partition(".")[2]
    others = [target.partition(".")[2] for target in provider.oauth.get("save", {})]
    missing = [other for other in others if other != name and not provider.values.auth.get(other)]
    if missing:
        raise InvalidInput(f"{provider.name} shows no {missing[0]}: it has to be set before")
    password = text.strip()
    if not password or not password.isprintable():
        raise InvalidInput(
            f"what was pasted is no password of {provider.name}", hint="connectors auth login NAME"
        )
    return Granted(auth={name: password})
