"""Signing in by a provider that speaks OpenID Connect: a small one, on this machine."""

import json
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
import requests
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.test import Client
from jwt.algorithms import RSAAlgorithm

from pmhub.accounts.provider import MalformedMapping, mapping
from pmhub.models import Attempt, Person, RoleAssignment, User
from tests import factories
from tests.access.conftest import LOGIN, PASSWORD

START = "/account/oidc/provider/login/"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Provider(BaseHTTPRequestHandler):
    """Answers for `server.claims`, whoever asks."""

    def do_GET(self) -> None:
        """Its configuration, the page where people sign in, and who they are."""
        base, asked = self.server.base, parse_qs(urlsplit(self.path).query)  # type: ignore[attr-defined]
        if self.server.moved:  # type: ignore[attr-defined]  # ours
            self.send_response(302)
            self.send_header("Location", f"{base}/elsewhere")
            self.end_headers()
        elif self.path.startswith("/.well-known/"):
            ends = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
            found = {f"{name}_endpoint": f"{base}/{path}" for name, path in ends.items()}
            issuer = self.server.issuer or base  # type: ignore[attr-defined]  # ours
            self.answer({"issuer": issuer, "jwks_uri": f"{base}/keys", **found})
        elif self.path.startswith("/authorize"):
            self.server.asked = asked  # type: ignore[attr-defined]  # ours
            back = urlencode({"code": "once", "state": asked["state"][0]})
            self.send_response(302)
            self.send_header("Location", f"{asked['redirect_uri'][0]}?{back}")
            self.end_headers()
        elif self.path == "/userinfo":
            self.answer(self.server.claims)  # type: ignore[attr-defined]  # ours
        else:
            shown = json.loads(RSAAlgorithm.to_jwk(KEY.public_key()))
            self.answer({"keys": [shown | {"kid": "1", "use": "sig", "alg": "RS256"}]})

    def do_POST(self) -> None:
        """A token for a code."""
        sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.sent = sent  # type: ignore[attr-defined]  # ours
        about = {"iss": self.server.base, "aud": "pmhub", "iat": 1, "exp": 9999999999}  # type: ignore[attr-defined]
        claims = about | self.server.claims | self.server.token  # type: ignore[attr-defined]
        word = jwt.encode(claims, headers={"kid": "1"}, **self.server.signed)  # type: ignore[attr-defined]
        self.answer({"access_token": "x", "token_type": "Bearer", "id_token": word})

    def answer(self, body: Any) -> None:
        """Answer JSON."""
        text = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def provider(settings: Any) -> Iterator[Any]:
    """The provider, which the installation names."""
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    server.base = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    app = {"provider_id": "provider", "name": "Example", "client_id": "pmhub", "secret": "x"}
    app["settings"] = {"server_url": server.base}  # type: ignore[assignment]  # as allauth has it
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}
    }
    server.issuer, server.token, server.moved = "", {}, False
    server.signed = {"key": KEY, "algorithm": "RS256"}
    server.claims = {"sub": "42", "preferred_username": "ada", "name": "Ada First"}
    server.claims |= {"email": "ada@example.org", "email_verified": True}
    yield server
    server.shutdown()
    server.server_close()


def come(client: Client) -> Any:
    """Sign in by the link on the page, through the provider, and back."""
    assert "Sign in with Example" in client.get(LOGIN).content.decode()
    out = client.get(START)
    assert out.status_code == 302
    back = requests.get(out.headers["Location"], allow_redirects=False, timeout=60)
    path = urlsplit(back.headers["Location"])
    return client.get(f"{path.path}?{path.query}")


