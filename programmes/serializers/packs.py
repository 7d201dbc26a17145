"""Board packs, and the moments they are frozen with."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from pmhub.serializers import HEAD, RECORD, NoCode, RecordSerializer, Related
from pmhub.serializers.verbs import VerbDefinition
from programmes.models import BoardPack, Programme
from programmes.services import freeze_pack


class PackPartSerializer(serializers.Serializer):
    """A programme of a frozen pack."""

    programme = serializers.IntegerField()
    known_at = serializers.DateTimeField(help_text="The moment of its figures")
    report = serializers.IntegerField(
        allow_null=True, help_text="The published report that speaks of it"
    )


@extend_schema_field(PackPartSerializer(many=True))
class Parts(serializers.JSONField):
    """The programmes of a frozen pack with the moments of their figures."""


def of_its_portfolio(rows: QuerySet[Programme], pack: BoardPack, user: Any) -> QuerySet[Programme]:
    """Return those of these programmes that a pack takes: those of its portfolio, once that is
    known."""
    return rows if pack.portfolio_id is None else rows.filter(portfolio=pack.portfolio_id)


class BoardPackSerializer(RecordSerializer):
    """A board pack. `/freezing/` fixes the moments of its figures; `/pdf/` has it printed."""

    code = NoCode()
    programmes = Related(
        queryset=Programme.objects.all(), among=of_its_portfolio, many=True, required=False
    )
    parts = Parts(read_only=True)

    class Meta(RecordSerializer.Meta):
        model = BoardPack
        fields = [
            *HEAD, "portfolio", "title", "on", "foreword", "programmes", "state", "frozen_at",
            "frozen_by", "parts", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("frozen_at", "frozen_by")
        derived = ("code",)
        verbs: ClassVar[dict[str, VerbDefinition]] = {"freezing": VerbDefinition(freeze_pack)}
