"""Appraisal (HM Treasury Green Book): discounting, value, benefit-cost ratio, optimism bias.

Flows are in real terms, in one currency; year 0 is the base year and undiscounted. Rates and
shares are fractions of 1. An undefined ratio is None with a reason.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from programmes.ratios import Ratio, ratio

ZERO = Decimal(0)
ONE = Decimal(1)


class Schedule(StrEnum):
    """The discount schedules: each says which rates apply."""

    GREEN_BOOK = "green_book"
    FIXED = "fixed"
    NONE = "none"


# Last year a rate applies to, and the rate: the long-term declining schedule of 2003 to 2022.
GREEN_BOOK_RATES = (
    (30, Decimal("0.035")),
    (75, Decimal("0.030")),
    (125, Decimal("0.025")),
    (200, Decimal("0.020")),
    (300, Decimal("0.015")),
)
GREEN_BOOK_LAST_RATE = Decimal("0.010")


def annual_rate(
    year: int, schedule: Schedule = Schedule.GREEN_BOOK, rate: Decimal | None = None
) -> Decimal:
    """Return the rate that discounts from the end of `year` to the end of the year before. Raises
    ValueError where the schedule is fixed and no rate is given."""
    if schedule == Schedule.NONE:
        return ZERO
    if schedule == Schedule.FIXED:
        if rate is None:
            raise ValueError("A fixed discount schedule needs a rate")
        return rate
    return next((r for last, r in GREEN_BOOK_RATES if year <= last), GREEN_BOOK_LAST_RATE)


@lru_cache(maxsize=2048)
def discount_factor(
    year: int,
    schedule: Schedule = Schedule.GREEN_BOOK,
    rate: Decimal | None = None,
) -> Decimal:
    """Return the product of 1 / (1 + r) over the years passed; 1 up to and including the base year
    0."""
    if year <= 0:
        return ONE
    factor = ONE
    for passed in range(1, year + 1):
        factor /= 1 + annual_rate(passed, schedule, rate)
    return factor


def present_value(
    flows: Iterable[tuple[int, Decimal]],
    schedule: Schedule = Schedule.GREEN_BOOK,
    rate: Decimal | None = None,
) -> Decimal:
    """Return the sum of (year, amount) flows, each times its discount factor; signs are kept."""
    return sum(
        (amount * discount_factor(year, schedule, rate) for year, amount in flows),
        ZERO,
    )


def bcr(pv_benefits: Decimal, pv_costs: Decimal) -> Ratio:
    """Return the benefit-cost ratio; dis-benefits have reduced the numerator. Undefined without a
    cost."""
    return ratio(pv_benefits, pv_costs, "costs_not_positive")


@dataclass(frozen=True, slots=True)
class Appraisal:
    """Net present value and benefit-cost ratio of an option; the option with the best value need
    not have the best ratio."""

    pv_benefits: Decimal
    pv_costs: Decimal

    @property
    def npv(self) -> Decimal:
        """Return the present value of benefits less that of costs."""
        return self.pv_benefits - self.pv_costs

    @property
    def bcr(self) -> Ratio:
        """Return the present value of benefits over that of costs."""
        return bcr(self.pv_benefits, self.pv_costs)


def appraise(
    benefits: Iterable[tuple[int, Decimal]],
    costs: Iterable[tuple[int, Decimal]],
    schedule: Schedule = Schedule.GREEN_BOOK,
    rate: Decimal | None = None,
) -> Appraisal:
    """Return the appraisal of (year, amount) benefits, dis-benefits negative, and (year, amount)
    costs."""
    return Appraisal(
        present_value(benefits, schedule, rate),
        present_value(costs, schedule, rate),
    )


@dataclass(frozen=True, slots=True)
class OptionTable:
    """Options side by side; the names of the best ones, of equals the first, None where none is
    defined."""

    options: Mapping[str, Appraisal]
    best_npv: str | None
    best_bcr: str | None


def option_table(options: Mapping[str, Appraisal]) -> OptionTable:
    """Return the options with the best net present value, which decides where the budget is free,
    and with the best ratio, which decides where it is fixed."""
    ratios = {name: option.bcr.value for name, option in options.items()}
    rated = {name: value for name, value in ratios.items() if value is not None}
    return OptionTable(
        options=options,
        best_npv=max(options, key=lambda name: options[name].npv, default=None),
        best_bcr=max(rated, key=lambda name: rated[name], default=None),
    )


# Bands of a benefit-cost ratio of the Department for Transport, each with the ratio from which it
# is another. A ratio is never rounded to one of these.
BANDS = {ONE: "poor", Decimal("1.5"): "low", Decimal(2): "medium"}


def value_for_money(ratio: Decimal | None) -> str | None:
    """Return the band of a benefit-cost ratio: poor, low, medium or high; None without a ratio."""
    if ratio is None:
        return None
    return next((name for bound, name in BANDS.items() if ratio < bound), "high")


def payback_year(flows: Sequence[Decimal]) -> int | None:
    """Return the first year in which the cumulative net flow is no longer below 0, after it was;
    None if there is none."""
    cumulative, was_negative = ZERO, False
    for year, amount in enumerate(flows):
        cumulative += amount
        if was_negative and cumulative >= 0:
            return year
        was_negative = was_negative or cumulative < 0
    return None


# Optimism bias


@dataclass(frozen=True, slots=True)
class BiasBounds:
    """Upper and lower optimism bias of a type of project; works duration may be unknown."""

    duration_upper: Decimal | None
    duration_lower: Decimal | None
    cost_upper: Decimal
    cost_lower: Decimal


def _bounds(duration: tuple[int, int] | None, cost: tuple[int, int]) -> BiasBounds:
    upper, lower = (None, None) if duration is None else (Decimal(n) / 100 for n in duration)
    return BiasBounds(upper, lower, Decimal(cost[0]) / 100, Decimal(cost[1]) / 100)


# Mott MacDonald for HM Treasury (2002), table 2; outsourcing bounds are of operating cost.
OPTIMISM_BIAS = {
    "non_standard_buildings": _bounds((39, 2), (51, 4)),
    "standard_buildings": _bounds((4, 1), (24, 2)),
    "non_standard_civil": _bounds((25, 3), (66, 6)),
    "standard_civil": _bounds((20, 1), (44, 3)),
    "equipment_development": _bounds((54, 10), (200, 10)),
    "outsourcing": _bounds(None, (41, 0)),
}


def managed_bias(upper: Decimal, mitigated: Decimal, lower: Decimal = ZERO) -> Decimal:
    """Return the bias that is left after mitigation, never below the lower bound."""
    return max(lower, upper * (1 - mitigated))


# Options of a business case


class Flow(StrEnum):
    """What an amount of an option is; every amount is at least 0."""

    COST = "cost"
    BENEFIT = "benefit"
    DISBENEFIT = "disbenefit"
    RISK = "risk"


@dataclass(frozen=True, slots=True)
class Option:
    """What an option costs and brings: (fiscal year, kind, amount) flows in real terms; the type of
    project by whose usual overrun costs are raised, and the mitigated share of that; and the cost
    of managing its risks, in present value."""

    flows: Sequence[tuple[int, str, Decimal]]
    bias_category: str = ""
    mitigated: Decimal = ZERO
    risk_cost: Decimal = ZERO

    @property
    def bias(self) -> Decimal:
        """Return the share by which costs are raised: none where risks are priced one by one, since
        the general uplift stands for the same (Green Book 2003, 5.65)."""
        bounds = OPTIMISM_BIAS.get(self.bias_category)
        if bounds is None or any(kind == Flow.RISK and amount for _, kind, amount in self.flows):
            return ZERO
        return managed_bias(bounds.cost_upper, self.mitigated, bounds.cost_lower)

    def costs(self) -> list[tuple[int, Decimal]]:
        """Return costs raised for the bias, and priced risks, by fiscal year."""
        return self._weighed({Flow.COST: 1 + self.bias, Flow.RISK: ONE})

    def benefits(self) -> list[tuple[int, Decimal]]:
        """Return benefits less dis-benefits, by fiscal year."""
        return self._weighed({Flow.BENEFIT: ONE, Flow.DISBENEFIT: -ONE})

    def _weighed(self, by: Mapping[str, Decimal]) -> list[tuple[int, Decimal]]:
        """Return by fiscal year the sum of the flows of the kinds in `by`, each times the weight of
        its kind."""
        return [(year, amount * by[kind]) for year, kind, amount in self.flows if kind in by]

    def appraised(
        self,
        base_year: int,
        schedule: Schedule = Schedule.GREEN_BOOK,
        rate: Decimal | None = None,
    ) -> Appraisal:
        """Return its present values in the base year."""
        values = appraise(
            [(year - base_year, amount) for year, amount in self.benefits()],
            [(year - base_year, amount) for year, amount in self.costs()],
            schedule,
            rate,
        )
        return Appraisal(values.pv_benefits, values.pv_costs + self.risk_cost)

    def payback(self) -> int | None:
        """Return the first fiscal year by which benefits have paid back the costs; None if none
        is."""
        net: dict[int, Decimal] = {}
        for year, amount in self.benefits():
            net[year] = net.get(year, ZERO) + amount
        for year, amount in self.costs():
            net[year] = net.get(year, ZERO) - amount
        if not net:
            return None
        first = min(net)
        passed = payback_year([net.get(year, ZERO) for year in range(first, max(net) + 1)])
        return None if passed is None else first + passed
