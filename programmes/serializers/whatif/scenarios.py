"""What scenarios and their changes look like, and what may be written in them."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from pmhub.serializers import HEAD, RECORD, InputSerializer, NoCode, RecordSerializer, Text
from pmhub.serializers.verbs import VerbDefinition
from programmes.models import Scenario, ScenarioChange
from programmes.queries.whatif.sentences import title_of
from programmes.queries.whatif.targets import home_of
from programmes.serializers.figures import ReferenceSerializer, ValueField
from programmes.serializers.previews import PreviewHiddenSerializer, PreviewPersonSerializer
from programmes.serializers.whatif.writes import Body, check_write, present_version
from programmes.services import add_changes, place_change, share_scenario
from programmes.services.whatif import MOST_CHANGES

LONGEST_NAME, LONGEST_TITLE = 100, 200
DOUBTS = (
    "benefits_at_stake", "project_left", "benefits_stay", "benefits_follow", "nothing_assumed",
)  # fmt: skip
TRIALS = ("never", "changed", "stale", "fresh")


class UserSerializer(serializers.Serializer):
    """A user; `name` is null once their account is deleted."""

    id = serializers.IntegerField()
    name = serializers.CharField(allow_null=True)


class SinceSerializer(serializers.Serializer):
    """What happened to a record since a change of it was written: the last user, when, and all
    fields that changed."""

    at = serializers.DateTimeField()
    by = UserSerializer(allow_null=True)
    via = serializers.CharField()
    fields_changed = serializers.ListField(child=serializers.CharField())


class ScenarioChangeSerializer(RecordSerializer):
    """A write that has not been made yet. `stale` says that its record has changed since it was
    written. Without `seen_version` it is written against the record as it is now."""

    code = NoCode()
    body = Body(required=False)
    adopted_at = serializers.DateTimeField(read_only=True, allow_null=True)
    adopted_by = UserSerializer(read_only=True, allow_null=True)
    stale = serializers.BooleanField(read_only=True)
    gone = serializers.BooleanField(read_only=True, help_text="The record is no more")
    current_version = serializers.IntegerField(read_only=True, allow_null=True)
    since = SinceSerializer(read_only=True, allow_null=True)

    class Meta(RecordSerializer.Meta):
        model = ScenarioChange
        fields = [
            *HEAD, "scenario", "position", "title", "method", "path", "body", "seen_version",
            "stale", "gone", "current_version", "since", "adopted_at", "adopted_by", *RECORD,
        ]  # fmt: skip
        extra_kwargs: ClassVar[dict[str, Any]] = {
            "position": {"required": False, "min_value": 1, "max_value": 50},
            "title": {"required": False, "help_text": "What it writes, in words, if left out"},
        }
        derived = ("code", "stale", "gone", "current_version", "since", "adopted_by")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a write that a scenario may not hold, or that is not to a record of its
        programme."""
        if self.instance is not None and not attrs.keys() & {"path", "method", "body", "scenario"}:
            return attrs
        path, method = self.after(attrs, "path"), self.after(attrs, "method")
        body, scenario = self.after(attrs, "body") or {}, self.after(attrs, "scenario")
        home = home_of(scenario)
        target = check_write(path, method, body, home, self.user)
        if not self.after(attrs, "title"):
            change = ScenarioChange(method=method, path=path, body=body)
            attrs = {**attrs, "title": title_of(change, self.user)[:LONGEST_TITLE]}
        if target.id is None:
            return attrs
        seen = attrs.get("seen_version")
        now = present_version(target, seen, home, self.user)
        moved = self.instance is None or path != self.instance.path
        return attrs if seen is not None or not moved else {**attrs, "seen_version": now}

    def store(self, row: ScenarioChange, changed: list[str] | None) -> ScenarioChange:
        """Store the change: a new one at its place or at the end. When its place changes, the
        others move."""
        place = self.validated_data.get("position")
        if changed is None:
            add_changes(row.scenario, [row], by=self.user)
            changed = ["position"] if place else []
        elif rest := [name for name in changed if name != "position"]:
            super().store(row, rest)
        if place and "position" in changed:
            place_change(row, place, by=self.user)
        return row


class ScenarioTrialSerializer(serializers.Serializer):
    """Whether a scenario was tried, and whether the trial is still valid: `changed`, its list of
    changes is another; `stale`, the figures of these programmes have changed since (`moved_hidden`
    of them out of sight)."""

    state = serializers.ChoiceField(choices=TRIALS)
    tried_at = serializers.DateTimeField(allow_null=True)
    tried_by = UserSerializer(allow_null=True)
    moved = serializers.ListField(child=serializers.CharField(), help_text="Codes of programmes")
    moved_hidden = serializers.IntegerField()


