"""What is computed for each project: where its dates really stand, earned value, health."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from programmes.health import Driver, ProjectEvidence, project_health
from programmes.rollup.facts import (
    DependencyFacts,
    Facts,
    PortfolioFacts,
    ProjectFacts,
    ProjectResult,
    RiskFacts,
)
from projects import evm
from projects.risk import expected_value, rank, score
from projects.schedule import (
    DependencyFigures,
    Link,
    LinkKind,
    Position,
    Work,
    dependency_figures,
    propagate,
)


def compute_projects(facts: Facts) -> dict[int, ProjectResult]:
    """The result of every project of the batch, by id. Raises CycleError."""
    positions = propagated(facts)
    codes = {link.id: link.code for project in facts.projects for link in project.dependencies}
    return {
        project.id: _result(
            project, facts.portfolios[facts.portfolio_of[project.id]], positions, codes
        )
        for project in facts.projects
    }


def propagated(facts: Facts) -> dict[int, Position]:
    """Positions of the batch's projects and of the givers outside it."""
    works, links = network(facts.projects)
    return {**facts.settled, **propagate(works, links, facts.settled)}


def network(projects: Sequence[ProjectFacts]) -> tuple[list[Work], list[Link]]:
    """The projects that have dates, and the open dependencies that drive them."""
    works = [work for each in projects if (work := _work(each))]
    links = [
        Link(
            id=each.id,
            giver=each.giver,
            receiver=each.receiver,
            kind=LinkKind(each.kind),
            lag_days=each.lag_days,
            event_on=each.event_on,
            delivered=each.delivered_on is not None,
        )
        for project in projects
        for each in project.dependencies
        if each.drives and each.open
    ]
    return works, links


def _work(project: ProjectFacts) -> Work | None:
    if project.start is None or project.finish is None:
        return None
    return Work(
        id=project.id,
        start=project.start,
        finish=project.finish,
        started=project.started,
        closed=not project.live,
        baseline_finish=project.baseline.finish if project.baseline else None,
    )


def _result(
    project: ProjectFacts,
    portfolio: PortfolioFacts,
    positions: Mapping[int, Position],
    codes: Mapping[int, str],
) -> ProjectResult:
    position = positions.get(project.id)
    driver = _driver(position, codes)
    bac = project.baseline.budget if project.baseline else None
    ev = None if bac is None else evm.earned_value(bac, project.percent_complete)
    estimate = estimate_at_completion(project, bac, ev)
    typical = None if bac is None or ev is None else evm.eac_typical(bac, ev, project.actual)
    owed = [
        (each, judged(each, project, positions, portfolio))
        for each in project.dependencies
        if each.open
    ]
    return ProjectResult(
        facts=project,
        position=position,
        bac=bac,
        pv=_planned(project, portfolio),
        ev=ev,
        ac=project.actual,
        eac=estimate.value,
        eac_cpi=typical.value if typical else None,
        etc_basis=estimate.basis,
        driver_code=driver.code if driver else None,
        dependencies=owed,
        health=project_health(
            _evidence(project, portfolio, position, owed, estimate.value, driver),
            portfolio.thresholds,
        ),
    )


def _driver(position: Position | None, codes: Mapping[int, str]) -> Driver | None:
    """The dependency that sets where the project stands, if one does."""
    id = position.driver if position else None
    return Driver("dependency", id, codes[id]) if id is not None and id in codes else None


def _planned(project: ProjectFacts, portfolio: PortfolioFacts) -> Decimal | None:
    """Planned value to the status date, or to the day on which the project was terminated."""
    if project.baseline is None:
        return None
    until = min(portfolio.as_of, project.terminated_on or portfolio.as_of)
    return evm.planned_value(project.baseline.profile, until)


def estimate_at_completion(
    project: ProjectFacts, bac: Decimal | None, ev: Decimal | None
) -> evm.Estimate:
    """EAC of a project: a closed one costs what it cost, a terminated one what winding it down will
    cost besides."""
    if project.terminated:
        return evm.Estimate(project.wound_up, "winding_down")
    if not project.live:
        return evm.Estimate(project.actual, "finished")
    return evm.estimate_at_completion(project.actual, project.estimate_to_complete, bac, ev)


def _evidence(
    project: ProjectFacts,
    portfolio: PortfolioFacts,
    position: Position | None,
    owed: Sequence[tuple[DependencyFacts, DependencyFigures]],
    eac: Decimal | None,
    driver: Driver | None,
) -> ProjectEvidence:
    return ProjectEvidence(
        as_of=portfolio.as_of,
        ended="" if project.live else project.status,
        slip_days=position.slip_days if position else None,
        hidden_delay_days=position.hidden_delay_days if position else 0,
        driver=driver,
        baseline_days=project.baseline_days,
        eac=eac,
        approved=project.approved,
        top_risk=top_risk(project),
        risks_recorded=bool(project.risks),
        dependencies=[
            (Driver("dependency", each.id, each.code), figures.status) for each, figures in owed
        ],
        issues=[each.judged for each in project.issues],
        overloads=project.overloads,
        compliance=project.compliance,
        assurance=project.assurance,
        declared=project.declared,
        declared_on=project.declared_on,
    )


def judged(
    link: DependencyFacts,
    receiver: ProjectFacts,
    positions: Mapping[int, Position],
    portfolio: PortfolioFacts,
) -> DependencyFigures:
    """Lateness, float and colour of one inbound dependency."""
    giver = positions.get(link.giver) if link.giver else None
    return dependency_figures(
        kind=LinkKind(link.kind),
        lag_days=link.lag_days,
        need_by=link.need_by,
        forecast_on=link.event_on,
        accepted=link.accepted,
        delivered=link.delivered_on is not None,
        agreed=link.status in ("agreed", "delivered", "accepted"),
        drives=link.drives,
        hard=link.hard,
        giver_hidden_days=giver.hidden_delay_days if giver else 0,
        receiver_start=receiver.start,
        receiver_finish=receiver.finish,
        as_of=portfolio.as_of,
    )


def top_risk(project: ProjectFacts) -> tuple[Driver, int] | None:
    """The counted threat that scores highest, with its score, if there is one."""
    scored = [
        (_score(risk, project), risk) for risk in project.risks if risk.counted and risk.threat
    ]
    if not scored:
        return None
    highest = max(value for value, _ in scored)
    tied = [risk for value, risk in scored if value == highest]
    top = min(tied, key=lambda risk: _rank(risk, highest))
    return Driver("risk", top.id, top.code), highest


def _score(risk: RiskFacts, project: ProjectFacts) -> int:
    assert risk.impact  # noqa: S101  # a counted risk is estimated
    return score(
        risk.impact.probability,
        risk.impact.most_likely,
        project.approved,
        risk.days,
        project.baseline_days,
        risk.benefit_percent,
    ).value


def _rank(risk: RiskFacts, value: int) -> tuple[Decimal, Decimal, int, date, str]:
    assert risk.impact  # noqa: S101  # a counted risk is estimated
    return rank(
        expected_value(risk.impact), risk.impact.most_likely, value, risk.proximity, risk.code
    )
