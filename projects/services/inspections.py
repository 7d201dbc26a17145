"""What inspections found, and who verifies that it was corrected."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from pmhub.models import User
from pmhub.parties import check_apart
from pmhub.services import judge_of, turn
from projects.models import Inspection, InspectionFinding
from projects.services.codes import code_beside

LED = "Who leads a project does not inspect it, nor does their deputy."
OWN = "Who corrects something, or leads the project, does not verify that."


@transaction.atomic
def hold_inspection(inspection: Inspection, *, by: User | None, **said: Any) -> Inspection:
    """Record what an inspection came to. Who leads the project does not."""
    check_apart(by, inspection, "result", LED)
    return turn(inspection, noun="holding", by=by, **said)


@transaction.atomic
def verify_finding(
    finding: InspectionFinding, *, by: User | None, **said: Any
) -> InspectionFinding:
    """Verify that what was found is corrected. Who corrects it does not."""
    judge = judge_of(finding, "verified_by", "verifies", by, own=OWN)
    return turn(finding, noun="verification", verified_by=judge, by=by, **said)


def next_inspection_code(inspection: Inspection) -> str:
    """The code that follows on those of the inspections beside it."""
    return code_beside(inspection, ("project",), "IN01")


def next_finding_code(finding: InspectionFinding) -> str:
    """The code that follows on those of the findings beside it."""
    return code_beside(finding, ("inspection",), "F01")
