"""How mature the teams of projects are."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.serializers import HEAD, RECORD
from programmes.serializers.authored import AuthoredSerializer
from projects.models import TeamMaturity


class TeamMaturitySerializer(AuthoredSerializer):
    """How well the team of a project works, as assessed on a day. An assessment is never changed:
    another one follows. The user who writes it is the assessor, who may not manage the project."""

    author = "assessor"

    class Meta(AuthoredSerializer.Meta):
        model = TeamMaturity
        fields = [
            *HEAD, "project", "level", "assessed_on", "assessor", "evidence", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("assessor",)
        extra_kwargs: ClassVar[dict[str, Any]] = {
            "assessed_on": {"required": False},
            "evidence": {"required": True, "allow_blank": False},
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Set the day where none is given."""
        self.default_day(attrs, "assessed_on")
        return attrs
