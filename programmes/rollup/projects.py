"""What is computed for each project: the dates on which its events really come, earned value,
health."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal

from programmes.health import Driver, ProjectEvidence, in_force, project_health
from programmes.rollup.facts import Facts, PortfolioFacts, ProjectFacts, ProjectResult
from programmes.rollup.risk_facts import RiskFacts
from projects import evm
from projects.bands import Bands
from projects.risk import Score, expected_value, rank, score
from projects.schedule import (
    STATUS_DATE,
    DependencyFigures,
    Link,
    Timeline,
    days_between,
    dependency_figures,
    propagate,
)

UNJUDGED = ("draft", "rejected")  # reasons for which a risk that nobody has accepted does not count


def compute_projects(
    facts: Facts, facts_before: Facts, before: Mapping[int, ProjectResult]
) -> dict[int, ProjectResult]:
    """Return the result of every project of the batch, by id. A project that did not change and
    cannot have moved keeps its result of `before`. Raises CycleError."""
    moving = _affected(facts, facts_before, before)
    timelines = propagated(facts, moving, before)
    codes = {link.id: link.code for project in facts.projects for link in project.dependencies}
    return {
        project.id: before[project.id]
        if project.id not in moving and before[project.id].facts is project
        else _result(project, facts.portfolios[facts.portfolio_of[project.id]], timelines, codes)
        for project in facts.projects
    }


def _affected(
    facts: Facts, facts_before: Facts, before: Mapping[int, ProjectResult]
) -> Collection[int]:
    """Return the projects whose dates may have moved: those with other events, dependencies or
    givers outside the batch than before, and all that wait for one of them."""
    waiting: dict[int, list[int]] = defaultdict(list)
    moving: dict[int, None] = {}
    settled, settled_before = facts.settled, facts_before.settled
    for project in facts.projects:
        earlier = before.get(project.id)
        changed = earlier is None or (
            earlier.facts is not project and _events_differ(earlier.facts, project)
        )
        for link in project.dependencies:
            if link.giver is not None:
                waiting[link.giver].append(project.id)
                changed |= settled.get(link.giver) != settled_before.get(link.giver)
        if changed:
            moving[project.id] = None
    queue = [*moving]
    while queue:
        later = [id for id in waiting[queue.pop()] if id not in moving]
        moving.update(dict.fromkeys(later))
        queue += later
    return moving.keys()


def _events_differ(before: ProjectFacts, now: ProjectFacts) -> bool:
    return before.work != now.work or before.dependencies != now.dependencies


def propagated(
    facts: Facts,
    moving: Collection[int] | None = None,
    before: Mapping[int, ProjectResult] = {},
) -> dict[int, Timeline]:
    """Return the timelines of the batch's projects and of their givers outside it. Where `moving`
    is given, all other projects keep their timelines of `before`. Raises CycleError."""
    stay = {p.id for p in facts.projects if moving is not None and p.id not in moving}
    settled = {**facts.settled, **{id: before[id].timeline for id in stay}}
    projects = [project for project in facts.projects if project.id not in stay]
    links = [link for project in projects for link in project.dependencies]
    return {**settled, **propagate([project.work for project in projects], links, settled)}


def _result(
    project: ProjectFacts,
    portfolio: PortfolioFacts,
    timelines: Mapping[int, Timeline],
    codes: Mapping[int, str],
) -> ProjectResult:
    timeline = timelines[project.id]
    driver = _driver(timeline, codes)
    bac, ev = project.bac, project.ev
    estimate = estimate_at_completion(project)
    typical = None if bac is None or ev is None else evm.eac_typical(bac, ev, project.actual)
    owed = [
        (dependency, judged(dependency, timelines, portfolio))
        for dependency in project.dependencies
        if dependency.open
    ]
    return ProjectResult(
        facts=project,
        portfolio=portfolio,
        timeline=timeline,
        bac=bac,
        pv=_planned(project, portfolio),
        ev=ev,
        ac=project.actual,
        eac=estimate.value,
        eac_cpi=typical.value if typical else None,
        etc_basis=estimate.basis,
        driver_code=driver.code if driver else _clock(timeline),
        dependencies=owed,
        health=project_health(
            _evidence(project, portfolio, timeline, owed, estimate.value, driver),
            portfolio.thresholds,
        ),
    )


def _driver(timeline: Timeline, codes: Mapping[int, str]) -> Driver | None:
    """Return the dependency that sets the finish of a project; None where none does."""
    id = timeline.driver
    return Driver("dependency", id, codes[id]) if isinstance(id, int) and id in codes else None


def _clock(timeline: Timeline) -> str | None:
    """Return `STATUS_DATE` where the status date sets the finish; else None."""
    return STATUS_DATE if timeline.driver == STATUS_DATE else None


def _planned(project: ProjectFacts, portfolio: PortfolioFacts) -> Decimal | None:
    """Return the planned value up to the status date, or to the day on which the project was
    terminated."""
    if project.baseline is None:
        return None
    until = min(portfolio.as_of, project.terminated_on or portfolio.as_of)
    return evm.planned_value(project.baseline.profile, until)


def estimate_at_completion(project: ProjectFacts) -> evm.Estimate:
    """Return the estimate at completion: of a closed project what it has cost, of a terminated one
    that and the cost of winding it down."""
    if project.terminated:
        return evm.Estimate(project.wound_up, "winding_down")
    if not project.live:
        return evm.Estimate(project.actual, "finished")
    if project.to_go_by_line is not None:
        return evm.Estimate(project.actual + project.to_go_by_line, "by_line")
    to_go = project.estimate_to_complete
    return evm.estimate_at_completion(project.actual, to_go, project.bac, project.ev)


def _evidence(
    project: ProjectFacts,
    portfolio: PortfolioFacts,
    timeline: Timeline,
    owed: Sequence[tuple[Link, DependencyFigures]],
    eac: Decimal | None,
    driver: Driver | None,
) -> ProjectEvidence:
    return ProjectEvidence(
        as_of=portfolio.as_of,
        ended="" if project.live else project.status,
        slip_days=days_between(
            timeline.finish, project.baseline.finish if project.baseline else None
        ),
        hidden_delay_days=timeline.hidden_delay_days or 0,
        driver=driver,
        baseline_days=project.baseline_days,
        eac=eac,
        approved=project.approved,
        top_risk=top_risk(project, portfolio.bands),
        risks_recorded=any(risk.reason not in UNJUDGED for risk in project.risks),
        dependencies=[
            (Driver("dependency", link.id, link.code), figures.status) for link, figures in owed
        ],
        issues=[issue.judged for issue in project.issues],
        overloads=project.overloads,
        compliance=project.compliance,
        assurance=project.assurance,
        declared=project.declared,
        declared_on=project.declared_on,
        override=project.override,
        tolerances=in_force(project.tolerances, *portfolio.tolerances_of(project.programme)),
        critical=project.critical,
        weight=project.weight,
        expected_cost=_expected(project),
        descoped=project.outputs.descoped_pct if project.outputs else None,
        not_accepted=project.outputs.not_accepted_pct if project.outputs else None,
    )


def _expected(project: ProjectFacts) -> Decimal | None:
    """Return what the counted risks of a project are expected to cost; None where it has none."""
    counted = [risk.impact for risk in project.risks if risk.counted and risk.impact]
    return sum(map(expected_value, counted), Decimal(0)) if counted else None


def judged(
    link: Link, timelines: Mapping[int, Timeline], portfolio: PortfolioFacts
) -> DependencyFigures:
    """Return the lateness, float and colour of one inbound dependency."""
    giver = timelines.get(link.giver) if link.giver is not None else None
    return dependency_figures(link, giver, timelines.get(link.receiver), portfolio.as_of)


def top_risk(project: ProjectFacts, bands: Bands) -> tuple[Driver, int] | None:
    """Return the counted threat with the highest score, and that score; None where there is
    none."""
    scored = [
        (_score(risk, project, bands).value, risk)
        for risk in project.risks
        if risk.counted and risk.threat
    ]
    if not scored:
        return None
    highest = max(value for value, _ in scored)
    tied = [risk for value, risk in scored if value == highest]
    top = min(tied, key=lambda risk: _rank(risk, highest))
    return Driver("risk", top.id, top.code), highest


def scores_of(project: ProjectResult) -> dict[int, Score]:
    """Return the scores of the counted risks of a project, by their ids."""
    facts, bands = project.facts, project.portfolio.bands
    return {risk.id: _score(risk, facts, bands) for risk in facts.risks if risk.counted}


def _score(risk: RiskFacts, project: ProjectFacts, bands: Bands) -> Score:
    assert risk.impact  # noqa: S101  # a counted risk is estimated
    return score(
        risk.impact.probability,
        risk.impact.most_likely,
        project.approved,
        risk.days,
        project.baseline_days,
        risk.benefit_percent,
        bands=bands,
    )


def _rank(risk: RiskFacts, value: int) -> tuple[Decimal, Decimal, int, date, str]:
    assert risk.impact  # noqa: S101  # a counted risk is estimated
    return rank(
        expected_value(risk.impact), risk.impact.most_likely, value, risk.proximity, risk.code
    )
