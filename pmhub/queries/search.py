"""The search of everything: records by their names, as far as a reader may see them.

The statement that finds entries asks `visible_to` of each kind of record too: whatever is counted,
ordered or compared is among what the reader may see.
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
from pmhub.database import search_table
from pmhub.database.cached_reads import CachedReads
from pmhub.database.collation import Plain
from pmhub.database.one_moment import of_one_moment
from pmhub.database.search_table import TABLE
from pmhub.models import FormerCode, Record, SearchEntry
from pmhub.models.search_entry import LANGUAGE

FEW = 5_000  # up to this many entries are looked up by id rather than filtered out of all
LITTLE = 1_000  # up to this many hits are kept by their ids
SHORTEST = 4  # letters of the shortest text for which similar words are searched
MANY = ("risk", "milestone")  # kinds with the most entries, which are queried first
# Kinds that people search for most; among equally good hits these come first.
FIRST = ("portfolio", "programme", "project", "benefit", "risk", "issue", "dependency", "milestone")

_conditions = BoundedCache(4_000_000)
_listed = CachedReads(8_000_000)


@cache
def kinds() -> Mapping[str, Any]:
    """Return the models that are searched, by kind; those with the most records come first."""
    models = {
        str(model._meta.model_name): model
        for model in apps.get_models()
        if issubclass(model, Record) and not model._meta.proxy and search_table.columns(model)
    }
    return {kind: models[kind] for kind in dict.fromkeys((*MANY, *models))}


def entries(user: Any, among: Collection[str] = (), *, archived: bool = False) -> QuerySet:
    """Return the search entries of records that a user may see, of some kinds or of all; with
    `archived`, also those of archived records."""
    condition = _visibility(user, tuple(among))
    seen = SearchEntry.objects.filter(condition) if condition else SearchEntry.objects.none()
    return seen if archived else seen.filter(archived=False)


def _visibility(user: Any, among: tuple[str, ...]) -> RawSQL | None:
    """Return the condition that a user sees the record of an entry; None if they see no record at
    all."""
    key = getattr(user, "pk", None), Reader(user).key, timezone.localdate()
    condition: RawSQL | None = _conditions.get((key, among, quarter()))
    if condition is not None:
        return condition
    ids = _ids(user, key, among or kinds())
    written = _of_each_kind(user, among or kinds()) if ids is None else _of_ids(ids)
    if written is None:
        return None
    condition = RawSQL(*written, output_field=BooleanField())  # noqa: S611  # the SQL is Django's own
    # What takes longer to write than to evaluate is kept as long as its result cannot have grown
    # much.
    if ids is None:
        _conditions.put((key, among, quarter()), condition, len(written[0]))
    return condition


def _ids(user: Any, key: Hashable, among: Iterable[str]) -> Mapping[str, str] | None:
    """Return the ids of the records that a user sees, as array literals by kind, cached until they
    change: entries are then looked up by id before they are searched. None if the user sees more
    than `FEW`."""
    if grants_of(user).everywhere:
        return None
    ids, number = {}, 0
    with of_one_moment():
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
    """Return the condition for a user who sees few records, by their ids; None if they see none."""
    seen = {kind: array for kind, array in ids.items() if array != "{}"}
    one = f"({TABLE}.kind = %s AND {TABLE}.object_id = ANY(%s::bigint[]))"
    return (f"({' OR '.join([one] * len(seen))})", [*chain(*seen.items())]) if seen else None


def _of_each_kind(user: Any, among: Iterable[str]) -> tuple[str, Sequence[Any]] | None:
    """Return the condition for a user who sees many records, which is checked on the entries found;
    None if they see none."""
    with reach.fresh_conditions():
        written = SearchEntry.objects.filter(_visible(user, among)).query
        compiler = written.get_compiler(connection=connection)
        try:
            sql, given = written.where.as_sql(compiler, connection)
        except EmptyResultSet:
            return None
    return str(sql), given


def _visible(user: Any, among: Iterable[str]) -> Q:
    """Return the condition that the user sees the record of an entry, for each of these kinds."""
    whole, conditions = [], []
    for kind in among:
        rows = kinds()[kind]._default_manager.visible_to(user).order_by()
        if not rows.query.where:
            whole.append(kind)
        elif not rows.query.is_empty():
            conditions.append(Q(kind=kind, object_id__in=rows.values("pk")))
    return functools.reduce(operator.or_, conditions, Q(kind__in=whole))


def named(user: Any, keys: Collection[tuple[str, int]]) -> QuerySet:
    """Return the entries of these records, given by kind and id, as far as a user may see them."""
    kinds = tuple(sorted({kind for kind, _ in keys}))
    these = functools.reduce(operator.or_, (Q(kind=kind, object_id=pk) for kind, pk in keys))
    return entries(user, kinds, archived=True).filter(these)


def matching(rows: QuerySet, text: str) -> QuerySet:
    """Return the entries that contain every word, as written or with another ending. The best come
    first: those whose code is the text, then those that begin with it, then those with a word that
    begins with it."""
    written = (Q(Contains(F("words"), Plain(Value(word)))) for word in text.split())
    ended = Q(stems=SearchQuery(Plain(Value(text)), config=LANGUAGE))
    hits = rows.filter(functools.reduce(operator.and_, written) | ended)
    return hits.order_by(_fitting(text), _likely(), Length("words"), "words", "pk")


def spelt_like(rows: QuerySet, text: str) -> QuerySet:
    """Return the entries with a word that is spelt like the text, the most similar first."""
    hits = rows.filter(TrigramWordSimilar(F("words"), Plain(Value(text))))
    likeness = TrigramWordSimilarity(Plain(Value(text)), "words")  # type: ignore[arg-type]  # as above
    return hits.order_by(likeness.desc(), _likely(), "words", "pk")


@dataclass(frozen=True)
class SearchResult:
    """The result of a search: the entries, the best first, the number of each kind, the most
    frequent kind first, and whether they are only spelt alike."""

    hits: QuerySet
    counts: Mapping[str, int]
    alike: bool

    def of(self, among: Collection[str]) -> QuerySet:
        """Return the entries of some kinds; of all, if none are given."""
        return self.hits.filter(kind__in=among) if among else self.hits

    def number(self, among: Collection[str]) -> int:
        """Return the number of entries of some kinds; of all, if none are given."""
        return sum(number for kind, number in self.counts.items() if kind in (among or self.counts))


def look(user: Any, text: str, *, archived: bool = False) -> SearchResult:
    """Return the entries that a user may see and that contain this text; if there are none, those
    that had it as a code before; if there are none either, those that are spelt like it."""
    rows = entries(user, archived=archived)
    result = _result(matching(rows, text))
    if not result.counts and (formerly := former(user, text, archived=archived)) is not None:
        return _result(formerly)
    if result.counts or len(text) < SHORTEST:
        return result
    return _result(spelt_like(rows, text), alike=True)


def first(user: Any, text: str, most: int) -> tuple[list[SearchEntry], bool]:
    """Return the first `most` of the entries that `look` finds, and whether they are only spelt
    alike. Takes one query if entries contain the text."""
    rows = entries(user)
    hits = list(matching(rows, text)[:most])
    if not hits and (formerly := former(user, text)) is not None:
        return list(formerly[:most]), False
    if hits or len(text) < SHORTEST:
        return hits, False
    return list(spelt_like(rows, text)[:most]), True


def former(user: Any, text: str, *, archived: bool = False) -> QuerySet | None:
    """Return the entries that a user may see and whose record had this code before; None if there
    are none."""
    keys = set(FormerCode.leading_on(text).values_list("kind", "object_id"))
    if not keys:
        return None
    entries = named(user, keys).order_by("words", "pk")
    entries = entries if archived else entries.filter(archived=False)
    return entries if entries.exists() else None


def _result(hits: QuerySet, *, alike: bool = False) -> SearchResult:
    """Count the entries by kind. If there are few, their ids are read at the same time, so that
    they are not searched again when they are shown."""
    # An array with an order of its own, so that a repeated query gives the same hits, however
    # planned.
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
    """Return an expression for how well an entry fits the text; 0 is best."""
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
