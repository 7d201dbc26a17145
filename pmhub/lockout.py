"""The lock-out: whoever fails too often, at an account or from an address, waits a while.

How many failures hold an account or an address, and for how long, is set in `settings.py`
(`LOCKOUT_AFTER`, `LOCKOUT_AFTER_ADDRESS`, `LOCKOUT_MINUTES`); `docker-compose.yml` sets the same
again, and its numbers count there. Failures are rows of the database, so
that all processes count the same and Redis is not needed. A row is written as a failure before
anything is checked: of many that come at once, no more are checked than may fail. Where an account
is unknown everything is the same, for it is counted by what was typed.

A session stays as it is, whoever fails elsewhere. A browser in which somebody has signed in before
is counted by itself at that account, so that strangers cannot keep its owner out.
"""

import ipaddress
import logging
import math
import secrets
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from pmhub.audit.acts import record
from pmhub.models import Act, Attempt, Door, Outcome, User

log = logging.getLogger(__name__)

KNOWN = "pmhub_known"  # what a browser holds in which somebody has signed in
KNOWN_FOR = timedelta(days=180)
MOST_KNOWN = 10  # accounts in one browser
KEPT_FOR = timedelta(days=180)


class LockedOut(PermissionDenied):
    """Too many failures: `wait` says for how many seconds nothing is checked."""

    def __init__(self, wait: timedelta) -> None:
        self.wait = max(1, math.ceil(wait.total_seconds()))
        super().__init__(f"Too many attempts. Come again {words(self.wait)}.")


def words(seconds: int) -> str:
    """Return when to come again, for a person."""
    minutes = math.ceil(seconds / 60)
    return "in a minute" if minutes <= 1 else f"in {minutes} minutes"


def came(request: HttpRequest, door: Door) -> Attempt:
    """Return an attempt at a door where there is nothing to guess."""
    return Attempt.objects.create(door=door, **whence(request))


def begin(request: HttpRequest | None, door: Door, name: str = "") -> Attempt:
    """Return an attempt, noted as a failure until it is `admitted`; raises Held after too many."""
    attempt = Attempt(door=door, **whence(request))
    if name:
        attempt.account = _account(request, door, name)
        attempt.user = User.objects.filter(username=name).only("pk").first()
    attempt.save()
    if wait := _wait(attempt, is_known=_counts_apart(request, door, name)):
        _hold(attempt)
        raise LockedOut(wait)
    return attempt


def admitted(attempt: Attempt, user: User) -> None:
    """Note that somebody got in: the failures at their account count no more."""
    attempt.outcome, attempt.user = Outcome.ADMITTED, user
    attempt.save(update_fields=["outcome", "user"])
    _note(Act.ADMITTED, attempt, actor=user.pk)


def refused(attempt: Attempt) -> None:
    """Say in the log and in the audit register that somebody did not get in."""
    _say("refused", attempt)
    _note(Act.REFUSED, attempt)


def whence(request: HttpRequest | None) -> dict[str, Any]:
    """Return where a request comes from, as far as nobody can make it up: the peer, or what the
    proxy of the installation says, which the server has put in its place."""
    meta = request.META if request is not None else {}
    browser = meta.get("HTTP_USER_AGENT", "").replace("\x00", "")[:200]
    return {**_place(meta.get("REMOTE_ADDR", "")), "browser": browser}


@lru_cache(maxsize=1024)
def _place(peer: str) -> Mapping[str, str]:
    """Return the address of a peer and the network that it is of; nothing where it has none."""
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return {}
    one = ipaddress.ip_network((address, 64 if address.version == 6 else 32), strict=False)
    return {"address": str(address), "origin": str(one)}


def is_known(request: HttpRequest | None, name: str) -> bool:
    """Tell whether somebody has signed in to this account in this browser before."""
    return _digest(name) in _known(request).get("accounts", ())


def _counts_apart(request: HttpRequest | None, door: Door, name: str) -> bool:
    """Return whether a browser is counted by itself: at the password alone, for whoever has that
    becomes known as often as they like, and is not to guess codes as often."""
    return door == Door.PASSWORD and is_known(request, name)


