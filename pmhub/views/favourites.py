"""The favourites beside every page, as HTML."""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from pmhub.access.grants import Reader
from pmhub.caching import BoundedCache
from pmhub.database import touches
from pmhub.models import Favourite
from pmhub.page_addresses import address_of
from pmhub.queries import search
from pmhub.queries.favourites import favourites
from pmhub.registers import registers

ROW = 300  # bytes of a favourite, about
cache = BoundedCache(1_000_000)


def cached_favourites(user: Any, path: str, here: tuple[str, int] | None) -> SafeString:
    """Return a user's favourites as HTML, with the button for the page that is open. They are
    cached until one is made or removed, a record gets another name or place, or the user other
    roles."""
    topics = [touches.EVERYWHERE, touches.topic_of(Favourite)]
    key = user.pk, Reader(user).key, touches.stamp_of_tables(topics)
    rows = cache.get(key)
    if rows is None:
        rows = favourites(user)
        cache.put(key, rows, ROW * (1 + len(rows)))
    lines = [(page_of(row.kind, row.record), words_of(row.kind), row) for row in rows]
    mine = next((row for row in rows if (row.kind, row.record) == here), None)
    here = here if here and here[0] in search.kinds() else None
    context = {"favourites": lines, "here": here, "kept": mine, "path": path}
    return render_to_string("parts/favourites.html", context)


def page_of(kind: str, pk: int) -> str:
    """Return the address of the page of a record that the search can find."""
    register = registers.of(search.kinds()[kind])
    return address_of("record", register.name, pk) if register else address_of(kind, pk)


def words_of(kind: str) -> str:
    """Return the word for a kind of record."""
    return str(search.kinds()[kind]._meta.verbose_name)
