"""Reads the facts of a batch: a fixed number of set-based queries, however large the batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from django.db.models import Q
from django.db.models.functions import Coalesce

from pmhub.database.statements import IDS, Rows, Statement
from programmes.appraisal import Schedule
from programmes.health import HealthRule
from programmes.health import Tolerance as Limit
from programmes.models import (
    Portfolio,
    Programme,
    StatusDatePolicy,
    Tolerance,
)
from programmes.rollup.facts import (
    Facts,
    PortfolioFacts,
    ProjectFacts,
)
from programmes.rollup.reading import registers
from programmes.rollup.reading.cached_rows import EarlierFacts
from programmes.rollup.reading.programmes import programme_facts
from programmes.rollup.reading.projects import (
    changed_rows,
    project_facts,
    project_rows,
    shared_facts,
)
from programmes.rollup.reading.registers import settled_timelines
from projects.bands import Bands
from projects.calendar import Calendar
from projects.categories import Categories
from projects.schedule import Timeline

# What is read of a programme and of a portfolio themselves.
PROGRAMME = ("id", "code", "portfolio_id", "dca", "planned_end_on", "contingency_budget")
PORTFOLIO = (
    "id", "status_date_policy", "status_date", "time_zone", "rag_thresholds", "discount_base_year",
    "discount_schedule", "discount_rate", "fiscal_year_start_month", "rules_in_force",
)  # fmt: skip

TOLERANCES = Statement(
    lambda: (
        Tolerance.objects.filter(
            Q(portfolio__in=[IDS]) | Q(programme__portfolio__in=[IDS]), project__isnull=True
        )
        .order_by("id")
        .values_list(
            Coalesce("portfolio_id", "programme__portfolio_id"),
            Coalesce("programme_id", 0),
            *registers.OF_TOLERANCE,
        )
    )
)
PROGRAMMES = Rows(lambda: Programme.objects.filter(pk__in=[IDS]).only(*PROGRAMME).order_by("pk"))
PORTFOLIOS = Rows(lambda: Portfolio.objects.filter(pk__in=[IDS]).only(*PORTFOLIO).order_by())


def read(
    programme_ids: Iterable[int] = (),
    standalone_ids: Iterable[int] = (),
    under: Mapping[int, PortfolioFacts] | None = None,
) -> Facts:
    """Return the facts of these programmes, and of these projects that stand alone. They are read
    at the status date and by the rules of their portfolios, unless `under` gives other rules by the
    id of a portfolio."""
    programmes = PROGRAMMES(list(programme_ids))
    rows = project_rows([programme.pk for programme in programmes], list(standalone_ids))
    portfolio_of = {row["id"]: row["owner"] for row in rows}
    owners = {programme.portfolio_id for programme in programmes} | set(portfolio_of.values())
    tolerances = _tolerances(owners)
    portfolios = {
        portfolio.pk: portfolio_facts(portfolio, tolerances[portfolio.pk])
        for portfolio in PORTFOLIOS(sorted(owners))
    }
    for id, facts in (under or {}).items():
        portfolios[id] = replace(facts, tolerances=tolerances[id])
    projects = shared_facts(project_facts(rows, portfolios), portfolios, portfolio_of)
    return Facts(
        portfolios=portfolios,
        projects=projects,
        portfolio_of=portfolio_of,
        settled=_settled(projects),
        programmes=programme_facts(programmes, portfolios, projects),
    )


def read_changed(
    before: Facts,
    changed: Collection[int],
    ids: Collection[int],
    touched: Collection[str],
    *,
    same_benefits: bool,
) -> Facts | None:
    """Return the facts of a programme whose earlier facts `before` are known. `ids` are its
    projects; only those in `changed` are read again. A project that did not change is the same
    object, and so is a benefit. Tables outside `touched` are not read again. None where the rules
    or the status date have changed."""
    [old] = before.programmes
    [programme] = PROGRAMMES([old.id])
    [portfolio] = PORTFOLIOS([programme.portfolio_id])
    of_programme = EarlierFacts({old.id: old}, touched)
    tolerances = (
        old.portfolio.tolerances
        if portfolio.pk == old.portfolio.id and of_programme.unchanged([old.id], TOLERANCES)
        else _tolerances([portfolio.pk])[portfolio.pk]
    )
    portfolios = {portfolio.pk: portfolio_facts(portfolio, tolerances)}
    if old.portfolio != portfolios[programme.portfolio_id]:
        return None
    earlier = EarlierFacts({project.id: project for project in before.projects}, touched)
    by_id = {id: project for id, project in earlier.facts.items() if id not in changed}
    for project in project_facts(changed_rows(old.id, sorted(changed)), portfolios, earlier):
        by_id[project.id] = _same(earlier.facts.get(project.id), project)
    portfolio_of = dict.fromkeys(ids, programme.portfolio_id)
    mine = [by_id[id] for id in sorted(ids) if id in by_id]
    projects = shared_facts(mine, portfolios, portfolio_of, earlier)
    return Facts(
        portfolios=portfolios,
        projects=projects,
        portfolio_of=portfolio_of,
        settled=_settled(projects),
        programmes=programme_facts(
            [programme],
            portfolios,
            projects,
            benefits={old.id: old.benefits} if same_benefits else None,
            earlier=of_programme,
        ),
    )


def _settled(projects: Sequence[ProjectFacts]) -> dict[int, Timeline]:
    links = (link for project in projects for link in project.dependencies)
    return settled_timelines({project.id for project in projects}, links)


def _same(before: ProjectFacts | None, now: ProjectFacts) -> ProjectFacts:
    """Return the facts that are known already where those read now are equal, so that an unchanged
    project stays the same object."""
    if before is None:
        return now
    now = replace(now, assurance=before.assurance, overloads=before.overloads)
    return before if before == now else now


def _tolerances(portfolios: Iterable[int]) -> Mapping[int, list[tuple[int, Limit]]]:
    """Return the tolerances by portfolio, each with the id of its programme, or 0 where it is the
    portfolio's own."""
    tolerances: dict[int, list[tuple[int, Limit]]] = defaultdict(list)
    for portfolio, programme, id, kind, value, side in TOLERANCES(sorted(portfolios)):
        place = "programme" if programme else "portfolio"
        tolerances[portfolio].append((programme, Limit(id, kind, value, side, place)))
    return tolerances


def portfolio_facts(
    portfolio: Portfolio, tolerances: Sequence[tuple[int, Limit]] = ()
) -> PortfolioFacts:
    """Return the rules of a portfolio; `tolerances` are its own and those of its programmes."""
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
        tolerances=tuple(tolerances),
        bands=portfolio.rules_of(Bands),
        categories=portfolio.rules_of(Categories),
        calendar=portfolio.rules_of(Calendar),
        health=portfolio.rules_of(HealthRule),
    )
