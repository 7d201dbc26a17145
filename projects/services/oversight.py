"""Decisions to watch a project more or less closely than its facts ask for, and appeals."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

from django.db import transaction

from pmhub.access import Withheld
from pmhub.access.separation_of_duties import check_apart
from pmhub.models import User
from pmhub.services import as_of, judge_of, turn
from programmes.queries.forecasts import derived_oversight
from programmes.queries.reports import last_project_report
from projects.models import InspectionFinding, OversightDecision
from projects.models.inspection import UNSETTLED
from projects.models.oversight import DECIDERS, OWN

HEARD = "Somebody else answers an appeal than who proposed or decided what it is against."


def gather_evidence(decision: OversightDecision) -> None:
    """Fill in the evidence of a proposal: the level that the facts of its project ask for, the days
    by which its report is late, its open findings, and its manager."""
    project, today = decision.project, as_of(decision)
    due = last_project_report(project).due_on
    decision.derived_then = derived_oversight(project)
    decision.report_days_late = max((today - due).days, 0) if due else 0
    decision.findings_open = InspectionFinding.objects.filter(
        inspection__project=project, state__in=UNSETTLED
    ).count()
    decision.person = project.project_manager


@transaction.atomic
def decide_oversight(
    decision: OversightDecision, *, until: date, by: User | None, **said: Any
) -> OversightDecision:
    """Decide a proposal: its level of oversight holds until the day `until`. Nobody decides what
    they have proposed, nor about a project of their own."""
    judge = judge_of(decision, "decided_by", "decides", by, own=OWN)
    today = as_of(decision)
    return turn(
        decision, noun="decision", until=until, decided_by=judge, decided_on=today, by=by, **said
    )


@transaction.atomic
def answer_appeal(
    decision: OversightDecision, *, noun: str, by: User | None, **said: Any
) -> OversightDecision:
    """Answer an appeal: uphold the decision, or change its level. Nobody does so who proposed or
    decided it, or leads the project; a new level must be one that the user may decide."""
    check_apart(by, decision, "answer", HEARD)
    becomes = copy.copy(decision)
    becomes.level = said.get("level", decision.level)
    if noun == "amendment" and not DECIDERS.allows(by, becomes):
        raise Withheld("level", f"It is decided by {DECIDERS.words}.")
    return turn(decision, noun=noun, by=by, **said)
