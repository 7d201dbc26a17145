"""Money between a programme and its projects."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum

from pmhub.access import Withheld
from pmhub.formats import exactly
from pmhub.models import User
from pmhub.services import add, lock, not_in_the_future, refuse
from programmes.models import Programme
from programmes.models.closure_triggers import NO_MONEY
from projects.models import ContingencyMovement, Project

OWN_LIMITS = "Nobody sets what limits them."
KEEPS = "A project that has ended keeps what it drew."


@transaction.atomic
def draw_contingency(
    programme: Programme,
    *,
    to: Project,
    amount: Decimal,
    on: date,
    reference: str = "",
    reason: str = "",
    by: User | None,
) -> ContingencyMovement:
    """Give contingency of the programme to one of its projects or, with a negative amount, take it
    back. Refuse more than remains, and more back than the project was given; raise Withheld for a
    user who manages the project."""
    # The lock makes two drawings of the last pound see one another.
    lock(programme)
    if to.programme_id != programme.pk:
        refuse("project", f"Choose a project of the programme {programme.code}.")
    if not to.live:
        refuse("project", NO_MONEY if amount > 0 else KEEPS)
    portfolio = programme.portfolio
    not_in_the_future("moved_on", on, as_of=portfolio.as_of)
    movements = programme.contingency_movements
    if amount > (remaining := programme.contingency_budget - _total(movements)):
        refuse("amount", f"Only {exactly(remaining, portfolio)} of the contingency remains.")
    if -amount > (given := _total(movements.filter(project=to))):
        refuse("amount", f"The project was given only {exactly(given, portfolio)}.")
    movement = ContingencyMovement(
        programme=programme,
        project=to,
        amount=amount,
        moved_on=on,
        reference=reference,
        reason=reason,
    )
    if by is not None and movement.judges_own(by):
        raise Withheld("project", OWN_LIMITS)
    return add(movement, by=by)


@transaction.atomic
def give_contingency(
    programme: Programme,
    *,
    project: Project,
    amount: Decimal,
    moved_on: date | None = None,
    reference: str = "",
    reason: str,
    by: User | None,
) -> Programme:
    """Draw contingency of the programme for one of its projects."""
    on = moved_on or programme.portfolio.as_of
    draw_contingency(
        programme, to=project, amount=amount, on=on, reference=reference, reason=reason, by=by
    )
    return programme


def return_contingency(
    programme: Programme,
    *,
    project: Project,
    amount: Decimal,
    reason: str,
    by: User | None,
    **said: Any,
) -> Programme:
    """Return to the programme contingency that a project drew and does not need."""
    return give_contingency(
        programme, project=project, amount=-amount, reason=reason, by=by, **said
    )


@transaction.atomic
def transfer_contingency(
    programme: Programme,
    *,
    from_project: Project,
    project: Project,
    amount: Decimal,
    reason: str,
    by: User | None,
    **said: Any,
) -> Programme:
    """Move drawn contingency from one project to another; what remains of the programme's does not
    change."""
    if from_project == project:
        refuse("project", "Choose another project than the one it comes from.")
    try:
        return_contingency(
            programme, project=from_project, amount=amount, reason=reason, by=by, **said
        )
    except ValidationError as error:
        errors = error.message_dict
        raise ValidationError(
            {"from_project" if name == "project" else name: errors[name] for name in errors}
        ) from error
    return give_contingency(programme, project=project, amount=amount, reason=reason, by=by, **said)


def _total(movements: object) -> Decimal:
    return movements.aggregate(total=Sum("amount"))["total"] or Decimal(0)  # type: ignore[attr-defined]
