"""What another type of PMO would change looks like: for the schema alone."""

from __future__ import annotations

from rest_framework import serializers

from programmes.serializers.figures import ReferenceSerializer


class MovedApprovalSerializer(serializers.Serializer):
    """A project of which others would approve the next stage."""

    project = ReferenceSerializer()
    oversight_level = serializers.CharField()
    before = serializers.CharField(help_text="Who approves its stages")
    after = serializers.CharField(help_text="Who would")


class PmoTypePreviewSerializer(serializers.Serializer):
    """What another type of PMO would change in what one sees: of the `open_gates` those who decide
    stay."""

    pmo_type = serializers.CharField()
    projects = MovedApprovalSerializer(many=True)
    open_gates = ReferenceSerializer(many=True)
