"""Risks, issues, compliance items, resources and their allocation."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from django.db.models import Case, QuerySet, Value, When
from rest_framework import serializers

from pmhub.database.currencies import RISKS
from pmhub.merging import merge_rows
from pmhub.serializers import (
    HEAD,
    RECORD,
    Choice,
    Currency,
    Day,
    InputSerializer,
    NoCode,
    RecordSerializer,
    Related,
    first,
)
from pmhub.serializers.verbs import Does, why
from pmhub.setters import LIMITS
from programmes.queries.organisation_units import own_units
from programmes.serializers.foreign import Foreign
from projects.categories import Categories
from projects.models import (
    Allocation,
    ComplianceItem,
    Firmness,
    Issue,
    Resource,
    ResourceCapacity,
    Risk,
    RiskStatus,
    Severity,
)
from projects.models.registers import JOINED
from projects.models.resources import OTHER_RESOURCE
from projects.models.states import OWNER
from projects.serializers.actions import about_actions
from projects.services import (
    aggregate_risk,
    check_parent,
    close_risk,
    decline_allocation,
    end,
    escalate_risk,
    materialise_risk,
    renew_allocation,
    return_risk,
    separate_risk,
)
from projects.services.actions import Following

VIEWS = ("inherent", "residual", "target")
ESTIMATE = (
    "probability", "cost_min", "cost_most_likely", "cost_max", "days_min", "days_most_likely",
    "days_max",
)  # fmt: skip


def counting(rows: QuerySet[Risk], risk: Risk, user: Any) -> QuerySet[Risk]:
    """Those of these risks that can count one of a project: the open ones of its programme, of its
    kind."""
    if risk.above is None:
        return rows.none()
    return rows.filter(programme=risk.above, status=RiskStatus.OPEN, kind=risk.kind)


class EscalationSerializer(InputSerializer):
    """The risk of the programme that counts it; left out, a new one like it."""

    escalated_to = Related(
        queryset=Risk.objects.all(), among=counting, required=False, allow_null=True, source="to"
    )
    reason = why()


class AggregationSerializer(InputSerializer):
    """The risk of the programme that counts it instead."""

    aggregated_into = Related(queryset=Risk.objects.all(), among=counting, source="into")
    reason = why()


class MaterialisationSerializer(InputSerializer):
    """The issue that a threat turns into."""

    severity = Choice(choices=Severity.choices, required=False)
    raised_on = Day(required=False, allow_null=True)
    due_on = Day(required=False, allow_null=True)
    actions = about_actions(Following.choices)
    reason = why()


class RiskSerializer(Foreign):
    """A threat or an opportunity of a project or a programme. One whose costs are in another
    currency gives `foreign_currency` and the foreign amounts; the others, which are in the
    portfolio's currency, follow by the budget rate of the year in which it could happen last, or by
    the newest. While there is none they are null, and it does not count."""

    priced = RISKS
    scope = serializers.ChoiceField(["project", "programme"], read_only=True)
    currency = Currency()

    class Meta(RecordSerializer.Meta):
        model = Risk
        fields = [
            *HEAD, "scope", "programme", "project", "title", "cause", "event", "effect",
            "category", "kind", "status", "owner", "actionee", "response", "currency",
            "response_cost", "proximity_on", "escalated_to", "aggregated_into",
            "benefit_effect_percent",
            *(f"{view}_{part}" for view in VIEWS for part in ESTIMATE),
            "foreign_currency", *RISKS.foreign, "exchange_rate", "custom", *RECORD,
        ]  # fmt: skip
        expressions: ClassVar[dict[str, Any]] = {
            "scope": Case(
                When(project__isnull=False, then=Value("project")), default=Value("programme")
            ),
            "currency": first(
                "project__programme__portfolio__currency",
                "project__portfolio__currency",
                "programme__portfolio__currency",
            ),
        }
        extra_kwargs: ClassVar[dict[str, Any]] = {"aggregated_into": {"among": counting}}
        verbs: ClassVar[dict[str, Does]] = {
            "escalation": Does(escalate_risk, EscalationSerializer),
            "aggregation": Does(
                aggregate_risk,
                AggregationSerializer,
                does="Count it in another risk",
                done="counted in another",
                says="Several risks of projects are counted as one of their programme. It stays"
                " with its project.",
                by=LIMITS,
                states=(RiskStatus.DRAFT, RiskStatus.OPEN),
                when=lambda risk: risk.above is not None and risk.aggregated_into_id is None,
            ),
            "separation": Does(
                separate_risk,
                does="Count it by itself again",
                done="counted by itself",
                says="The risk of the programme no longer stands for it.",
                by=LIMITS,
                states=(RiskStatus.DRAFT, RiskStatus.OPEN),
                when=lambda risk: risk.aggregated_into_id is not None,
            ),
            "return": Does(return_risk, more={"actions": about_actions()}),
            "closure": Does(close_risk, more={"actions": about_actions()}),
            "rejection": Does(partial(end, noun="rejection"), more={"actions": about_actions()}),
            "materialisation": Does(materialise_risk, MaterialisationSerializer),
        }

    @classmethod
    def suggests(cls, row: Risk) -> dict[str, list[str]]:
        """Offer the categories that the rules of its portfolio name, and currencies with rates."""
        home = row.project.owner_portfolio if row.project else None
        home = home or (row.programme.portfolio if row.programme else None)
        categories = [*home.rules_of(Categories).named] if home else []
        return {**super().suggests(row), "category": categories}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A risk is aggregated into one of the programme, which counts it instead; in another
        currency, what it costs follows."""
        super().validate(attrs)
        parent = attrs.get("aggregated_into")
        before = self.instance and self.instance.aggregated_into
        if parent and parent != before:
            place = {name: self.after(attrs, name) for name in ("programme", "project", "kind")}
            check_parent("aggregated_into", parent, Risk(**place))
        return attrs


