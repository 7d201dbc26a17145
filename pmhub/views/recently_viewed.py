"""The records that a user viewed last. A cookie holds their ids, so that nothing is stored; their
names are read each time, as far as the user may see them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from pmhub.models import SearchEntry
from pmhub.queries import search

COOKIE, MOST = "pmhub-recent", 8
NAMED = re.compile(r"([a-z]{1,40})-([0-9]{1,18})")
MONTH = 30 * 24 * 3600

Key = tuple[str, int]  # kind and id


def remember(request: HttpRequest, response: HttpResponseBase, kind: str, pk: int) -> None:
    """Put a record first among the recently viewed ones, in the cookie of the response."""
    before = looked_at(request)
    now = [(kind, pk), *(key for key in before if key != (kind, pk))][:MOST]
    if now != before:
        response.set_cookie(
            COOKIE,
            ".".join(f"{kind}-{pk}" for kind, pk in now),
            max_age=MONTH,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


def recent(user: Any, keys: Sequence[Key]) -> list[SearchEntry]:
    """Return the search entries of the viewed records (`keys`), in that order, without those that
    the user may not see. Takes no query for no keys."""
    if not keys:
        return []
    by_key: dict[Key, Any] = {
        (entry.kind, entry.object_id): entry for entry in search.named(user, keys)
    }
    return [by_key[key] for key in keys if key in by_key]


def looked_at(request: HttpRequest) -> list[Key]:
    """Return the kind and id of the recently viewed records, the latest first."""
    named = NAMED.findall(request.COOKIES.get(COOKIE, "")[:500])
    return [(kind, int(pk)) for kind, pk in named if kind in search.kinds()][:MOST]
