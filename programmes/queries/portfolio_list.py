"""The list of a portfolio: searched, filtered, ordered, summed and cut by the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import (
    Case,
    Count,
    DecimalField,
    Expression,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    TextField,
    Value,
    When,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce
from django.db.models.lookups import Exact

from pmhub.access.past_rights import seen_now
from pmhub.access.scoped_rows import ScopedRows
from pmhub.database import past
from pmhub.database.collation import InOrder, with_words
from pmhub.database.statements import ID, Statement
from programmes.models import MetricValue, Portfolio, Programme, valid
from programmes.queries.forecasts import WATCHED
from projects.models import Project, ProjectForecast
from projects.queries.portfolios import of_portfolio

COLOURS = ("red", "amber", "green", "grey")
SEARCHED = ("code", "name")
# Columns of the list by which it is ordered and summed, and the metrics they show.
AMOUNTS = {
    "benefits": "benefits_forecast_outturn",
    "planned": "benefits_whole_life_planned",
    "realised": "benefits_actual_to_date",
    "cost": "estimate_at_completion",
    "approved": "approved_budget",
    "variance": "variance_at_completion",
    "slip": "slip_days",
    "cover": "funding_cover",
    "exposure": "risk_p80",
    "live": "projects_live",
}
DAYS = {"finish": "finish_propagated"}
# Those of these columns that projects have, with their keys in the figures of a forecast.
OF_PROJECTS = {"cost": "eac", "approved": "approved"}
AMOUNT = DecimalField(max_digits=40, decimal_places=10)
FORECAST = ("slip", "finish", *OF_PROJECTS)
RELEASED = "released"  # what a project that was stopped leaves of its budget, which is no saving


def _figure(name: str) -> F:
    return F(f"figure_{name}")


DERIVED = {
    "share": Case(When(figure_planned__gt=0, then=_figure("benefits") / _figure("planned"))),
    "over": Case(When(~Q(figure_approved=0), then=-_figure("variance"))),
}
KEPT = _figure("approved") - Coalesce(_figure(RELEASED), Value(Decimal(0)), output_field=AMOUNT)
OVER_OF_PROJECTS = Case(When(~Q(figure_approved=0), then=_figure("cost") - KEPT))


@dataclass(frozen=True, slots=True)
class ListQuery:
    """Which part of the list is asked for: words, a colour of health, a column to order by (`-` for
    descending), and at most how many rows."""

    words: str = ""
    colour: str = ""
    order: str = ""
    most: int | None = None

    @property
    def column(self) -> str:
        """The column by which it is ordered."""
        return self.order.removeprefix("-")


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of the programmes or projects that match; an undefined figure is left out."""

    count: int
    colours: Mapping[str, int]
    cost: Decimal
    over: Decimal
    benefits: Decimal | None = None
    planned: Decimal | None = None


def programmes_and_projects(
    user: Any, portfolio: Portfolio | None
) -> tuple[QuerySet[Programme], QuerySet[Project]]:
    """Return the programmes of a portfolio (or of all) that a user may see, and the projects that
    belong to none of these."""
    programmes = Programme.objects.visible_to(user)
    projects = Project.objects.visible_to(user)
    if portfolio is not None:
        programmes = programmes.filter(portfolio=portfolio)
        projects = projects.filter(of_portfolio(portfolio))
    programmes = seen_now(programmes, user)
    alone = Q(programme=None) | ~Q(programme__in=programmes.order_by().values("pk"))
    return programmes, seen_now(projects.filter(alone), user)


