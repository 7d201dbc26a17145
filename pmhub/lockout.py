"""The lock-out: after too many failures at an account, or from an address, nothing is checked there
for a while.

`settings.py` sets how many failures lock an account or an address, and for how long
(`LOCKOUT_AFTER`, `LOCKOUT_AFTER_ADDRESS`, `LOCKOUT_MINUTES`); `docker-compose.yml` sets them too,
and its numbers count there. Failures are rows of the database, so that all processes count the same
ones, without Redis. A row is written as a failure before anything is checked: of many attempts at
the same moment, no more are checked than may fail. An unknown account behaves in the same way, as
attempts are counted by the name typed.

A session stays open when somebody else fails elsewhere. A browser in which the user has signed in
before is counted separately at that account, so that strangers cannot lock its owner out.
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

KNOWN = "pmhub_known"  # the cookie of a browser in which somebody has signed in before
KNOWN_FOR = timedelta(days=180)
MOST_KNOWN = 10  # accounts in one browser
KEPT_FOR = timedelta(days=180)


class LockedOut(PermissionDenied):
    """Raised after too many failures; nothing is checked for `wait` seconds."""

    def __init__(self, wait: timedelta) -> None:
        self.wait = max(1, math.ceil(wait.total_seconds()))
        super().__init__(f"Too many attempts. Come again {words(self.wait)}.")


def words(seconds: int) -> str:
    """Return, in words, when to try again."""
    minutes = math.ceil(seconds / 60)
    return "in a minute" if minutes <= 1 else f"in {minutes} minutes"


def came(request: HttpRequest, door: Door) -> Attempt:
    """Return a stored attempt to get in by a way without a secret that could be guessed."""
    return Attempt.objects.create(door=door, **whence(request))


def begin(request: HttpRequest | None, door: Door, name: str = "") -> Attempt:
    """Return a stored attempt, which counts as a failure until it is `admitted`; raises LockedOut
    after too many failures."""
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
    """Note that the user got in; earlier failures at the account no longer count."""
    attempt.outcome, attempt.user = Outcome.ADMITTED, user
    attempt.save(update_fields=["outcome", "user"])
    _note(Act.ADMITTED, attempt, actor=user.pk)


def refused(attempt: Attempt) -> None:
    """Note in the log and in the audit register that an attempt failed."""
    _log("refused", attempt)
    _note(Act.REFUSED, attempt)


def whence(request: HttpRequest | None) -> dict[str, Any]:
    """Return the address, the network and the browser of a request, as far as a client cannot forge
    them: the server has put there the peer's address, or the one that the installation's proxy
    reports."""
    meta = request.META if request is not None else {}
    browser = meta.get("HTTP_USER_AGENT", "").replace("\x00", "")[:200]
    return {**_place(meta.get("REMOTE_ADDR", "")), "browser": browser}


@lru_cache(maxsize=1024)
def _place(peer: str) -> Mapping[str, str]:
    """Return the address of a peer and its network; nothing if it has none."""
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return {}
    one = ipaddress.ip_network((address, 64 if address.version == 6 else 32), strict=False)
    return {"address": str(address), "origin": str(one)}


def is_known(request: HttpRequest | None, name: str) -> bool:
    """Return whether this account has been signed in to in this browser before."""
    return _digest(name) in _known(request).get("accounts", ())


def _counts_apart(request: HttpRequest | None, door: Door, name: str) -> bool:
    """Return whether the browser is counted separately. That holds for passwords only: whoever has
    the password can make a browser known again and again, and must not get as many guesses at
    codes."""
    return door == Door.PASSWORD and is_known(request, name)


def remember(request: HttpRequest, response: HttpResponse, name: str) -> None:
    """Store in a cookie that this account has been signed in to in this browser."""
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
    """Return the name of the cookie of known browsers, which is bound to the host like the
    others."""
    return f"__Host-{KNOWN}" if settings.SESSION_COOKIE_SECURE else KNOWN


def forget_old() -> None:
    """Delete attempts that are too old to count."""
    Attempt.objects.filter(at__lt=timezone.now() - KEPT_FOR).delete()


def _wait(attempt: Attempt, *, is_known: bool) -> timedelta | None:
    """Return how long to wait until the failures in the time window are below the limit; None if
    they are."""
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
    """Return the moment of the failure that has to leave the time window before another attempt is
    allowed; None if one is allowed now."""
    failures = attempts.filter(outcome=Outcome.REFUSED).values_list("at", flat=True)
    return next(iter(failures[most - 1 : most]), None)


def _hold(attempt: Attempt) -> None:
    """Keep only one row for all attempts refused during a lock-out."""
    held = Attempt.objects.filter(
        door=attempt.door,
        outcome=Outcome.HELD,
        account=attempt.account,
        origin=attempt.origin,
        at__gt=attempt.at - settings.LOCKOUT_FOR,
    )
    _log("held back", attempt)
    if held.exists():
        attempt.delete()
    else:
        attempt.outcome = Outcome.HELD
        attempt.save(update_fields=["outcome"])
        _note(Act.HELD, attempt)


def _note(act: Act, attempt: Attempt, **given: Any) -> None:
    """Write the attempt into the audit register, with the account that was tried."""
    record(
        act,
        object_type="user",
        object_id=str(attempt.user_id or ""),
        address=attempt.address,
        details={"door": attempt.door},
        **given,
    )


def _log(what: str, attempt: Attempt) -> None:
    log.warning(
        "Sign-in %s: door=%s user=%s address=%s",
        what,
        attempt.door,
        attempt.user_id or "unknown",
        attempt.address or "unknown",
    )


def _account(request: HttpRequest | None, door: Door, name: str) -> str:
    """Return the key by which failures at an account are counted."""
    browser = _known(request)["id"] if _counts_apart(request, door, name) else ""
    return salted_hmac(
        f"pmhub.lockout.{door}{browser}", _folded(name), algorithm="sha256"
    ).hexdigest()


def _digest(name: str) -> str:
    return salted_hmac(KNOWN, _folded(name), algorithm="sha256").hexdigest()[:16]


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _known(request: HttpRequest | None) -> dict[str, Any]:
    """Return the content of the signed cookie of a known browser; empty if it has none, or a forged
    one."""
    try:
        cookie = request.COOKIES.get(known_cookie(), "") if request is not None else ""
        browser: dict[str, Any] = signing.loads(cookie, salt=KNOWN, max_age=KNOWN_FOR)
        return browser
    except signing.BadSignature:
        return {}
