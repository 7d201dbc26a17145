"""Status reports, as REST reads and writes them."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from pmhub.serializers import HEAD, RECORD, NoCode, RecordSerializer
from pmhub.serializers.verbs import Reasoned, VerbDefinition
from pmhub.services import person_of
from programmes.models import ReportKind, ReportState, StatusReport
from programmes.models.status_report import OTHER_REPORT
from programmes.serializers.figures import MetricSerializer, ValueField
from programmes.services.reports import return_report


class CauseAmountSerializer(serializers.Serializer):
    """What one cause moved a figure by, in the unit of the difference."""

    cause = serializers.CharField()
    amount = ValueField()


class MovedSerializer(serializers.Serializer):
    """A main figure in the report before and in this one; the causes sum to the difference."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a name DRF also uses
    unit = serializers.CharField()
    before = ValueField()
    after = ValueField()
    difference = ValueField()
    difference_unit = serializers.CharField()
    reason = serializers.CharField(required=False, help_text="Why there is no difference")
    causes = CauseAmountSerializer(many=True)


class ReportBeforeSerializer(serializers.Serializer):
    """The published report of the period before, and what moved since."""

    report = serializers.IntegerField()
    url = serializers.URLField()
    period_end = serializers.DateField()
    published_at = serializers.DateTimeField()
    moved = MovedSerializer(many=True)


class SaidSerializer(serializers.Serializer):
    """The last published report of a project."""

    id = serializers.IntegerField()
    url = serializers.URLField()
    html_url = serializers.URLField()
    period_end = serializers.DateField()
    achieved = serializers.CharField()
    next_steps = serializers.CharField()
    help_needed = serializers.CharField()
    declared_rag = serializers.CharField()
    declared_reason = serializers.CharField()
    published_at = serializers.DateTimeField()


class ProjectSaidSerializer(serializers.Serializer):
    """A live project, with its last published report; null where there is none."""

    project = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    url = serializers.URLField()
    report = SaidSerializer(allow_null=True)
    due_on = serializers.DateField(
        allow_null=True, help_text="By when the next is due; null: at once"
    )
    overdue = serializers.BooleanField()


class ReportFiguresSerializer(serializers.Serializer):
    """The figures at the moment of publication; of an unpublished report, the present ones."""

    state = serializers.CharField(help_text="How the figures stood at that moment")
    as_of = serializers.DateField(allow_null=True)
    known_at = serializers.DateTimeField(allow_null=True, help_text="Null while not published")
    computed_at = serializers.DateTimeField(allow_null=True)
    engine_version = serializers.IntegerField(allow_null=True)
    currency = serializers.CharField()
    money_unit = serializers.IntegerField()
    metrics = serializers.DictField(child=MetricSerializer())
    since = ReportBeforeSerializer(allow_null=True)
    projects = ProjectSaidSerializer(many=True)


PUBLISHED = "The report of this period is published: open it, and begin a correction."
SUBJECTS = ("programme", "project")
UNFINISHED = "There is a report of this period already ({state}, by {author}): open it and go on."


class StatusReportSerializer(RecordSerializer):
    """A status report. Its words are written while it is a draft; `/submission/`, `/approval/` and
    `/publication/` move it on."""

    code = NoCode()
    figures = ReportFiguresSerializer(
        read_only=True,
        allow_null=True,
        help_text="Of one report of a programme; null in lists, and of a project",
    )

    class Meta(RecordSerializer.Meta):
        model = StatusReport
        fields = [
            *HEAD, "programme", "project", "kind", "period_end", "author", "achieved", "next_steps",
            "lessons", "help_needed", "declared_rag", "declared_reason", "declared_finish",
            "corrects", "correction_reason", "state", "approval_needed", "approved_by",
            "published_at", "published_by", "figures", *RECORD,
        ]  # fmt: skip
        read_only_fields = (
            "kind", "author", "state", "approval_needed", "approved_by", "published_at",
            "published_by",
        )  # fmt: skip
        derived: ClassVar[tuple[str, ...]] = ("code", "figures")
        verbs: ClassVar[dict[str, VerbDefinition]] = {"return": VerbDefinition(return_report)}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse to write in a report that is no draft, and to correct one that is not
        published."""
        if self.instance is not None and self.instance.state != ReportState.DRAFT:
            text = "Only a draft is written: what is published is corrected by another report."
            raise serializers.ValidationError({"state": text}, code="not_a_draft")
        corrected = self.after(attrs, "corrects")
        if corrected is None:
            self._only_one(attrs)
            return attrs
        if corrected.state != ReportState.PUBLISHED:
            text = "Only a published report is corrected: change this one."
            raise serializers.ValidationError({"corrects": text}, code="not_published")
        mine = [self.after(attrs, name) for name in (*SUBJECTS, "period_end")]
        if mine != [corrected.programme, corrected.project, corrected.period_end]:
            raise serializers.ValidationError({"corrects": OTHER_REPORT}, code="of_another")
        return attrs

    def _only_one(self, attrs: dict[str, Any]) -> None:
        """Refuse a second report on a period: the first one is continued or corrected."""
        about = {name: self.after(attrs, name) for name in (*SUBJECTS, "period_end")}
        about["kind"] = self.instance.kind if self.instance else ReportKind.STATUS
        if not any(about[name] for name in SUBJECTS):
            return  # the record's own sentence says so
        there = StatusReport.objects.visible_to(self.user).filter(corrects=None, **about)
        if self.instance is not None:
            there = there.exclude(pk=self.instance.pk)
        if report := there.select_related("author").first():
            text = PUBLISHED if report.state == ReportState.PUBLISHED else UNFINISHED
            text = text.format(state=report.get_state_display().lower(), author=report.author)
            raise serializers.ValidationError({"period_end": text}, code="unique")

    def store(self, row: StatusReport, changed: list[str] | None) -> StatusReport:
        """Store the report. The user becomes its author, who may not approve it."""
        row.author = person_of(self.user)
        if row.corrects:
            row.kind = row.corrects.kind
        changed = None if changed is None else [*changed, "author"]
        stored: StatusReport = super().store(row, changed)
        return stored


class ReportDraftSerializer(serializers.Serializer):
    """How a report could begin today."""

    programme = serializers.IntegerField(allow_null=True)
    project = serializers.IntegerField(allow_null=True)
    period_end = serializers.DateField(help_text="The status date")
    achieved = serializers.CharField()
    next_steps = serializers.CharField()
    help_needed = serializers.CharField()


class DecisionSerializer(Reasoned):
    """An approver's decision, and why."""

    outcome = serializers.ChoiceField(["approved", "returned"], default="approved")
