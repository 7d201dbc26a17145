"""Gates, their criteria, the votes on them, and the conditions under which they let go on."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from typing import Any, ClassVar

from django.db.models import Case, CharField, Q, QuerySet, Value, When
from rest_framework import serializers

from pmhub.models import Person
from pmhub.queries.readers import people_around
from pmhub.serializers import (
    HEAD,
    RECORD,
    Choice,
    Day,
    InputSerializer,
    NoCode,
    RecordSerializer,
    Related,
    Text,
)
from pmhub.serializers.fields import LONGEST_TEXT
from pmhub.serializers.verbs import VerbDefinition, reason_field
from programmes.models.programme import ProgrammeStage
from projects.models import (
    ConditionState,
    Gate,
    GateCondition,
    GateCriterion,
    GateState,
    GateVote,
    TemplateCriterion,
)
from projects.models.gate.decision_triggers import NEXT_TO, GateDecision
from projects.models.gate.states import JUDGES, OFFICE, VOTERS
from projects.models.gate.subjects import PLACES, ways_from
from projects.models.states import BACK, NEXT
from projects.models.template import ELSEWHERE, LED_TO
from projects.oversight import LEVELS
from projects.queries import is_lapsed
from projects.queries.unavailable_deciders import without_account
from projects.serializers.actions import about_actions
from projects.services import judge_criterion, next_gate_code, open_gate, vote
from projects.services.gates import extend_condition, replace_approver

KINDS = {stage: f"gate_{number}" for number, stage in enumerate(NEXT.values())}
OF_PROGRAMMES = {"programme": "programme_stage", "tranche": "tranche_boundary"}
WHICH = [
    (kind, kind.replace("_", " ").capitalize())
    for kind in (*KINDS.values(), *OF_PROGRAMMES.values())
]
WATCHED = [(level, level.capitalize()) for level in LEVELS]
# The kind of a gate; None for one that leads a project back.
KIND = Case(
    *(
        When(**{f"{place}__isnull": False}, then=Value(kind))
        for place, kind in OF_PROGRAMMES.items()
    ),
    *(
        When(Q(stage_from=BACK[stage], stage_to=stage), Value(kind))
        for stage, kind in KINDS.items()
    ),
    default=Value(None),
    output_field=CharField(),
)


NOWHERE = "Give exactly one: project or programme or tranche."


class VoteSerializer(InputSerializer):
    """A vote at a gate. A condition is met by its owner, by a day; without an owner, whoever leads
    the project or the programme owns it. Where the vote stops a programme, `actions` says what
    becomes of the open actions."""

    choice = Choice(choices=GateDecision.choices)
    comment = Text(max_length=LONGEST_TEXT, required=False, allow_blank=True)
    condition = Text(max_length=300, required=False, allow_blank=True)
    due_on = Day(required=False, allow_null=True, help_text="By when the condition is met")
    owner = Related(queryset=Person.objects.all(), required=False, allow_null=True)
    actions = about_actions()

    def fit(self, record: Gate, user: Any) -> None:
        """Ask about open actions only at a gate that stops a programme."""
        if record.stage_to != ProgrammeStage.TERMINATED:
            del self.fields["actions"]


def left_to_vote(rows: QuerySet[Person], gate: Gate, user: Any) -> QuerySet[Person]:
    """Return, of these people, those who decide a gate and have not voted."""
    deciding = Q(pk__in=gate.approvers.values("pk")) | Q(pk__in=gate.pmo_approvers.values("pk"))
    return rows.filter(deciding).exclude(pk__in=gate.votes.values("person"))


def other_readers(rows: QuerySet[Person], gate: Gate, user: Any) -> QuerySet[Person]:
    """Return, of these people, those who sign in, may see a gate and do not decide it yet."""
    deciding = Q(pk__in=gate.approvers.values("pk")) | Q(pk__in=gate.pmo_approvers.values("pk"))
    return rows.filter(pk__in=people_around(gate, user).values("pk")).exclude(deciding)


class ReplacementSerializer(InputSerializer):
    """Who decides an open gate in the place of an absent person, and why."""

    absent = Related(
        queryset=Person.objects.all(), among=left_to_vote, label="In the place of",
        help_text="Who has not voted",
    )  # fmt: skip
    person = Related(
        queryset=Person.objects.all(), among=other_readers, label="Who decides",
        help_text="Somebody who signs in and sees the gate",
    )  # fmt: skip
    reason = reason_field(needed=True)


class GateSerializer(RecordSerializer):
    """A gate decides whether a project goes to the next stage or one back, a programme to a stage
    that may follow, or a tranche over one of its boundaries. Once the gate is open, its approvers
    vote: see `/vote/`."""

    kind = Choice(choices=WHICH, read_only=True, allow_null=True)
    oversight = Choice(choices=WATCHED, read_only=True, allow_blank=True)
    decision = Choice(choices=GateDecision.choices, read_only=True, allow_blank=True)
    unable = serializers.ListField(
        child=serializers.IntegerField(),
        read_only=True,
        help_text="Who decides, has not voted and has no account: people by id",
    )

    class Meta(RecordSerializer.Meta):
        model = Gate
        fields = [
            *HEAD, "project", "programme", "tranche", "title", "kind", "stage_from", "stage_to",
            "planned_on", "ends_on", "state", "oversight", "approvers", "quorum", "pmo_approvers",
            "pmo_confirms", "unable", "decision", "decided_on", "reason", *RECORD,
        ]  # fmt: skip
        read_only_fields = (
            "stage_from", "ends_on", "oversight", "approvers", "quorum", "pmo_approvers",
            "pmo_confirms", "decision", "decided_on", "reason",
        )  # fmt: skip
        expressions: ClassVar[dict[str, Any]] = {"kind": KIND, "unable": without_account()}
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "opening": VerbDefinition(open_gate),
            "replacement": VerbDefinition(
                replace_approver,
                form=ReplacementSerializer,
                does="Name another to decide",
                done="decided by another",
                says="Where somebody cannot vote: without an account, out of sight of it, or away."
                " Votes that are cast stay.",
                by=OFFICE,
                states=(GateState.OPEN,),
            ),
            "vote": VerbDefinition(
                vote,
                form=VoteSerializer,
                does="Vote",
                done="voted on",
                says="With the last vote that it takes the gate is decided: by the strictest choice"
                " of a majority, and to stop takes more than half.",
                by=VOTERS,
                states=(GateState.OPEN,),
            ),
        }

    @classmethod
    def begins(cls, row: Gate, user: Any) -> dict[str, Any]:
        """Return the usual next stage of the project, programme or tranche, and the next code of
        its gates."""
        if row.place is None:
            return {}
        ways = [target for _, target in ways_from(row.place)]
        target = row.stage_to if row.stage_to in ways else next(iter(ways), "")
        return {"code": next_gate_code(row.place, target), "stage_to": target} if target else {}

    @classmethod
    def offers(cls, row: Gate) -> dict[str, list[str]]:
        """Return the stages that the gate may lead to, once its project, programme or tranche is
        known."""
        ways = ways_from(row.place) if row.place else []
        return {"stage_to": [target for _, target in ways]} if ways else {}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check that the gate leads to a stage that may follow; it begins at the present stage of
        its project, programme or tranche."""
        said = {name: attrs[name] for name in (*PLACES, "stage_to") if name in attrs}
        if self.instance is not None and all(
            getattr(self.instance, name) == value for name, value in said.items()
        ):
            return attrs
        place = self.proposed(attrs).place
        if place is None:
            raise serializers.ValidationError({"project": NOWHERE})
        ways = [way for way in ways_from(place) if way[1] == self.after(attrs, "stage_to")]
        if not ways:
            raise serializers.ValidationError({"stage_to": NEXT_TO})
        attrs["stage_from"] = ways[0][0]
        return attrs


