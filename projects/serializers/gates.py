"""Gates, what they look at, who voted for what, and under which conditions they let go on."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from typing import Any, ClassVar

from django.db.models import Case, CharField, Q, Value, When
from rest_framework import serializers

from pmhub.models import Person
from pmhub.serializers import (
    HEAD,
    RECORD,
    Asked,
    Choice,
    Day,
    NoCode,
    RecordSerializer,
    Related,
    Text,
)
from pmhub.serializers.fields import LONGEST_TEXT
from pmhub.serializers.verbs import Does
from projects.gates import APPROVALS
from projects.models import (
    Gate,
    GateCondition,
    GateCriterion,
    GateState,
    GateVote,
    ProjectStage,
    TemplateCriterion,
)
from projects.models.gate.gate import NEXT_TO, Decided
from projects.models.gate.states import APPROVERS
from projects.models.states import BACK, NEXT
from projects.queries import is_lapsed
from projects.services import judge_criterion, next_gate_code, open_gate, vote

KINDS = {stage: f"gate_{number}" for number, stage in enumerate(NEXT.values())}
WHICH = [(kind, kind.replace("_", " ").capitalize()) for kind in KINDS.values()]
WATCHED = [(level, level.capitalize()) for level in APPROVALS["supportive"]]
# Which of the gates of the field it is; one that leads back is none of them.
KIND = Case(
    *(
        When(Q(stage_from=BACK[stage], stage_to=stage), Value(kind))
        for stage, kind in KINDS.items()
    ),
    default=Value(None),
    output_field=CharField(),
)


class VoteSerializer(Asked):
    """What one of those who decide is for. A condition is met by a day, by who owns it: without
    one it is the project manager."""

    choice = Choice(choices=Decided.choices)
    comment = Text(max_length=LONGEST_TEXT, required=False, allow_blank=True)
    condition = Text(max_length=300, required=False, allow_blank=True)
    due_on = Day(required=False, allow_null=True, help_text="By when the condition is met")
    owner = Related(queryset=Person.objects.all(), required=False, allow_null=True)


class GateSerializer(RecordSerializer):
    """A gate leads a project to the next stage, or one back. Once it is open those who decide vote:
    see `/vote/`."""

    kind = Choice(choices=WHICH, read_only=True, allow_null=True)
    oversight = Choice(choices=WATCHED, read_only=True, allow_blank=True)
    decision = Choice(choices=Decided.choices, read_only=True, allow_blank=True)

    class Meta(RecordSerializer.Meta):
        model = Gate
        fields = [
            *HEAD, "project", "title", "kind", "stage_from", "stage_to", "planned_on", "state",
            "oversight", "approvers", "quorum", "pmo_approvers", "pmo_confirms", "decision",
            "decided_on", "reason", *RECORD,
        ]  # fmt: skip
        read_only_fields = (
            "stage_from", "oversight", "approvers", "quorum", "pmo_approvers", "pmo_confirms",
            "decision", "decided_on", "reason",
        )  # fmt: skip
        expressions: ClassVar[dict[str, Any]] = {"kind": KIND}
        verbs: ClassVar[dict[str, Does]] = {
            "opening": Does(open_gate),
            "vote": Does(
                vote,
                form=VoteSerializer,
                does="Vote",
                done="voted on",
                says="With the last vote that it takes the gate is decided: by the strictest choice"
                " of a majority, and to stop takes more than half.",
                by=APPROVERS,
                states=(GateState.OPEN,),
            ),
        }

    @classmethod
    def begins(cls, row: Gate) -> dict[str, Any]:
        """Return the stage that follows on the project's, and the next code of its gates."""
        if row.project_id is None:
            return {}
        following = NEXT.get(ProjectStage(row.project.stage))
        return {"code": next_gate_code(row.project), "stage_to": following or row.project.stage}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Let the gate begin at the stage the project is in, and lead to one beside it."""
        project = self.after(attrs, "project")
        if self.instance is None and project is not None:
            attrs["stage_from"] = project.stage
        here, there = self.after(attrs, "stage_from"), self.after(attrs, "stage_to")
        if there not in (NEXT.get(ProjectStage(here)), BACK.get(ProjectStage(here))):
            raise serializers.ValidationError({"stage_to": NEXT_TO})
        return attrs


class GateCriterionSerializer(RecordSerializer):
    """What a gate looks at. Criteria of a template come with the opening, others are written before
    it."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = GateCriterion
        fields = [
            *HEAD, "gate", "text", "mandatory", "state", "evidence", "waiver_reason", "assessor",
            *RECORD,
        ]  # fmt: skip
        read_only_fields = ("assessor",)
        derived = ("code",)
        verbs: ClassVar[dict[str, Does]] = {
            noun: Does(partial(judge_criterion, noun=noun), when=attrgetter("is_judged"))
            for noun in ("fulfilment", "shortfall", "waiver")
        }


class GateVoteSerializer(RecordSerializer):
    """What one of those who decide a gate is for. It is cast by the gate's `/vote/`."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = GateVote
        fields = [*HEAD, "gate", "person", "choice", "comment", "on", *RECORD]
        read_only_fields = ("gate", "person", "choice", "comment", "on")
        derived = ("code",)


class GateConditionSerializer(RecordSerializer):
    """What has to be done by a day. Open past it, it has `lapsed`."""

    code = NoCode()
    lapsed = serializers.BooleanField(read_only=True)

    class Meta(RecordSerializer.Meta):
        model = GateCondition
        fields = [
            *HEAD, "gate", "project", "text", "owner", "due_on", "state", "lapsed", "met_on",
            "evidence", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("gate", "project", "text", "owner", "due_on")
        expressions: ClassVar[dict[str, Any]] = {"lapsed": is_lapsed()}
        derived = ("code",)


class TemplateCriterionSerializer(RecordSerializer):
    """What the gate to a stage looks at, in projects that are begun from the template."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = TemplateCriterion
        fields = [*HEAD, "template", "stage", "text", "mandatory", *RECORD]
        derived = ("code",)