def test_who_has_an_account_signs_in_by_the_provider(ada: User, provider: Any) -> None:
    client = Client()
    back = come(client)
    assert (back.status_code, back.headers["Location"]) == (302, "/")
    assert client.get("/account/").context["user"] == ada
    assert provider.asked["code_challenge_method"] == ["S256"]
    assert provider.sent["code_verifier"]
    assert Attempt.objects.filter(door="provider", outcome="admitted", user=ada).count() == 1
    # Again, by who it is there and not by the address of mail.
    provider.claims["email"] = "another@example.org"
    again = Client()
    come(again)
    assert again.get("/account/").context["user"] == ada
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("unknown", "claims"),
    [
        ("refuse", {"email": "eve@example.org"}),
        ("refuse", {"email_verified": False}),
        ("make", {"email_verified": False}),  # of somebody who has an account
        ("refuse", {"email": None}),
    ],
    ids=str,
)
def test_who_has_none_is_refused(
    ada: User, provider: Any, settings: Any, unknown: str, claims: Any
) -> None:
    settings.OIDC_UNKNOWN = unknown
    provider.claims |= claims
    client = Client()
    refused = come(client)
    assert "You have no account here" in refused.content.decode()
    assert client.get("/account/").status_code == 302
    assert User.objects.count() == 1


@pytest.mark.parametrize("field", ["is_active", "is_service"])
def test_whose_account_is_closed_is_refused(ada: User, provider: Any, field: str) -> None:
    come(Client())
    ada.is_active, ada.is_service = field != "is_active", field == "is_service"
    ada.set_unusable_password()
    ada.save()
    client = Client()
    assert come(client).status_code == 403
    assert client.get("/account/").status_code == 302


def test_an_account_is_made_where_that_is_set(
    quick: None, nothing: None, provider: Any, settings: Any
) -> None:
    settings.OIDC_UNKNOWN = "make"
    client = Client()
    assert come(client).status_code == 302
    user = User.objects.get()
    assert (user.username, user.email) == ("ada", "ada@example.org")
    assert not user.has_usable_password()
    assert Person.objects.values_list("name", "user").get() == ("Ada First", user.pk)
    assert client.get("/api/v1/programmes/").json()["count"] == 0
    assert not RoleAssignment.objects.exists()
    # Another of that name gets another.
    provider.claims |= {"sub": "43", "email": "ada@elsewhere.example"}
    come(Client())
    assert User.objects.count() == 2


def test_groups_give_roles_and_take_them(ada: User, provider: Any, settings: Any) -> None:
    programme = factories.programme(code="ONE")
    person = factories.person(user=ada)
    factories.role(ada, "sponsor", portfolio=programme.portfolio)  # by the PMO
    settings.OIDC_ROLES = "ones=viewer@programme:ONE, staff=assurer, none=viewer@programme:GONE"
    provider.claims["groups"] = ["ones", "staff", "strangers"]

    def held() -> set[tuple[str, Any]]:
        return set(RoleAssignment.objects.filter(person=person).values_list("role", "programme"))

    for _ in range(2):
        come(Client())
        assert held() == {("sponsor", None), ("viewer", programme.pk), ("assurer", None)}
    provider.claims["groups"] = ["staff"]
    come(Client())
    assert held() == {("sponsor", None), ("assurer", None)}
    del provider.claims["groups"]
    come(Client())
    assert held() == {("sponsor", None)}


def test_the_last_of_the_pmo_keeps_the_role_whatever_the_groups_say(
    ada: User, provider: Any, settings: Any
) -> None:
    factories.person(user=ada)
    other = factories.user("other")
    settings.OIDC_ROLES = "office=pmo, staff=assurer"
    provider.claims["groups"] = ["office", "staff"]

    def held() -> set[str]:
        come(Client())
        return set(RoleAssignment.objects.filter(person__user=ada).values_list("role", flat=True))

    assert held() == {"pmo", "assurer"}
    provider.claims["groups"] = []
    assert held() == {"pmo"}
    factories.role(other, "pmo")
    assert held() == set()


def test_what_did_not_begin_here_ends_here(ada: User, provider: Any) -> None:
    client = Client()
    forged = client.get(f"{START}callback/?{urlencode({'code': 'once', 'state': 'forged'})}")
    assert forged.status_code in (200, 401)
    assert "Signing in failed" in forged.content.decode()
    assert client.get("/account/").status_code == 302


