"""Lines that risks add: the residual expected value of each, opportunities negative."""

from __future__ import annotations

from collections.abc import Iterable

from programmes import sources
from programmes.rollup.facts import ProgrammeFacts, ProjectResult
from programmes.rollup.ledger import Line, Unit, rounded, text
from programmes.rollup.risk_facts import RiskFacts
from projects.risk import expected_value, mean_impact

RISK = sources.RISK.name


def of_project(project: ProjectResult) -> Iterable[Line]:
    """Yield the expected cost of each risk of a project: probability times mean impact; a risk that
    does not count has the reason."""
    return map(_line, project.facts.risks)


def of_programme(facts: ProgrammeFacts) -> Iterable[Line]:
    """Yield the expected cost of each risk that the programme itself holds."""
    return (_line(risk) for risk in facts.risks if risk.project is None)


def _foreign(risk: RiskFacts) -> dict[str, str | None]:
    """Return the cost of a risk in another currency and the rate that converts it, as inputs of its
    line; empty for other risks."""
    if risk.foreign is None:
        return {}
    details = {
        "foreign_currency": risk.foreign.currency,
        "foreign_amount": text(risk.foreign.amount),
    }
    return details | {"exchange_rate": text(risk.foreign.rate), "planned_on": text(risk.proximity)}


def _line(risk: RiskFacts) -> Line:
    if risk.impact is None:
        reason = risk.reason or "not_estimated"
        return Line(RISK, risk.id, None, False, reason, _foreign(risk))
    inputs = {
        "probability": text(risk.impact.probability),
        "mean_impact": text(rounded(mean_impact(risk.impact), Unit.MONEY)),
        # What the distribution reads: with it a line changes whenever the exposure does.
        "impact": [text(risk.impact.low), text(risk.impact.most_likely), text(risk.impact.high)],
        **_foreign(risk),
    }
    return Line(RISK, risk.id, expected_value(risk.impact), risk.counted, risk.reason, inputs)
