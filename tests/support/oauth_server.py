"""A real authorization server on loopback: Authlib's server side over the tests' HTTP server.

It signs in alice without asking. Code with PKCE, refresh with rotation (a refresh token that comes
twice takes the whole family back), device codes, registration, revocation, `iss`, and a resource
/me. What it should do wrong is set on it: see `AuthorizationServer`.
"""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from authlib.common.security import generate_token
from authlib.oauth2 import AuthorizationServer as Protocol
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import (
    AuthorizationCodeMixin,
    ClientMixin,
    OAuth2Request,
    TokenMixin,
    grants,
)
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc8628 import (
    DeviceAuthorizationEndpoint,
    DeviceCodeGrant,
    DeviceCredentialDict,
)

from connectors_cli.catalog.entry import Entry
from support.http_server import Reply, Web

CLIENT_ID = "client-1"
CLIENT_SECRET = "canary-client-secret"
ALICE = "alice"
WAYS = ("client_secret_basic", "client_secret_post", "none")


@dataclass
class Client(ClientMixin):
    """A client: it may request any scope and redirect anywhere, or to its registered address."""

    client_id: str
    secret: str
    ways: tuple[str, ...] = WAYS
    redirect_uri: str | None = None

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str:
        return ""

    def get_allowed_scope(self, scope: str | None) -> str:
        return scope or ""

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Compare all but the port (RFC 8252, section 7.3)."""
        own = urlsplit(self.redirect_uri or redirect_uri)
        return bool(redirect_uri) and own.path == urlsplit(redirect_uri).path

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == self.secret

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in self.ways

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return True


@dataclass
class Code(AuthorizationCodeMixin):
    """An issued authorization code."""

    code: str
    client_id: str
    redirect_uri: str
    scope: str
    code_challenge: str | None
    code_challenge_method: str | None

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope


@dataclass
class Token(TokenMixin):
    """A pair of tokens; all pairs of one sign-in are a family."""

    access_token: str
    refresh_token: str | None
    client_id: str
    scope: str
    family: int
    expires_in: int
    person: str = ALICE
    at: float = field(default_factory=time.time)
    used: bool = False
    revoked: bool = False

    def check_client(self, client: Client) -> bool:
        return client.client_id == self.client_id

    def get_scope(self) -> str:
        return self.scope

    @property
    def good(self) -> bool:
        return not self.revoked and time.time() < self.at + self.expires_in


class AuthorizationServer:
    """The server; its attributes change how it answers.

    `requests` counts what was asked: `token`, `token:refresh_token`, `authorize`, `revoke` ...;
    `seen` keeps every request. `replies` are given instead of the next answers of a path.
    """

    def __init__(self) -> None:
        self.clients = {CLIENT_ID: Client(CLIENT_ID, CLIENT_SECRET)}
        self.codes: dict[str, Code] = {}
        self.tokens: list[Token] = []
        self.devices: dict[str, DeviceCredentialDict] = {}
        self.requests: Counter[str] = Counter()
        self.replies: dict[str, list[Reply]] = {}
        self.approves = True
        self.person = ALICE  # who signs in
        self.rotates = True
        self.pause = 0.0  # how many seconds the token endpoint takes
        self.expires_in = 3600
        self.issuer: str | None = None  # what `iss` says; None: nothing
        self.change_answer: Any = lambda pairs: pairs  # the redirect's parameters, as pairs
        self.device_says: list[str] = []  # of each poll: pending, slow_down, denied, expired
        self.device_interval: Any = 5
        self.device_expires_in: Any = 600
        self._lock = threading.Lock()
        self._protocol = _Protocol(self)
        self._web = Web(self._locked)

    def __enter__(self) -> "AuthorizationServer":
        self._web.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._web.__exit__()

    @property
    def url(self) -> str:
        return self._web.url

    @property
    def seen(self) -> list[Any]:
        return self._web.requests

    def forms(self, path: str) -> list[dict[str, str]]:
        """Return the forms that were sent to a path, in order."""
        asked = (one for one in self.seen if urlsplit(one.path).path == path)
        return [dict(parse_qsl(one.body.decode(), keep_blank_values=True)) for one in asked]

    def issue(self, scope: str = "read write") -> dict[str, Any]:
        """Issue a pair of tokens for alice without a sign-in; return the endpoint's answer."""
        with self._lock:
            client = self.clients[CLIENT_ID]
            made = self._protocol.generate_token("authorization_code", client, ALICE, scope)
            self.keep(made, CLIENT_ID, None)
        return made

    def accepts(self, access_token: str) -> bool:
        """Return whether /me accepts an access token."""
        return any(one.access_token == access_token and one.good for one in self.tokens)

    def keep(self, token: dict[str, Any], client_id: str, before: Token | None) -> None:
        self.tokens.append(
            Token(
                token["access_token"],
                token.get("refresh_token"),
                client_id,
                token.get("scope", ""),
                before.family if before else len(self.tokens),
                token["expires_in"],
                before.person if before else self.person,
            )
        )

    def _locked(self, asked: Any) -> Reply:
        with self._lock:
            path = urlsplit(asked.path).path
            form = dict(parse_qsl(asked.body.decode(), keep_blank_values=True))
            name = path.strip("/")
            self.requests[name] += 1
            if "grant_type" in form:
                self.requests[f"{name}:{form['grant_type'].rpartition(':')[2]}"] += 1
            if self.replies.get(path):
                return self.replies[path].pop(0)
            routes = {
                "/authorize": self._authorize,
                "/token": self._token,
                "/device": self._device,
                "/revoke": self._revoke,
                "/register": self._register,
                "/me": self._me,
            }
            return routes[path](asked, form) if path in routes else Reply(404, {})

    def _authorize(self, asked: Any, _: dict[str, str]) -> Reply:
        request = _request(self.url, asked)
        try:
            grant = self._protocol.get_consent_grant(request, ALICE)
        except OAuth2Error as error:
            return self._protocol.handle_error_response(request, error)
        user = ALICE if self.approves else None
        reply = self._protocol.create_authorization_response(request, user, grant)
        place, _, query = reply.headers["Location"].partition("?")
        pairs = parse_qsl(query, keep_blank_values=True)
        if self.issuer is not None:
            pairs.append(("iss", self.issuer))
        reply.headers["Location"] = f"{place}?{urlencode(self.change_answer(pairs))}"
        return reply

    def _token(self, asked: Any, _: dict[str, str]) -> Reply:
        time.sleep(self.pause)
        return self._protocol.create_token_response(_request(self.url, asked))

    def _device(self, asked: Any, _: dict[str, str]) -> Reply:
        return self._protocol.create_endpoint_response(
            "device_authorization", _request(self.url, asked)
        )

    def _revoke(self, asked: Any, _: dict[str, str]) -> Reply:
        return self._protocol.create_endpoint_response("revocation", _request(self.url, asked))

    def _register(self, _: Any, form: dict[str, str]) -> Reply:
        uri = form.get("uri")
        made = Client(generate_token(12), generate_token(24), redirect_uri=uri)
        self.clients[made.client_id] = made
        found = {"client_id": made.client_id, "client_secret": made.secret, "name": form["name"]}
        return Reply(200, found)

    def _me(self, asked: Any, _: dict[str, str]) -> Reply:
        _, _, token = (asked.headers["Authorization"] or "").partition(" ")
        found = [one for one in self.tokens if one.access_token == token and one.good]
        return Reply(200, {"id": found[0].person}) if found else Reply(401, {})


