"""What portfolios, programmes and their records look like, and what may be written of them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar

from django.db.models import Max, QuerySet
from rest_framework import serializers

from pmhub.currencies import finer_than
from pmhub.database.priced import PROGRAMME_LINES
from pmhub.serializers import (
    HEAD,
    RECORD,
    Currency,
    Day,
    InputSerializer,
    NoCode,
    RecordSerializer,
    Related,
    Text,
)
from pmhub.serializers.coins import HUNDREDTHS
from pmhub.serializers.fields import Amount
from pmhub.serializers.verbs import Does, why
from pmhub.setters import LIMITS
from programmes.models import (
    AssuranceRecommendation,
    AssuranceReview,
    Outcome,
    Portfolio,
    Programme,
    ProgrammeLine,
    StrategicObjective,
    Tranche,
)
from programmes.models.home_currency import TOO_FINE
from programmes.models.line import TO_COMPLETE
from programmes.models.portfolio import MoneyUnit, known_thresholds
from programmes.serializers.foreign import Foreign
from programmes.serializers.rules import Thresholds
from programmes.services import (
    close_programme,
    give_contingency,
    move_programme,
    pass_boundary,
    resume_programme,
    return_contingency,
    terminate_programme,
    transfer_contingency,
)
from projects.models import Project
from projects.queries.gates import has_free_way
from projects.serializers.actions import about_actions, about_lessons
from projects.services import end
from projects.services.budgets import store_within_envelopes
from projects.services.gates import ways_alone
from projects.services.templates import ship_templates


class PortfolioSerializer(RecordSerializer):
    """A portfolio, with the rules of its figures."""

    as_of = serializers.DateField(read_only=True, help_text="The day the figures speak of")
    rag_thresholds = Thresholds(required=False, validators=[known_thresholds])

    class Meta(RecordSerializer.Meta):
        model = Portfolio
        fields = [
            *HEAD, "name", "organisation", "currency", "money_unit", "time_zone",
            "fiscal_year_start_month", "pmo_type", "discount_base_year", "discount_schedule",
            "discount_rate", "rag_thresholds", "status_date_policy", "status_date", "as_of",
            "dependency_disclosure", "archived_at", *RECORD,
        ]  # fmt: skip
        derived = ("as_of",)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a currency with coins that no amount can say."""
        row = self.proposed(attrs)
        fine = row.money_unit == MoneyUnit.ONE and row.currency in finer_than(HUNDREDTHS)
        if fine and self.alters(attrs, "currency", "money_unit"):
            raise serializers.ValidationError({"currency": TOO_FINE})
        return attrs

    def store(self, row: Portfolio, changed: list[str] | None) -> Portfolio:
        """Save; a new one begins with templates."""
        row = super().store(row, changed)
        if changed is None:
            ship_templates(row, by=self.user)
        return row


class ObjectiveSerializer(RecordSerializer):
    """What the organisation wants to reach. Its progress is the share of the way from the baseline
    to the target that the last verified measurement has come."""

    measured_value = serializers.DecimalField(14, 2, read_only=True, allow_null=True)
    measured_on = serializers.DateField(read_only=True, allow_null=True)
    progress = serializers.DecimalField(
        24, 10, read_only=True, allow_null=True, style={"share": True}
    )
    progress_reason = serializers.CharField(
        read_only=True, allow_null=True, help_text="Why there is no progress to tell"
    )

    class Meta(RecordSerializer.Meta):
        model = StrategicObjective
        fields = [
            *HEAD, "portfolio", "title", "description", "measure", "unit", "baseline_value",
            "baseline_on", "target", "target_value", "target_on", "measured_value", "measured_on",
            "progress", "progress_reason", "weight", "owner", "status", *RECORD,
        ]  # fmt: skip
        derived = ("measured_value", "measured_on", "progress", "progress_reason")


def of_programme(rows: QuerySet[Project], programme: Programme, user: Any) -> QuerySet[Project]:
    """Return the projects, of these, that are of a programme."""
    return rows.filter(programme=programme)


class ContingencySerializer(InputSerializer):
    """How much contingency moves to or from which project, when and why; left out, on the status
    date."""

    project = Related(queryset=Project.objects.all(), among=of_programme)
    amount = Amount(min_value=Decimal("0.01"))
    moved_on = Day(required=False, allow_null=True)
    reference = Text(max_length=40, required=False, allow_blank=True)
    reason = why(needed=True)

    def fit(self, record: Programme, user: Any) -> None:
        """Begin with the status date."""
        self.fields["moved_on"].initial = record.portfolio.as_of.isoformat()


class ContingencyTransferSerializer(ContingencySerializer):
    """The same, from one project to another."""

    from_project = Related(queryset=Project.objects.all(), among=of_programme)

    class Meta:
        fields = ("from_project", "project", "amount", "moved_on", "reference", "reason")


