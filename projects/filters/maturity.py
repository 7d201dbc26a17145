"""What narrows the list of assessments of teams."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RANGE
from projects.filters.base import ProjectRecordFilter
from projects.models import TeamMaturity


class TeamMaturityFilter(ProjectRecordFilter):
    """Filters of assessments of teams."""

    class Meta:
        model = TeamMaturity
        fields: ClassVar[Any] = {
            "project": ["exact"],
            "assessor": ["exact"],
            "level": RANGE,
            "assessed_on": RANGE,
        }
