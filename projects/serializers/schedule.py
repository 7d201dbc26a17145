"""Milestones with their forecasts, and dependencies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework import serializers

from pmhub.access import Withheld
from pmhub.serializers import (
    HEAD,
    RECORD,
    Choice,
    Day,
    InputSerializer,
    NoCode,
    RecordSerializer,
    Text,
)
from pmhub.serializers.fields import LONGEST_TEXT
from pmhub.serializers.verbs import VerbDefinition, reason_field
from programmes.serializers.competence import own_disciplines
from projects.models import (
    Dependency,
    DependencyMessage,
    DependencyStatus,
    Milestone,
    MilestoneForecast,
    MilestoneState,
    Project,
    Side,
)
from projects.models.schedule import OTHER_MILESTONE
from projects.models.states import GIVER, RECEIVER
from projects.schedule.dependency import REASONS
from projects.services.negotiation import make_offer, write_message, write_note
from projects.services.schedule import (
    BOTH,
    accept_dependency,
    achieve_milestone,
    agree_dependency,
    deliver_dependency,
    propose_dependency,
    record_milestone_forecast,
    refuse_before_start,
    side_of,
)

ENDS = ("giver", "receiver")


class MilestoneSerializer(RecordSerializer):
    """A milestone; a new forecast is also kept as today's report."""

    class Meta(RecordSerializer.Meta):
        model = Milestone
        fields = [
            *HEAD, "project", "title", "kind", "baseline_on", "forecast_on", "actual_on",
            "weight", "key", "state", "custom", *RECORD,
        ]  # fmt: skip
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "achievement": VerbDefinition(achieve_milestone)
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse that a milestone was reached before its project has started, except one that is
        planned before the start."""
        project = self.after(attrs, "project")
        if project and attrs.get("actual_on"):
            refuse_before_start(project, self.after(attrs, "baseline_on"), "actual_on")
        return attrs

    def store(self, row: Milestone, changed: list[str] | None) -> Milestone:
        """Store the milestone, and report a new forecast."""
        row = super().store(row, changed)
        forecast = changed is None or "forecast_on" in changed
        if forecast and row.forecast_on and row.state == MilestoneState.PLANNED:
            record_milestone_forecast(row, by=self.user)
        return row


class MilestoneForecastSerializer(RecordSerializer):
    """The forecast of a milestone, as reported on a day; a second report of a day replaces the
    first."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = MilestoneForecast
        fields = [*HEAD, "milestone", "reported_on", "forecast_on", *RECORD]
        extra_kwargs: ClassVar[dict[str, Any]] = {"reported_on": {"required": False}}
        derived = ("code",)

    def store(self, row: MilestoneForecast, changed: list[str] | None) -> MilestoneForecast:
        """Store the report; the newest report is the forecast of the milestone."""
        return record_milestone_forecast(
            row.milestone, forecast_on=row.forecast_on, reported_on=row.reported_on, by=self.user
        )


class NoteSerializer(InputSerializer):
    """A message of one side of a dependency to the other. A user who acts for both sides says for
    which one."""

    text = Text(max_length=LONGEST_TEXT)
    side = Choice(
        choices=Side.choices,
        required=False,
        help_text="For which side; needed of who acts for both",
    )

    def fit(self, record: Dependency, user: Any) -> None:
        """Take away what a user does not need who acts for one side only. Where the giver is
        outside the portfolio the receiver writes for both sides, and all fields stay."""
        self.fit_side(side_of(record, user) if record.giver_id else "")

    def fit_side(self, side: str) -> None:
        """Take away the choice of the side where `side` is known; it is empty for a user who acts
        for both sides, or for neither."""
        if side:
            del self.fields["side"]


class OfferSerializer(NoteSerializer):
    """The day that one side offers: the receiver `need_by`, the giver `forecast_on`."""

    need_by = Day(
        required=False, allow_null=True, help_text="Of the receiver: by when it is needed"
    )
    forecast_on = Day(required=False, allow_null=True, help_text="Of the giver: when it comes")
    text = Text(max_length=LONGEST_TEXT, required=False, allow_blank=True)

    def fit_side(self, side: str) -> None:
        """Take away the day that the other side offers."""
        super().fit_side(side)
        if side:
            del self.fields["need_by" if side == Side.GIVER else "forecast_on"]


class ProposalSerializer(OfferSerializer):
    """The proposal of one side of a dependency to the other."""

    reason = reason_field()


class AgreementSerializer(InputSerializer):
    """The agreed day of the delivery; left out, it is the day of the current offer."""

    agreed_on = Day(required=False, allow_null=True)
    reason = reason_field()


