"""Tokens: made with an expiry, with no wider scopes than the token that makes them; their owners
are told before they expire."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from pmhub import scopes
from pmhub.accounts import mails
from pmhub.models import Token, User
from pmhub.models.accounts import TOLD_BEFORE

USUALLY = timedelta(days=90)
AT_MOST = timedelta(days=366)
TOO_LONG = "Give a moment within a year: no token works longer."
OVER = "Give a moment that is still to come."


def make(
    user: User,
    *,
    name: str,
    wanted: Iterable[str] = (),
    ends_at: datetime | None = None,
    by: Token | None = None,
) -> tuple[Token, str]:
    """Return a new token of a user and its key, which cannot be read again.

    Without `ends_at` it works for ninety days. If it is made `by` another token, it may do no more
    than that one, and expires no later. Raises ValidationError on `expires_at`, PermissionDenied
    for wider scopes.
    """
    given, now = list(wanted), timezone.now()
    if by is not None:
        given = _narrowed(given, by)
        ends_at = min(filter(None, (ends_at or now + USUALLY, by.expiry)))
    ends_at = ends_at or now + USUALLY
    check_end(ends_at)
    token, key = Token.objects.create(
        user=user, expiry=ends_at - now, name=name, scopes=" ".join(scopes.ordered(given))
    )
    mails.tell(user, "token_made")
    return token, key


def check_end(ends_at: datetime) -> None:
    """Raise ValidationError if the expiry is in the past or too far away."""
    now = timezone.now()
    if ends_at <= now:
        raise ValidationError({"expires_at": OVER})
    if ends_at > now + AT_MOST:
        raise ValidationError({"expires_at": TOO_LONG})


@transaction.atomic
def warn_token_owners() -> int:
    """Tell users by mail which tokens of theirs will expire; return how many tokens these are. They
    are told again in the last days."""
    now = timezone.now()
    due = Token.objects.filter(tell_at__lte=now, expiry__gt=now).select_related("user")
    tokens = list(due.select_for_update(of=("self",), skip_locked=True))
    for token in tokens:
        mails.mail_token_expiry(token.user, token.name, token.expiry)
    pks = [token.pk for token in tokens]
    Token.objects.filter(pk__in=pks).update(tell_at=None)
    later = Token.objects.filter(pk__in=pks, expiry__gt=now + TOLD_BEFORE)
    later.update(tell_at=F("expiry") - TOLD_BEFORE)
    return len(tokens)


def _narrowed(wanted: list[str], maker: Token) -> list[str]:
    own = maker.scopes.split()
    if scopes.exceeding(wanted, own):
        raise PermissionDenied("A token cannot make one that may do more than itself.")
    return wanted or own
