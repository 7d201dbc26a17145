"""Filters of services and of requests for help."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q

from pmhub.filters import RANGE, OverdueFilter, RecordFilter
from projects.filters.base import PlaceFilter
from projects.models import HelpRequest, Service


class ServiceFilter(RecordFilter):
    """Filters of services."""

    class Meta:
        model = Service
        fields: ClassVar[Any] = {"code": ["exact"], "portfolio": ["exact"], "owner": ["exact"]}


class HelpRequestFilter(PlaceFilter):
    """Filters of requests for help."""

    overdue = OverdueFilter("due_on", Q(state__in=["open", "accepted"]))

    class Meta:
        model = HelpRequest
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "project": ["exact"],
            "programme": ["exact"],
            "portfolio": ["exact"],
            "service": ["exact"],
            "asked_by": ["exact"],
            "owner": ["exact"],
            "state": ["exact"],
            "rating": RANGE,
            "due_on": RANGE,
            "answered_on": RANGE,
        }
