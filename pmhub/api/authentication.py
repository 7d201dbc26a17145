"""Authentication by tokens: as a bearer, or as the password of Basic for spreadsheets. A token
never gives more rights than its user has."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from hmac import compare_digest
from typing import Any

from django.db import connection
from django.utils import timezone
from knox.crypto import hash_token
from knox.settings import CONSTANTS
from rest_framework.authentication import (
    BaseAuthentication,
    SessionAuthentication,
    get_authorization_header,
)
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS

from pmhub import identity, lockout, scopes
from pmhub.api import resources
from pmhub.api.problems import Problem
from pmhub.audit.acts import record
from pmhub.models import Act, Door, Token

USED_EVERY = timedelta(minutes=1)
NAMELESS = ("", "token")
FOR_ALL = ("me", "schema")
# The beginning of a statement that writes; a statement for the history may come before it.
WRITES = re.compile(r'(?:^|;)\s*(?:INSERT INTO|UPDATE|DELETE FROM) "(\w+)"')
OUT_OF_DATE = (
    "The token of this page (X-CSRFToken) is missing, or of before the last sign-in: open the page"
    " again, and save then."
)
ITS_OWN = "jobs"  # without its scope, a token reaches the jobs that it asked for


class _BodylessRequest:
    """A request whose form fields are always empty, so that nobody parses its body."""

    POST: Mapping[str, str] = {}

    def __init__(self, request: Any) -> None:
        self._request = request

    def __getattr__(self, name: str) -> Any:
        return getattr(self._request, name)


class BrowserSession(SessionAuthentication):
    """The session of a browser. A page sends its CSRF token in a header: the body is not parsed for
    it, because the rows of a file are looked up as the user, who is not known yet."""

    def enforce_csrf(self, request: Any) -> None:
        """Refuse a write without the CSRF token of the page, or with one from before the last
        sign-in."""
        unread: Any = _BodylessRequest(request)
        try:
            super().enforce_csrf(unread)
        except PermissionDenied:
            raise Problem(403, "page_out_of_date", OUT_OF_DATE) from None


class BearerToken(BaseAuthentication):
    """`Authorization: Bearer pmh_…`."""

    keyword = "bearer"

    def authenticate(self, request: Any) -> tuple[Any, Token] | None:
        """Return the user and the token; None when the header is of another scheme."""
        keyword, _, rest = get_authorization_header(request).partition(b" ")
        if keyword.lower() != self.keyword.encode():
            return None
        token = self._admitted(request, rest.strip())
        check_scope(token, request)
        _remember(token)
        return token.user, token

    def authenticate_header(self, request: Any) -> str:
        """Return the challenge of a 401."""
        return 'Bearer realm="pmhub"'

    def token(self, credentials: bytes) -> Token:
        """Return the valid token with these credentials; raises AuthenticationFailed."""
        return find(credentials)

    def _admitted(self, request: Any, credentials: bytes) -> Token:
        """Return the valid token. A client that sends invalid ones too often is told when to come
        again; a valid token always works, so that no other client can lock it out."""
        try:
            return self.token(credentials)
        except AuthenticationFailed as failed:
            lockout.refused(lockout.begin(request, Door.TOKEN))
            if isinstance(failed, EndedToken):
                of = {"object_type": "token", "object_id": failed.token.token_key}
                record(Act.TOKEN_REFUSED, **of, details={"user": failed.token.user_id})
            raise


class BasicToken(BearerToken):
    """`Authorization: Basic` with the user's name and a token as the password."""

    keyword = "basic"

    def token(self, credentials: bytes) -> Token:
        """Return the valid token in the password, if it is the named user's; raises
        AuthenticationFailed."""
        try:
            name, _, password = base64.b64decode(credentials, validate=True).partition(b":")
            username = name.decode()
        except (binascii.Error, ValueError):
            raise AuthenticationFailed("The header is not valid Basic authentication.") from None
        token = find(password)
        if username not in (*NAMELESS, token.user.get_username()):
            raise AuthenticationFailed("The token is not this user's.")
        return token


