"""The parts of an organisation."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.serializers import HEAD, RECORD, RecordSerializer
from programmes.models import OrganisationUnit
from programmes.queries.organisation_units import parents


class OrganisationUnitSerializer(RecordSerializer):
    """A part of an organisation, such as a department, at the top of its tree or below another."""

    class Meta(RecordSerializer.Meta):
        model = OrganisationUnit
        fields = [*HEAD, "portfolio", "name", "parent", "head", "archived_at", *RECORD]
        read_only_fields = ("archived_at",)
        extra_kwargs: ClassVar[dict[str, Any]] = {"parent": {"among": parents}}
