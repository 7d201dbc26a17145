"""What narrows the lists of disciplines and of what people can do."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RANGE, RecordFilter, VisibleFilter, visible
from programmes.models import (
    CompetenceRecord,
    Discipline,
    DisciplineLink,
    Portfolio,
    Qualification,
    Training,
)


class DisciplineFilter(RecordFilter):
    """Filters of disciplines."""

    class Meta:
        model = Discipline
        fields: ClassVar[Any] = {"code": ["exact"], "portfolio": ["exact"], "lead": ["exact"]}


class DisciplineLinkFilter(RecordFilter):
    """Filters of what disciplines give one another."""

    portfolio = VisibleFilter(field_name="giver__portfolio", queryset=visible(Portfolio))

    class Meta:
        model = DisciplineLink
        fields: ClassVar[Any] = {"giver": ["exact"], "receiver": ["exact"]}


class CompetenceRecordFilter(RecordFilter):
    """Filters of assessments of competence."""

    class Meta:
        model = CompetenceRecord
        fields: ClassVar[Any] = {
            "person": ["exact"],
            "discipline": ["exact"],
            "level": ["exact"],
            "assessor": ["exact"],
            "assessed_on": RANGE,
            "next_on": RANGE,
        }


class TrainingFilter(RecordFilter):
    """Filters of trainings."""

    class Meta:
        model = Training
        fields: ClassVar[Any] = {
            "person": ["exact"],
            "discipline": ["exact"],
            "planned_on": RANGE,
            "taken_on": RANGE,
        }


class QualificationFilter(RecordFilter):
    """Filters of qualifications."""

    class Meta:
        model = Qualification
        fields: ClassVar[Any] = {
            "person": ["exact"],
            "title": ["exact"],
            "discipline": ["exact"],
            "obtained_on": RANGE,
            "expires_on": RANGE,
        }
