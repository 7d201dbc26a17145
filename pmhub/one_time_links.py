"""One-time links: whoever has the link may do one thing, once, within a certain time.

A link holds a signed note of its purpose, of the account, and of a state that changes as soon as
the thing is done. So nothing has to be stored, a link works once, and if the same thing is done in
another way, all links for it end.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.core import signing

from pmhub.models import User


class LinkSpent(Exception):
    """Raised for a link that was used, has expired, or was never issued."""


@dataclass(frozen=True)
class Purpose:
    """The purpose of links: its name, how long a link works, and the state that changes when one is
    used."""

    name: str
    lasts: timedelta
    state: Callable[[User | None], str]

    @property
    def lasts_words(self) -> str:
        """How long a link works, in words such as *1 hour* or *7 days*."""
        hours = round(self.lasts / timedelta(hours=1))
        number, unit = (hours, "hour") if hours < 48 else (hours // 24, "day")
        return f"{number} {unit}{'' if number == 1 else 's'}"


def issue(purpose: Purpose, user: User | None = None) -> str:
    """Return the secret of a new link, as text for an address."""
    return signing.dumps([user and user.pk, _digest(purpose, user)], salt=_salt(purpose))


def opened(purpose: Purpose, secret: str) -> User | None:
    """Return the user whose link this is, None for a link of no user; raises LinkSpent if it does
    not work.

    Whoever then acts locks the rows of which the state is made, so that of two at the same moment
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
