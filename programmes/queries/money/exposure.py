"""What the open risks of one project may cost."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from pmhub.database.past import as_at
from programmes.rollup.ledger import MONEY_PLACES
from programmes.rollup.reading.risks import risks_of_project
from projects.models import LIVE, Project
from projects.risk.impact import Impact
from projects.risk.total import percentiles

ENDS = (Decimal("0.1"), Decimal("0.9"))


def exposure_ends(
    project: Project, as_of: date, at: datetime | None = None
) -> tuple[Decimal, Decimal] | None:
    """Return P10 and P90 of the counted risks of a project, taken as independent, now or at a
    moment; None where no risk counts."""
    with as_at(at):
        facts = risks_of_project(project.pk, as_of, ended=project.status not in LIVE)
    impacts = tuple(risk.impact for risk in facts if risk.counted and risk.impact)
    return _ends(impacts) if impacts else None


@lru_cache(maxsize=256)
def _ends(impacts: tuple[Impact, ...]) -> tuple[Decimal, Decimal]:
    """Return P10 and P90 of the total of these risks; the same for the same risks."""
    low, high = (
        percentile.quantize(MONEY_PLACES, ROUND_HALF_UP)
        for percentile in percentiles(impacts, ENDS)
    )
    return low, high