def remember(request: HttpRequest, response: HttpResponse, name: str) -> None:
    """Have the browser known at this account from here on."""
    browser = _known(request) or {"id": secrets.token_hex(16), "accounts": []}
    others = [account for account in browser["accounts"] if account != _digest(name)]
    browser["accounts"] = [_digest(name), *others][:MOST_KNOWN]
    response.set_cookie(
        known_cookie(),
        signing.dumps(browser, salt=KNOWN),
        max_age=KNOWN_FOR,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def known_cookie() -> str:
    """Return the name of the cookie of a known browser: bound to the host, as the others."""
    return f"__Host-{KNOWN}" if settings.SESSION_COOKIE_SECURE else KNOWN


def forget_old() -> None:
    """Delete what was tried too long ago to be of use."""
    Attempt.objects.filter(at__lt=timezone.now() - KEPT_FOR).delete()


def _wait(attempt: Attempt, *, is_known: bool) -> timedelta | None:
    """Return how long to wait until fewer failures than are allowed are left in the window."""
    since = attempt.at - settings.LOCKOUT_FOR
    before = Attempt.objects.filter(door=attempt.door, at__gt=since, pk__lt=attempt.pk)
    waits = []
    if attempt.account:
        here = before.filter(account=attempt.account)
        last = here.filter(outcome=Outcome.ADMITTED).values_list("pk", flat=True).first() or 0
        waits.append(_full(here.filter(pk__gt=last), settings.LOCKOUT_AFTER))
    if attempt.origin and not is_known:
        waits.append(_full(before.filter(origin=attempt.origin), settings.LOCKOUT_AFTER_ADDRESS))
    ends = [begun + settings.LOCKOUT_FOR for begun in waits if begun]
    return max(ends) - attempt.at if ends else None


def _full(attempts: QuerySet[Attempt], most: int) -> datetime | None:
    """Return when the failure was with whose end one more is allowed; None while one more is."""
    failures = attempts.filter(outcome=Outcome.REFUSED).values_list("at", flat=True)
    return next(iter(failures[most - 1 : most]), None)


def _hold(attempt: Attempt) -> None:
    """Keep one row for all that are held back while a lock-out lasts, not one for each."""
    held = Attempt.objects.filter(
        door=attempt.door,
        outcome=Outcome.HELD,
        account=attempt.account,
        origin=attempt.origin,
        at__gt=attempt.at - settings.LOCKOUT_FOR,
    )
    _say("held back", attempt)
    if held.exists():
        attempt.delete()
    else:
        attempt.outcome = Outcome.HELD
        attempt.save(update_fields=["outcome"])
        _note(Act.HELD, attempt)


def _note(act: Act, attempt: Attempt, **given: Any) -> None:
    """Note it in the audit register, at the account that was tried."""
    record(
        act,
        object_type="user",
        object_id=str(attempt.user_id or ""),
        address=attempt.address,
        details={"door": attempt.door},
        **given,
    )


def _say(what: str, attempt: Attempt) -> None:
    log.warning(
        "Sign-in %s: door=%s user=%s address=%s",
        what,
        attempt.door,
        attempt.user_id or "unknown",
        attempt.address or "unknown",
    )


def _account(request: HttpRequest | None, door: Door, name: str) -> str:
    """Return what the failures at an account are counted by."""
    browser = _known(request)["id"] if _counts_apart(request, door, name) else ""
    return salted_hmac(
        f"pmhub.lockout.{door}{browser}", _folded(name), algorithm="sha256"
    ).hexdigest()


def _digest(name: str) -> str:
    return salted_hmac(KNOWN, _folded(name), algorithm="sha256").hexdigest()[:16]


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _known(request: HttpRequest | None) -> dict[str, Any]:
    """Return what the signed cookie of a browser says, which we gave it; empty for any other."""
    try:
        cookie = request.COOKIES.get(known_cookie(), "") if request is not None else ""
        browser: dict[str, Any] = signing.loads(cookie, salt=KNOWN, max_age=KNOWN_FOR)
        return browser
    except signing.BadSignature:
        return {}
