"""Issues of projects and programmes."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from rest_framework import serializers

from pmhub.serializers import (
    HEAD,
    RECORD,
    RecordSerializer,
)
from pmhub.serializers.verbs import VerbDefinition
from projects.models import (
    Issue,
)
from projects.models.issue import JOINED
from projects.serializers.actions import about_actions
from projects.serializers.referrals import referral
from projects.services import (
    end,
    escalate_issue,
)


class IssueSerializer(RecordSerializer):
    """Something that has happened and needs handling."""

    class Meta(RecordSerializer.Meta):
        model = Issue
        fields = [
            *HEAD, "programme", "project", "title", "kind", "severity", "raised_on", "due_on",
            "owner", "resolution", "state", "from_risk", "escalated_to", "custom", *RECORD,
        ]  # fmt: skip
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "closure": VerbDefinition(
                partial(end, noun="closure"), more={"actions": about_actions()}
            ),
            "escalation": VerbDefinition(
                escalate_issue, when=lambda issue: issue.above is not None
            ),
            "referral": referral(Issue),
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a risk that the issue came from, or an issue that it is escalated to, of another
        programme; refuse also that it is escalated to itself."""
        row = self.proposed(attrs)
        for name, (_, text) in JOINED.items():
            other = attrs.get(name)
            if other and (
                other == self.instance or _programme_or_project(other) != _programme_or_project(row)
            ):
                raise serializers.ValidationError({name: text})
        return attrs


def _programme_or_project(row: Any) -> Any:
    """Return the programme that a risk or an issue belongs to, or the project where that stands
    alone."""
    return row.programme or (row.project and (row.project.programme or row.project))