class ProgrammeSerializer(RecordSerializer):
    """A programme."""

    currency = Currency()

    class Meta(RecordSerializer.Meta):
        model = Programme
        fields = [
            *HEAD, "name", "portfolio", "vision", "target_operating_model", "stage",
            "governance_type", "governance", "business_case_stage", "business_case_approved_on",
            "business_case_ref", "funding_approach", "starts_on", "planned_end_on",
            "actual_end_on", "sro", "programme_manager", "bcms", "objectives", "currency",
            "contingency_budget", "dca", "dca_on", "dca_basis", "template",
            "template_version", "split_from", "merged_into", "custom", "archived_at", *RECORD,
        ]  # fmt: skip
        expressions: ClassVar[dict[str, Any]] = {"currency": "portfolio__currency"}
        verbs: ClassVar[dict[str, Does]] = {
            "stage": Does(move_programme, when=has_free_way, to=ways_alone),
            "resumption": Does(resume_programme),
            "closure": Does(
                close_programme, more={"actions": about_actions(), "lessons": about_lessons()}
            ),
            "termination": Does(
                terminate_programme, more={"actions": about_actions()}, to=ways_alone
            ),
            "contingency-draw": Does(
                give_contingency,
                ContingencySerializer,
                does="Draw contingency",
                done="drawn from",
                says="For a project: what it may spend rises, what remains falls by the same.",
                by=LIMITS,
            ),
            "contingency-return": Does(
                return_contingency,
                ContingencySerializer,
                does="Return contingency",
                done="given back to",
                says="What a project drew and does not need goes back to the programme.",
                by=LIMITS,
            ),
            "contingency-transfer": Does(
                transfer_contingency,
                ContingencyTransferSerializer,
                does="Transfer contingency",
                done="transferred in",
                says="From one project to another; what remains to the programme stays the same.",
                by=LIMITS,
            ),
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Objectives are those of its portfolio."""
        portfolio = self.after(attrs, "portfolio")
        check_objectives("objectives", self.list_after(attrs, "objectives"), portfolio.pk)
        return attrs


def check_objectives(name: str, served: Iterable[StrategicObjective], portfolio: int) -> None:
    """Refuse, at the field that names them, objectives of another portfolio than this."""
    if any(objective.portfolio_id != portfolio for objective in served):
        raise serializers.ValidationError({name: "This objective is another portfolio's."})


class TrancheSerializer(RecordSerializer):
    """A step of a programme."""

    class Meta(RecordSerializer.Meta):
        model = Tranche
        fields = [
            *HEAD, "programme", "sequence", "name", "starts_on", "ends_on", "landing_point",
            "state", *RECORD,
        ]  # fmt: skip
        verbs: ClassVar[dict[str, Does]] = {
            noun: Does(partial(pass_boundary, noun=noun), when=has_free_way, to=ways_alone)
            for noun in ("authorisation", "end")
        }

    @classmethod
    def begins(cls, row: Tranche, user: Any) -> dict[str, Any]:
        """Return the place after the last of the programme."""
        return {"sequence": _place_after(row)} if row.programme_id else {}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Let a new one follow on the last, where its place is not given."""
        if self.instance is None:
            attrs.setdefault("sequence", _place_after(self.proposed(attrs)))
        return attrs


def _place_after(row: Tranche) -> int:
    """Return the place in order that follows on those of the tranches of a programme."""
    places = Tranche._base_manager.filter(programme=row.programme_id)
    return (places.aggregate(last=Max("sequence"))["last"] or 0) + 1


class OutcomeSerializer(RecordSerializer):
    """A changed way of working."""

    class Meta(RecordSerializer.Meta):
        model = Outcome
        fields = [
            *HEAD, "programme", "title", "current_state", "future_state", "capability_ready_on",
            "transition_start", "go_reason", "embedded_on", "embedding_decision", "state", "bcm",
            *RECORD,
        ]  # fmt: skip
        verbs: ClassVar[dict[str, Does]] = {
            "embedding": Does(partial(end, noun="embedding"), more={"actions": about_actions()})
        }


class ProgrammeLineSerializer(Foreign):
    """A budget line of the programme itself. One in another currency gives `foreign_currency` and
    the foreign amounts; the others, which are in the portfolio's currency, follow by the budget
    rate of the first day of its year. While there is none, what is approved is 0."""

    priced = PROGRAMME_LINES

    currency = Currency()

    class Meta(RecordSerializer.Meta):
        model = ProgrammeLine
        fields = [
            *HEAD, "programme", "kind", "treatment", "fiscal_year", "currency",
            "approved_budget", *TO_COMPLETE, "foreign_currency", "foreign_approved_budget",
            *(f"foreign_{name}" for name in TO_COMPLETE), "exchange_rate", *RECORD,
        ]  # fmt: skip
        expressions: ClassVar[dict[str, Any]] = {"currency": "programme__portfolio__currency"}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Bounds hold what is still to be spent, in its currency."""
        super().validate(attrs)
        of = "foreign_" if self.after(attrs, "foreign_currency") else ""
        self.check_bounds(attrs, *(f"{of}{name}" for name in TO_COMPLETE))
        return attrs

    def store(self, row: ProgrammeLine, changed: list[str] | None) -> ProgrammeLine:
        """Save it, above no envelope."""
        return store_within_envelopes(row, changed, partial(super().store, row, changed))


class AssuranceReviewSerializer(RecordSerializer):
    """An independent look at a programme or a project."""

    class Meta(RecordSerializer.Meta):
        model = AssuranceReview
        fields = [
            *HEAD, "programme", "project", "kind", "title", "planned_on", "held_on", "dca",
            "state", *RECORD,
        ]  # fmt: skip


class AssuranceRecommendationSerializer(RecordSerializer):
    """What a review asks for."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = AssuranceRecommendation
        fields = [
            *HEAD, "review", "number", "text", "priority", "due_on", "owner", "state",
            "closed_on", *RECORD,
        ]  # fmt: skip
        derived = ("code",)
        verbs: ClassVar[dict[str, Does]] = {
            noun: Does(partial(end, noun=noun), more={"actions": about_actions()})
            for noun in ("completion", "rejection")
        }

    @classmethod
    def begins(cls, row: AssuranceRecommendation, user: Any) -> dict[str, Any]:
        """Return the number after the highest of the review's, once that is known."""
        if row.review_id is None:
            return {}
        highest = row.review.recommendations.aggregate(last=Max("number"))["last"]
        return {"number": (highest or 0) + 1}
