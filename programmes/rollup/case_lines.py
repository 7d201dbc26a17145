"""Lines of the approved business case, and of the tolerances that are broken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from programmes import sources
from programmes.health import Tolerance, broken, excess, in_force
from programmes.rollup.facts import CaseFacts, ProgrammeFacts, ProjectResult
from programmes.rollup.ledger import (
    Aggregate,
    Assessed,
    Figures,
    Line,
    Unit,
    aggregated,
    rounded,
    text,
)
from programmes.rollup.project_lines import lines_present_value

Lines = Iterable[Line]
CASE, PROJECT = sources.BUSINESS_CASE.name, sources.PROJECT.name
PROGRAMME = sources.PROGRAMME.name
TOLERANCE = sources.TOLERANCE.name
ONE, HUNDRED = Decimal(1), Decimal(100)
Breach = Mapping[str, Any]  # of: a kind of record, its id, and how far it has strayed


def approved(facts: ProgrammeFacts) -> Lines:
    """Yield the net present value of the preferred option, as the case was approved; it does not
    count where no case is approved."""
    if (case := facts.case) is None:
        yield Line(PROGRAMME, facts.id, None, included=False, reason="no_approved_case")
        return
    inputs = {
        "benefits_present_value": text(case.benefits),
        "costs_present_value": text(case.costs),
    }
    yield Line(CASE, case.id, case.npsv, inputs=inputs)


def costs(facts: ProgrammeFacts) -> Lines:
    """Return the present value of the forecast cost of each line of the programme, discounted as
    the case was."""
    return lines_present_value(facts, facts.case_discounting)


def breaches(figures: Figures, facts: ProgrammeFacts, added: Sequence[Line]) -> Assessed:
    """Return each broken tolerance with the records that break it: live projects, and the approved
    case by its present figures."""
    by_id: dict[int, list[Breach]] = defaultdict(list)
    for tolerance, far in _of_case(figures, facts):
        assert facts.case  # noqa: S101  # there is one that is broken
        by_id[tolerance.id].append(breach(CASE, facts.case.id, far, tolerance.kind))
    for project in facts.projects:
        for id, one in of_project(project).items():
            by_id[id].append(one)
    lines = [line(id, breaches) for id, breaches in sorted(by_id.items())]
    return aggregated(Aggregate.COUNT, lines), lines


def line(tolerance: int, breaches: Sequence[Breach]) -> Line:
    """Return the line of a broken tolerance."""
    return Line(TOLERANCE, tolerance, ONE, inputs={"breaches": [*breaches]})


def breach(kind: str, id: int, far: Decimal, what: str) -> Breach:
    """Return how far a record has strayed: in days or per cent, or in money for net present value
    and risk."""
    places = Unit.MONEY if what in ("npsv", "risk") else Unit.RATIO
    return {"of": kind, "id": id, "strayed": text(rounded(far, places)), "kind": what}


def of_project(project: ProjectResult) -> dict[int, Breach]:
    """Return the tolerances that a project breaks, by id."""
    return of_findings(project.facts.id, [finding.data for finding in project.health.findings])


def of_findings(project: int, findings: Iterable[Mapping[str, Any]]) -> dict[int, Breach]:
    """Return the tolerances that a project breaks by the findings of its health (as JSON keeps
    them), by id."""
    return {
        id: breach(PROJECT, project, abs(excess(finding)), finding["values"]["kind"])
        for id, finding in broken(findings).items()
    }


def _of_case(figures: Figures, facts: ProgrammeFacts) -> Iterator[tuple[Tolerance, Decimal]]:
    """Yield the tolerances that the approved case breaks, each with how far the case has
    strayed."""
    if facts.case is None:
        return
    limits = in_force(*facts.portfolio.tolerances_of(facts.id))
    for kind, far in _strayed(figures, facts.case).items():
        tolerance = limits.get(kind)
        # What the portfolio allows of risk is said of each project alone.
        if kind == "risk" and tolerance is not None and tolerance.place != "programme":
            continue
        if tolerance is not None and far is not None and tolerance.is_broken_by(far):
            yield tolerance, abs(far)


def _strayed(figures: Figures, case: CaseFacts) -> dict[str, Decimal | None]:
    """Return by kind of tolerance how far the present figures are from those of the approved case;
    None where that is not known."""
    benefits, costs, risk, late = (
        value if isinstance(value, Decimal) else None
        for value in (
            figures[name].value
            for name in (
                "benefits_forecast_present_value", "case_costs_present_value", "risk_mean",
                "slip_days",
            )
        )
    )  # fmt: skip
    change = figures["case_npsv_change"].value
    spent = None if costs is None or risk is None else costs + risk
    return {
        "npsv": change if isinstance(change, Decimal) else None,
        "cost_pct": _percent(spent, case.costs),
        "benefit_pct": _percent(benefits, case.benefits),
        "time_days": late,
        "risk": risk,
    }


def _percent(now: Decimal | None, was: Decimal) -> Decimal | None:
    """Return by how many per cent an amount is above another; None where the amount is not known or
    the other is not above 0."""
    return None if now is None or was <= 0 else (now - was) / was * HUNDRED
