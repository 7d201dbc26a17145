"""Reads of the benefits that may claim the same gain."""

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
    OverlapResolution,
    OverlapState,
)
from benefits.overlap import Claim, claimed_twice, overlaps
from programmes.rollup.benefit_lines import exclusion_reason
from programmes.rollup.facts import BenefitFacts
from programmes.rollup.reading.benefits import benefit_facts

GIVEN_UP = (BenefitStatus.WITHDRAWN, BenefitStatus.MISSED, BenefitStatus.SUPERSEDED)
SAID = ("title", "measure", "unit", "polarity", "category", "beneficiary", "objective")
COLUMNS = ("id", "programme_id", *SAID)


def counted_benefits(**where: Any) -> Any:
    """Return the benefits whose values are summed: in money, at the end of the map, not given
    up."""
    summed = Benefit.objects.filter(monetised=True, level=BenefitLevel.END, **where)
    return summed.exclude(status__in=GIVEN_UP)


def new_overlaps(**where: Any) -> Iterator[tuple[int, int, int, str]]:
    """Yield the pairs of benefits of a programme that may claim the same gain and have no case for
    it yet: programme, the two benefits (ids) and cause. A pair whose cases are resolved comes again
    for another cause, or in another programme to which both benefits have moved. Four queries;
    `where` narrows the benefits."""
    kinds_by_overlap: dict[tuple[int, int, int], set[str]] = defaultdict(set)
    rows = OverlapCase.objects.values_list(
        "programme_id", "first_id", "second_id", "cause", "state"
    )
    for programme, first, second, cause, state in rows:
        kinds_by_overlap[programme, first, second] |= {cause, state}
    for programme, claims in _claims(**where).items():
        for pair, cause in overlaps(claims).items():
            if not kinds_by_overlap.get((programme, *pair), set()) & {cause, OverlapState.OPEN}:
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
    claims: dict[int, list[Claim]] = defaultdict(list)
    for id, programme, *rest in counted_benefits(**where).order_by("pk").values_list(*COLUMNS):
        columns: dict[str, Any] = dict(zip(SAID, rest, strict=True))
        claim = Claim(id, **columns, shares=shares[id], outcomes=frozenset(outcomes[id]))
        claims[programme].append(claim)
    return claims


def left_to_agree(case: OverlapCase, amount: Decimal) -> tuple[Decimal, Decimal]:
    """Return two magnitudes: the smaller of the whole-life amounts of both benefits, and how much
    of an `amount` the case can still agree as claimed by both, after all earlier agreements in the
    programme."""
    programme = case.programme
    benefits = benefit_facts({programme.pk: programme.portfolio.as_of})[programme.pk]
    worth = {benefit.id: _worth(benefit) for benefit in benefits if not exclusion_reason(benefit)}
    pair = case.first_id, case.second_id
    rows = programme.overlap_cases.filter(
        resolution=OverlapResolution.ACCEPTED, first__in=worth, second__in=worth
    ).order_by("pk")
    agreed: list[Any] = list(rows.values_list("pk", "first_id", "second_id", "overlap_amount"))
    worth = dict.fromkeys(pair, Decimal(0)) | worth
    twice = claimed_twice([*agreed, (case.pk, *pair, amount)], worth)
    return min(abs(worth[id]) for id in pair), abs(twice[case.pk])


def _worth(benefit: BenefitFacts) -> Decimal:
    """Return the forecast value of a benefit, or else the planned one."""
    figures = benefit.figures
    if figures is None:
        return Decimal(0)
    return figures.forecast_outturn if figures.has_outturn else figures.whole_life_planned
