"""The library of standards, their versions, and how projects apply them."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from django.db.models import OuterRef, QuerySet, Subquery
from rest_framework import serializers

from pmhub.access.setters import Setter
from pmhub.database.collation import InOrder
from pmhub.serializers import HEAD, RECORD, Day, InputSerializer, NoCode, RecordSerializer
from pmhub.serializers.verbs import VerbDefinition, reason_field
from programmes.serializers.competence import own_disciplines
from projects.models import (
    AssetVersion,
    ProcessAsset,
    TailoringRecord,
    VersionState,
)
from projects.models.lesson import TO_SHOW
from projects.queries import is_past
from projects.services.library import (
    begin_tailoring,
    judge_tailoring,
    next_version_number,
    publish_version,
    return_version,
    review_asset,
)

REVIEWER = Setter("the owner of the standard, or the PMO", own="owner")


def in_force(rows: QuerySet[AssetVersion], record: TailoringRecord, user: Any) -> Any:
    """Return, of these versions, those that are in force, in the project's portfolio where the
    project is known."""
    rows = rows.filter(state=VersionState.PUBLISHED).order_by(InOrder("asset__code"), "pk")
    if record.project_id is None:
        return rows
    return rows.filter(asset__portfolio=record.project.owner_portfolio)


def validated(rows: QuerySet, version: AssetVersion, user: Any) -> QuerySet:
    """Return, of these lessons, those that were validated."""
    return rows.filter(state__in=TO_SHOW)


class ReviewSerializer(InputSerializer):
    """The day on which the standard is reviewed next."""

    review_on = Day(label="Next review")
    reason = reason_field()


class ProcessAssetSerializer(RecordSerializer):
    """A standard, a procedure, a guideline or a template that projects follow, and the projects
    that it applies to: a criterion that is empty excludes none."""

    version_in_force = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="The number of the version in force"
    )
    review_overdue = serializers.BooleanField(
        read_only=True, help_text="Whether it should have been looked at before the status date"
    )

    class Meta(RecordSerializer.Meta):
        model = ProcessAsset
        fields = [
            *HEAD, "portfolio", "title", "kind", "about", "owner", "review_on", "review_overdue",
            "version_in_force", "mandatory", "template", "delivery_approach", "least_complexity",
            "regulated", "stage", "category", "discipline", *RECORD,
        ]  # fmt: skip
        extra_kwargs: ClassVar[dict[str, Any]] = {"discipline": {"among": own_disciplines}}
        expressions: ClassVar[dict[str, Any]] = {
            "version_in_force": Subquery(
                AssetVersion.objects.filter(
                    asset=OuterRef("pk"), state=VersionState.PUBLISHED
                ).values("number")[:1]
            ),
            "review_overdue": is_past("review_on", "portfolio"),
        }
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "review": VerbDefinition(
                review_asset,
                ReviewSerializer,
                does="Say that it still fits",
                done="reviewed",
                says="It was looked at and stays as it is until the next review. Where it no longer"
                " fits, write a version.",
                by=REVIEWER,
            )
        }


class AssetVersionSerializer(RecordSerializer):
    """A version of a standard, with its text. Once it is handed in for review, it is no longer
    changed."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = AssetVersion
        fields = [
            *HEAD, "asset", "number", "text", "change_reason", "lesson", "state",
            "effective_from", "approved_by", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("effective_from", "approved_by")
        derived = ("code",)
        extra_kwargs: ClassVar[dict[str, Any]] = {"lesson": {"among": validated}}
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "publication": VerbDefinition(publish_version),
            "return": VerbDefinition(return_version),
        }

    @classmethod
    def begins(cls, row: AssetVersion, user: Any) -> dict[str, Any]:
        """Return the number after that of the last version of the standard."""
        return {"number": next_version_number(row.asset)} if row.asset_id else {}


class TailoringRecordSerializer(RecordSerializer):
    """How a project applies a version of a standard. A record that applies the standard as it
    stands is agreed at once; one that departs from it is agreed by somebody else."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = TailoringRecord
        fields = [
            *HEAD, "project", "asset_version", "answer", "what", "reason", "until", "state",
            "agreed_by", "agreed_on", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("agreed_by", "agreed_on")
        derived = ("code",)
        extra_kwargs: ClassVar[dict[str, Any]] = {"asset_version": {"among": in_force}}
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            noun: VerbDefinition(partial(judge_tailoring, noun=noun))
            for noun in ("agreement", "refusal")
        }

    def store(self, row: TailoringRecord, changed: list[str] | None) -> TailoringRecord:
        """Store the record; a new one that applies the standard as it stands is agreed at once."""
        if changed is None:
            row = begin_tailoring(row)
        stored: TailoringRecord = super().store(row, changed)
        return stored
