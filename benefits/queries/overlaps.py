"""Which benefits may claim the same gain, as they stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from benefits.models import (
    Benefit,
    BenefitContribution,
    BenefitLevel,
    BenefitLink,
    BenefitStatus,
    OverlapCase,
    OverlapState,
)
from benefits.overlap import Claim, overlaps

GIVEN_UP = (BenefitStatus.WITHDRAWN, BenefitStatus.MISSED, BenefitStatus.SUPERSEDED)
SAID = ("title", "measure", "unit", "polarity", "category", "beneficiary", "objective")
COLUMNS = ("id", "programme_id", *SAID)


def counted(**where: Any) -> Any:
    """Return the benefits whose values are summed: in money, at the end of the map, not given
    up."""
    summed = Benefit.objects.filter(monetised=True, level=BenefitLevel.END, **where)
    return summed.exclude(status__in=GIVEN_UP)


def new_overlaps(**where: Any) -> Iterator[tuple[int, int, int, str]]:
    """The pairs of benefits of a programme that may claim the same and about which nobody was asked
    yet: programme, the two benefits (ids) and why. A pair of which something was agreed comes again
    where it is for another cause. Four queries; `where` narrows the benefits."""
    asked: dict[tuple[int, int], set[str]] = defaultdict(set)
    rows = OverlapCase.objects.values_list("first_id", "second_id", "cause", "state")
    for first, second, cause, state in rows:
        asked[first, second] |= {cause, state}
    for programme, claims in _claims(**where).items():
        for pair, cause in overlaps(claims).items():
            if not asked.get(pair, set()) & {cause, OverlapState.OPEN}:
                yield programme, *pair, cause


def _claims(**where: Any) -> dict[int, list[Claim]]:
    shares: dict[int, dict[int, Decimal]] = defaultdict(dict)
    for benefit, project, weight in BenefitContribution.objects.order_by("pk").values_list(
        "benefit_id", "project_id", "weight"
    ):
        shares[benefit][project] = weight
    outcomes: dict[int, set[int]] = defaultdict(set)
    for benefit, outcome in BenefitLink.objects.filter(
        to_benefit__isnull=False, from_outcome__isnull=False
    ).values_list("to_benefit_id", "from_outcome_id"):
        outcomes[benefit].add(outcome)
    found: dict[int, list[Claim]] = defaultdict(list)
    for id, programme, *rest in counted(**where).order_by("pk").values_list(*COLUMNS):
        said: dict[str, Any] = dict(zip(SAID, rest, strict=True))
        claim = Claim(id, **said, shares=shares[id], outcomes=frozenset(outcomes[id]))
        found[programme].append(claim)
    return found
