"""What a change does to benefits by fiscal year: as recorded, and if they come as late as their
projects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from benefits.models import BenefitContribution
from benefits.realisation import FlowFigures, by_fiscal_year, delayed_forecast, fiscal_year
from programmes.appraisal import Schedule, present_value
from programmes.models import BenefitAssumption, Programme
from programmes.rollup.benefit_lines import exclusion_reason
from programmes.rollup.facts import BenefitFacts
from programmes.rollup.reading import benefit_facts

ZERO = Decimal(0)
DAYS_OF_A_YEAR = Decimal("365.25")

Facts = Mapping[int, Sequence[BenefitFacts]]  # by programme
Years = Mapping[int, Decimal]
Weights = Mapping[int, Mapping[int, Decimal]]  # by benefit, then by project
Delays = Mapping[int, Decimal | None]  # of projects, in years; None: it will not deliver


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a counted benefit brings by fiscal year, signed. Its present value is made of `valued`:
    the approved profile of periods that have not ended, by the year in which they end."""

    programme: int
    planned: Years
    measured: Years
    to_come: Years
    valued: Years


@dataclass(frozen=True, slots=True)
class MovedYear:
    """A fiscal year of a programme: planned and forecast, each (before, after). `expected` is the
    forecast after by what is assumed of benefits: an indication, not a record. It is None where
    nothing is assumed and benefits may change."""

    year: int
    planned: tuple[Decimal, Decimal]
    forecast: tuple[Decimal, Decimal]
    expected: Decimal | None

    @property
    def moves(self) -> bool:
        """Return whether any value of the year changes."""
        ends = (*self.forecast, self.expected)
        return self.planned[0] != self.planned[1] or len(set(ends)) > 1


def weights_of(projects: Collection[int]) -> tuple[Weights, set[int]]:
    """Return the weights of these projects' contributions, by benefit and project, and the
    programmes of these benefits."""
    weights: dict[int, dict[int, Decimal]] = defaultdict(dict)
    programmes = set()
    rows = BenefitContribution.objects.filter(project__in=projects).order_by()
    for benefit, programme, project, weight in rows.values_list(
        "benefit_id", "benefit__programme_id", "project_id", "weight"
    ):
        weights[benefit][project] = weight
        programmes.add(programme)
    return weights, programmes


def outlooks(programmes: Iterable[Programme], facts: Facts | None = None) -> dict[int, Outlook]:
    """Return the outlook of each counted benefit of these programmes, in three queries, or from
    facts that were read already."""
    rules = {programme.pk: programme.portfolio for programme in programmes}
    as_of = {id: portfolio.as_of for id, portfolio in rules.items()}
    return {
        benefit.id: _outlook(id, benefit.figures, as_of[id], rules[id].fiscal_year_start_month)
        for id, benefits in (facts or benefit_facts(as_of)).items()
        for benefit in benefits
        if not exclusion_reason(benefit) and benefit.figures
    }


def _outlook(programme: int, figures: FlowFigures, as_of: date, month: int) -> Outlook:
    valued: dict[int, Decimal] = defaultdict(Decimal)
    for period in figures.planned:
        if period.end > as_of:
            valued[fiscal_year(period.end, month)] += period.value
    return Outlook(
        programme,
        planned=by_fiscal_year(figures.planned, month),
        measured=by_fiscal_year(figures.measured, month),
        to_come=by_fiscal_year(figures.to_come, month),
        valued=valued,
    )


def delays_of(
    before: Mapping[int, date | None], after: Mapping[int, date | None], stopped: Collection[int]
) -> Delays:
    """Return by how many years projects finish later, None for those that will not deliver."""
    later: dict[int, Decimal | None] = {}
    for id, finish in after.items():
        was = before.get(id)
        if was and finish and finish > was:
            later[id] = (finish - was).days / DAYS_OF_A_YEAR
    return later | dict.fromkeys(stopped)


def assumed(delays: Delays, assumption: str) -> Delays:
    """Return the delays that move benefits, by what is assumed of them."""
    if assumption == BenefitAssumption.FOLLOW_DELAY:
        return delays
    if assumption == BenefitAssumption.PROPORTIONAL:
        return {id: delay for id, delay in delays.items() if delay is None}
    return {}


def outturns_moved(years: Mapping[int, Sequence[MovedYear]]) -> dict[int, Decimal]:
    """Return by how much the assumption about benefits changes the forecast outturn of each
    programme."""
    return {
        id: sum((year.expected or ZERO) - year.forecast[1] for year in mine) + ZERO
        for id, mine in years.items()
    }


def moved_years(
    before: Mapping[int, Outlook],
    after: Mapping[int, Outlook],
    weights: Weights,
    delays: Delays,
) -> dict[int, Sequence[MovedYear]]:
    """Return the fiscal years of each programme, in order."""
    years: dict[int, Sequence[MovedYear]] = {}
    for programme in {outlook.programme for outlook in (*before.values(), *after.values())}:
        was, then = (
            {id: outlook for id, outlook in state.items() if outlook.programme == programme}
            for state in (before, after)
        )
        years[programme] = list(_years(was, then, weights, delays))
    return years


def _years(
    before: Mapping[int, Outlook], after: Mapping[int, Outlook], weights: Weights, delays: Delays
) -> Iterator[MovedYear]:
    expected = _sums(
        [outlook.measured for outlook in after.values()]
        + [_followed(outlook.to_come, weights.get(id, {}), delays) for id, outlook in after.items()]
    )
    planned = [_sums(outlook.planned for outlook in state.values()) for state in (before, after)]
    forecast = [
        _sums(years for outlook in state.values() for years in (outlook.measured, outlook.to_come))
        for state in (before, after)
    ]
    for year in sorted({year for sums in (*planned, *forecast, expected) for year in sums}):
        yield MovedYear(
            year,
            (planned[0].get(year, ZERO), planned[1].get(year, ZERO)),
            (forecast[0].get(year, ZERO), forecast[1].get(year, ZERO)),
            expected.get(year, ZERO),
        )


def _followed(coming: Years, weights: Mapping[int, Decimal], delays: Delays) -> Years:
    """Return what is still to come of a benefit, if each contribution comes as late as its
    project."""
    moves = [(weight, delays[id]) for id, weight in weights.items() if id in delays]
    if not moves or not coming:
        return coming
    years = range(min(coming), max(coming) + 1)
    values = delayed_forecast([coming.get(year, ZERO) for year in years], moves)
    return dict(zip(years, values, strict=True))


def value_moved(
    outlooks: Mapping[int, Outlook],
    weights: Weights,
    delays: Delays,
    programmes: Mapping[int, Programme],
) -> dict[int, Decimal]:
    """Return by how much the present value of each programme's benefits changes if contributions
    come as late as their projects (`benefits.realisation.followed`), over the same horizon."""
    moved = dict.fromkeys(programmes, ZERO)
    for id, outlook in outlooks.items():
        rules = programmes[outlook.programme].portfolio
        then = _followed(outlook.valued, weights.get(id, {}), delays)
        moved[outlook.programme] += present_value(
            (
                (year - rules.discount_base_year, value - outlook.valued.get(year, ZERO))
                for year, value in then.items()
            ),
            Schedule(rules.discount_schedule),
            rules.discount_rate,
        )
    return moved


def _sums(parts: Iterable[Years]) -> dict[int, Decimal]:
    totals: dict[int, Decimal] = defaultdict(Decimal)
    for years in parts:
        for year, value in years.items():
            totals[year] += value
    return totals
