"""How good the evidence of a programme's benefits is: what was realised by the grade of evidence,
what finance has validated of what is claimed, and what similar claims have realised."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, F, Max, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce, Round

from benefits.models import (
    BenefitMeasurement,
    BenefitProfileEntry,
    EvidenceGrade,
    MeasurementStatus,
    ProfileKind,
    ProfileVersion,
    VersionState,
)
from benefits.realisation.own_history import OwnHistory, own_history
from pmhub.database.history import events_of
from programmes.models import Programme
from programmes.queries.benefit_facts import benefit_facts
from programmes.rollup import reading
from programmes.rollup.benefit_lines import exclusion_reason
from programmes.rollup.facts import BenefitFacts

ZERO = Decimal(0)
PLANS = (ProfileKind.APPROVED, ProfileKind.BASELINE)


@dataclass(frozen=True, slots=True)
class GradeTotal:
    """What was realised on evidence of one grade, and in how many measurements."""

    grade: EvidenceGrade
    value: Decimal
    measurements: int


@dataclass(frozen=True, slots=True)
class ClaimedBenefit:
    """A benefit that counts, with its planned value over its whole life. `validated` says whether
    finance has validated that plan; `history` is what other benefits of its category have realised
    that were planned in the same stage of their programme."""

    benefit: BenefitFacts
    claim: Decimal
    validated: bool
    stage: str
    history: OwnHistory


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence behind benefits; the grades sum to what is realised to date."""

    grades: Sequence[GradeTotal]
    claims: Sequence[ClaimedBenefit]

    @property
    def realised(self) -> Decimal:
        """Return what is realised to date, on evidence of any grade."""
        return sum((grade.value for grade in self.grades), ZERO)

    @property
    def claimed(self) -> Decimal:
        """Return what is planned for all benefits over their whole life."""
        return sum((claim.claim for claim in self.claims), ZERO)

    @property
    def validated(self) -> Decimal:
        """Return how much of what is claimed finance has validated."""
        return sum((claim.claim for claim in self.claims if claim.validated), ZERO)


def evidence(programme: Programme, user: Any) -> Evidence:
    """Return the evidence behind the benefits of a programme that count. Histories are of the
    portfolio's benefits that the user may see."""
    counted = [
        fact for fact in benefit_facts(programme) if not exclusion_reason(fact) and fact.figures
    ]
    ids = [fact.id for fact in counted]
    return Evidence(_grades(ids, programme), _claims(counted, programme, user))


def _grades(ids: Sequence[int], programme: Programme) -> list[GradeTotal]:
    rows = BenefitMeasurement.objects.filter(
        benefit__in=ids,
        status=MeasurementStatus.VERIFIED,
        period_end__lte=programme.portfolio.as_of,
    )
    worth = Round(F("value") * Coalesce("exchange_rate", Decimal(1)), precision=2)
    signed = Sum(worth * F("benefit__polarity"), output_field=DecimalField())
    by_grade = {
        grade: (value, count)
        for grade, value, count in rows.order_by()
        .values("evidence_grade")
        .annotate(total=signed, count=Count("pk"))
        .values_list("evidence_grade", "total", "count")
    }
    return [GradeTotal(grade, *by_grade.get(grade, (ZERO, 0))) for grade in EvidenceGrade]


def _claims(
    counted: Sequence[BenefitFacts], programme: Programme, user: Any
) -> list[ClaimedBenefit]:
    finished = _finished(programme, user)
    plans = _plans([benefit.id for benefit in counted] + [benefit.id for benefit, _ in finished])
    alike: dict[tuple[str, str], dict[int, Decimal]] = defaultdict(dict)
    for benefit, share in finished:
        alike[benefit.category, _stage(plans, benefit)][benefit.id] = share
    return [
        ClaimedBenefit(
            benefit,
            claim=benefit.figures.whole_life_planned if benefit.figures else ZERO,
            validated=benefit.id in plans and plans[benefit.id][1],
            stage=(stage := _stage(plans, benefit)),
            history=own_history(
                [share for id, share in alike[benefit.category, stage].items() if id != benefit.id]
            ),
        )
        for benefit in counted
    ]


def _stage(plans: Mapping[int, tuple[str, bool]], benefit: BenefitFacts) -> str:
    return plans[benefit.id][0] if benefit.id in plans else ""


def _finished(programme: Programme, user: Any) -> list[tuple[BenefitFacts, Decimal]]:
    """Return the benefits of the portfolio that have finished by its status date, each with the
    share of its approved plan that was realised."""
    portfolio = programme.portfolio
    seen = Programme.objects.visible_to(user).filter(portfolio=portfolio)
    over = (
        BenefitProfileEntry.objects.filter(version_kind__in=PLANS, benefit__programme__in=seen)
        .order_by()
        .values("benefit", "version_kind", "version_number", "benefit__programme")
        .annotate(last=Max("period_end"))
        .filter(last__lte=portfolio.as_of)
    )
    ids = sorted({row["benefit__programme"] for row in over})
    facts = reading.benefit_facts(dict.fromkeys(ids, portfolio.as_of)) if ids else {}
    return [
        (benefit, figures.actual_to_date / figures.whole_life_planned)
        for benefits in facts.values()
        for benefit in benefits
        if (figures := benefit.figures)
        and not exclusion_reason(benefit)
        and figures.whole_life_planned
        and not figures.unmeasured
        and all(period.end <= portfolio.as_of for period in figures.planned)
    ]


def _plans(ids: Sequence[int]) -> Mapping[int, tuple[str, bool]]:
    """Return for each benefit the stage of its programme when its present plan was written, and
    whether finance has validated that plan: its approved profile in force, or else its baseline."""
    stages = events_of(Programme).objects.filter(
        id=OuterRef("benefit__programme_id"), pgh_created_at__lte=OuterRef("created_at")
    )
    then = Subquery(stages.order_by("-pgh_created_at", "-pgh_id").values("stage")[:1])
    rows: Any = ProfileVersion.objects.filter(
        benefit__in=ids, kind__in=PLANS, state=VersionState.APPROVED
    ).order_by("-kind")  # the baseline first, so that what is approved takes its place
    rows = rows.annotate(planned_at=Coalesce(then, "benefit__programme__stage"))
    return {
        benefit: (stage, validator is not None)
        for benefit, stage, validator in rows.values_list(
            "benefit_id", "planned_at", "finance_validated_by_id"
        )
    }
