"""Logging in by the house's own OpenID provider, instead of a password here. Owner of `joserfc`.

OpenID Connect Core 1.0, authorization code flow, with PKCE (RFC 7636), state and nonce. The provider's word counts only as a
signed ID token: its issuer, audience, nonce, time and signature are checked, and its role must be one that the house has
mapped. Whatever is wrong with it is told alike; the reason stands in the audit trail.
"""

import hashlib
import json
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from pipeline.base.problems import LedgerError, Problem, UsageError
from pipeline.craft.spec_faults import validate
from pipeline.craft.yamlfile import load
from pipeline.model.provider import ProviderSpec
from pipeline.office import surroundings
from pipeline.office.desk.roles import Role

BACK = "/login/provider/back"
_ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
_PATIENCE, _LONGEST = 10.0, 300.0  # seconds: for an answer, for a person at the provider's page
_MOST, _LEEWAY = 256 * 1024, 60  # bytes of an answer; seconds that two clocks may differ
_WAITING = 500


class Known(NamedTuple):
    """Somebody the provider knows."""

    name: str
    role: Role


class _Asked(NamedTuple):
    at: float
    nonce: str
    verifier: str


class Refused(Exception):
    """What the provider says does not hold; the text is for the audit trail and names nobody."""


class Provider:
    """The provider, and who is on the way to it and back. `fetch` gets an address, and a form for a POST."""

    def __init__(self, spec: ProviderSpec, secret: str, here: str, fetch: "Fetch | None" = None):
        self.spec, self._secret, self._here, self._fetch = spec, secret, here, fetch or _fetched
        self._asked: dict[str, _Asked] = {}
        self._lock = threading.Lock()

    def send(self) -> tuple[str, str]:
        """Where to send a browser, and the state that it must come back with. LedgerError if the provider does not answer."""
        asked = _Asked(time.monotonic(), secrets.token_urlsafe(24), secrets.token_urlsafe(48))
        state = secrets.token_urlsafe(24)
        with self._lock:
            self._asked = {key: one for key, one in self._asked.items() if asked.at - one.at < _LONGEST}
            if len(self._asked) >= _WAITING:
                raise LedgerError(Problem("desk-too-fast", "desk"))
            self._asked[state] = asked
        challenge = urlsafe_b64encode(hashlib.sha256(asked.verifier.encode()).digest()).rstrip(b"=").decode()
        words = {
            "response_type": "code", "scope": "openid profile", "client_id": self.spec.client_id, "state": state,
            "nonce": asked.nonce, "redirect_uri": self._here + BACK, "code_challenge": challenge,
            "code_challenge_method": "S256",
        }  # fmt: skip
        return f"{self._endpoint('authorization_endpoint')}?{urlencode(words)}", state

    def come_back(self, state: str, kept: str, code: str) -> Known:
        """Who came back; `kept` is the state that the browser kept. Refused where anything does not hold."""
        with self._lock:
            asked = self._asked.pop(state, None)
        if asked is None or not secrets.compare_digest(state, kept) or time.monotonic() - asked.at > _LONGEST:
            raise Refused("state")
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self._here + BACK,
            "client_id": self.spec.client_id, "client_secret": self._secret, "code_verifier": asked.verifier,
        }  # fmt: skip
        token = self._ask(self._endpoint("token_endpoint"), form).get("id_token")
        if not isinstance(token, str):
            raise Refused("no ID token")
        return self._known(token, asked.nonce)

    def _known(self, token: str, nonce: str) -> Known:
        try:
            keys = KeySet.import_key_set(self._ask(self._endpoint("jwks_uri")))  # type: ignore[arg-type]
            claims = jwt.decode(token, keys, algorithms=_ALGORITHMS).claims
            must = {"iss": self.spec.issuer, "aud": self.spec.client_id, "nonce": nonce}
            wanted = {name: {"essential": True, "value": value} for name, value in must.items()}
            jwt.JWTClaimsRegistry(leeway=_LEEWAY, exp={"essential": True}, **wanted).validate(claims)  # type: ignore[arg-type]
        except (JoseError, ValueError, KeyError, TypeError) as fault:
            raise Refused(type(fault).__name__) from None
        told = claims.get(self.spec.role_claim)
        said = told if isinstance(told, list) else [told]
        here = {Role(role) for name, role in self.spec.roles.items() if name in said}
        if len(here) != 1:
            raise Refused("no role, or several")
        try:
            name = surroundings.person(str(claims.get(self.spec.name_claim) or "\n"))
        except UsageError:
            raise Refused("name") from None
        return Known(name, here.pop())

    def _endpoint(self, name: str) -> str:
        found = self._ask(f"{self.spec.issuer}/.well-known/openid-configuration")
        address = found.get(name)
        if found.get("issuer") != self.spec.issuer or not isinstance(address, str):
            raise Refused("configuration")
        return address

    def _ask(self, address: str, form: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        try:
            found = json.loads(self._fetch(address, form))
        except (URLError, OSError, ValueError):
            raise Refused("no answer") from None
        if not isinstance(found, dict):
            raise Refused("answer")
        return found


Fetch = Callable[[str, Mapping[str, str] | None], bytes]


def read_provider(file: Path, here: str) -> Provider:
    """The provider of a YAML file, for a desk that browsers find at `here`. UsageError with what is wrong."""
    spec = validate(ProviderSpec, load(file, UsageError), UsageError)
    try:
        secret = (file.parent / Path(spec.secret_file).name).read_text("utf-8").strip()
    except OSError:
        raise UsageError(Problem("desk-no-secret", file.name, {"name": Path(spec.secret_file).name})) from None
    return Provider(spec, secret, here)


def _fetched(address: str, form: Mapping[str, str] | None) -> bytes:
    """What lies at an address; by https, or from this machine itself."""
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")):
        raise URLError("https")
    body = urlencode(form).encode() if form is not None else None
    with urlopen(Request(address, body, {"Accept": "application/json"}), timeout=_PATIENCE) as answer:
        found: bytes = answer.read(_MOST + 1)
    if len(found) > _MOST:
        raise URLError("too large")
    return found