REFUSAL = "The token is unknown, expired or revoked."


class EndedToken(AuthenticationFailed):
    """A token that was valid once has ended; the answer is the same as for an unknown token."""

    def __init__(self, token: Token) -> None:
        super().__init__(REFUSAL)
        self.token = token


def find(key: bytes) -> Token:
    """Return the valid token with this key; raises EndedToken for one that has ended, otherwise
    AuthenticationFailed."""
    refusal = AuthenticationFailed(REFUSAL)
    try:
        text = key.decode("ascii")
    except UnicodeDecodeError:
        raise refusal from None
    if "\x00" in text:
        raise refusal
    digest = hash_token(text)
    prefix = text[: CONSTANTS.TOKEN_KEY_LENGTH]
    for token in identity.tokens(prefix):
        if not compare_digest(digest, token.digest) or not token.user.is_active:
            continue
        if token.has_ended:
            raise EndedToken(token)
        return token
    raise refusal


def scopes_of(token: Token) -> list[str]:
    """Return the scopes of a token; a token without scopes has them all."""
    return token.scopes.split() or list(scopes.VERBS)


def check_scope(token: Token, request: Any) -> None:
    """Raise PermissionDenied for a request outside the token's scopes, before any view runs. Every
    token may read `/me/` and `/schema/` and reach `/jobs/`; `expand` takes scopes that name every
    resource."""
    resource = _resource(request.path)
    verb = "read" if request.method in SAFE_METHODS else "write"
    held = token.scopes.split()
    if resource == ITS_OWN or (resource in FOR_ALL and verb == "read"):
        return
    if not scopes.allows(held, resource, verb):
        raise PermissionDenied(f"This token's scopes do not include {verb} at {resource}.")
    if "expand" in request.GET and not scopes.allows(held, scopes.ALL, verb):
        raise PermissionDenied("This token's scopes name resources, so it cannot expand others.")


def token_reaches(token: Any, resource: str) -> bool:
    """Return whether a token's scopes allow reading a resource that is joined to another; always
    true for a request without a token."""
    return not isinstance(token, Token) or scopes.allows(scopes_of(token), resource, "read")


@contextmanager
def within_scopes(token: Any) -> Iterator[None]:
    """Refuse, within this context, every write to a collection for which the token has no `write`
    scope: a verb may write other collections than that of its address."""
    held = token.scopes.split() if isinstance(token, Token) else []
    if scopes.allows(held, scopes.ALL, "write"):
        yield
        return

    def checked(execute: Any, sql: Any, *given: Any) -> Any:
        for collection in _written(sql.decode() if isinstance(sql, bytes) else str(sql)):
            if not scopes.allows(held, collection, "write"):
                text = f"This also writes {collection}, and this token's scopes do not include it."
                raise PermissionDenied(text)
        return execute(sql, *given)

    with connection.execute_wrapper(checked):
        yield


def _written(sql: str) -> list[str]:
    """Return the collections whose records a statement writes."""
    tables = resources.of_tables()
    return [tables[table] for table in WRITES.findall(sql) if table in tables]


def check_whole(token: Any) -> None:
    """Raise PermissionDenied for a token that may not write everything, before an act that gives
    somebody a way in."""
    held = token.scopes.split() if isinstance(token, Token) else []
    if not scopes.allows(held, scopes.ALL, "write"):
        raise PermissionDenied("This takes a token that may write everything.")


def _resource(path: str) -> str:
    """Return the collection of an address: `projects` for `/api/v1/projects/12/closure/`."""
    return (path.split("/") + [""] * 4)[3]


def _remember(token: Token) -> None:
    """Store when the token was last used, at most once a minute: reading should not write."""
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at > USED_EVERY:
        Token.objects.filter(pk=token.pk).update(last_used_at=now)
