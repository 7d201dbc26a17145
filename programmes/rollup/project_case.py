"""The present figures of the approved business case of a project that stands alone: pure.

Such a project has no benefits that are measured: they count as they were approved. Its costs and
the expected cost of its risks follow its records, discounted as the case was.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from programmes.health import in_force
from programmes.rollup.case_lines import CASE, breach
from programmes.rollup.facts import CaseFacts, ProjectResult
from programmes.rollup.ledger import Unit, rounded, text
from programmes.rollup.project_lines import cost_present_value
from projects.risk import expected_value

NPSV = "npsv"


def case_standing(project: ProjectResult) -> dict[str, Any] | None:
    """Return the present figures of the approved case, in the form that JSON stores: its id, the
    present value of costs, the expected cost of open risks, the net present value, by how much that
    is above the approved one, and the tolerance that is broken, if any. None without an approved
    case."""
    case = project.facts.case
    if case is None:
        return None
    costs, risk = _costs(project, case), _risk(project)
    now = case.benefits - costs - risk
    change = now - case.npsv
    inputs = {"costs": costs, "risk": risk, "now": now, "change": change}
    texts = {name: text(value) for name, value in inputs.items()}
    return {"id": case.id, **texts, "breach": _broken(project, case, change)}


def _costs(project: ProjectResult, case: CaseFacts) -> Decimal:
    lines = cost_present_value(project, case.discounting)
    values = (rounded(line.value, Unit.MONEY) for line in lines)
    return sum((value for value in values if isinstance(value, Decimal)), Decimal(0))


def _risk(project: ProjectResult) -> Decimal:
    counted = (risk.impact for risk in project.facts.risks if risk.counted and risk.impact)
    value = rounded(sum(map(expected_value, counted), Decimal(0)), Unit.MONEY)
    assert isinstance(value, Decimal)  # noqa: S101  # an amount stays one
    return value


def _broken(project: ProjectResult, case: CaseFacts, change: Decimal) -> dict[str, Any] | None:
    """Return the breach of the tolerance of net present value, None where that is not broken. All
    other tolerances are judged for the project itself."""
    limits = in_force(project.facts.tolerances, *project.portfolio.tolerances_of(None))
    tolerance = limits.get(NPSV)
    if tolerance is None or not project.facts.live or not tolerance.is_broken_by(change):
        return None
    return {"tolerance": tolerance.id, **breach(CASE, case.id, abs(change), NPSV)}
