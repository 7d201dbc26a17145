"""Envelopes over REST."""

from __future__ import annotations

from pmhub.api.records import RecordViewSet
from programmes.filters import EnvelopeFilter
from programmes.serializers.envelopes import EnvelopeSerializer


class EnvelopeViewSet(RecordViewSet):
    """Envelopes."""

    serializer_class = EnvelopeSerializer
    filterset_class = EnvelopeFilter
    ordering_fields = ("id", "fiscal_year", "treatment", "amount", "approved_on", "updated_at")
    expandable = ("portfolio", "programme", "approved_by")
    changing_figures = True  # what is approved on lines and asked for below it
