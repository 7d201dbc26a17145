"""Filters of change requests and of votes on them."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RANGE, RecordFilter
from projects.filters.base import PlaceFilter
from projects.models import ChangeRequest, ChangeVote


class ChangeRequestFilter(PlaceFilter):
    """Filters of change requests."""

    class Meta:
        model = ChangeRequest
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "project": ["exact"],
            "kind": ["exact"],
            "state": ["exact"],
            "funding": ["exact"],
            "level": ["exact"],
            "board": ["exact"],
            "approvers": ["exact"],
            "decided_by": ["exact"],
            "decision": ["exact"],
            "decided_on": RANGE,
            "implemented_on": RANGE,
        }


class ChangeVoteFilter(RecordFilter):
    """Filters of votes on change requests."""

    class Meta:
        model = ChangeVote
        fields: ClassVar[Any] = {
            "change": ["exact"],
            "person": ["exact"],
            "choice": ["exact"],
            "on": RANGE,
        }