@pytest.mark.parametrize(
    ("signed", "token"),
    [
        ({"key": rsa.generate_private_key(public_exponent=65537, key_size=2048)}, {}),
        ({"key": "x" * 32, "algorithm": "HS256"}, {}),
        ({"key": None, "algorithm": "none"}, {}),
        ({}, {"aud": "another"}),
        ({}, {"iss": "https://another.example"}),
        ({}, {"exp": 2}),
        ({}, {"sub": "43"}),
    ],
)
def test_a_token_that_does_not_prove_who_it_is_lets_nobody_in(
    ada: User, provider: Any, signed: dict[str, Any], token: dict[str, Any]
) -> None:
    provider.signed |= signed
    provider.token = token
    client = Client()
    refused = come(client)
    assert "Signing in failed" in refused.content.decode()
    assert client.get("/account/").status_code == 302


def test_who_has_a_second_factor_shows_it_after_the_provider_too(ada: User, provider: Any) -> None:
    Authenticator.objects.create(user=ada, type=Authenticator.Type.TOTP, data={"secret": "x"})
    client = Client()
    asked = come(client)
    assert asked.headers["Location"].startswith("/account/second-factor/authenticate/")
    assert client.get("/account/").status_code == 302


def test_a_provider_that_says_to_be_another_is_not_asked(ada: User, provider: Any) -> None:
    provider.issuer = "https://another.example"
    answer = Client().get(START)
    assert (answer.status_code, "Signing in failed" in answer.content.decode()) == (502, True)


def test_a_provider_leads_us_nowhere_else(ada: User, provider: Any) -> None:
    provider.moved = True
    answer = Client().get(START)
    assert (answer.status_code, "Signing in failed" in answer.content.decode()) == (502, True)


def test_another_site_signs_nobody_in_or_out(ada: User, provider: Any) -> None:
    for led in ("cross-site", "same-site"):
        answer = Client().get(START, headers={"Sec-Fetch-Site": led})
        assert (answer.status_code, answer.headers["Location"]) == (302, LOGIN)
    client = Client()
    come(client)
    away = client.get("/account/confirm/sign-in/", headers={"Sec-Fetch-Site": "cross-site"})
    assert away.status_code == 403
    assert client.get("/account/").status_code == 200


def test_a_provider_that_is_away_is_no_error_of_ours(ada: User, provider: Any) -> None:
    provider.shutdown()
    provider.server_close()
    answer = Client().get(START)
    assert (answer.status_code, "Signing in failed" in answer.content.decode()) == (502, True)


def test_without_a_provider_there_is_no_such_door(ada: User) -> None:
    assert "Sign in with" not in Client().get(LOGIN).content.decode()
    assert Client().get(START).status_code == 404
    assert Client().get(f"{START}callback/").status_code == 404


@pytest.mark.parametrize(
    "text", ["staff", "staff=king", "=viewer", "a=viewer@programme", "a=viewer@planet:X"]
)
def test_a_mapping_that_cannot_be_read_is_named(text: str) -> None:
    with pytest.raises(MalformedMapping, match="OIDC_ROLES"):
        mapping(text)


def test_nobody_is_made_to_take_over_another_by_a_password(ada: User, provider: Any) -> None:
    """The provider's word is no password of pmhub's."""
    come(Client())
    guess = secrets.token_hex()
    answer = Client().post(LOGIN, {"username": "ada", "password": guess})
    assert answer.status_code == 200
    assert Client().post(LOGIN, {"username": "ada", "password": PASSWORD}).status_code == 302


@pytest.mark.parametrize(
    ("address", "starts"),
    [
        ("https://login.example.org/realms/staff", True),
        ("http://localhost:9000", True),
        ("http://127.0.0.1:9000/x", True),
        ("http://login.example.org/realms/staff", False),
        ("http://localhost.example.org", False),
        ("login.example.org", False),
    ],
)
def test_the_provider_is_reached_by_https_alone(address: str, starts: bool) -> None:
    given = {"OIDC_URL": address, "OIDC_CLIENT_ID": "pmhub", "OIDC_CLIENT_SECRET": "x"}
    code = "from django.conf import settings; settings.OIDC_URL"
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        cwd=settings.BASE_DIR,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "pmhub.settings"} | given,
        capture_output=True,
        text=True,
    )
    assert (done.returncode == 0) == starts, done.stderr
    assert starts or "OIDC_URL begins with https://" in done.stderr
