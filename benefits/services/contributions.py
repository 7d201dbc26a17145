"""Saying which projects contribute to a benefit, and how much."""

from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction

from benefits.models import Benefit, BenefitContribution
from pmhub.models import User
from pmhub.services import add, lock, refuse, save
from projects.models import Project


@transaction.atomic
def set_contributions(
    benefit: Benefit, weights: Mapping[Project, Decimal], *, by: User | None
) -> list[BenefitContribution]:
    """Set the weights of all projects that contribute to a benefit at once; projects not named
    contribute nothing.

    What the weights leave of 1 is unattributed.
    """
    lock(benefit)  # as the database's own check of the sum does
    if any(not 0 < weight <= 1 for weight in weights.values()):
        refuse("weight", "A weight is above 0 and at most 1.")
    if sum(weights.values()) > 1:
        refuse("weight", "With this the weights of the benefit come to more than 1: enter less.")
    kept = {row.project_id: row for row in benefit.contributions.all()}
    benefit.contributions.exclude(project__in=weights).delete()
    return [
        _set_weight(kept.get(project.pk), benefit, project, weight, by=by)
        for project, weight in weights.items()
    ]


def _set_weight(
    row: BenefitContribution | None,
    benefit: Benefit,
    project: Project,
    weight: Decimal,
    *,
    by: User | None,
) -> BenefitContribution:
    if row is None:
        return add(BenefitContribution(benefit=benefit, project=project, weight=weight), by=by)
    if row.weight != weight:
        row.weight = weight
        save(row, "weight", by=by)
    return row
