"""Dangerous acts require that the user has just proved their identity, or proves it again.

Acts that give or take a right or a way to sign in are dangerous: roles and posts, accounts, tokens,
rules for signing in. Pages, admin pages and REST all call `require` for what they declare as
`dangerous`.
"""

import time
from collections.abc import Callable
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse

from pmhub.models import User


def is_confirmed(request: Any) -> bool:
    """Return whether this session has seen a password, a second factor or a sign-in at the provider
    within `CONFIRMED_FOR`. For a job, which has no session, it is whether that was so when the job
    was asked for."""
    if (confirmed := getattr(request, "confirmed", None)) is not None:
        return bool(confirmed)
    last = max((record["at"] for record in _records(request)), default=0)
    return bool(time.time() - last < settings.CONFIRMED_FOR.total_seconds())


def require(request: Any) -> None:
    """Raise ReauthenticationRequired unless the user has just proved their identity: pages then
    lead them to where they can and back, REST answers 403 and names that page. A request with a
    token passes; the token's scopes say what it may do."""
    if getattr(request, "auth", None) is None and not is_confirmed(request):
        raise ReauthenticationRequired


def renewing(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Wrap a view on which users prove their identity again: afterwards the session gets another
    key, so that the old one is useless to anybody else who knows it."""

    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key, before = request.session.session_key, len(_records(request))
        response = view(request, *args, **kwargs)
        if len(_records(request)) > before and request.session.session_key == key:
            request.session.cycle_key()
        return response

    return answer


def _records(request: HttpRequest) -> list[dict[str, Any]]:
    user: Any = request.user
    records: list[dict[str, Any]] = get_authentication_records(
        request, user if user.is_authenticated else None
    )
    return records


def sign_in(request: HttpRequest, user: User) -> None:
    """Sign in a user who has just chosen their password here."""
    login(request, user)
    record_authentication(request, user, method="password")
