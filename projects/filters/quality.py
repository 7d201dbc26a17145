"""What narrows the list of checks of outputs."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RANGE, RecordFilter, VisibleFilter, visible
from programmes.models import Programme
from projects.models import Project, QualityRecord


class QualityRecordFilter(RecordFilter):
    """Filters of checks of outputs."""

    project = VisibleFilter(field_name="output__project", queryset=visible(Project))
    programme = VisibleFilter(field_name="output__project__programme", queryset=visible(Programme))

    class Meta:
        model = QualityRecord
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "output": ["exact"],
            "result": ["exact"],
            "checked_by": ["exact"],
            "checked_on": RANGE,
        }
