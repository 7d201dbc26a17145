"""What is dangerous asks a person to show again who they are, unless they did so just now."""

import time
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest

from pmhub.models import User


def is_confirmed(request: HttpRequest) -> bool:
    """Tell whether this session has seen a password, a second factor or the provider's word within
    `CONFIRMED_FOR`."""
    user: Any = request.user
    records = get_authentication_records(request, user if user.is_authenticated else None)
    last = max((each["at"] for each in records), default=0)
    return bool(time.time() - last < settings.CONFIRMED_FOR.total_seconds())


def require(request: HttpRequest) -> None:
    """Lead a person to the page that asks them again, and from there back to what they did."""
    if not is_confirmed(request):
        raise ReauthenticationRequired


def sign_in(request: HttpRequest, user: User) -> None:
    """Sign in somebody who has just chosen their password here."""
    login(request, user)
    record_authentication(request, user, method="password")
