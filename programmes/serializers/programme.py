"""Programmes and their tranches, as REST reads and writes them; and moves of contingency."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any, ClassVar

from django.db.models import Max, QuerySet

from pmhub.access.setters import LIMITS
from pmhub.serializers import (
    HEAD,
    RECORD,
    Currency,
    Day,
    InputSerializer,
    RecordSerializer,
    Related,
    Text,
)
from pmhub.serializers.coins import check_same_money
from pmhub.serializers.fields import Amount
from pmhub.serializers.verbs import VerbDefinition, reason_field
from programmes.models import Programme, Tranche
from programmes.serializers.objectives import check_objectives
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
from projects.services.gates import ways_alone


def of_programme(rows: QuerySet[Project], programme: Programme, user: Any) -> QuerySet[Project]:
    """Return those of these projects that belong to the programme."""
    return rows.filter(programme=programme)


class ContingencySerializer(InputSerializer):
    """How much contingency moves to or from which project, when and why; without a day, it moves on
    the status date."""

    project = Related(queryset=Project.objects.all(), among=of_programme)
    amount = Amount(min_value=Decimal("0.01"))
    moved_on = Day(required=False, allow_null=True)
    reference = Text(max_length=40, required=False, allow_blank=True)
    reason = reason_field(needed=True)

    def fit(self, record: Programme, user: Any) -> None:
        """Begin with the status date."""
        self.fields["moved_on"].initial = record.portfolio.as_of.isoformat()


class ContingencyTransferSerializer(ContingencySerializer):
    """How much contingency moves from one project to another, when and why."""

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
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "stage": VerbDefinition(move_programme, when=has_free_way, to=ways_alone),
            "resumption": VerbDefinition(resume_programme),
            "closure": VerbDefinition(
                close_programme, more={"actions": about_actions(), "lessons": about_lessons()}
            ),
            "termination": VerbDefinition(
                terminate_programme, more={"actions": about_actions()}, to=ways_alone
            ),
            "contingency-draw": VerbDefinition(
                give_contingency,
                ContingencySerializer,
                does="Draw contingency",
                done="drawn from",
                says="For a project: what it may spend rises, what remains falls by the same.",
                by=LIMITS,
            ),
            "contingency-return": VerbDefinition(
                return_contingency,
                ContingencySerializer,
                does="Return contingency",
                done="given back to",
                says="What a project drew and does not need goes back to the programme.",
                by=LIMITS,
            ),
            "contingency-transfer": VerbDefinition(
                transfer_contingency,
                ContingencyTransferSerializer,
                does="Transfer contingency",
                done="transferred in",
                says="From one project to another; what remains to the programme stays the same.",
                by=LIMITS,
            ),
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse objectives of another portfolio, and a portfolio in which amounts mean something
        else."""
        portfolio = self.after(attrs, "portfolio")
        check_same_money("portfolio", getattr(self.instance, "portfolio", None), portfolio)
        check_objectives("objectives", self.list_after(attrs, "objectives"), portfolio.pk)
        return attrs


class TrancheSerializer(RecordSerializer):
    """A step of a programme."""

    class Meta(RecordSerializer.Meta):
        model = Tranche
        fields = [
            *HEAD, "programme", "sequence", "name", "starts_on", "ends_on", "landing_point",
            "state", *RECORD,
        ]  # fmt: skip
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            noun: VerbDefinition(
                partial(pass_boundary, noun=noun), when=has_free_way, to=ways_alone
            )
            for noun in ("authorisation", "end")
        }

    @classmethod
    def begins(cls, row: Tranche, user: Any) -> dict[str, Any]:
        """Return the place after the last tranche of the programme."""
        return {"sequence": _place_after(row)} if row.programme_id else {}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Put a new tranche after the last one where its place is not given."""
        if self.instance is None:
            attrs.setdefault("sequence", _place_after(self.proposed(attrs)))
        return attrs


def _place_after(row: Tranche) -> int:
    """Return the place after the last tranche of the programme of a row."""
    places = Tranche._base_manager.filter(programme=row.programme_id)
    return (places.aggregate(last=Max("sequence"))["last"] or 0) + 1
