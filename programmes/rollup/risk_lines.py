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
    """Probability times mean impact of each risk of a project; those that do not count say why."""
    return map(_line, project.facts.risks)


def of_programme(facts: ProgrammeFacts) -> Iterable[Line]:
    """The same of each risk that the programme holds itself."""
    return (_line(risk) for risk in facts.risks if risk.project is None)


def _line(risk: RiskFacts) -> Line:
    if risk.impact is None:
        return Line(RISK, risk.id, None, False, risk.reason or "not_estimated")
    inputs = {
        "probability": text(risk.impact.probability),
        "mean_impact": text(rounded(mean_impact(risk.impact), Unit.MONEY)),
        # What the distribution reads: with it a line changes whenever the exposure does.
        "impact": [text(risk.impact.low), text(risk.impact.most_likely), text(risk.impact.high)],
    }
    return Line(RISK, risk.id, expected_value(risk.impact), risk.counted, risk.reason, inputs)
