"""Figures of a past day by what is known today: computed from nothing, and kept in memory alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from django.db.models import Q
from django.utils import timezone

from pmhub.caching import BoundedCache, quarter
from pmhub.database import past, touches
from pmhub.plain_json import written
from programmes.models import LedgerLine, MetricValue, RollupBasis
from programmes.rollup.compute import Results, compute
from programmes.rollup.dry_run import MOST, PreviewTooLarge
from programmes.rollup.intervals import Row
from programmes.rollup.reading import read
from programmes.rollup.writer import basis_rows, forecast_row, line_rows, value_rows
from projects.models import Dependency, Project, ProjectForecast

KEPT = 8_000_000  # bytes that a process keeps of figures of days
COMPUTED = (LedgerLine, MetricValue, RollupBasis, ProjectForecast)
NO_ROWS = "[]"

_cache = BoundedCache(KEPT)


@contextmanager
def true_on(
    day: date, moment: datetime, programmes: Iterable[int], projects: Iterable[int] = ()
) -> Iterator[None]:
    """Within the context, let all reads be of what was true on a day that ends at a moment: records
    as they are known today, and the figures of these programmes and standalone projects that
    follow. Raises PreviewTooLarge where the projects they wait for are too many to compute while
    somebody waits."""
    with past.as_at(moment, day):
        for table, rows in _figures(day, moment, sorted(programmes), sorted(projects)).items():
            past.hold(table, rows)
        yield


def _figures(
    day: date, moment: datetime, programmes: Sequence[int], projects: Sequence[int]
) -> Mapping[str, str]:
    """Return the rows of the computed tables, as JSON by table. They are computed once, and again
    when a table behind them is touched."""
    if not programmes and not projects:
        return {model._meta.db_table: NO_ROWS for model in COMPUTED}
    lately = timezone.now() - moment < timedelta(minutes=1)  # of today it is another each time
    key = day, quarter() if lately else moment, *programmes, None, *projects
    # The stamps before the data: they may be newer than these, never older.
    stamps = touches.stamps_of_tables()
    before, tables = _cache.get(key) or ({}, {})
    if tables and all(stamps[topic] == stamp for topic, stamp in before.items()):
        return tables
    with touches.note_topics() as topics:
        tables = rows_of(compute(read(*with_givers(programmes, projects))), moment)
    if touches.UNTOUCHED not in topics:
        size = sum(map(len, tables.values()))
        _cache.put(key, ({topic: stamps[topic] for topic in topics}, tables), size)
    return tables


def with_givers(programmes: Iterable[int], projects: Iterable[int]) -> tuple[list[int], list[int]]:
    """Return these programmes and standalone projects, with all those whose projects they wait for.
    Raises PreviewTooLarge."""
    within, alone = {*programmes}, {*projects}
    while True:
        if len(within) > MOST or len(alone) > MOST:
            raise PreviewTooLarge
        givers = Project.objects.filter(
            pk__in=Dependency.objects.filter(
                Q(receiver__programme__in=within) | Q(receiver__in=alone), giver__isnull=False
            ).values("giver")
        )
        homes = set(givers.values_list("programme_id", "pk"))
        more = {home for home, _ in homes if home} - within
        others = {pk for home, pk in homes if home is None} - alone
        if not more and not others:
            return sorted(within), sorted(alone)
        within, alone = within | more, alone | others


def rows_of(results: Results, moment: datetime) -> dict[str, str]:
    """Return the rows of the computed tables for the results of a batch, as JSON by table."""
    forecasts = [
        {"project_id": id, **forecast_row(result)} for id, result in results.projects.items()
    ]
    tables: tuple[tuple[Any, list[Row]], ...] = (
        (LedgerLine, line_rows(results)),
        (MetricValue, value_rows(results)),
        (RollupBasis, basis_rows(results)),
        (ProjectForecast, forecasts),
    )
    numbers = count(1)
    by_table: dict[str, str] = {}
    for model, rows in tables:
        stamped = [{**row, "id": next(numbers), "valid_from": moment} for row in rows]
        by_table[model._meta.db_table] = written(stamped).decode()
    return by_table
