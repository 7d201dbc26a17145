"""Filters of templates."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RecordFilter
from projects.models import (
    Template,
    TemplateEntry,
    TemplateMilestone,
    TemplateRole,
)


class TemplateFilter(RecordFilter):
    """Filters of templates."""

    class Meta:
        model = Template
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "portfolio": ["exact"],
            "kind": ["exact"],
            "state": ["exact"],
            "delivery_approach": ["exact"],
        }


class TemplateMilestoneFilter(RecordFilter):
    """Filters of milestones of templates."""

    class Meta:
        model = TemplateMilestone
        fields: ClassVar[Any] = {
            "template": ["exact"],
            "kind": ["exact"],
            "anchor": ["exact"],
            "key": ["exact"],
        }


class TemplateEntryFilter(RecordFilter):
    """Filters of entries of templates."""

    class Meta:
        model = TemplateEntry
        fields: ClassVar[Any] = {
            "template": ["exact"],
            "register": ["exact"],
            "anchor": ["exact"],
        }


class TemplateRoleFilter(RecordFilter):
    """Filters of roles of templates."""

    class Meta:
        model = TemplateRole
        fields: ClassVar[Any] = {"template": ["exact"], "role": ["exact"]}
