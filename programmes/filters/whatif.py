"""What narrows the lists of scenarios and what they change."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RecordFilter
from programmes.models import Scenario, ScenarioChange


class ScenarioFilter(RecordFilter):
    """Filters of scenarios."""

    class Meta:
        model = Scenario
        fields: ClassVar[Any] = {"programme": ["exact"], "name": ["exact"]}


class ScenarioChangeFilter(RecordFilter):
    """Filters of the changes of scenarios."""

    class Meta:
        model = ScenarioChange
        fields: ClassVar[Any] = {
            "scenario": ["exact"],
            "scenario__programme": ["exact"],
            "path": ["exact"],
            "adopted_at": ["isnull"],
        }