class DependencySerializer(RecordSerializer):
    """What a giver owes a receiver. An end that the user may not see is null, and its `_hidden` is
    true; once both sides have agreed, its `_contact` says whom to call, if the portfolio discloses
    that."""

    giver_contact = serializers.CharField(read_only=True, allow_null=True)
    giver_title = serializers.CharField(read_only=True, allow_null=True)
    receiver_contact = serializers.CharField(read_only=True, allow_null=True)
    receiver_title = serializers.CharField(read_only=True, allow_null=True)
    giver_hidden = serializers.BooleanField(read_only=True)
    receiver_hidden = serializers.BooleanField(read_only=True)
    effective_forecast = serializers.DateField(read_only=True, allow_null=True)
    lateness_days = serializers.IntegerField(read_only=True, allow_null=True)
    remaining_float_days = serializers.IntegerField(read_only=True, allow_null=True)
    proposed_side = serializers.ChoiceField(
        ["", *Side.values], read_only=True, help_text="The side that proposed it; the other agrees"
    )
    promise_differs_days = serializers.IntegerField(
        read_only=True,
        allow_null=True,
        help_text="Days from the forecast last promised to the effective one, which follows the"
        " giver's milestone",
    )
    status_derived = serializers.ChoiceField(
        ["green", "amber", "red", "done"],
        read_only=True,
        help_text="How it stands, from its dates and its two projects",
    )
    warnings = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        help_text="What is odd about it, though it is taken: a circle of links that do not drive",
    )
    status_reason = serializers.ChoiceField(
        ["", *REASONS], read_only=True, help_text="What makes it amber or red"
    )

    ends = ENDS

    class Meta(RecordSerializer.Meta):
        model = Dependency
        fields = [
            *HEAD, "giver", "giver_hidden", "giver_title", "giver_contact", "external_giver",
            "giver_milestone", "receiver", "receiver_hidden", "receiver_title",
            "receiver_contact", "receiver_milestone", "deliverable", "discipline", "kind",
            "lag_days",
            "need_by", "agreed_on", "forecast_on", "delivered_on", "accepted_on", "status",
            "proposed_side",
            "drives_schedule", "hardness", "giver_owner", "receiver_owner",
            "completion_criteria", "effective_forecast", "lateness_days",
            "remaining_float_days", "promise_differs_days", "status_derived", "status_reason",
            "warnings", *RECORD,
        ]  # fmt: skip
        derived = (
            "giver_hidden", "giver_title", "giver_contact", "receiver_hidden", "receiver_title",
            "receiver_contact", "effective_forecast", "lateness_days", "remaining_float_days",
            "promise_differs_days", "status_derived", "status_reason", "warnings",
        )  # fmt: skip
        extra_kwargs: ClassVar[dict[str, Any]] = {"discipline": {"among": own_disciplines}}
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "proposal": VerbDefinition(propose_dependency, ProposalSerializer),
            "agreement": VerbDefinition(agree_dependency, AgreementSerializer),
            "offer": VerbDefinition(
                make_offer,
                OfferSerializer,
                does="Offer another day",
                done="offered",
                says="It stands until the other side answers: agrees to it, or offers another.",
                states=(DependencyStatus.PROPOSED, DependencyStatus.REJECTED),
            ),
            "note": VerbDefinition(
                write_note,
                NoteSerializer,
                does="Write to the other side",
                done="written to",
                says="It is kept with the dependency and changes nothing else.",
            ),
            "delivery": VerbDefinition(deliver_dependency),
            "acceptance": VerbDefinition(accept_dependency),
        }

    def to_internal_value(self, data: Any) -> Any:
        """Keep the stored values of hidden fields that are sent back as null, as they were read."""
        if self.instance is not None and isinstance(data, Mapping):
            kept = {name for name, value in data.items() if value is None and self._is_hidden(name)}
            data = {name: value for name, value in data.items() if name not in kept}
            for name in kept:
                self.fields[name].required = False
        return super().to_internal_value(data)

    def _is_hidden(self, name: str) -> bool:
        """Return whether the field is read as null because the user may not see its end."""
        for end in ENDS:
            if name in (end, f"{end}_milestone", f"{end}_owner"):
                project = getattr(self.instance, f"{end}_id")
                seen = Project.objects.visible_to(self.user).filter(pk=project)
                return project is not None and not seen.exists()
        return False

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a milestone that is not of the project at its end."""
        for end in ENDS:
            milestone = self.after(attrs, f"{end}_milestone")
            project = self.after(attrs, end)
            if milestone and (project is None or milestone.project_id != project.pk):
                raise serializers.ValidationError({f"{end}_milestone": OTHER_MILESTONE})
        return attrs

    def store(self, row: Dependency, changed: list[str] | None) -> Dependency:
        """Store the dependency; a new proposal keeps which side made it."""
        if changed is None and row.status == DependencyStatus.PROPOSED:
            row.proposed_side = side_of(row, self.user)
        stored: Dependency = super().store(row, changed)
        return stored


class DependencyMessageSerializer(RecordSerializer):
    """A message of one side of a dependency to the other. It is never changed. Only users who may
    see the project of that side are told who wrote it."""

    code = NoCode()
    by = serializers.CharField(
        read_only=True, allow_null=True, help_text="Who wrote it, by name, if one may know"
    )

    class Meta(RecordSerializer.Meta):
        model = DependencyMessage
        fields = [
            *HEAD, "dependency", "side", "kind", "need_by", "forecast_on", "text", "author",
            "by", "at", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("author", "at")
        extra_kwargs: ClassVar[dict[str, Any]] = {
            "side": {"required": False, "help_text": "Needed of who acts for both sides"},
        }
        expressions: ClassVar[dict[str, Any]] = {"by": "author__name"}
        derived = ("code",)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Set the side that the user speaks for."""
        attrs["side"] = speaking_for(self.user, attrs["dependency"], attrs.get("side", ""))
        return attrs

    def store(self, row: DependencyMessage, changed: list[str] | None) -> DependencyMessage:
        """Write the message, with its effect on the dependency."""
        names = ("side", "kind", "need_by", "forecast_on", "text")
        values = {name: getattr(row, name) for name in names}
        return write_message(row.dependency, **values, by=self.user)


def speaking_for(user: Any, dependency: Dependency, named: str) -> str:
    """Return the side that a user speaks for: `named` or, where that is empty, their own. Raises
    Withheld where they may not speak for it, ValidationError where none is named and they act for
    both sides, or for neither."""
    side = named or side_of(dependency, user)
    if not side:
        raise serializers.ValidationError({"side": BOTH})
    setter = GIVER if side == Side.GIVER else RECEIVER
    if not setter.allows(user, dependency):
        raise Withheld("side", f"For the {side} speaks {setter.words} alone.")
    return side