class ScenarioSerializer(RecordSerializer):
    """Changes to a programme that are weighed together. A draft is its author's until it is shared:
    see `/sharing/`."""

    code = NoCode()
    trial = ScenarioTrialSerializer(read_only=True)
    changes = ScenarioChangeSerializer(many=True, read_only=True)

    class Meta(RecordSerializer.Meta):
        model = Scenario
        fields = [
            *HEAD, "programme", "name", "description", "state", "benefit_assumption", "trial",
            "changes", *RECORD,
        ]  # fmt: skip
        derived = ("code", "trial", "changes")
        verbs: ClassVar[dict[str, VerbDefinition]] = {"sharing": VerbDefinition(share_scenario)}

    def validate_programme(self, programme: Any) -> Any:
        """Refuse another programme for a scenario that exists: its changes belong to the first."""
        if self.instance is not None and programme.pk != self.instance.programme_id:
            raise serializers.ValidationError("A scenario stays with its programme.")
        return programme


class AdoptionSerializer(InputSerializer):
    """Which changes are to be adopted; all that are not adopted, if left out."""

    changes = serializers.ListField(
        child=serializers.IntegerField(min_value=1), required=False, max_length=MOST_CHANGES
    )


class CopySerializer(InputSerializer):
    """The name of a variant."""

    name = Text(max_length=LONGEST_NAME)


# Side by side


class FigureInScenarioSerializer(serializers.Serializer):
    """A figure in a scenario, and by how much it changes there: in its unit, a date in days, health
    in levels. It is `unclear`, with a reason, where it looks better only because a project stops
    (`benefits_at_stake`), leaves the programme (`project_left`) or comes later while its benefits
    stay (`benefits_stay`). For a delay, present values of benefits are judged by `expected`, their
    value by what the scenario assumes of benefits (`benefits_follow`); where it assumes nothing,
    they are not known (`nothing_assumed`)."""

    value = ValueField(allow_null=True)
    difference = ValueField(allow_null=True)
    verdict = serializers.ChoiceField(choices=["better", "worse", "unclear"], allow_null=True)
    reason = serializers.ChoiceField(choices=DOUBTS, allow_null=True)
    benefits_at_stake = serializers.CharField(
        allow_null=True, help_text="Of the programme, where that is the reason"
    )
    expected = ValueField(allow_null=True)


class ComparedFigureSerializer(serializers.Serializer):
    """A figure now and in each scenario, null where that was not tried."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a member of ours, not DRF's
    unit = serializers.CharField()
    now = ValueField(allow_null=True)
    scenarios = serializers.ListField(child=FigureInScenarioSerializer(allow_null=True))


class ProjectInScenarioSerializer(serializers.Serializer):
    """Finish and health of a project in a scenario."""

    finish = serializers.DateField(allow_null=True)
    days = serializers.IntegerField(allow_null=True, help_text="By which it finishes later")
    health = serializers.CharField(allow_null=True)


class ComparedProjectSerializer(ReferenceSerializer):
    """A project that a scenario moves."""

    finish = serializers.DateField(allow_null=True)
    health = serializers.CharField(allow_null=True)
    scenarios = serializers.ListField(child=ProjectInScenarioSerializer(allow_null=True))


class YearInScenarioSerializer(serializers.Serializer):
    """`expected` is the forecast by what the scenario assumes of benefits, an indication. It is
    null where nothing is assumed and projects come later or stop."""

    planned = serializers.CharField()
    forecast = serializers.CharField()
    expected = serializers.CharField(allow_null=True)


class ComparedYearSerializer(serializers.Serializer):
    """A fiscal year of the counted benefits."""

    label = serializers.CharField()  # type: ignore[assignment]  # a member of ours, not DRF's
    planned = serializers.CharField()
    forecast = serializers.CharField()
    scenarios = serializers.ListField(child=YearInScenarioSerializer(allow_null=True))


class ComparedProgrammeSerializer(ReferenceSerializer):
    """Another programme whose figures a scenario moves."""

    currency = serializers.CharField()
    money_unit = serializers.IntegerField()
    metrics = ComparedFigureSerializer(many=True)


class ComparedScenarioSerializer(serializers.Serializer):
    """A scenario; other members list `scenarios` in the same order."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    url = serializers.URLField()
    trial = ScenarioTrialSerializer()
    stale_changes = serializers.IntegerField()
    people = PreviewPersonSerializer(many=True)
    hidden = PreviewHiddenSerializer()


class ComparisonSerializer(serializers.Serializer):
    """A programme now, and in each scenario as it was last tried."""

    programme = ReferenceSerializer()
    currency = serializers.CharField()
    money_unit = serializers.IntegerField()
    as_of = serializers.DateField(allow_null=True)
    computed_at = serializers.DateTimeField(allow_null=True)
    state = serializers.CharField()
    scenarios = ComparedScenarioSerializer(many=True)
    metrics = ComparedFigureSerializer(many=True)
    projects = ComparedProjectSerializer(many=True)
    benefits = ComparedYearSerializer(many=True)
    programmes = ComparedProgrammeSerializer(many=True)
