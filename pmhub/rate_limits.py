"""Rate limits: how much one may ask for at once, and how much more each second.

A request costs one unit, one more for each hundredth of a second of computing, and ten more if what
it showed identified nobody; a bulk request costs one for each of its items, a file one for each
hundred of its rows. A known user is counted as a user and by their token, anybody else by their
address. Each process counts by itself and allows its share of the limit, so that neither Redis nor
a row is needed.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

from pmhub.caching import BoundedCache

log = logging.getLogger(__name__)

COMPUTING = 0.01  # seconds of computing for one unit
REFUSED = 10  # units that an unknown credential costs
LEAST = 100  # units that each of many processes gives at once: enough for a page and its parts
MOST = 10_000  # askers of whom a process keeps the state
processes = 1  # processes that share the limits


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit: so many units at once, and so many more each second."""

    name: str
    most: float
    rate: float

    @classmethod
    def read(cls, name: str, text: str) -> Limit:
        """Return the limit that a text such as 600/10 stands for; raises ImproperlyConfigured for
        an invalid one."""
        try:
            most, rate = map(float, text.split("/"))
        except ValueError:
            most = rate = 0
        if min(most, rate) <= 0:
            says = "units at once/units a second, such as 600/10"
            raise ImproperlyConfigured(f"LIMIT_{name.upper()} is given as {says}.")
        return cls(name, most, rate)


def limit_of(kind: str) -> Limit:
    """Return the limit that this process applies to each asker of a kind."""
    return _share(kind, settings.LIMITS[kind], processes)


@lru_cache(maxsize=64)
def _share(kind: str, text: str, among: int) -> Limit:
    whole = Limit.read(kind, text)
    most = max(whole.most / among, min(whole.most, LEAST))
    return Limit(kind, most, whole.rate / among)


def check() -> None:
    """Raise ImproperlyConfigured if a limit in the settings is invalid."""
    for kind, text in settings.LIMITS.items():
        Limit.read(kind, text)


@dataclass(slots=True)
class Allowance:
    """The units left to one asker, at a moment in seconds of the process's clock."""

    left: float
    at: float
    told: bool = False  # whether it was logged that the asker exceeds the limit

    def now(self, limit: Limit, moment: float) -> Allowance:
        """Return the allowance with the units regained since."""
        left = min(limit.most, self.left + limit.rate * (moment - self.at))
        return Allowance(left, moment, self.told and left < 1)


class Allowances:
    """The allowances of all askers, by kind and name. The least recently used are dropped."""

    def __init__(self) -> None:
        self._kept, self._lock = BoundedCache(MOST), threading.Lock()

    def take(self, limit: Limit, name: Hashable, units: float, moment: float) -> Allowance:
        """Take units from an asker's allowance, which may become negative, and return it."""
        with self._lock:
            account = self._kept.get((limit.name, name)) or Allowance(limit.most, moment)
            account = account.now(limit, moment)
            account.left -= units
            self._kept.put((limit.name, name), account, 1)
            return account

    def clear(self) -> None:
        """Drop all allowances."""
        self._kept.clear()


accounts = Allowances()
known = BoundedCache(MOST)  # the user of a credential, as last authenticated
Asker = tuple[tuple[str, Hashable], ...]  # kinds and names by which a request is counted


def credential(request: HttpRequest) -> str:
    """Return a digest of the token or session that a request shows; empty if it shows none."""
    proof = request.META.get("HTTP_AUTHORIZATION") or request.COOKIES.get(
        settings.SESSION_COOKIE_NAME, ""
    )
    return hashlib.blake2b(proof.encode("utf-8", "replace")).hexdigest() if proof else ""


def asker(request: HttpRequest, origin: str) -> Asker:
    """Return who makes the request, as far as earlier requests with the same credential show; else
    its network."""
    who: Asker | None = known.get(credential(request))
    return who or (("address", origin),)


def asker_after(request: HttpRequest, origin: str) -> Asker:
    """Return who made the request, once it has been answered; else its network."""
    token: Any = getattr(request, "auth", None)
    user: Any = token.user if token is not None else getattr(request, "_cached_user", None)
    digest = credential(request)
    if user is None or not user.is_authenticated or not digest:
        known.put(digest, None, 1)
        return (("address", origin),)
    who: Asker = (("user", user.pk), *([("token", token.pk)] if token is not None else []))
    known.put(digest, who, 1)
    return who


def wait(who: Asker) -> int:
    """Return for how many seconds the asker gets no answer because they asked for too much; 0 if
    they did not."""
    seconds = 0.0
    for kind, name in who:
        limit = limit_of(kind)
        account = accounts.take(limit, name, 0, time.monotonic())
        if account.left < 1:
            seconds = max(seconds, (1 - account.left) / limit.rate)
            _log(account, kind, name)
    return int(seconds) + 1 if seconds else 0


def _log(account: Allowance, kind: str, name: Hashable) -> None:
    """Log that an asker asks for too much, once until they have units again."""
    if not account.told:
        account.told = True
        log.warning("Too many requests: %s=%s", kind, name if kind != "token" else "of a user")


def charge(who: Asker, *, computing: float, refused: bool, units: float = 1) -> Mapping[str, str]:
    """Take the cost of a request from the asker's allowances, and return the headers that say what
    is left. `units` is the number of requests for which it counts."""
    units += computing / COMPUTING + (REFUSED if refused else 0)
    policies, states = [], []
    for kind, name in who:
        limit = limit_of(kind)
        left = accounts.take(limit, name, units, time.monotonic()).left
        policies.append(f'"{kind}";q={limit.most:.0f};w={limit.most / limit.rate:.0f}')
        states.append(f'"{kind}";r={max(0, left):.0f};t={(limit.most - left) / limit.rate:.0f}')
    return {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(states)}
