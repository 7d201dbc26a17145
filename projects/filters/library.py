"""Filters of standards, their versions and how projects apply them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q

from pmhub.filters import RANGE, OverdueFilter, RecordFilter, VisibleFilter, visible
from projects.filters.base import ProjectRecordFilter
from projects.models import AssetVersion, ProcessAsset, TailoringRecord


class ProcessAssetFilter(RecordFilter):
    """Filters of standards."""

    review_overdue = OverdueFilter("review_on", Q())

    class Meta:
        model = ProcessAsset
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "portfolio": ["exact"],
            "kind": ["exact"],
            "owner": ["exact"],
            "mandatory": ["exact"],
            "template": ["exact"],
            "delivery_approach": ["exact"],
            "stage": ["exact"],
            "category": ["exact"],
            "discipline": ["exact"],
            "review_on": RANGE,
        }


class AssetVersionFilter(RecordFilter):
    """Filters of versions of standards."""

    class Meta:
        model = AssetVersion
        fields: ClassVar[Any] = {
            "asset": ["exact"],
            "state": ["exact"],
            "lesson": ["exact"],
            "effective_from": RANGE,
        }


class TailoringRecordFilter(ProjectRecordFilter):
    """Filters of how projects apply standards."""

    asset = VisibleFilter(field_name="asset_version__asset", queryset=visible(ProcessAsset))

    class Meta:
        model = TailoringRecord
        fields: ClassVar[Any] = {
            "project": ["exact"],
            "asset_version": ["exact"],
            "answer": ["exact"],
            "state": ["exact"],
            "until": RANGE,
            "agreed_on": RANGE,
        }
