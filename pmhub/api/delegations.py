"""Delegations over REST."""

from __future__ import annotations

from pmhub.api.effects import EVERY
from pmhub.api.records import RecordViewSet
from pmhub.filters import DelegationFilter
from pmhub.serializers.delegations import DelegationSerializer


class DelegationViewSet(RecordViewSet):
    """Roles that are lent to deputies."""

    serializer_class = DelegationSerializer
    dangerous = (EVERY,)
    filterset_class = DelegationFilter
    search_fields = ("giver__name", "deputy__name", "reason")
    ordering_fields = ("id", "role", "starts_on", "ends_on", "updated_at")
    expandable = ("giver", "deputy", "portfolio", "programme", "project")
