"""Records that others gave to a person to own, lead or do, with the moment, by the histories of the
records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import F, Q, Window
from django.db.models.functions import Lag

from pmhub.access.grants import Reader, grants_of
from pmhub.database.cached_reads import CachedReads
from pmhub.database.history import events_of
from pmhub.queries.history import names_of_users
from pmhub.queries.waiting.askers import records_with_known_actors

KEPT, ROW = 2_000_000, 200  # bytes kept by a process, and of one gift, about
MOST = 100  # records of each kind

kept = CachedReads(KEPT)
# Id of a record, when and by which user it was given, and the name of the field.
GivenRow = tuple[int, datetime, int | None, str]


@dataclass(frozen=True, slots=True)
class GivenRecord:
    """A record that names the person in the field `part`, with the moment since when, and the name
    of who wrote that, if the reader may know it."""

    record: tuple[str, int]
    at: datetime
    by: str
    part: str


@cache
def _models() -> dict[Any, tuple[str, ...]]:
    """Return, by model, the fields that name the one person who answers for a record."""
    fields = {
        model: tuple(
            name
            for name in getattr(model, "answered_for", {})
            if not model._meta.get_field(name).many_to_many
        )
        for model in apps.get_models()
        if not model._meta.proxy
    }
    return {model: names for model, names in fields.items() if names}


def given_records(user: Any, since: datetime) -> list[GivenRecord]:
    """Return the records that others gave to a user after a moment, if the user sees them and they
    are not settled. Takes a query for each kind of record that was touched since the user asked
    last, and one for names."""
    person = getattr(user, "person", None)
    if person is None or not grants_of(user).roles:
        return []
    rows = [
        (model, gift)
        for model in _models()
        for gift in _given_of_model(model, user, person.pk, since)
    ]
    rows = [(model, gift) for model, gift in rows if gift[1] > since]
    names = names_of_users({by for _, (_, _, by, _) in rows if by is not None}) if rows else {}
    return [
        GivenRecord((str(model._meta.model_name), id), at, names.get(by or 0, ""), part)
        for model, (id, at, by, part) in rows
    ]


def _given_of_model(model: Any, user: Any, person: int, since: datetime) -> list[GivenRow]:
    """Return the records of a model that were given to the person, from the cache if possible. They
    are read from the day before `since` on, so that the cached answer serves for a while."""
    day = (since - timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return kept(
        ("given", model._meta.label),
        (user.pk, person, Reader(user).key, day),
        lambda: list(_read(model, user, person, day)),
        lambda rows: ROW * len(rows),
    )


def _read(model: Any, user: Any, person: int, since: datetime) -> Iterator[GivenRow]:
    for name in _models()[model]:
        condition = model.answered_for[name] & Q(**{name: person}, updated_at__gt=since)
        rows = model._default_manager.visible_to(user).filter(condition).order_by("-updated_at")
        ids = [*rows.values_list("pk", flat=True)[:MOST]]
        if not ids:
            continue
        with_actor = records_with_known_actors(model, {*ids}, user)
        part = str(model._meta.get_field(name).verbose_name)
        for id, (at, by) in _moments(model, name, ids).items():
            if at > since and by != user.pk:
                yield id, at, by if id in with_actor else None, part


def _moments(model: Any, name: str, ids: list[int]) -> dict[int, tuple[datetime, int | None]]:
    """Return, by record, the moment since when the field has named its present person, and the id
    of the user who wrote that."""
    before = Window(Lag(name), partition_by="id", order_by="pgh_id")
    rows = events_of(model).objects.filter(id__in=ids).annotate(_before=before)
    rows = rows.filter(~Q(_before=F(name)) | Q(_before=None)).order_by("pgh_id")
    return {
        id: (at, (context or {}).get("user"))
        for id, at, context in rows.values_list("id", "pgh_created_at", "pgh_context")
    }  # the last row of a record wins
