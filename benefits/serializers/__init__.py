"""What benefits and their records look like, and what may be written of them."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, ClassVar

from django.db.models import Case, F, Q, QuerySet, When
from rest_framework import serializers

from benefits.models import (
    Benefit,
    BenefitContribution,
    BenefitLevel,
    BenefitLink,
    BenefitMeasurement,
    BenefitReview,
    ReviewDecision,
    ReviewState,
)
from benefits.models.links import SOURCES, TARGETS
from benefits.models.states import INVOLVED, OWNER
from benefits.serializers.profiles import PARENT_CURRENCY
from benefits.services import (
    achieve_benefit,
    answer_review,
    approve_benefit,
    ask_for_change,
    confirm_measurement,
    miss_benefit,
    missed_now,
    move_benefit,
    profile_benefit,
    realised_now,
    reject_measurement,
    start_benefit,
    verify_measurement,
)
from pmhub.serializers import (
    HEAD,
    RECORD,
    Choice,
    Currency,
    InputSerializer,
    NoCode,
    RecordSerializer,
    Related,
    Text,
)
from pmhub.serializers.verbs import Reasoned, VerbDefinition, reason_field
from pmhub.services import person_of
from programmes.models import Programme
from programmes.queries.organisation_units import own_units
from programmes.serializers.foreign import rated_currencies
from programmes.serializers.objectives import check_objectives

# A benefit that is no money has a unit and no currency.
NO_MONEY = "Only a benefit in money has a currency."
CURRENCY = Case(
    When(~Q(foreign_currency=""), then=F("foreign_currency")),
    When(monetised=True, then=F("programme__portfolio__currency")),
)


LONGEST_FINDINGS = 2000


class ChangeAskedSerializer(InputSerializer):
    """What somebody asks to be changed of a record that they may not write."""

    change = Text(max_length=LONGEST_FINDINGS, help_text="What should be changed, and why")


def other_programmes(rows: QuerySet[Programme], benefit: Benefit, user: Any) -> QuerySet[Programme]:
    """Return those of these programmes to which a benefit may go."""
    there = rows.filter(portfolio=benefit.programme.portfolio_id, archived_at__isnull=True)
    return there.exclude(pk=benefit.programme_id)


class BenefitMoveSerializer(InputSerializer):
    """Where a benefit goes, and why."""

    to_programme = Related(queryset=Programme.objects.all(), among=other_programmes)
    reason = reason_field(needed=True)


class BenefitSerializer(RecordSerializer):
    """A benefit. One in money may be in another currency than the portfolio's: it gives
    `foreign_currency`, and all that is planned and measured of it is in that. Totals convert what
    is planned by the budget rate of its year, what is measured by the rate of the day its period
    ends."""

    currency = Currency(allow_null=True)

    class Meta(RecordSerializer.Meta):
        model = Benefit
        fields = [
            *HEAD, "programme", "title", "description", "observable_change",
            "attribution_statement", "measure", "measurement_method", "frequency", "unit",
            "currency", "kind", "category", "beneficiary", "polarity", "level", "monetised",
            "foreign_currency", "unit_value", "baseline_value", "baseline_on", "target_value",
            "target_on", "confidence", "tolerance_percent", "owner", "bcm", "reporter",
            "organisation_unit", "status", "start_realising_on", "sustain_until",
            "next_measurement_on", "objective", "objectives", "custom", *RECORD,
        ]  # fmt: skip
        extra_kwargs: ClassVar[dict[str, Any]] = {"organisation_unit": {"among": own_units}}
        expressions: ClassVar[dict[str, Any]] = {"currency": CURRENCY}
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "profiling": VerbDefinition(profile_benefit),
            "approval": VerbDefinition(approve_benefit),
            "start": VerbDefinition(start_benefit),
            "achievement": VerbDefinition(achieve_benefit, to=realised_now),
            "miss": VerbDefinition(miss_benefit, to=missed_now),
            "move": VerbDefinition(
                move_benefit,
                BenefitMoveSerializer,
                does="Move it to another programme",
                done="moved",
                says="What was planned, measured and contributed goes along, and the totals of both"
                " programmes change by it. Links in the map of this programme end.",
            ),
            "asking": VerbDefinition(
                ask_for_change,
                form=ChangeAskedSerializer,
                does="Ask for a change",
                done="asked for a change",
                says="It becomes an action of whoever manages the programme.",
                by=INVOLVED,
            ),
        }

    @classmethod
    def suggests(cls, row: Benefit) -> dict[str, list[str]]:
        """Return the currencies of which the portfolio has rates."""
        return {"foreign_currency": rated_currencies(row)}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Objectives are those of the programme's portfolio; money alone has a currency."""
        if self.after(attrs, "foreign_currency") and not self.after(attrs, "monetised"):
            raise serializers.ValidationError({"foreign_currency": NO_MONEY})
        programme = self.after(attrs, "programme")
        objective = self.after(attrs, "objective")
        check_objectives("objective", [objective] if objective else [], programme.portfolio_id)
        check_objectives("objectives", self.list_after(attrs, "objectives"), programme.portfolio_id)
        return attrs


