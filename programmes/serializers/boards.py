"""Boards, as REST reads and writes them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from pmhub.serializers import HEAD, RECORD, NoCode, RecordSerializer
from programmes.models import Board
from programmes.models.board import APART, FEW


class BoardSerializer(RecordSerializer):
    """People who decide together. Who chairs is one of the members, and a quorum is no more than
    there are of these."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = Board
        fields = [
            *HEAD, "portfolio", "programme", "name", "kind", "chair", "members", "quorum",
            "archived_at", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("archived_at",)
        derived = ("code",)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a board that could never decide."""
        members = self.list_after(attrs, "members")
        chair, quorum = self.after(attrs, "chair"), self.after(attrs, "quorum") or 1
        if quorum > len(members):
            raise serializers.ValidationError({"quorum": FEW})
        if chair is not None and chair not in members:
            raise serializers.ValidationError({"chair": APART})
        return attrs
