"""Two programmes become one: all that goes on of the second belongs to the first from now on."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Sum
from django.utils import timezone

from benefits.models import Benefit, BenefitLink, ClaimState, OverlapCase, SharedBenefitClaim
from benefits.services.claims import end_double_claims, end_own_claims
from pmhub.database.history import because
from pmhub.models import Coded, FormerCode, RoleAssignment, User
from pmhub.services import Conflict, free_code, refuse, refuse_state, save
from programmes.models import (
    AssuranceReview,
    BusinessCase,
    Envelope,
    ObjectiveMeasurement,
    Outcome,
    Programme,
    ProgrammeLine,
    Scenario,
    Tranche,
)
from programmes.models.case.states import CaseState
from programmes.models.states import ProgrammeStage
from programmes.services.reorganising.along import (
    FEW,
    Along,
    Fate,
    Reorganised,
    carry,
    check_goes_on,
    check_reason,
    counted,
    decide,
    held,
    lock_all,
    others_of,
    seen,
    told,
    tried,
)
from programmes.services.reorganising.rights import gained
from projects.models import (
    Action,
    Assumption,
    BudgetRequest,
    BudgetRequestState,
    ChangeRequest,
    ChangeState,
    Communication,
    Gate,
    GateState,
    HelpRequest,
    Issue,
    Lesson,
    Post,
    Project,
    Risk,
    Stakeholder,
)

# What goes to the first programme, in the order in which one stands on another.
GO: tuple[Any, ...] = (
    Tranche, Project, Outcome, Benefit, SharedBenefitClaim, BenefitLink, OverlapCase, Risk, Issue,
    ProgrammeLine, Assumption, Action, Stakeholder, Communication, Lesson, Post, HelpRequest,
    BudgetRequest, ChangeRequest, AssuranceReview, ObjectiveMeasurement, Scenario,
)  # fmt: skip
# What waits to be decided or done about a programme, and would not be once it has ended.
C = ChangeState
WAITING: dict[Any, tuple[tuple[str, ...], str]] = {
    Gate: ((GateState.OPEN,), "Decide or cancel"),
    BudgetRequest: ((BudgetRequestState.SUBMITTED,), "Decide or return"),
    ChangeRequest: ((C.IMPACT_ASSESSED, C.DEFERRED, C.APPROVED), "Settle or take back"),
}
# Which of them go, where not all do.
WHICH = {SharedBenefitClaim: {"state__in": (ClaimState.PROPOSED, ClaimState.AGREED)}}
WHOLE = (Project, Benefit)  # without which it would not be one programme
HELD = "Their rules hold them where they are"
RIGHTS = "Whoever has them sees all of the programme from now on"
LONGEST = 18  # of a new code, with room for a number
CLASH = "Both have {}: let them be renamed, or rename them first."


@transaction.atomic
def merge_programmes(
    programme: Programme, *, other: Programme, rename: bool = False, reason: str, by: User | None
) -> Reorganised:
    """Have all that goes on of another programme belong to this one, and put the other away: its
    code leads on. What it decided and published stays with it. Codes that both have are refused,
    unless they may be renamed."""
    if other.pk == programme.pk:
        refuse("other", "Name another programme.")
    lock_all(programme, other)
    check_goes_on(programme, "stage")
    check_goes_on(other, "other")
    check_reason(reason)
    if other.portfolio_id != programme.portfolio_id:
        refuse("other", "Choose a programme of the same portfolio.")
    _check_settled(other)
    _join(programme, other, by)
    with because(f"{other.code} merged into {programme.code}: {reason}"):
        claims = end_own_claims(programme, other, by=by) + end_own_claims(other, programme, by=by)
        double = end_double_claims(programme, other, by=by)
        along = [
            *counted(SharedBenefitClaim, Fate.ENDS, claims, "Both are one programme"),
            *counted(SharedBenefitClaim, Fate.ENDS, double, "Both claim of the same benefit"),
            *_rename(programme, other, rename, by),
            *_go(programme, other, by),
            *_roles(programme, other, by),
        ]
        along += [*_money(programme, other, by), *_supersede(other, by)]
        along += _stay(other, by)
        _put_away(programme, other, reason, by)
    return Reorganised(programme, other, along)


def _check_settled(other: Programme) -> None:
    """Refuse to end a programme while something about it waits: it would never be decided."""
    for model, (states, does) in WAITING.items():
        if row := model.objects.filter(programme=other, state__in=states).first():
            name = model._meta.verbose_name
            refuse_state("other", f"{does} its {name} {row.code} first.")


def _rename(programme: Programme, other: Programme, may: bool, by: User | None) -> Iterator[Along]:
    """Give records of the second whose code one of the first has the next that is free. What stands
    as it is keeps its code, and stays. Of what the user does not see, nothing is told or asked."""
    clashes = {model: rows for model in GO if (rows := _clashing(model, programme, other))}
    names = {model: _names(model, rows, by) for model, rows in clashes.items()}
    if any(names.values()) and not may:
        codes = [code for those in names.values() for code in those.values()][:FEW]
        raise Conflict({"rename": [CLASH.format(", ".join(codes))]}, kind="code_taken")
    for model, rows in clashes.items():
        taken = {*_codes(model, programme), *_codes(model, other)}
        renamed = [row.pk for row in rows if _renamed(row, other, taken, by)]
        yield from told(
            model, Fate.RENAMED, [code for pk, code in names[model].items() if pk in renamed]
        )


def _names(model: Any, rows: list[Any], by: User | None) -> dict[int, str]:
    """Return the codes by id of those rows that the user sees."""
    ids = [row.pk for row in rows]
    return dict(seen(model, by).filter(pk__in=ids).order_by("pk").values_list("pk", "code"))


def _renamed(row: Any, other: Programme, taken: set[str], by: User | None) -> bool:
    """Give a row a code that is free, unless its rules hold it; return whether it has one."""
    row.code = _free(f"{row.code}-{other.code}"[:LONGEST], taken)
    return tried(lambda: save(row, "code", by=by))


def _clashing(model: Any, programme: Programme, other: Programme) -> list[Any]:
    """Return the records of the second with a code that one of the first has."""
    names = {field.name for field in model._meta.concrete_fields}
    if "code" not in names or issubclass(model, Coded):
        return []
    taken = {*_codes(model, programme)}
    return [row for row in held(model, programme=other) if row.code.casefold() in taken]


def _free(wish: str, taken: set[str]) -> str:
    """Return the wished code or the next that is free, and keep it."""
    code = free_code(wish, lambda each: each.casefold() in taken)
    taken.add(code.casefold())
    return code


def _codes(model: Any, programme: Programme) -> Iterator[str]:
    rows = model._base_manager.filter(programme=programme)
    return (code.casefold() for code in rows.values_list("code", flat=True))


def _join(programme: Programme, other: Programme, by: User | None) -> None:
    """Add what both serve, and who brings about change in them; tranches follow on."""
    programme.objectives.add(*other.objectives.all())
    programme.bcms.add(*other.bcms.all())
    last = programme.tranches.aggregate(last=Max("sequence"))["last"] or 0
    other.tranches.update(sequence=F("sequence") + last, updated_by=by)


def _go(programme: Programme, other: Programme, by: User | None) -> Iterator[Along]:
    """Carry over what goes on, and tell what its rules hold where it is; of what the user sees."""
    for model in GO:
        rows = held(model, programme=other, **WHICH.get(model, {}))
        ids = [*rows.values_list("pk", flat=True)]
        told_of = {*seen(model, by).filter(pk__in=ids).values_list("pk", flat=True)}
        stay = carry(model, ids, programme, by=by)
        if stay and model in WHOLE:
            row = model._base_manager.get(pk=stay[0])
            refuse_state("other", f"{row.code} cannot go along.")
        yield from counted(model, Fate.GOES, len(told_of - {*stay}))
        yield from counted(model, Fate.STAYS, len(told_of & {*stay}), HELD)


def _roles(programme: Programme, other: Programme, by: User | None) -> Iterator[Along]:
    """Give the roles of the second on the first, to whoever does not have them there."""
    go = [one.assignment for one in gained(other, programme, ()) if one.assignment]
    stay = carry(RoleAssignment, go, programme, by=by)
    yield from counted(RoleAssignment, Fate.GOES, len(go) - len(stay), RIGHTS)
    yield from counted(RoleAssignment, Fate.STAYS, len(stay), HELD)


def _money(programme: Programme, other: Programme, by: User | None) -> Iterator[Along]:
    """Hand over the contingency that remains: what was drawn stays with the programme that gave
    it. Envelopes of one year become one."""
    drawn = other.contingency_movements.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    programme.contingency_budget += other.contingency_budget - drawn
    other.contingency_budget = drawn
    save(other, "contingency_budget", by=by)
    save(programme, "contingency_budget", by=by)
    go, joined = [], []
    for each in other.envelopes.order_by("pk"):
        same = {"fiscal_year": each.fiscal_year, "treatment": each.treatment}
        if mine := programme.envelopes.filter(**same).first():
            joined.append(tried(partial(_add_up, mine, each, by)))
        else:
            go.append(each.pk)
    stay = carry(Envelope, go, programme, by=by)
    yield from counted(Envelope, Fate.GOES, len(go) - len(stay) + joined.count(True))
    yield from counted(Envelope, Fate.STAYS, len(stay) + joined.count(False), HELD)


def _add_up(mine: Envelope, other: Envelope, by: User | None) -> None:
    """Have one envelope hold what both did."""
    mine.amount, other.amount = mine.amount + other.amount, Decimal(0)
    save(other, "amount", by=by)
    save(mine, "amount", by=by)


def _supersede(other: Programme, by: User | None) -> Iterator[Along]:
    """Have the approved business cases of the second give way: that of the first holds."""
    cases = list(other.business_cases.filter(state=CaseState.APPROVED))
    for case in cases:
        case.state = CaseState.SUPERSEDED
        save(case, "state", by=by)
    yield from told(
        BusinessCase, Fate.SUPERSEDED, [case.code for case in cases],
        "The case of the programme that goes on holds",
    )  # fmt: skip


def _stay(other: Programme, by: User | None) -> Iterator[Along]:
    """Tell what stays with the programme that ends."""
    for model, count in others_of(other, (*GO, RoleAssignment, Envelope), by):
        yield from counted(model, Fate.STAYS, count)


def _put_away(programme: Programme, other: Programme, reason: str, by: User | None) -> None:
    """End the second programme as a part of the first, to which its code leads on."""
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