class _Protocol(Protocol):
    """Authlib's server, with its data in an AuthorizationServer."""

    def __init__(self, server: AuthorizationServer) -> None:
        super().__init__()
        self.server = server
        self.register_token_generator(
            "default",
            BearerTokenGenerator(
                lambda **_: generate_token(42),
                lambda **_: generate_token(48),
                lambda *_: server.expires_in,
            ),
        )
        self.register_grant(_CodeGrant, [CodeChallenge(required=True)])
        self.register_grant(_RefreshGrant)
        self.register_grant(_DeviceGrant)
        self.register_grant(_ClientGrant)
        self.register_endpoint(_Device)
        self.register_endpoint(_Revocation)

    def query_client(self, client_id: str) -> Client | None:
        return self.server.clients.get(client_id)

    def save_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        self.server.keep(token, request.client.client_id, request.refresh_token)

    def create_oauth2_request(self, request: OAuth2Request) -> OAuth2Request:
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> Reply:
        return Reply(status, body if isinstance(body, dict) else b"", dict(headers))

    def send_signal(self, *_: Any, **__: Any) -> None:
        """Do nothing: no signals are used."""


class _CodeGrant(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = WAYS

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        asked = request.payload.data
        self.server.server.codes[code] = Code(
            code,
            request.client.client_id,
            asked["redirect_uri"],
            request.scope,
            asked.get("code_challenge"),
            asked.get("code_challenge_method"),
        )

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        found = self.server.server.codes.get(code)
        return found if found and found.client_id == client.client_id else None

    def delete_authorization_code(self, authorization_code: Code) -> None:
        del self.server.server.codes[authorization_code.code]

    def authenticate_user(self, _: Code) -> str:
        return ALICE


class _ClientGrant(grants.ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = WAYS


class _RefreshGrant(grants.RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = WAYS

    @property
    def INCLUDE_NEW_REFRESH_TOKEN(self) -> bool:  # noqa: N802 - the library's name
        return self.server.server.rotates

    def authenticate_refresh_token(self, refresh_token: str) -> Token | None:
        tokens = self.server.server.tokens
        found = next((one for one in tokens if one.refresh_token == refresh_token), None)
        if found is not None and found.used:
            for one in tokens:
                one.revoked = one.revoked or one.family == found.family
        return found if found is not None and not found.revoked else None

    def authenticate_user(self, _: Token) -> str:
        return ALICE

    def revoke_old_credential(self, refresh_token: Token) -> None:
        refresh_token.used = self.server.server.rotates


class _Device(DeviceAuthorizationEndpoint):
    @property
    def INTERVAL(self) -> Any:  # noqa: N802 - the library's name
        return self.server.server.device_interval

    @property
    def EXPIRES_IN(self) -> Any:  # noqa: N802 - the library's name
        return self.server.server.device_expires_in

    def get_verification_uri(self) -> str:
        return f"{self.server.server.url}/activate"

    def save_device_credential(self, client_id: str, scope: str, data: dict[str, Any]) -> None:
        found = DeviceCredentialDict(client_id=client_id, scope=scope, **data)
        self.server.server.devices[data["device_code"]] = found


class _DeviceGrant(DeviceCodeGrant):
    def query_device_credential(self, device_code: str) -> DeviceCredentialDict | None:
        server = self.server.server
        found = server.devices.get(device_code)
        if found is not None and server.device_says[:1] == ["expired"]:
            found["expires_at"] = time.time() - 1
        return found

    def query_user_grant(self, _: str) -> tuple[str, bool] | None:
        says = self.server.server.device_says
        if says and says[0] != "denied":
            return None
        return ALICE, not says

    def should_slow_down(self, _: DeviceCredentialDict) -> bool:
        return self.server.server.device_says.pop(0) == "slow_down"


class _Revocation(RevocationEndpoint):
    CLIENT_AUTH_METHODS = WAYS

    def query_token(self, text: str, _: str | None) -> Token | None:
        tokens = self.server.server.tokens
        both = ((one.access_token, one.refresh_token, one) for one in tokens)
        return next((one for *texts, one in both if text in texts), None)

    def revoke_token(self, token: Token, _: OAuth2Request) -> None:
        for one in self.server.server.tokens:
            one.revoked = one.revoked or one.family == token.family


def _request(url: str, asked: Any) -> OAuth2Request:
    """Return a request for Authlib, as https, because it does not treat loopback as safe."""
    made = OAuth2Request(asked.method, url.replace("http:", "https:") + asked.path)
    made.headers = SimpleNamespace(get=lambda name, default=None: asked.headers.get(name, default))
    made._body = dict(parse_qsl(asked.body.decode(), keep_blank_values=True))
    query = dict(parse_qsl(urlsplit(asked.path).query, keep_blank_values=True))
    made.payload = BasicOAuth2Payload({**query, **made._body})
    return made


def entry_for(**oauth: Any) -> Entry:
    """Return a type that signs in at the server; keywords replace values of its `oauth`."""
    text = {"type": "string"}
    filled = {"type": "string", "writeOnly": True, "x-filled-by": "flow"}
    config = {"server_url": text, "client_id": text, "redirect_uri": text}
    auth = {
        "client_secret": {"type": "string", "writeOnly": True},
        "access_token": filled,
        "refresh_token": filled,
        "expires_at": {"type": "string", "x-filled-by": "flow"},
    }
    known = {
        "authorization_url": "{config.server_url}/authorize",
        "token_url": "{config.server_url}/token",
        "scopes": ["read", "write"],
        "scope_separator": " ",
        "pkce": "supported",
        "client_auth": "basic",
        "refresh": True,
        "device_authorization": {"url": "{config.server_url}/device", "standard": True},
        "revocation": {"method": "POST", "url": "{config.server_url}/revoke"},
    }
    return Entry(
        key="example",
        name="Example",
        auth_type="oauth",
        config_schema={"type": "object", "properties": config, "additionalProperties": False},
        auth_schema={"type": "object", "properties": auth, "additionalProperties": False},
        oauth={**known, **oauth},
    )


def config_for(server: AuthorizationServer) -> dict[str, Any]:
    """Return the config of a connector of that type."""
    return {"server_url": server.url, "client_id": CLIENT_ID}


AUTH = {"client_secret": CLIENT_SECRET}
