"""Reads the facts of a batch: a fixed number of set-based queries, however large the batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import QuerySet

from programmes.appraisal import Schedule
from programmes.models import (
    Portfolio,
    Programme,
    StatusDatePolicy,
)
from programmes.rollup.facts import (
    Facts,
    PortfolioFacts,
)
from programmes.rollup.reading.programmes import programme_facts
from programmes.rollup.reading.projects import project_facts, project_rows
from programmes.rollup.reading.registers import settled_timelines

# What is read of a programme and of a portfolio themselves.
PROGRAMME = ("id", "code", "portfolio_id", "dca", "planned_end_on", "contingency_budget")
PORTFOLIO = (
    "id", "status_date_policy", "status_date", "time_zone", "rag_thresholds", "discount_base_year",
    "discount_schedule", "discount_rate", "fiscal_year_start_month",
)  # fmt: skip


def read(
    programme_ids: Iterable[int] = (),
    standalone_ids: Iterable[int] = (),
    under: Mapping[int, PortfolioFacts] | None = None,
) -> Facts:
    """The facts of these programmes, and of these projects that stand alone; at the status date
    and by the rules of their portfolios, or of those given `under` their ids."""
    programmes = list(
        Programme.objects.filter(pk__in=list(programme_ids)).only(*PROGRAMME).order_by("pk")
    )
    rows = project_rows([each.pk for each in programmes], list(standalone_ids))
    portfolio_of = {row["id"]: row["owner"] for row in rows}
    owners = {each.portfolio_id for each in programmes} | set(portfolio_of.values())
    portfolios = {each.pk: portfolio_facts(each) for each in _portfolios(owners)}
    portfolios.update(under or {})
    projects = project_facts(rows, portfolios)
    return Facts(
        portfolios=portfolios,
        projects=projects,
        portfolio_of=portfolio_of,
        settled=settled_timelines(projects),
        programmes=programme_facts(programmes, portfolios, projects),
    )


def _portfolios(ids: Iterable[int]) -> QuerySet[Portfolio]:
    return Portfolio.objects.filter(pk__in=list(ids)).only(*PORTFOLIO)


def portfolio_facts(portfolio: Portfolio) -> PortfolioFacts:
    """The rules that a portfolio sets."""
    return PortfolioFacts(
        id=portfolio.pk,
        as_of=portfolio.as_of,
        thresholds=portfolio.thresholds,
        discount_base_year=portfolio.discount_base_year,
        schedule=Schedule(portfolio.discount_schedule),
        rate=portfolio.discount_rate,
        fiscal_start_month=portfolio.fiscal_year_start_month,
        moves=portfolio.status_date_policy == StatusDatePolicy.TODAY,
        time_zone=portfolio.time_zone,
    )