class IssueSerializer(RecordSerializer):
    """Something that has happened and needs handling."""

    class Meta(RecordSerializer.Meta):
        model = Issue
        fields = [
            *HEAD, "programme", "project", "title", "kind", "severity", "raised_on", "due_on",
            "owner", "resolution", "state", "from_risk", "escalated_to", "custom", *RECORD,
        ]  # fmt: skip
        verbs: ClassVar[dict[str, Does]] = {
            "closure": Does(partial(end, noun="closure"), more={"actions": about_actions()}),
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """What it came from, and what it is escalated to, is of its programme."""
        row = self.proposed(attrs)
        for name, (_, text) in JOINED.items():
            other = attrs.get(name)
            if other and (other == self.instance or _home(other) != _home(row)):
                raise serializers.ValidationError({name: text})
        return attrs


def _home(row: Any) -> Any:
    """The programme that a risk or an issue belongs to, or the project that stands alone."""
    return row.programme or (row.project and (row.project.programme or row.project))


class ComplianceItemSerializer(RecordSerializer):
    """A permit, inspection, certificate or assessment."""

    class Meta(RecordSerializer.Meta):
        model = ComplianceItem
        fields = [
            *HEAD, "project", "kind", "title", "authority", "due_on", "blocks", "state",
            "granted_on", "evidence", *RECORD,
        ]  # fmt: skip


def beside(rows: QuerySet[Resource], resource: Resource, user: Any) -> QuerySet[Resource]:
    """Those of these resources that are other ones of the portfolio."""
    return rows.filter(portfolio=resource.portfolio_id).exclude(pk=resource.pk)


class MergingSerializer(InputSerializer):
    """Which other entry is of the same resource, and how that is known."""

    duplicate = Related(queryset=Resource.objects.all(), among=beside, label="The other entry")
    reason = why(needed=True)


class ResourceSerializer(RecordSerializer):
    """Something of limited capacity."""

    currency = Currency()

    class Meta(RecordSerializer.Meta):
        model = Resource
        fields = [
            *HEAD, "portfolio", "name", "kind", "person", "unit", "capacity", "owner",
            "organisation_unit", "currency", "cost_rate", *RECORD,
        ]  # fmt: skip
        extra_kwargs: ClassVar[dict[str, Any]] = {"organisation_unit": {"among": own_units}}
        expressions: ClassVar[dict[str, Any]] = {"currency": "portfolio__currency"}
        verbs: ClassVar[dict[str, Does]] = {
            "merger": Does(
                merge_rows,
                MergingSerializer,
                does="Take in another entry of the same resource",
                done="merged",
                says="What is booked of the other entry is booked of this one from then on, and the"
                " other is deleted. Where something cannot go along, nothing does.",
            )
        }


class ResourceCapacitySerializer(RecordSerializer):
    """How much there is of a resource for some days, in the place of its usual capacity."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = ResourceCapacity
        fields = [
            *HEAD, "resource", "period_start", "period_end", "capacity", "reason", *RECORD,
        ]  # fmt: skip
        derived = ("code",)


class RefusalSerializer(InputSerializer):
    """Why a project cannot have a resource, and on which other days it could."""

    reason = why(needed=True)
    offered_starts_on = Day(required=False, allow_null=True)
    offered_ends_on = Day(required=False, allow_null=True)


class AllocationSerializer(RecordSerializer):
    """Units of a resource booked by a project, or asked for. Who does not own the resource asks."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = Allocation
        fields = [
            *HEAD, "resource", "project", "units", "starts_on", "ends_on", "firmness",
            "declined_reason", "offered_starts_on", "offered_ends_on", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("declined_reason", "offered_starts_on", "offered_ends_on")
        derived = ("code",)
        verbs: ClassVar[dict[str, Does]] = {
            "refusal": Does(decline_allocation, RefusalSerializer),
            "renewal": Does(renew_allocation),
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A project books what its own portfolio has; unless it says so otherwise, who owns a
        resource books it and all others ask for it."""
        resource, project = self.after(attrs, "resource"), self.after(attrs, "project")
        if self.instance is None and "firmness" not in attrs:
            owns = OWNER.allows(self.user, Allocation(resource=resource, project=project))
            attrs["firmness"] = Firmness.FIRM if owns else Firmness.REQUESTED
        if resource.portfolio_id != project.owner_portfolio.pk:
            raise serializers.ValidationError({"resource": OTHER_RESOURCE})
        return attrs


class MonthLoadSerializer(serializers.Serializer):
    """Demand for a resource in a month, in its units; utilisation is null without capacity."""

    month = serializers.DateField()
    demand = serializers.DecimalField(max_digits=14, decimal_places=4)
    capacity = serializers.DecimalField(max_digits=14, decimal_places=4)
    over = serializers.DecimalField(max_digits=14, decimal_places=4)
    utilisation = serializers.FloatField(allow_null=True)
    reason = serializers.CharField(allow_null=True)
    projects = serializers.ListField(child=serializers.DictField())
    hidden_projects = serializers.IntegerField()


class LoadSerializer(serializers.Serializer):
    """The load of a resource, month by month."""

    resource = serializers.IntegerField()
    unit = serializers.CharField()
    months = MonthLoadSerializer(many=True)
