"""One-time links: whoever has one may do one thing, once, for a while.

A link carries a signed note of what it is for, for which account, and of a state that is another as
soon as the thing is done. So nothing is stored, a link works once, and when the same thing comes
about in another way, all links for it end.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.core import signing

from pmhub.models import User


class LinkSpent(Exception):
    """The link was used, is out of date, or was never given out."""


@dataclass(frozen=True)
class Purpose:
    """What links are for, how long one works, and the state that using one ends."""

    name: str
    lasts: timedelta
    state: Callable[[User | None], str]

    @property
    def lasts_words(self) -> str:
        """Return how long a link works, such as *1 hour* or *7 days*."""
        hours = round(self.lasts / timedelta(hours=1))
        number, unit = (hours, "hour") if hours < 48 else (hours // 24, "day")
        return f"{number} {unit}{'' if number == 1 else 's'}"


def issue(purpose: Purpose, user: User | None = None) -> str:
    """Return the secret of a new link, as text that an address can hold."""
    return signing.dumps([user and user.pk, _digest(purpose, user)], salt=_salt(purpose))


def opened(purpose: Purpose, secret: str) -> User | None:
    """Return whose link it is, None for one of nobody's; raises Spent when it does not work.

    Whoever then does the thing holds what its state is read from, so that of two that come at once
    only one succeeds.
    """
    try:
        pk, digest = signing.loads(secret, salt=_salt(purpose), max_age=purpose.lasts)
    except signing.BadSignature:
        raise LinkSpent from None
    user = User.objects.filter(pk=pk).first()
    if (user and user.pk) != pk or digest != _digest(purpose, user):
        raise LinkSpent
    return user


def _salt(purpose: Purpose) -> str:
    return f"pmhub.one_time_links.{purpose.name}"


def _digest(purpose: Purpose, user: User | None) -> str:
    return hashlib.sha256(purpose.state(user).encode()).hexdigest()
