"""Logging in by an OpenID provider: what it signs for us and for this very log-in counts, and nothing else."""

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey

from pipeline.base.problems import UsageError
from pipeline.model.provider import ProviderSpec
from pipeline.office.desk.oidc import BACK, Provider, read_provider
from pipeline.office.shop import Shop
from pipeline.rules.numbers import my_number_check_digit
from tests import desks
from tests.desks import ORIGIN, Person

ISSUER = "https://login.example.jp"
SPEC = ProviderSpec(issuer=ISSUER, client_id="desk", secret_file="s", roles={"窓口": "operator", "係長": "approver"})
KEY = ECKey.generate_key("P-256", {"kid": "one"})
OTHER = ECKey.generate_key("P-256", {"kid": "one"})
Change = Callable[[dict[str, Any]], Any]


class House:
    """A provider that says what a test wants it to."""

    def __init__(self, **changes: Any):
        self.changes, self.key, self.header, self.forms = changes, KEY, {"alg": "ES256", "kid": "one"}, list[Any]()
        self.nonce, self.silent = "", False

    def __call__(self, address: str, form: Mapping[str, str] | None) -> bytes:
        if self.silent:
            raise URLError("no route")
        if address.endswith("openid-configuration"):
            names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            return json.dumps({"issuer": ISSUER} | {name: f"{ISSUER}/{name}" for name in names}).encode()
        if address.endswith("jwks_uri"):
            return json.dumps(KeySet([KEY]).as_dict(private=False)).encode()
        assert form is not None
        self.forms.append(form)
        claims = {
            "iss": ISSUER, "aud": "desk", "exp": int(time.time()) + 300, "nonce": self.nonce, "preferred_username": "伊藤",
            "roles": ["窓口", "その他"],
        } | self.changes  # fmt: skip
        return json.dumps({"id_token": jwt.encode(self.header, claims, self.key, algorithms=["ES256", "HS256"])}).encode()


def arrive(house: House, folder: Path, state: str = "") -> tuple[Person, Any]:
    """Somebody goes to the provider and comes back; the answer."""
    provider = Provider(SPEC, "secret", ORIGIN, house)
    somebody = Person(desks.desk(Shop(folder), [], provider=provider))
    assert "組織のアカウント" in somebody.look("/login")
    sent = parse_qs(urlsplit(somebody.http.get("/login/provider").headers["location"]).query)
    house.nonce = sent["nonce"][0]
    words = {"state": state or sent["state"][0], "code": "c"}
    return somebody, somebody.http.get(BACK, params=words, headers={"sec-fetch-site": "cross-site"})


def test_who_the_provider_knows_is_let_in(tmp_path: Path) -> None:
    house = House()
    somebody, answer = arrive(house, tmp_path)
    assert answer.status_code == 200 and 'url=/"' in answer.text
    assert "伊藤" in somebody.look("/") and "担当者" in somebody.look("/")
    (form,) = house.forms
    assert form["client_secret"] == "secret" and len(form["code_verifier"]) >= 43
    assert ("desk", "log-in") in desks.log(tmp_path)


WRONG: dict[str, Change] = {
    "issuer": lambda claims: {"iss": "https://other.example.jp"},
    "audience": lambda claims: {"aud": "another"},
    "nonce": lambda claims: {"nonce": "old"},
    "expired": lambda claims: {"exp": int(time.time()) - 3600},
    "no role": lambda claims: {"roles": ["その他"]},
    "two roles": lambda claims: {"roles": ["窓口", "係長"]},
    "no name": lambda claims: {"preferred_username": ""},
    "number as name": lambda claims: {"preferred_username": f"12345678901{my_number_check_digit('12345678901')}"},
}


@pytest.mark.parametrize("what", WRONG)
def test_a_token_that_says_otherwise_is_refused(what: str, tmp_path: Path) -> None:
    somebody, answer = arrive(House(**WRONG[what]({})), tmp_path)
    assert answer.status_code == 401 and somebody.http.get("/").headers["location"] == "/login"
    assert ("desk", "log-in-refused") in desks.log(tmp_path)


def test_a_token_of_another_key_is_refused(tmp_path: Path) -> None:
    house = House()
    house.key = OTHER
    assert arrive(house, tmp_path)[1].status_code == 401


def test_a_token_signed_with_what_everybody_knows_is_refused(tmp_path: Path) -> None:
    house = House()
    house.key, house.header = OctKey.import_key("secret-secret-secret-secret-secret"), {"alg": "HS256", "kid": "one"}  # type: ignore[assignment]
    assert arrive(house, tmp_path)[1].status_code == 401


def test_who_was_not_sent_by_us_is_refused(tmp_path: Path) -> None:
    assert arrive(House(), tmp_path, state="x" * 32)[1].status_code == 401
    somebody, answer = arrive(House(), tmp_path)
    assert answer.status_code == 200
    again = somebody.http.get(BACK, params={"state": "x", "code": "c"})
    assert again.status_code == 401, "a state counts once"


def test_a_provider_that_does_not_answer_is_told(tmp_path: Path) -> None:
    house = House()
    house.silent = True
    somebody = Person(desks.desk(Shop(tmp_path), [], provider=Provider(SPEC, "s", ORIGIN, house)))
    assert somebody.http.get("/login/provider").status_code == 502


def test_without_a_provider_there_is_no_such_page(tmp_path: Path) -> None:
    somebody = Person(desks.desk(Shop(tmp_path), []))
    assert {somebody.http.get(path).status_code for path in ("/login/provider", BACK)} == {404}


def test_its_yaml_is_checked(tmp_path: Path) -> None:
    file = tmp_path / "provider.yaml"
    text = "issuer: {issuer}\nclient_id: desk\nsecret_file: secret.txt\nroles: {{窓口: operator}}\n"
    file.write_text(text.format(issuer="http://login.example.jp"), "utf-8")
    with pytest.raises(UsageError):
        read_provider(file, ORIGIN)
    file.write_text(text.format(issuer=ISSUER), "utf-8")
    with pytest.raises(UsageError, match="desk-no-secret"):
        read_provider(file, ORIGIN)
    (tmp_path / "secret.txt").write_text("x\n")
    assert read_provider(file, ORIGIN).spec.issuer == ISSUER
