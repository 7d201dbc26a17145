"""Resources, their capacity, their allocations to projects, and their load."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import serializers

from pmhub.merger import merge_rows
from pmhub.serializers import (
    HEAD,
    RECORD,
    Currency,
    Day,
    InputSerializer,
    NoCode,
    RecordSerializer,
    Related,
)
from pmhub.serializers.verbs import VerbDefinition, reason_field
from programmes.queries.organisation_units import own_units
from projects.models import (
    Allocation,
    Firmness,
    Resource,
    ResourceCapacity,
)
from projects.models.resources import OTHER_RESOURCE
from projects.models.states import OWNER
from projects.services import (
    decline_allocation,
    renew_allocation,
)


def other_resources(rows: QuerySet[Resource], resource: Resource, user: Any) -> QuerySet[Resource]:
    """Return, of these resources, the others of the portfolio."""
    return rows.filter(portfolio=resource.portfolio_id).exclude(pk=resource.pk)


class MergingSerializer(InputSerializer):
    """The other entry of the same resource, and how it is known to be the same."""

    duplicate = Related(
        queryset=Resource.objects.all(), among=other_resources, label="The other entry"
    )
    reason = reason_field(needed=True)


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
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "merger": VerbDefinition(
                merge_rows,
                MergingSerializer,
                does="Take in another entry of the same resource",
                done="merged",
                says="What is booked of the other entry is booked of this one from then on, and the"
                " other is deleted. Where something cannot go along, nothing does.",
            )
        }


class ResourceCapacitySerializer(RecordSerializer):
    """The capacity of a resource for some days, in the place of its usual capacity."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = ResourceCapacity
        fields = [
            *HEAD, "resource", "period_start", "period_end", "capacity", "reason", *RECORD,
        ]  # fmt: skip
        derived = ("code",)


class RefusalSerializer(InputSerializer):
    """Why a project cannot have a resource, and on which other days it could have it."""

    reason = reason_field(needed=True)
    offered_starts_on = Day(required=False, allow_null=True)
    offered_ends_on = Day(required=False, allow_null=True)


class AllocationSerializer(RecordSerializer):
    """Units of a resource that a project books, or asks for where the user does not own the
    resource."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = Allocation
        fields = [
            *HEAD, "resource", "project", "units", "starts_on", "ends_on", "firmness",
            "declined_reason", "offered_starts_on", "offered_ends_on", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("declined_reason", "offered_starts_on", "offered_ends_on")
        derived = ("code",)
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "refusal": VerbDefinition(decline_allocation, RefusalSerializer),
            "renewal": VerbDefinition(renew_allocation),
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a resource of another portfolio. Without a `firmness`, an allocation by the owner
        of the resource is firm, and any other is a request."""
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
