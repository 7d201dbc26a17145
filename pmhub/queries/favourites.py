"""What somebody keeps in the navigation."""

from __future__ import annotations

from typing import Any, NamedTuple

from pmhub.models import Favourite
from pmhub.queries import search


class FavouriteRow(NamedTuple):
    """A favourite: its id and version, what it is of, and what that is called."""

    id: int
    version: int
    kind: str
    record: int
    code: str
    name: str


def favourites(user: Any) -> list[FavouriteRow]:
    """Return the favourites of a user whose records they may see, in the order in which they were
    made: two queries, one where there are none."""
    rows = list(
        Favourite.objects.visible_to(user).values_list("pk", "version", "record_type", "record_id")
    )
    keys = [(kind, pk) for *_, kind, pk in rows if kind in search.kinds()]
    called = {
        (entry.kind, entry.object_id): (entry.code, entry.name)
        for entry in (search.named(user, keys) if keys else ())
    }
    return [
        FavouriteRow(id, version, kind, pk, *called[kind, pk])
        for id, version, kind, pk in rows
        if (kind, pk) in called
    ]
