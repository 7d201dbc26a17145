"""Reads benefits: latest profiles and verified measurements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypeVar

from django.db.models import Q

from benefits.models import (
    Benefit,
    BenefitContribution,
    BenefitMeasurement,
    BenefitProfileEntry,
    MeasurementStatus,
    OverlapCase,
    OverlapResolution,
    OverlapState,
    ProfileKind,
    ProfileVersion,
    ReviewState,
    VersionState,
)
from benefits.realisation import Period, flow_figures, spread_to_come
from pmhub.database.statements import IDS, Statement
from programmes.rollup.facts import BenefitFacts, MissingRate, UndecidedContribution

HUNDREDTH = Decimal("0.01")
Told = TypeVar("Told")

BENEFIT = (
    "id", "programme_id", "code", "level", "category", "kind", "monetised", "status", "unit",
    "polarity", "confidence",
)  # fmt: skip
BENEFITS = Statement(
    lambda: Benefit.objects.filter(programme_id__in=[IDS]).order_by("code").values_list(*BENEFIT)
)
PROFILES = Statement(
    lambda: (
        BenefitProfileEntry.objects.filter(benefit_id__in=[IDS])
        .order_by("benefit_id", "version_kind", "version_number", "id")
        .values_list(
            "benefit_id",
            "version_kind",
            "version_number",
            "period_start",
            "period_end",
            "value",
            "low",
            "high",
            "foreign_currency",
            "exchange_rate",
        )
    )
)
# The versions that are written and not approved.
WAITING = Statement(
    lambda: ProfileVersion.objects.filter(
        benefit_id__in=[IDS], state__in=[VersionState.DRAFT, VersionState.PROPOSED]
    ).values_list("benefit_id", "kind", "number")
)
MEASUREMENTS = Statement(
    lambda: (
        BenefitMeasurement.objects.filter(benefit_id__in=[IDS], status=MeasurementStatus.VERIFIED)
        .order_by("benefit_id", "id")
        .values_list(
            "benefit_id", "period_start", "period_end", "value", "foreign_currency", "exchange_rate"
        )
    )
)
STAKES = Statement(
    lambda: (
        BenefitContribution.objects.filter(benefit_id__in=[IDS], reviews__state=ReviewState.OPEN)
        .order_by("id")
        .distinct()
        .values_list("benefit_id", "id", "project_id", "weight")
    )
)

OVERLAPS = Statement(
    lambda: (
        OverlapCase.objects.filter(programme_id__in=[IDS])
        .filter(Q(state=OverlapState.OPEN) | Q(resolution=OverlapResolution.ACCEPTED))
        .order_by("id")
        .values_list("programme_id", "id", "first_id", "second_id", "overlap_amount")
    )
)


def benefit_facts(as_of: Mapping[int, date]) -> Mapping[int, list[BenefitFacts]]:
    """Return the benefits of each programme, with their figures at its status date."""
    rows = [dict(zip(BENEFIT, row, strict=True)) for row in BENEFITS([*as_of])]
    ids = [row["id"] for row in rows]
    profiles, actuals, at_stake = _profiles(ids), _measured(ids), stakes(ids)
    benefits: dict[int, list[BenefitFacts]] = defaultdict(list)
    for row in rows:
        programme = row["programme_id"]
        benefits[programme].append(
            _benefit(
                row,
                profiles[row["id"]],
                actuals[row["id"]],
                at_stake[row["id"]],
                as_of[programme],
            )
        )
    return benefits


def _benefit(
    row: Mapping[str, Any],
    profiles: Mapping[str, Sequence[RatedPeriod]],
    measured: Sequence[RatedPeriod],
    at_stake: Sequence[UndecidedContribution],
    as_of: date,
) -> BenefitFacts:
    plan = plan_of(profiles)
    expected = profiles.get(ProfileKind.FORECAST, [])
    unrated = _unrated(_counted(profiles), measured)
    planned, forecast, actual = (
        [] if unrated else [value.at_home for value in values]
        for values in (plan, expected, measured)
    )
    figures = bounds = None
    if row["kind"] == "flow" and not unrated:
        figures = flow_figures(row["polarity"], planned, actual, forecast, row["confidence"], as_of)
        bounds = spread_to_come(row["polarity"], forecast, actual, as_of)
    return BenefitFacts(
        id=row["id"],
        code=row["code"],
        level=row["level"],
        category=row["category"],
        monetised=row["monetised"],
        withdrawn=row["status"] in ("withdrawn", "superseded"),
        unit=row["unit"],
        polarity=row["polarity"],
        confidence=row["confidence"],
        planned=planned,
        forecast=forecast,
        actual=actual,
        figures=figures,
        stakes=at_stake,
        unrated=unrated,
        bounds=bounds,
    )


def unrated_benefits(ids: Sequence[int]) -> set[int]:
    """Return those of these benefits that no total contains, since no rate converts their
    values."""
    profiles, actuals = _profiles(ids), _measured(ids)
    return {id for id in ids if _unrated(_counted(profiles[id]), actuals[id])}


def _counted(profiles: Mapping[str, Sequence[RatedPeriod]]) -> list[RatedPeriod]:
    """Return the periods that are planned, and those that are forecast."""
    return [*plan_of(profiles), *profiles.get(ProfileKind.FORECAST, [])]


def _unrated(planned: Sequence[RatedPeriod], measured: Sequence[RatedPeriod]) -> MissingRate | None:
    """Return the first missing rate: of the planned values, else of the measured ones."""
    for values in (planned, measured):
        lacking = [value for value in values if value.currency and value.rate is None]
        if lacking:
            first, is_plan = min(lacking, key=lambda value: value.period.end), values is planned
            on = first.period.start if is_plan else first.period.end
            return MissingRate(first.currency, is_plan, on)
    return None


@dataclass(frozen=True, slots=True)
class RatedPeriod:
    """A period in the currency of its benefit (empty for that of the portfolio), and the rate that
    converts it, None while there is none."""

    period: Period
    currency: str
    rate: Decimal | None

    @property
    def at_home(self) -> Period:
        """Return the value in the currency of the portfolio, rounded half up to the hundredth."""
        period, rate = self.period, self.rate
        if not self.currency or rate is None:
            return period
        low, high = (
            None if bound is None else _worth(bound, rate) for bound in (period.low, period.high)
        )
        return Period(period.start, period.end, _worth(period.value, rate), low, high)


def _worth(amount: Decimal, rate: Decimal) -> Decimal:
    return (amount * rate).quantize(HUNDREDTH, ROUND_HALF_UP)


def benefit_profiles(ids: Sequence[int]) -> Mapping[int, dict[str, list[Period]]]:
    """Return by benefit its profiles in force, by kind, in its own currency."""
    return {
        id: {kind: [value.period for value in values] for kind, values in profiles.items()}
        for id, profiles in _profiles(ids).items()
    }


def _profiles(ids: Sequence[int]) -> Mapping[int, dict[str, list[RatedPeriod]]]:
    """Return by benefit the version in force of each kind of profile, with its periods in the order
    in which they were written. Where no version of a kind was ever approved, its latest draft is
    taken; but no draft plan is taken before a baseline in force."""
    profiles: dict[int, dict[str, list[RatedPeriod]]] = {id: {} for id in ids}
    latest: dict[tuple[int, str], int] = {}
    waiting, settled = set(WAITING(ids)), set()
    for id, kind, number, *values, currency, rate in PROFILES(ids):
        if (id, kind, number) not in waiting:
            settled.add((id, kind))
        elif (id, kind) in settled:
            continue
        if latest.get((id, kind)) != number:  # a later version replaces the one before
            latest[id, kind] = number
            profiles[id][kind] = []
        profiles[id][kind].append(RatedPeriod(Period(*values), currency, rate))
    for id, kind in settled:
        if kind == ProfileKind.BASELINE and (id, ProfileKind.APPROVED) not in settled:
            profiles[id].pop(ProfileKind.APPROVED, None)
    return profiles


def plan_of(profiles: Mapping[str, Sequence[Told]]) -> Sequence[Told]:
    """Return what is planned: the approved profile, or else the baseline."""
    return profiles.get(ProfileKind.APPROVED) or profiles.get(ProfileKind.BASELINE, [])


def verified_measurements(ids: Sequence[int]) -> Mapping[int, list[Period]]:
    """Return the verified measurements of each benefit in its own currency, in the order in which
    they were written."""
    return {id: [value.period for value in values] for id, values in _measured(ids).items()}


def _measured(ids: Sequence[int]) -> Mapping[int, list[RatedPeriod]]:
    found: dict[int, list[RatedPeriod]] = {id: [] for id in ids}
    for id, start, end, value, currency, rate in MEASUREMENTS(ids):
        found[id].append(RatedPeriod(Period(start, end, value), currency, rate))
    return found


def stakes(ids: Sequence[int]) -> Mapping[int, list[UndecidedContribution]]:
    """Return by benefit the contributions about which its owner still has to decide."""
    at_stake: dict[int, list[UndecidedContribution]] = defaultdict(list)
    for id, contribution, project, weight in STAKES(ids):
        at_stake[id].append(UndecidedContribution(contribution, project, weight))
    return at_stake
