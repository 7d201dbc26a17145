"""Two programmes become one: all that goes on of the second belongs to the first from now on."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import Any

import pgtrigger
from django.db import transaction
from django.db.models import F, Max, Sum
from django.utils import timezone

from benefits.models import Benefit, BenefitLink, ClaimState, OverlapCase, SharedBenefitClaim
from benefits.services.claims import end_double_claims, end_own_claims
from pmhub.database.history import because
from pmhub.models import Delegation, FormerCode, RoleAssignment, User
from pmhub.services import refuse, save
from programmes.models import (
    AssuranceReview,
    BusinessCase,
    Envelope,
    ObjectiveMeasurement,
    Outcome,
    Programme,
    ProgrammeLine,
    Scenario,
    StrategicObjective,
    Tranche,
)
from programmes.models.case.states import CaseState
from programmes.models.states import ProgrammeStage
from programmes.services.reorganisation.dispositions import (
    HELD,
    Fate,
    RecordFates,
    Reorganisation,
    check_goes_on,
    check_reason,
    check_settled,
    counted_fate,
    decide,
    follow_on,
    lock_all,
    move_records,
    named_fate,
    others_of,
    renumber,
    transfer_records,
    try_write,
)
from programmes.services.reorganisation.preconditions import waiting
from programmes.services.reorganisation.rights import roles_go
from projects.models import (
    Action,
    Assumption,
    BudgetRequest,
    ChangeRequest,
    Communication,
    HelpRequest,
    Issue,
    Lesson,
    Post,
    Project,
    Risk,
    Stakeholder,
)
from projects.services.project import check_envelopes

# What goes to the first programme, in the order in which one stands on another: income, which makes
# room in an envelope, before what takes it.
GO: tuple[Any, ...] = (
    Tranche, ProgrammeLine, Project, Outcome, Benefit, SharedBenefitClaim, BenefitLink, OverlapCase,
    Risk, Issue, Assumption, Action, Stakeholder, Communication, Lesson, Post, HelpRequest,
    BudgetRequest, ChangeRequest, AssuranceReview, ObjectiveMeasurement, Scenario,
)  # fmt: skip
# Which of them go, where not all do.
WHICH = {SharedBenefitClaim: {"state__in": (ClaimState.PROPOSED, ClaimState.AGREED)}}
WHOLE = (Project, Benefit)  # without which it would not be one programme
# Without this income, the projects that stay for the moment would exceed their envelopes.
UNSETTLED = (ProgrammeLine,)


@transaction.atomic
def merge_programmes(
    programme: Programme, *, other: Programme, rename: bool = False, reason: str, by: User | None
) -> Reorganisation:
    """Move all that goes on of another programme to this one, and archive the other, whose address
    leads to this one. Its decisions and publications stay with it. Codes that both have are
    refused, unless `rename` allows to change them."""
    if other.pk == programme.pk:
        refuse("other", "Name another programme.")
    lock_all(programme, other)
    check_goes_on(programme, "stage")
    check_goes_on(other, "other")
    check_reason(reason)
    if other.portfolio_id != programme.portfolio_id:
        refuse("other", "Choose a programme of the same portfolio.")
    check_settled(waiting(other), by)
    _join(programme, other, by)
    with because(f"{other.code} merged into {programme.code}: {reason}"):
        claims = end_own_claims(programme, other, by=by) + end_own_claims(other, programme, by=by)
        double = end_double_claims(programme, other, by=by)
        shared = [*_envelopes(programme, other, by)]
        check_envelopes(programme, "other", projects=other.projects.all(), also=other)
        along = [
            *counted_fate(SharedBenefitClaim, Fate.ENDS, claims, "Both are one programme"),
            *counted_fate(SharedBenefitClaim, Fate.ENDS, double, "Both claim of the same benefit"),
            *renumber(GO, programme, other, may=rename, by=by),
            *transfer_records(
                GO, other, programme, which=WHICH, whole=WHOLE, unsettled=UNSETTLED, by=by
            ),
            *roles_go(programme, other, by),
        ]
        _contingency(programme, other, by)
        along += [*shared, *_supersede(other, by)]
        along += _stay(other, by)
        _put_away(programme, other, reason, by)
    return Reorganisation(programme, other, along)


def _join(programme: Programme, other: Programme, by: User | None) -> None:
    """Add the objectives and business change managers of the other; its tranches follow those of
    the first."""
    programme.objectives.add(*other.objectives.exclude(status__in=StrategicObjective.over_in))
    programme.bcms.add(*other.bcms.all())
    last = programme.tranches.aggregate(last=Max("sequence"))["last"] or 0
    other.tranches.update(sequence=F("sequence") + last, updated_by=by)


def _contingency(programme: Programme, other: Programme, by: User | None) -> None:
    """Move the contingency that remains; movements that were drawn stay with the programme that
    gave them. The approved sums are added up, so that nobody approves more: the user may manage one
    of the programmes."""
    drawn = other.contingency_movements.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    programme.contingency_budget += other.contingency_budget - drawn
    other.contingency_budget = drawn
    save(other, "contingency_budget", by=by)
    with pgtrigger.ignore("programmes.Programme:funded_by_another"):
        save(programme, "contingency_budget", by=by)


def _envelopes(programme: Programme, other: Programme, by: User | None) -> Iterator[RecordFates]:
    """Move the envelopes before the lines to which they apply; those of one year become one."""
    go, joined = [], []
    for envelope in other.envelopes.order_by("pk"):
        same = {"fiscal_year": envelope.fiscal_year, "treatment": envelope.treatment}
        if mine := programme.envelopes.filter(**same).first():
            joined.append(try_write(partial(_add_up, mine, envelope, by)))
        else:
            go.append(envelope.pk)
    stay = move_records(Envelope, go, programme, by=by)
    yield from counted_fate(Envelope, Fate.GOES, len(go) - len(stay) + joined.count(True))
    yield from counted_fate(Envelope, Fate.STAYS, len(stay) + joined.count(False), HELD)


def _add_up(mine: Envelope, other: Envelope, by: User | None) -> None:
    """Add the amount of the other's envelope to that of the first."""
    mine.amount, other.amount = mine.amount + other.amount, Decimal(0)
    save(other, "amount", by=by)
    save(mine, "amount", by=by)


