"""Which inspections and findings hold the entry of a stage."""

from __future__ import annotations

from projects.models import (
    FindingSeverity,
    Inspection,
    InspectionFinding,
    InspectionResult,
    InspectionState,
    Project,
)
from projects.models.inspection import UNSETTLED


def unpassed(project: Project, stage: str) -> list[Inspection | InspectionFinding]:
    """Return what holds the entry of a stage: inspections that are planned for it, the last if it
    failed, and critical findings that nobody has verified."""
    here = Inspection.objects.filter(project=project, hold_point=stage)
    last = here.filter(state=InspectionState.HELD).order_by("-held_on", "-pk").first()
    failed = [last] if last and last.result == InspectionResult.FAIL else []
    critical = InspectionFinding.objects.filter(
        inspection__project=project,
        inspection__hold_point__in=("", stage),
        severity=FindingSeverity.CRITICAL,
        state__in=UNSETTLED,
    )
    return [*here.filter(state=InspectionState.PLANNED), *failed, *critical]
