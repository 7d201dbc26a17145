"""The preview of another type of PMO: for the schema alone."""

from __future__ import annotations

from rest_framework import serializers

from programmes.serializers.figures import ReferenceSerializer


class MovedApprovalSerializer(serializers.Serializer):
    """A project whose next stage others would approve."""

    project = ReferenceSerializer()
    oversight_level = serializers.CharField()
    before = serializers.CharField(help_text="Who approves its stages")
    after = serializers.CharField(help_text="Who would")


class PmoTypePreviewSerializer(serializers.Serializer):
    """What another type of PMO would change, as far as the user sees it; the approvers of
    `open_gates` stay the same."""

    pmo_type = serializers.CharField()
    projects = MovedApprovalSerializer(many=True)
    open_gates = ReferenceSerializer(many=True)