def _supersede(other: Programme, by: User | None) -> Iterator[RecordFates]:
    """Supersede the approved business cases of the other: that of the first holds."""
    cases = list(other.business_cases.filter(state=CaseState.APPROVED))
    for case in cases:
        case.state = CaseState.SUPERSEDED
        save(case, "state", by=by)
    yield from named_fate(
        BusinessCase, Fate.SUPERSEDED, [case.code for case in cases],
        "The case of the programme that goes on holds",
    )  # fmt: skip


def _stay(other: Programme, by: User | None) -> Iterator[RecordFates]:
    """Yield what stays with the programme that ends."""
    for model, count in others_of(other, (*GO, RoleAssignment, Delegation, Envelope), by):
        yield from counted_fate(model, Fate.STAYS, count)


def _put_away(programme: Programme, other: Programme, reason: str, by: User | None) -> None:
    """End the other programme as a part of the first, to which its address leads."""
    outcome = f"{other.code} became a part of {programme.code}"
    decide(programme, title=f"{other.code} merged in", outcome=outcome, reason=reason, by=by)
    decide(other, title=f"Merged into {programme.code}", outcome=outcome, reason=reason, by=by)
    day = other.portfolio.as_of
    other.merged_into, other.stage = programme, ProgrammeStage.TERMINATED
    if other.starts_on is None or other.starts_on <= day:
        other.actual_end_on = day
    other.archived_at = timezone.now()
    save(other, "merged_into", "stage", "actual_end_on", "archived_at", by=by)
    FormerCode.pass_on(other, to=programme, portfolio_id=programme.portfolio_id)
    follow_on(other, programme)
