"""The search of everything: what is called by some words, as far as a reader may see it.

Which entries these are is asked of `visible_to` of each kind of record, in the statement that finds
them: whatever is counted, ordered or told apart is of what the reader may see.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain
from typing import Any

from django.apps import apps
from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.lookups import TrigramWordSimilar
from django.contrib.postgres.search import SearchQuery, TrigramWordSimilarity
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, Case, Count, F, Q, QuerySet, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Concat, Length
from django.db.models.lookups import Contains, StartsWith
from django.utils import timezone

from pmhub.access import reach
from pmhub.access.grants import Reader, grants_of
from pmhub.caching import BoundedCache, quarter
from pmhub.database import search_table, touches
from pmhub.database.cached_reads import CachedReads
from pmhub.database.collation import Plain
from pmhub.database.search_table import TABLE
from pmhub.models import FormerCode, Record, SearchEntry
from pmhub.models.search_entry import LANGUAGE

FEW = 5_000  # entries that are rather looked up one by one than picked out of all
LITTLE = 1_000  # hits that are told by their ids once they were found
SHORTEST = 4  # letters of which something alike says anything
MANY = ("risk", "milestone")  # kinds of most entries: they are asked of first
# What people look for most, first among what fits as well.
FIRST = ("portfolio", "programme", "project", "benefit", "risk", "issue", "dependency", "milestone")

_conditions = BoundedCache(4_000_000)
_listed = CachedReads(8_000_000)


@cache
def kinds() -> Mapping[str, Any]:
    """Return the models of what is found, by kind, those of which there are most first."""
    models = {
        str(model._meta.model_name): model
        for model in apps.get_models()
        if issubclass(model, Record) and not model._meta.proxy and search_table.columns(model)
    }
    return {kind: models[kind] for kind in dict.fromkeys((*MANY, *models))}


def entries(user: Any, among: Collection[str] = (), *, archived: bool = False) -> QuerySet:
    """Return the entries of what a user may see, of some kinds or of all; what is archived where
    that is asked for too."""
    condition = _seen(user, tuple(among))
    seen = SearchEntry.objects.filter(condition) if condition else SearchEntry.objects.none()
    return seen if archived else seen.filter(archived=False)


def _seen(user: Any, among: tuple[str, ...]) -> RawSQL | None:
    """The condition under which a user sees the record of an entry; None where that is none."""
    key = getattr(user, "pk", None), Reader(user).key, timezone.localdate()
    condition: RawSQL | None = _conditions.get((key, among, quarter()))
    if condition is not None:
        return condition
    ids = _ids(user, key, among or kinds())
    written = _of_each_kind(user, among or kinds()) if ids is None else _of_ids(ids)
    if written is None:
        return None
    condition = RawSQL(*written, output_field=BooleanField())  # noqa: S611  # Django's own
    # What takes longer to write down than to ask is kept as long as what they see will not have
    # grown much.
    if ids is None:
        _conditions.put((key, among, quarter()), condition, len(written[0]))
    return condition


def _ids(user: Any, key: Hashable, among: Iterable[str]) -> Mapping[str, str] | None:
    """Return which records a user sees, as arrays of PostgreSQL by kind, until these are others:
    they are looked up, and searched then. None for who sees more than a few."""
    if grants_of(user).everywhere:
        return None
    ids, number = {}, 0
    with touches.reading():
        for kind in among:
            more, ids[kind] = _listed(kind, key, partial(_read, user, kind), _size)
            number += more
            if number > FEW:
                return None
    return ids


def _read(user: Any, kind: str) -> tuple[int, str]:
    rows = kinds()[kind]._default_manager.visible_to(user).order_by()
    ids = sorted(rows.values_list("pk", flat=True)[: FEW + 1])
    return len(ids), f"{{{','.join(map(str, ids))}}}"


def _size(listed: tuple[int, str]) -> int:
    return len(listed[1])


def _of_ids(ids: Mapping[str, str]) -> tuple[str, Sequence[Any]] | None:
    """The condition for who sees few. None for who sees nothing."""
    seen = {kind: array for kind, array in ids.items() if array != "{}"}
    one = f"({TABLE}.kind = %s AND {TABLE}.object_id = ANY(%s::bigint[]))"
    return (f"({' OR '.join([one] * len(seen))})", [*chain(*seen.items())]) if seen else None


def _of_each_kind(user: Any, among: Iterable[str]) -> tuple[str, Sequence[Any]] | None:
    """The condition for who sees many: it is asked of what was found. None for who sees nothing."""
    with reach.asked_each_time():
        written = SearchEntry.objects.filter(_visible(user, among)).query
        compiler = written.get_compiler(connection=connection)
        try:
            sql, given = written.where.as_sql(compiler, connection)
        except EmptyResultSet:
            return None
    return str(sql), given


def _visible(user: Any, among: Iterable[str]) -> Q:
    """The condition, by kind."""
    whole, conditions = [], []
    for kind in among:
        rows = kinds()[kind]._default_manager.visible_to(user).order_by()
        if not rows.query.where:
            whole.append(kind)
        elif not rows.query.is_empty():
            conditions.append(Q(kind=kind, object_id__in=rows.values("pk")))
    return functools.reduce(operator.or_, conditions, Q(kind__in=whole))


def named(user: Any, keys: Collection[tuple[str, int]]) -> QuerySet:
    """Return the entries of these records, by kind and id, as far as a user may see them."""
    kinds = tuple(sorted({kind for kind, _ in keys}))
    these = functools.reduce(operator.or_, (Q(kind=kind, object_id=pk) for kind, pk in keys))
    return entries(user, kinds, archived=True).filter(these)


def matching(rows: QuerySet, text: str) -> QuerySet:
    """Return the entries in which each word occurs, as written or with another ending. The best
    come first: the code itself, then what begins with the words, then what has a word that does."""
    written = (Q(Contains(F("words"), Plain(Value(word)))) for word in text.split())
    ended = Q(stems=SearchQuery(Plain(Value(text)), config=LANGUAGE))
    hits = rows.filter(functools.reduce(operator.and_, written) | ended)
    return hits.order_by(_fitting(text), _likely(), Length("words"), "words", "pk")


def spelt_like(rows: QuerySet, text: str) -> QuerySet:
    """Return the entries in which something is spelt like these words, the most alike first."""
    hits = rows.filter(TrigramWordSimilar(F("words"), Plain(Value(text))))
    likeness = TrigramWordSimilarity(Plain(Value(text)), "words")  # type: ignore[arg-type]  # as above
    return hits.order_by(likeness.desc(), _likely(), "words", "pk")


@dataclass(frozen=True)
class SearchResult:
    """What was found of some words: the entries, the best first, how many there are of each kind,
    the kind with most of them first, and whether they are but spelt alike."""

    hits: QuerySet
    counts: Mapping[str, int]
    alike: bool

    def of(self, among: Collection[str]) -> QuerySet:
        """Return those of some kinds; without any, all."""
        return self.hits.filter(kind__in=among) if among else self.hits

    def number(self, among: Collection[str]) -> int:
        """Return how many there are of some kinds; without any, of all."""
        return sum(number for kind, number in self.counts.items() if kind in (among or self.counts))


def look(user: Any, text: str, *, archived: bool = False) -> SearchResult:
    """Return what a user may see that is called by these words; where nothing is, what is spelt
    like them."""
    rows = entries(user, archived=archived)
    result = _result(matching(rows, text))
    if not result.counts and (formerly := former(user, text, archived=archived)) is not None:
        return _result(formerly)
    if result.counts or len(text) < SHORTEST:
        return result
    return _result(spelt_like(rows, text), alike=True)


def first(user: Any, text: str, most: int) -> tuple[list[SearchEntry], bool]:
    """Return the first of these alone, and whether they are but spelt alike: one query where there
    are any that are not."""
    rows = entries(user)
    hits = list(matching(rows, text)[:most])
    if not hits and (formerly := former(user, text)) is not None:
        return list(formerly[:most]), False
    if hits or len(text) < SHORTEST:
        return hits, False
    return list(spelt_like(rows, text)[:most]), True


def former(user: Any, text: str, *, archived: bool = False) -> QuerySet | None:
    """Return what a user may see that had this code before; None where nothing had."""
    keys = set(FormerCode.leading_on(text).values_list("kind", "object_id"))
    if not keys:
        return None
    entries = named(user, keys).order_by("words", "pk")
    entries = entries if archived else entries.filter(archived=False)
    return entries if entries.exists() else None


def _result(hits: QuerySet, *, alike: bool = False) -> SearchResult:
    """Count what was found. Where it is little its ids are read along, and what is shown of it is
    not searched once more."""
    # In an order: what is asked again is planned otherwise, and is to be the same.
    template = f"(%(function)s(%(expressions)s %(order_by)s))[:{LITTLE}]"
    first = ArrayAgg("pk", template=template, order_by="pk")
    rows = hits.order_by().values_list("kind").annotate(number=Count("pk"), first=first)
    rows = list(rows.order_by("-number", "kind"))
    ids = [id for *_, first in rows for id in first]
    counts = {kind: number for kind, number, _ in rows}
    if sum(counts.values()) <= LITTLE:
        hits = SearchEntry.objects.filter(pk__in=ids).order_by(*hits.query.order_by)
    return SearchResult(hits, counts, alike)


def _fitting(text: str) -> Case:
    """Return how well an entry fits: 0 best."""
    whole = Plain(Value(text))
    return Case(
        When(StartsWith(F("words"), Concat(whole, Value(" "))), then=0),
        When(StartsWith(F("words"), whole), then=1),
        When(Contains(F("words"), Concat(Value(" "), whole)), then=2),
        default=3,
    )


def _likely() -> Case:
    places = [When(kind=kind, then=place) for place, kind in enumerate(FIRST)]
    return Case(*places, default=len(FIRST))
