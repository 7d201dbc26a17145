"""Business cases: the values of their options, side by side, and their present figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import DecimalField, Max, Q
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast

from pmhub import rounding
from pmhub.database.statements import ID, Rows
from programmes.appraisal import (
    ZERO,
    Appraisal,
    Option,
    Schedule,
    option_table,
    value_for_money,
)
from programmes.models import (
    BusinessCase,
    CaseFlow,
    CaseOption,
    CaseState,
    MetricValue,
    Programme,
    valid,
)
from programmes.models.justification import PASSED, REACH, TYPED, later_stages
from programmes.rollup.ledger import Unit, rounded
from projects.models import ProjectForecast


@dataclass(frozen=True, slots=True)
class WeighedOption:
    """An option with its value, which is None while `unrated` of its amounts have no exchange rate;
    `rank` is its place by net present value."""

    row: CaseOption
    option: Option
    worth: Appraisal | None
    rank: int | None
    unrated: int = 0

    @property
    def npsv(self) -> Decimal | None:
        """Net present social value, to the hundredth."""
        return money(self.worth.npv) if self.worth else None

    @property
    def bcr(self) -> Decimal | None:
        """Benefit-cost ratio; None where nothing is spent."""
        return self.worth.bcr.value if self.worth else None

    @property
    def payback(self) -> int | None:
        """Return the first fiscal year by which benefits have paid back the costs; None where none
        is."""
        return self.option.payback() if self.worth else None

    @property
    def value_for_money(self) -> str | None:
        """The band of the ratio: poor, low, medium or high."""
        return value_for_money(self.bcr)


@dataclass(frozen=True, slots=True)
class ComparedOptions:
    """The options of a case by code, and those with the highest net present value and the highest
    ratio."""

    options: Sequence[WeighedOption]
    highest_npsv: CaseOption | None
    highest_bcr: CaseOption | None

    def of(self, id: int | None) -> WeighedOption | None:
        """Return the option with this id; None where there is none."""
        return next((option for option in self.options if option.row.pk == id), None)


def money(amount: Decimal) -> Decimal:
    """Return an amount rounded to the hundredth."""
    value = rounded(amount, Unit.MONEY)
    assert isinstance(value, Decimal)  # noqa: S101  # an amount stays one
    return value


def share(value: Decimal | None, bounds: Iterable[Decimal] = ()) -> Decimal | None:
    """Return a ratio or a share rounded to four decimals, or to as many as keep it on its own side
    of the bounds by which it is judged."""
    return None if value is None else rounding.rounded(value, 4, bounds)


def compared(cases: Collection[int]) -> dict[int, ComparedOptions]:
    """Return the options of these cases with the value of each: two queries."""
    rows = CaseOption.objects.filter(case__in=cases).select_related(
        "case__programme__portfolio", "case__project__portfolio"
    )
    options: dict[int, list[CaseOption]] = defaultdict(list)
    for row in rows:
        options[row.case_id].append(row)
    flows = _flows(Q(option__case__in=cases))
    return {case: _compare(options[case], flows) for case in cases}


Flows = Mapping[int, list[tuple[int, str, Decimal | None]]]  # by option; no amount without a rate


def _flows(condition: Q) -> Flows:
    flows: dict[int, list[tuple[int, str, Decimal | None]]] = defaultdict(list)
    rows = CaseFlow.objects.filter(condition).order_by("fiscal_year", "id")
    for option, year, kind, amount in rows.values_list(
        "option_id", "fiscal_year", "kind", "amount"
    ):
        flows[option].append((year, kind, amount))
    return flows


def _compare(rows: Sequence[CaseOption], flows: Flows) -> ComparedOptions:
    flows_by_option = {row.pk: flows.get(row.pk, []) for row in rows}
    options = {
        row.pk: Option(
            [
                (year, kind, amount)
                for year, kind, amount in flows_by_option[row.pk]
                if amount is not None
            ],
            row.bias_category,
            row.mitigation,
            row.risk_cost or ZERO,
        )
        for row in rows
    }
    unrated = {
        row.pk: [row.risk_cost, *(amount for *_, amount in flows_by_option[row.pk])].count(None)
        for row in rows
    }
    values = {
        row.pk: options[row.pk].appraised(*discounting(row.case))
        for row in rows
        if not unrated[row.pk]
    }
    table = option_table({str(pk): value for pk, value in values.items()})
    ordered = sorted(values, key=lambda pk: -values[pk].npv)
    places = {pk: place for place, pk in enumerate(ordered, 1)}
    named = {str(row.pk): row for row in rows}
    return ComparedOptions(
        [
            WeighedOption(
                row, options[row.pk], values.get(row.pk), places.get(row.pk), unrated[row.pk]
            )
            for row in rows
        ],
        named.get(table.best_npv or ""),
        named.get(table.best_bcr or ""),
    )


def discounting(case: BusinessCase) -> tuple[int, Schedule, Decimal | None]:
    """Return the base year, schedule and fixed rate by which a case is discounted: those of its
    submission, or of the portfolio while it is a draft."""
    if case.discount_schedule:
        return case.base_year, Schedule(case.discount_schedule), case.discount_rate
    portfolio = case.owner_portfolio
    return case.base_year, Schedule(portfolio.discount_schedule), portfolio.discount_rate


# The present figures of an approved case

NOW, CHANGE = "case_npsv_now", "case_npsv_change"
# The change of a case of a project that stands alone, in a stored forecast.
CASE_CHANGE = Cast(
    KeyTextTransform("change", KeyTransform("case", "figures")),
    DecimalField(max_digits=40, decimal_places=10),
)


@dataclass(frozen=True, slots=True)
class CaseStanding:
    """The present figures of an approved case. `now` is the net present value of its programme, or
    of its standalone project, and `change` is `now` less the approved value; `reason` says why
    either is not known. `last_true_on` is the last day on which the value was not below the
    approved one, and `days` the days since then."""

    now: Decimal | None
    change: Decimal | None
    reason: str
    last_true_on: date | None
    days: int | None


IN_FORCE = Rows(
    lambda: BusinessCase.objects.filter(programme_id=ID, state=CaseState.APPROVED).order_by(
        REACH.desc()
    )[:1]
)


def case_in_force(programme: Programme) -> BusinessCase | None:
    """Return the business case of the furthest stage that is approved of a programme; None where
    none is."""
    return next(iter(IN_FORCE(id=programme.pk)), None)


def why_passed(case: BusinessCase) -> str:
    """Return why the stage of a case is passed: a later stage is approved here, or the programme
    says that it is approved elsewhere. Empty where the stage is not passed."""
    later = later_stages(case.kind)
    approved = BusinessCase._base_manager.filter(
        programme=case.programme_id, project=case.project_id, state=CaseState.APPROVED
    )
    if approved.filter(kind__in=later).exists():
        return PASSED
    typed = case.programme and case.programme.business_case_stage
    return TYPED if typed in later else ""


def case_standings(cases: Collection[int]) -> dict[int, CaseStanding]:
    """Return the present figures of those of these cases that are in force in their programme or
    standalone project: five queries."""
    approved = BusinessCase._base_manager.filter(
        Q(programme__business_cases__in=cases)
        | Q(project__programme=None, project__business_cases__in=cases),
        state=CaseState.APPROVED,
    )
    last = approved.order_by("programme_id", "project_id", REACH.desc())
    last = last.distinct("programme_id", "project_id")
    every = last.select_related("programme__portfolio", "project__portfolio")
    rows = [row for row in every if row.pk in cases]
    of_programmes = [row for row in rows if row.programme_id]
    alone = [row for row in rows if row.project_id]
    return {**_in_programmes(of_programmes), **_alone(alone)}


def _in_programmes(rows: Sequence[BusinessCase]) -> dict[int, CaseStanding]:
    programmes = [row.programme_id for row in rows]
    if not programmes:
        return {}
    values = MetricValue.objects.filter(
        valid(), programme__in=programmes, metric__in=[NOW, CHANGE]
    ).values_list("programme", "metric", "amount", "reason")
    stored = {(programme, metric): (amount, reason) for programme, metric, amount, reason in values}
    true_until = _true_until(programmes)
    unknown: tuple[None, str] = (None, "not_computed_yet")
    return {
        row.pk: _standing_of(
            row,
            stored.get((row.programme_id or 0, NOW), unknown)[0],
            *stored.get((row.programme_id or 0, CHANGE), unknown),
            true_until.get(row.programme_id or 0),
        )
        for row in rows
    }


def _alone(rows: Sequence[BusinessCase]) -> dict[int, CaseStanding]:
    """Return the present figures of cases of standalone projects, from their forecasts: two
    queries."""
    if not rows:
        return {}
    forecasts = ProjectForecast.objects.filter(project__in=[row.project_id for row in rows])
    words_by_project = dict(forecasts.filter(valid()).values_list("project", "figures__case"))
    ends = (
        forecasts.annotate(change=CASE_CHANGE)
        .filter(change__gte=0, valid_to__isnull=False)
        .order_by()
        .values("project")
        .annotate(until=Max("valid_to"))
    )
    until = {end["project"]: end["until"] for end in ends}
    standing = {}
    for row in rows:
        words = words_by_project.get(row.project_id or 0) or {}
        now, change = (_decimal(words.get(name)) for name in ("now", "change"))
        reason = "" if words else "not_computed_yet"
        standing[row.pk] = _standing_of(row, now, change, reason, until.get(row.project_id or 0))
    return standing


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _true_until(programmes: Sequence[int | None]) -> dict[int, datetime]:
    """Return for each programme when the change of its case was last not below 0 before it fell."""
    rows = MetricValue.objects.filter(
        programme__in=programmes, metric=CHANGE, amount__gte=0, valid_to__isnull=False
    )
    ends = rows.values("programme").annotate(until=Max("valid_to"))
    return {end["programme"]: end["until"] for end in ends}


def _standing_of(
    case: BusinessCase,
    now: Decimal | None,
    change: Decimal | None,
    reason: str,
    until: datetime | None,
) -> CaseStanding:
    assert case.approved_on  # noqa: S101  # an approved one has its day
    now = None if now is None else money(now)
    if change is None:
        return CaseStanding(now, None, reason, None, None)
    change = money(change)
    portfolio = case.owner_portfolio
    today = portfolio.as_of
    if change >= 0:
        return CaseStanding(now, change, "", today, 0)
    zone = ZoneInfo(portfolio.time_zone)
    seen = until.astimezone(zone).date() if until else case.approved_on
    last = min(max(seen, case.approved_on), max(today, case.approved_on))
    return CaseStanding(now, change, "", last, (today - last).days)
