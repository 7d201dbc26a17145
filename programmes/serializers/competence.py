"""Disciplines, and what people can do in them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import serializers

from pmhub.models import portfolio_of
from pmhub.serializers import HEAD, RECORD, NoCode, RecordSerializer
from programmes.models import CompetenceRecord, Discipline, DisciplineLink, Qualification, Training
from programmes.models.development import is_expired
from programmes.serializers.authored import AuthoredSerializer


class DisciplineSerializer(RecordSerializer):
    """A field of work of an organisation."""

    class Meta(RecordSerializer.Meta):
        model = Discipline
        fields = [*HEAD, "portfolio", "name", "does", "lead", "archived_at", *RECORD]
        read_only_fields = ("archived_at",)


def own_disciplines(rows: QuerySet[Discipline], record: Any, user: Any) -> QuerySet[Discipline]:
    """Return those of these disciplines that belong to a record's portfolio, where that is
    known."""
    rows = rows.filter(archived_at=None)
    home = portfolio_of(record)
    return rows if home is None else rows.filter(portfolio=home)


def linkable_disciplines(
    rows: QuerySet[Discipline], link: DisciplineLink, user: Any
) -> QuerySet[Discipline]:
    """Return those of these disciplines to which the giver of a link can have one."""
    return own_disciplines(rows, link, user).exclude(pk=link.giver_id)


class DisciplineLinkSerializer(RecordSerializer):
    """What a discipline gives another one of its portfolio, and what that one needs of it."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = DisciplineLink
        fields = [*HEAD, "giver", "receiver", "gives", "needs", *RECORD]
        derived = ("code",)
        extra_kwargs: ClassVar[dict[str, Any]] = {"receiver": {"among": linkable_disciplines}}


class CompetenceRecordSerializer(AuthoredSerializer):
    """How experienced somebody is, in leading change or in a discipline. It is never changed:
    another follows. Who writes it is the assessor, and nobody assesses themself."""

    author = "assessor"

    class Meta(AuthoredSerializer.Meta):
        model = CompetenceRecord
        fields = [
            *HEAD, "person", "discipline", "level", "assessed_on", "assessor", "evidence",
            "next_on", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("assessor",)
        extra_kwargs: ClassVar[dict[str, Any]] = {
            "assessed_on": {"required": False},
            "evidence": {"required": True, "allow_blank": False},
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Set the day to the status date where none is given."""
        self.default_day(attrs, "assessed_on")
        return attrs


class TrainingSerializer(RecordSerializer):
    """A training of somebody, planned or taken."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = Training
        fields = [
            *HEAD, "person", "title", "discipline", "planned_on", "taken_on", "result", *RECORD,
        ]  # fmt: skip
        derived = ("code",)


class QualificationSerializer(RecordSerializer):
    """What a body outside attests to somebody. `expired` says whether its last day is over."""

    code = NoCode()
    expired = serializers.BooleanField(
        read_only=True, help_text="Whether its last day was before today"
    )

    class Meta(RecordSerializer.Meta):
        model = Qualification
        fields = [
            *HEAD, "person", "title", "discipline", "body", "reference", "obtained_on",
            "expires_on", "expired", *RECORD,
        ]  # fmt: skip
        derived = ("code",)
        expressions: ClassVar[dict[str, Any]] = {"expired": is_expired()}