class InSight:
    """The programmes of a portfolio in sight and the projects outside them by code, asked as
    `rows(user, portfolio)`: by statements compiled once, and of the past as it is read then. They
    are read `programme` and `project` each with what these add to a queryset."""

    def __init__(self, programme: Callable[..., Any], project: Callable[..., Any]) -> None:
        self._programme, self._project = programme, project
        self._programmes = ScopedRows(lambda reader: programme(_of_portfolio(reader)))
        self._alone = ScopedRows(lambda reader: project(_alone(reader)))

    def __call__(self, user: Any, portfolio: Portfolio) -> tuple[Sequence[Any], Sequence[Any]]:
        if past.is_past():
            programmes, projects = programmes_and_projects(user, portfolio)
            return list(self._programme(programmes)), list(self._project(projects))
        return self._programmes(user, id=portfolio.pk), self._alone(user, id=portfolio.pk)


def _of_portfolio(reader: Any) -> QuerySet[Programme]:
    return Programme.objects.visible_to(reader).filter(portfolio_id=ID)


def _alone(reader: Any) -> QuerySet[Project]:
    inside = _of_portfolio(reader).order_by().values("pk")
    within = Project.objects.visible_to(reader).filter(of_portfolio(ID))
    return within.filter(Q(programme=None) | ~Q(programme__in=inside))


IN_USE = InSight(
    lambda programmes: programmes.filter(archived_at=None).select_related("portfolio"),
    lambda projects: (
        projects.filter(archived_at=None).select_related(*WATCHED).order_by(InOrder("code"), "pk")
    ),
)


def programmes_listed(
    rows: QuerySet[Programme], query: ListQuery, at: datetime | None = None
) -> list[Programme]:
    """Return the programmes of a list, at most as many as it shows."""
    rows = with_words(rows, query.words, SEARCHED)
    if query.column in ("health", *DERIVED, *AMOUNTS, *DAYS) or query.colour:
        rows = _of_colour(_with_figures(rows, at), query.colour)
    rows = _in_order(rows, query, _orders())
    return list(rows.select_related("portfolio", "programme_manager")[: query.most])


def projects_listed(
    rows: QuerySet[Project], query: ListQuery, at: datetime | None = None
) -> QuerySet[Project]:
    """Return the projects of a list, at most as many as it shows."""
    rows = with_words(rows, query.words, SEARCHED)
    if query.column in ("health", *FORECAST, "over") or query.colour:
        rows = _of_colour(_with_forecast(rows, at), query.colour)
    return _in_order(rows, query, _orders_of_projects())[: query.most]


def matching_ids(rows: QuerySet[Any], query: ListQuery) -> list[int]:
    """Return the ids of the programmes or projects that match the words of the query."""
    return list(with_words(rows, query.words, SEARCHED).order_by().values_list("pk", flat=True))


def totals(ids: Sequence[int], query: ListQuery, at: datetime | None = None) -> Totals:
    """Return the sums of programmes that match the words: one query."""
    return _totals(SUMS_THEN if at else SUMS, ids, query, at)


def project_totals(ids: Sequence[int], query: ListQuery, at: datetime | None = None) -> Totals:
    """Return the sums of projects that match the words: one query."""
    return _totals(PROJECT_SUMS_THEN if at else PROJECT_SUMS, ids, query, at)


def combined_totals(programmes: Totals, projects: Totals) -> Totals:
    """Return the sums of programmes and of the projects outside them together."""
    return Totals(
        programmes.count + projects.count,
        {name: programmes.colours[name] + projects.colours[name] for name in COLOURS},
        programmes.cost + projects.cost,
        programmes.over + projects.over,
        programmes.benefits,
        programmes.planned,
    )


def _totals(
    statement: Statement, ids: Sequence[int], query: ListQuery, at: datetime | None
) -> Totals:
    moment: dict[str, Any] = {"begin": at} if at else {}
    [(count, colours, *sums)] = statement(ids, colour=query.colour, **moment)
    return Totals(count, dict(zip(COLOURS, colours, strict=True)), *sums)


