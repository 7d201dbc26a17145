"""The favourites that a user keeps in the navigation."""

from __future__ import annotations

from typing import Any, NamedTuple

from pmhub.models import Favourite
from pmhub.queries import search


class FavouriteRow(NamedTuple):
    """A favourite: its id and version, the kind and id of its record, and the name of that."""

    id: int
    version: int
    kind: str
    record: int
    code: str
    name: str


def favourites(user: Any) -> list[FavouriteRow]:
    """Return a user's favourites whose records they may see, in the order in which they were made.
    Takes two queries, or one if there are none."""
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
