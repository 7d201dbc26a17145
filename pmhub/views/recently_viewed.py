"""The records that somebody looked at last: a cookie names them, so that nothing is stored of it.
Names are read anew each time, as far as the reader may see them."""

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
    """Put a record in front of those that were looked at before."""
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
    """Return the entries of what was looked at, in that order; what is out of the user's sight is
    left out. No query where nothing was."""
    if not keys:
        return []
    by_key: dict[Key, Any] = {
        (entry.kind, entry.object_id): entry for entry in search.named(user, keys)
    }
    return [by_key[key] for key in keys if key in by_key]


def looked_at(request: HttpRequest) -> list[Key]:
    """Return the records that were looked at, by kind and id, the last first."""
    named = NAMED.findall(request.COOKIES.get(COOKIE, "")[:500])
    return [(kind, int(pk)) for kind, pk in named if kind in search.kinds()][:MOST]