# The figures of each programme in a row, and the sums of all; a colour that is none is not known.
SUMMED = f"""
WITH shown AS (
    SELECT p.id,
        max(v.amount) FILTER (WHERE v.metric = '{AMOUNTS["benefits"]}') AS benefits,
        max(v.amount) FILTER (WHERE v.metric = '{AMOUNTS["planned"]}') AS planned,
        max(v.amount) FILTER (WHERE v.metric = '{AMOUNTS["cost"]}') AS cost,
        max(v.amount) FILTER (WHERE v.metric = '{AMOUNTS["approved"]}') AS approved,
        max(v.amount) FILTER (WHERE v.metric = '{AMOUNTS["variance"]}') AS variance,
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
    coalesce(sum(cost), 0), coalesce(sum(-variance) FILTER (WHERE approved <> 0), 0),
    coalesce(sum(benefits), 0), coalesce(sum(planned), 0)
FROM listed
"""  # noqa: S608  # our own names
# The same of projects, by their forecasts: these have no benefits of their own.
SUMMED_PROJECTS = f"""
WITH shown AS (
    SELECT p.id, (f.figures ->> '{OF_PROJECTS["cost"]}')::numeric AS cost,
        (f.figures ->> '{OF_PROJECTS["approved"]}')::numeric AS approved,
        coalesce((f.figures ->> '{RELEASED}')::numeric, 0) AS released,
        CASE WHEN f.health ->> 'effective' = ANY(%(known)s)
            THEN f.health ->> 'effective' ELSE 'grey' END AS health
    FROM unnest(%(ids)s::bigint[]) AS p(id)
    LEFT JOIN projects_projectforecast f ON f.project_id = p.id AND {{valid}}
), listed AS (SELECT * FROM shown WHERE %(colour)s IN ('', health))
SELECT count(*),
    ARRAY(SELECT count(l.health) FROM unnest(%(colours)s::text[]) WITH ORDINALITY c(name, place)
        LEFT JOIN listed l ON l.health = c.name GROUP BY c.name, c.place ORDER BY c.place),
    coalesce(sum(cost), 0),
    coalesce(sum(cost - approved + released) FILTER (WHERE approved <> 0), 0)
FROM listed
"""  # noqa: S608  # our own names
OF_SUMS = {
    "known": [*COLOURS[:3]],
    "colours": [*COLOURS],
    "metrics": [
        "health",
        *(AMOUNTS[name] for name in ("benefits", "planned", "cost", "approved", "variance")),
    ],
}


NOW = "{0}.valid_to IS NULL"
THEN = "{0}.valid_from <= %(begin)s AND ({0}.valid_to IS NULL OR {0}.valid_to > %(begin)s)"


def _sums(text: str, valid: str) -> Statement:
    return Statement(lambda: (text.format(valid=valid), OF_SUMS), types={"colour": "text"})


SUMS, SUMS_THEN = (_sums(SUMMED, when.format("v")) for when in (NOW, THEN))
PROJECT_SUMS, PROJECT_SUMS_THEN = (_sums(SUMMED_PROJECTS, when.format("f")) for when in (NOW, THEN))


def _with_figures(rows: QuerySet[Any], at: datetime | None) -> QuerySet[Any]:
    """Add the figures of the list's columns."""
    values = MetricValue.objects.filter(valid(at), programme=OuterRef("pk"))
    return rows.annotate(
        health=_known(Subquery(values.filter(metric="health").values("word")[:1])),
        **{
            f"figure_{name}": Subquery(values.filter(metric=metric).values("amount")[:1])
            for name, metric in AMOUNTS.items()
        },
        **{
            f"figure_{name}": Subquery(values.filter(metric=metric).values("day")[:1])
            for name, metric in DAYS.items()
        },
    )