class MeasurementSerializer(RecordSerializer):
    """What was measured. It counts once somebody else has verified it: see `/verification/`."""

    code = NoCode()
    unit = serializers.CharField(read_only=True)
    currency = Currency(allow_null=True)

    class Meta(RecordSerializer.Meta):
        model = BenefitMeasurement
        fields = [
            *HEAD, "benefit", "period_start", "period_end", "unit", "currency", "value",
            "exchange_rate", "measured_on", "source", "evidence_grade", "status", "submitted_by",
            "confirmed_by", "verified_by", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("submitted_by", "confirmed_by", "verified_by")
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "confirmation": VerbDefinition(
                confirm_measurement,
                does="Confirm it",
                done="confirmed",
                by=OWNER,
                says="The owner stands by what the reporter has submitted.",
                when=attrgetter("waits_for_owner"),
            ),
            "verification": VerbDefinition(verify_measurement),
            "rejection": VerbDefinition(reject_measurement),
        }
        expressions: ClassVar[dict[str, Any]] = {
            "unit": "benefit__unit",
            "currency": PARENT_CURRENCY,
        }
        derived = ("code",)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a measurement that contradicts itself or its benefit."""
        self.proposed(attrs).clean()
        return attrs

    def store(self, row: BenefitMeasurement, changed: list[str] | None) -> BenefitMeasurement:
        """Store the measurement. Whoever changes what it says becomes its submitter, who may not
        verify it."""
        if changed is None or changed:
            row.submitted_by, row.confirmed_by = person_of(self.user), None
            changed = None if changed is None else [*changed, "submitted_by", "confirmed_by"]
        return super().store(row, changed)


class JudgementSerializer(Reasoned):
    """A verifier's judgement of a measurement, and why."""

    outcome = serializers.ChoiceField(["verified", "rejected"], default="verified")
    supersedes = serializers.ListField(
        child=serializers.IntegerField(min_value=1),
        default=list,
        help_text="Verified measurements of other periods that it overlaps and takes the place of",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Whoever turns a measurement down says why."""
        if attrs["outcome"] == "rejected" and not attrs.get("reason"):
            raise serializers.ValidationError({"reason": "Say why it is rejected."})
        return attrs


class RejectionSerializer(InputSerializer):
    """Why a measurement is rejected."""

    reason = reason_field(needed=True)


class ContributionSerializer(RecordSerializer):
    """How much of a benefit a project enables."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = BenefitContribution
        fields = [*HEAD, "benefit", "project", "weight", "rationale", *RECORD]
        derived = ("code",)


class AnswerSerializer(InputSerializer):
    """What becomes of the benefit; why, in findings, has to be said of one that is withdrawn."""

    decision = Choice(choices=ReviewDecision.choices)
    findings = Text(max_length=LONGEST_FINDINGS, required=False, allow_blank=True, default="")


class ReviewSerializer(RecordSerializer):
    """What the owner of a benefit is asked when a project that contributes to it ended short."""

    code = NoCode()
    project = serializers.IntegerField(read_only=True, allow_null=True)

    class Meta(RecordSerializer.Meta):
        model = BenefitReview
        fields = [
            *HEAD, "benefit", "contribution", "project", "cause", "state", "asked_on", "due_on",
            "reviewer", "findings", "decision", "decided_on", "decided_by", *RECORD,
        ]  # fmt: skip
        read_only_fields = tuple(fields)
        expressions: ClassVar[dict[str, Any]] = {"project": F("contribution__project_id")}
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "answer": VerbDefinition(
                answer_review,
                form=AnswerSerializer,
                does="Answer it",
                done="answered",
                says="Confirm the benefit, re-forecast it (enter the forecast first) or withdraw"
                " it.",
                when=lambda review: review.state == ReviewState.OPEN,
            ),
        }
        derived = ("code",)


class BenefitLinkSerializer(RecordSerializer):
    """What leads to what: one source, one target, both of one programme."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = BenefitLink
        fields = [*HEAD, "programme", *SOURCES, *TARGETS, "rationale", *RECORD]
        derived = ("code",)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Both ends are the programme's, and an end benefit leads to no other."""
        programme = self.after(attrs, "programme")
        for name in (*SOURCES, *TARGETS):
            end = self.after(attrs, name)
            home = end.project if name == "from_output" and end else end
            if home and programme and home.programme_id != programme.pk:
                raise serializers.ValidationError({name: "This belongs to another programme."})
        source = self.after(attrs, "from_benefit")
        if source and source.level != BenefitLevel.INTERMEDIATE:
            text = "An end benefit leads to no other."
            raise serializers.ValidationError({"from_benefit": text})
        return attrs


class RealisationSerializer(serializers.Serializer):
    """Where a benefit stands: a flow (an amount in each period) or a stock (a level)."""

    benefit = serializers.IntegerField()
    code = serializers.CharField()
    kind = serializers.ChoiceField(["flow", "stock"])
    unit = serializers.CharField()
    currency = serializers.CharField(allow_null=True)
    as_of = serializers.DateField()
    reasons = serializers.DictField(child=serializers.CharField())
    planned_to_date = serializers.CharField(required=False)
    planned_measured = serializers.CharField(required=False)
    actual_to_date = serializers.CharField(required=False, allow_null=True)
    not_measured_since = serializers.DateField(required=False, allow_null=True)
    attainment = serializers.FloatField(required=False, allow_null=True)
    variance_to_date = serializers.CharField(required=False, allow_null=True)
    whole_life_planned = serializers.CharField(required=False)
    realised_share = serializers.FloatField(required=False, allow_null=True)
    forecast_outturn = serializers.CharField(required=False, allow_null=True)
    remaining = serializers.CharField(required=False, allow_null=True)
    present_value = serializers.CharField(required=False)
    latest = serializers.CharField(required=False, allow_null=True)
    target_then = serializers.CharField(required=False, allow_null=True)
    final_target = serializers.CharField(required=False, allow_null=True)
    achievement = serializers.FloatField(required=False, allow_null=True)
    against_profile = serializers.FloatField(required=False, allow_null=True)
    variance_to_profile = serializers.CharField(required=False, allow_null=True)
