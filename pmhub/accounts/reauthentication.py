"""What is dangerous asks a person to show again who they are, unless they did so just now.

Dangerous is what gives somebody a right or a way in, or takes one: roles and posts, accounts,
tokens, rules of signing in. Pages, admin pages and REST ask by `require` alone, each where it
declares what is `dangerous` there.
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
    """Tell whether this session has seen a password, a second factor or the provider's word within
    `CONFIRMED_FOR`; of a job, which has no session, whether that by which it was asked for had."""
    if (confirmed := getattr(request, "confirmed", None)) is not None:
        return bool(confirmed)
    last = max((record["at"] for record in _records(request)), default=0)
    return bool(time.time() - last < settings.CONFIRMED_FOR.total_seconds())


def require(request: Any) -> None:
    """Raise ReauthenticationRequired unless a person showed a moment ago who they are: pages lead
    them to where they do and back, REST answers 403 and says where. A token shows it by itself;
    what it may do, its scopes say."""
    if getattr(request, "auth", None) is None and not is_confirmed(request):
        raise ReauthenticationRequired


def renewing(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Return a view by which somebody shows again who they are. The session gets another key, so
    that the old one is worth nothing to whoever else knows it."""

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
    """Sign in somebody who has just chosen their password here."""
    login(request, user)
    record_authentication(request, user, method="password")
