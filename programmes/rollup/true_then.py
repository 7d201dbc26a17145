"""Figures of a day by what is known today: computed from nothing, and stored nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from itertools import count
from typing import Any

from django.db.models import Q

from pmhub.database import past
from pmhub.plainjson import written
from programmes.models import LedgerLine, MetricValue, RollupBasis
from programmes.rollup.compute import Results, compute
from programmes.rollup.intervals import Row
from programmes.rollup.reading import read
from programmes.rollup.trial import MOST, TooWide
from programmes.rollup.writing import basis_rows, forecast_row, line_rows, value_rows
from projects.models import Dependency, Project, ProjectForecast


@contextmanager
def true_on(
    day: date, moment: datetime, programmes: Iterable[int], projects: Iterable[int] = ()
) -> Iterator[None]:
    """Read what was true on a day that ends at a moment: rows as they are known today, and figures
    of these programmes and of these projects outside them, as they are computed of that. Raises
    TooWide where they wait for more than can be computed while somebody waits."""
    with past.as_at(moment, day):
        hold(compute(read(*with_givers(programmes, projects))), moment)
        yield


def with_givers(programmes: Iterable[int], projects: Iterable[int]) -> tuple[list[int], list[int]]:
    """These programmes and projects that stand alone, with all whose projects they wait for."""
    within, alone = {*programmes}, {*projects}
    while True:
        if len(within) > MOST or len(alone) > MOST:
            raise TooWide
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


def hold(results: Results, moment: datetime) -> None:
    """Have the tables of what is computed hold what came of a batch."""
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
    for model, rows in tables:
        stamped = [{**row, "id": next(numbers), "valid_from": moment} for row in rows]
        past.hold(model._meta.db_table, written(stamped).decode())