def _with_forecast(rows: QuerySet[Any], at: datetime | None) -> QuerySet[Any]:
    """Add the columns of the list that projects have."""
    forecasts = ProjectForecast.objects.filter(valid(at), project=OuterRef("pk"))
    colours = forecasts.annotate(colour=KeyTextTransform("effective", "health"))
    return rows.annotate(
        health=_known(Subquery(colours.values("colour")[:1])),
        figure_slip=Subquery(forecasts.values("slip_days")[:1]),
        figure_finish=Subquery(forecasts.values("finishes_on")[:1]),
        **{
            f"figure_{name}": Subquery(
                forecasts.annotate(amount=Cast(KeyTextTransform(key, "figures"), AMOUNT)).values(
                    "amount"
                )[:1]
            )
            for name, key in {**OF_PROJECTS, RELEASED: RELEASED}.items()
        },
    )


def _known(colour: Expression | Subquery) -> Case:
    """Return the colour; grey for any other word and for none."""
    return Case(
        *(When(Q(Exact(colour, Value(word))), then=Value(word)) for word in COLOURS[:3]),
        default=Value("grey"),
        output_field=TextField(),
    )


def _of_colour(rows: QuerySet[Any], colour: str) -> QuerySet[Any]:
    return rows.filter(health=colour) if colour else rows


def _in_order(rows: QuerySet[Any], query: ListQuery, orders: Mapping[str, Any]) -> QuerySet[Any]:
    """Return the rows in the order that is asked for; unknown values are last in both
    directions."""
    by = orders.get(query.column)
    if by is None:
        return rows
    by = by.desc(nulls_last=True) if query.order.startswith("-") else by.asc(nulls_last=True)
    return rows.order_by(by, InOrder("code"), "pk")


def _orders() -> dict[str, Any]:
    """Return what each column is ordered by; the worst colour comes first."""
    figures = {name: _figure(name) for name in (*AMOUNTS, *DAYS)}
    ranks = {name: _rank(name) for name in ("health", "dca")}
    return {**ranks, **figures, **DERIVED, "name": InOrder("name")}


def _orders_of_projects() -> dict[str, Any]:
    """Return what each column that projects have is ordered by."""
    figures = {name: _figure(name) for name in FORECAST}
    return {
        "health": _rank("health"),
        **figures,
        "over": OVER_OF_PROJECTS,
        "complete": F("percent_complete"),
        "name": InOrder("name"),
    }


def _rank(name: str) -> Case:
    """The place of a colour, the worst first."""
    places = (When(**{name: colour}, then=Value(rank)) for rank, colour in enumerate(COLOURS))
    return Case(*places, default=Value(len(COLOURS)))


# Side by side


def by_portfolio(user: Any) -> dict[int, tuple[Totals, Totals]]:
    """Return for each portfolio the sums of the programmes that are not archived and that a user
    may see, and those of the projects outside them: two queries."""
    programmes, projects = (
        rows.filter(archived_at=None) for rows in programmes_and_projects(user, None)
    )
    home = Coalesce("portfolio_id", "programme__portfolio_id")
    sides = [
        _grouped(_with_figures(programmes, None).annotate(home=F("portfolio_id")), whole=True),
        _grouped(_with_forecast(projects, None).annotate(home=home), whole=False),
    ]
    nothing = Totals(0, dict.fromkeys(COLOURS, 0), Decimal(0), Decimal(0))
    return {
        id: (sides[0].get(id, nothing), sides[1].get(id, nothing))
        for id in sides[0].keys() | sides[1].keys()
    }


def _grouped(rows: QuerySet[Any], *, whole: bool) -> dict[int, Totals]:
    over = DERIVED["over"] if whole else OVER_OF_PROJECTS
    sums = {"cost": Sum("figure_cost"), "over": Sum(over)}
    if whole:
        sums |= {"benefits": Sum("figure_benefits"), "planned": Sum("figure_planned")}
    counts = {f"_{name}": Count("pk", filter=Q(health=name)) for name in COLOURS}
    groups = rows.order_by().values("home").annotate(_count=Count("pk"), **counts, **sums)
    return {
        row["home"]: Totals(
            row["_count"],
            {name: row[f"_{name}"] for name in COLOURS},
            **{name: row[name] or Decimal(0) for name in sums},
        )
        for row in groups
    }