class GateCriterionSerializer(RecordSerializer):
    """A criterion that a gate looks at. Those of a template are added when the gate is opened, all
    others are written before."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = GateCriterion
        fields = [
            *HEAD, "gate", "text", "mandatory", "state", "evidence", "waiver_reason", "assessor",
            *RECORD,
        ]  # fmt: skip
        read_only_fields = ("assessor",)
        derived = ("code",)
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            noun: VerbDefinition(partial(judge_criterion, noun=noun), when=attrgetter("is_judged"))
            for noun in ("fulfilment", "shortfall", "waiver")
        }


class GateVoteSerializer(RecordSerializer):
    """The vote of one of those who decide a gate. It is cast by the gate's `/vote/`."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = GateVote
        fields = [*HEAD, "gate", "person", "deputy", "choice", "comment", "on", *RECORD]
        read_only_fields = ("gate", "person", "deputy", "choice", "comment", "on")
        derived = ("code",)


class ExtensionSerializer(InputSerializer):
    """Until when a condition may be met, and why so late."""

    due_on = Day(label="To be met by")
    reason = reason_field(needed=True)


class GateConditionSerializer(RecordSerializer):
    """A condition that has to be met by a day. One that is still open after that day has `lapsed`:
    those who decided the gate extend it, or waive it."""

    code = NoCode()
    lapsed = serializers.BooleanField(read_only=True)

    class Meta(RecordSerializer.Meta):
        model = GateCondition
        fields = [
            *HEAD, "gate", "project", "programme", "text", "owner", "due_on", "state", "lapsed",
            "met_on", "evidence", "extension_reason", "waiver_reason", *RECORD,
        ]  # fmt: skip
        read_only_fields = (
            "gate", "project", "programme", "text", "owner", "due_on", "extension_reason",
        )  # fmt: skip
        expressions: ClassVar[dict[str, Any]] = {"lapsed": is_lapsed()}
        derived = ("code",)
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "extension": VerbDefinition(
                extend_condition,
                form=ExtensionSerializer,
                does="Extend it to a later day",
                done="extended",
                says="Nobody extends what they lead. Until that day it has not lapsed.",
                by=JUDGES,
                states=(ConditionState.OPEN,),
            ),
        }


class TemplateCriterionSerializer(RecordSerializer):
    """A criterion of the gate to a stage, for projects or programmes that are begun from the
    template."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = TemplateCriterion
        fields = [*HEAD, "template", "stage", "text", "mandatory", "oversight", *RECORD]
        derived = ("code",)

    @classmethod
    def offers(cls, row: TemplateCriterion) -> dict[str, list[str]]:
        """Return the stages to which gates lead, once the template is known."""
        return {"stage": [*LED_TO[row.template.kind]]} if row.template_id else {}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a stage to which no gate of the template's kind leads."""
        template = self.after(attrs, "template")
        if template and self.after(attrs, "stage") not in LED_TO[template.kind]:
            raise serializers.ValidationError({"stage": ELSEWHERE})
        return attrs
