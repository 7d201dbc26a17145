"""The list of a portfolio: searched, filtered, ordered, summed and cut by the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import (
    Case,
    Expression,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.lookups import Exact

from pmhub.database.collation import InOrder, found
from pmhub.database.statements import Statement
from programmes.models import MetricValue, Portfolio, Programme, valid
from projects.models import Project, ProjectForecast

COLOURS = ("red", "amber", "green", "grey")
SEARCHED = ("code", "name")
# Columns of the list by which it is ordered and summed, and the metrics they show.
AMOUNTS = {
    "benefits": "benefits_forecast_outturn",
    "planned": "benefits_whole_life_planned",
    "cost": "estimate_at_completion",
    "approved": "approved_budget",
    "slip": "slip_days",
    "cover": "funding_cover",
    "exposure": "risk_p80",
}


def _figure(name: str) -> F:
    return F(f"figure_{name}")


DERIVED = {
    "share": Case(When(figure_planned__gt=0, then=_figure("benefits") / _figure("planned"))),
    "over": Case(When(~Q(figure_approved=0), then=_figure("cost") - _figure("approved"))),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What of the list is asked for: words, a colour of health, a column (`-` for descending), and
    how many rows at most."""

    words: str = ""
    colour: str = ""
    order: str = ""
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """What the programmes that match come to; a figure that one lacks counts for nothing."""

    count: int
    colours: Mapping[str, int]
    benefits: Decimal
    planned: Decimal
    cost: Decimal
    over: Decimal


def within(user: Any, portfolio: Portfolio | None) -> tuple[QuerySet[Programme], QuerySet[Project]]:
    """Return the programmes of a portfolio (of all) that a user may see, and the projects that
    belong to none of these."""
    programmes = Programme.objects.visible_to(user)
    projects = Project.objects.visible_to(user)
    if portfolio is not None:
        programmes = programmes.filter(portfolio=portfolio)
        projects = projects.filter(Q(programme__portfolio=portfolio) | Q(portfolio=portfolio))
    alone = Q(programme=None) | ~Q(programme__in=programmes.order_by().values("pk"))
    return programmes, projects.filter(alone)


def programmes_listed(
    rows: QuerySet[Programme], asked: Asked, at: datetime | None = None
) -> list[Programme]:
    """Return the programmes of a list, as many as are shown."""
    rows = found(rows, asked.words, SEARCHED)
    name = asked.order.removeprefix("-")
    if name in ("health", *DERIVED, *AMOUNTS) or asked.colour:
        rows = _of_colour(_with_figures(rows, at), asked.colour)
    by = _orders().get(name)
    if by is not None:
        last = {"nulls_last": True}
        rows = rows.order_by(
            by.desc(**last) if asked.order.startswith("-") else by.asc(**last), InOrder("code")
        )
    return list(rows.select_related("portfolio")[: asked.most])


def matching(rows: QuerySet[Programme], asked: Asked) -> list[int]:
    """Return the ids of the programmes that match the words that are asked for."""
    return list(found(rows, asked.words, SEARCHED).order_by().values_list("pk", flat=True))


def totals(ids: Sequence[int], asked: Asked, at: datetime | None = None) -> Totals:
    """Return what programmes that match the words come to: one query."""
    [(count, colours, *sums)] = (
        SUMS_THEN(ids, colour=asked.colour, begin=at) if at else SUMS(ids, colour=asked.colour)
    )
    return Totals(count, dict(zip(COLOURS, colours, strict=True)), *sums)


# The figures of each programme in a row, and the sums of all; a colour that is none is not known.
SUMMED = f"""
WITH shown AS (
    SELECT p.id,
        max(v.amount) FILTER (WHERE v.metric = '{AMOUNTS["benefits"]}') AS benefits,
        max(v.amount) FILTER (WHERE v.metric = '{AMOUNTS["planned"]}') AS planned,
        max(v.amount) FILTER (WHERE v.metric = '{AMOUNTS["cost"]}') AS cost,
        max(v.amount) FILTER (WHERE v.metric = '{AMOUNTS["approved"]}') AS approved,
        coalesce(max(v.word) FILTER (
            WHERE v.metric = 'health' AND v.word = ANY(%(known)s)
        ), 'grey') AS health
    FROM unnest(%(ids)s::bigint[]) AS p(id)
    LEFT JOIN programmes_metricvalue v ON v.programme_id = p.id AND {{valid}}
        AND v.metric = ANY(%(metrics)s)
    GROUP BY p.id
), listed AS (SELECT * FROM shown WHERE %(colour)s IN ('', health))
SELECT count(*),
    ARRAY(SELECT count(l.health) FROM unnest(%(colours)s::text[]) WITH ORDINALITY c(name, place)
        LEFT JOIN listed l ON l.health = c.name GROUP BY c.name, c.place ORDER BY c.place),
    coalesce(sum(benefits), 0), coalesce(sum(planned), 0), coalesce(sum(cost), 0),
    coalesce(sum(cost - approved) FILTER (WHERE approved <> 0), 0)
FROM listed
"""  # noqa: S608  # our own names
OF_SUMS = {
    "known": [*COLOURS[:3]],
    "colours": [*COLOURS],
    "metrics": ["health", *(AMOUNTS[name] for name in ("benefits", "planned", "cost", "approved"))],
}


def _sums(valid: str) -> Statement:
    return Statement(lambda: (SUMMED.format(valid=valid), OF_SUMS), types={"colour": "text"})


SUMS = _sums("v.valid_to IS NULL")
SUMS_THEN = _sums("v.valid_from <= %(begin)s AND (v.valid_to IS NULL OR v.valid_to > %(begin)s)")


def projects_listed(
    rows: QuerySet[Project], asked: Asked, at: datetime | None = None
) -> tuple[QuerySet[Project], int]:
    """Return the projects of a list, as many as are shown, and how many match."""
    rows = found(rows, asked.words, SEARCHED)
    if asked.colour:
        forecasts = ProjectForecast.objects.filter(valid(at), project=OuterRef("pk"))
        effective = forecasts.annotate(colour=KeyTextTransform("effective", "health"))
        rows = _of_colour(
            rows.annotate(health=_known(Subquery(effective.values("colour")[:1]))), asked.colour
        )
    return rows[: asked.most], rows.order_by().count()


def _with_figures(rows: QuerySet[Any], at: datetime | None) -> QuerySet[Any]:
    """Add the figures of the list's columns."""
    values = MetricValue.objects.filter(valid(at), programme=OuterRef("pk"))
    return rows.annotate(
        health=_known(Subquery(values.filter(metric="health").values("word")[:1])),
        **{
            f"figure_{name}": Subquery(values.filter(metric=metric).values("amount")[:1])
            for name, metric in AMOUNTS.items()
        },
    )


def _known(colour: Expression | Subquery) -> Case:
    """The colour, or grey for any other word and none."""
    return Case(
        *(When(Q(Exact(colour, Value(each))), then=Value(each)) for each in COLOURS[:3]),
        default=Value("grey"),
        output_field=TextField(),
    )


def _of_colour(rows: QuerySet[Any], colour: str) -> QuerySet[Any]:
    return rows.filter(health=colour) if colour else rows


def _orders() -> dict[str, Any]:
    """Return what each column is ordered by; the worst colour comes first."""
    ranks = {
        name: Case(
            *(When(**{name: colour}, then=Value(rank)) for rank, colour in enumerate(COLOURS)),
            default=Value(len(COLOURS)),
        )
        for name in ("health", "dca")
    }
    amounts = {name: _figure(name) for name in AMOUNTS}
    return {**ranks, **amounts, **DERIVED, "name": InOrder("name")}
