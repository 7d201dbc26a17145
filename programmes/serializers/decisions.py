"""Decisions, and what is asked of who makes one."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import Any, ClassVar

from django.db.models import OuterRef, Q, QuerySet, Subquery
from rest_framework import serializers

from pmhub.models import Person
from pmhub.queries.readers import people_around
from pmhub.serializers import (
    HEAD,
    RECORD,
    Day,
    InputSerializer,
    NoCode,
    RecordSerializer,
    Related,
    Text,
)
from pmhub.serializers.fields import LINES, LONGEST_TEXT
from pmhub.serializers.verbs import VerbDefinition, reason_field
from pmhub.services import as_of
from programmes.models import Acknowledgement, Board, Decision, DecisionCause
from programmes.models.decision import ELSEWHERE
from programmes.models.states import DecisionState
from programmes.queries.board_seats import around_the_table
from programmes.services import acknowledge, make_decision
from programmes.services.decisions import cannot_know, remind_audience

TOLD = "Who is to know of it: each is asked to acknowledge it once it is made"
# The decision by which another was superseded.
SUCCESSOR = Subquery(
    Decision.objects.filter(
        supersedes=OuterRef("pk"), state__in=[DecisionState.MADE, DecisionState.SUPERSEDED]
    ).values("pk")[:1]
)


def optional_text(**options: Any) -> Text:
    """Return a field of a text that may be left out."""
    return Text(max_length=LONGEST_TEXT, required=False, allow_blank=True, **options)


def attendees_among(rows: QuerySet[Person], decision: Decision, user: Any) -> QuerySet[Person]:
    """Return those of these people who attended the meeting of a decision; before the meeting is
    held, the members and deputies of its board, or of the board that is asked. Without either,
    return those who see the decision and those who are of a board above it."""
    if decision.place is None:
        return rows
    if decision.meeting is None and decision.board is not None:
        return around_the_table(rows, decision.board, as_of(decision))
    if decision.meeting is None:
        sees = Q(pk__in=people_around(decision, user).values("pk"))
        return rows.filter(sees | Q(pk__in=boards_above(decision, user).values("members")))
    meeting = decision.meeting
    if meeting.attendance.exists():
        return rows.filter(pk__in=meeting.attendance.values("pk"))
    return around_the_table(rows, meeting.board, meeting.on)


def check_audience(decision: Decision, people: Iterable[Person]) -> None:
    """Refuse people who could not acknowledge a decision."""
    if text := cannot_know(decision, people):
        raise serializers.ValidationError({"audience": text})


def possible_audience(rows: QuerySet[Person], decision: Decision, user: Any) -> QuerySet[Person]:
    """Return those of these people who can be asked to acknowledge a decision: they sign in and see
    it."""
    if decision.place is None:
        return rows.filter(pk__in=Person.objects.who_sign_in().values("pk"))
    return rows.filter(pk__in=people_around(decision, user).values("pk"))


def boards_above(decision: Decision, user: Any) -> QuerySet[Board]:
    """Return the boards of what a decision is about and of what is above that, as far as a user
    sees them."""
    place: Any = decision.place
    # A project has no boards of its own: they are those of what it is in.
    home = place if decision.project is None else place.programme or place.portfolio
    rows = Board.objects.visible_to(user).filter(archived_at=None)
    return rows.filter(**{home._meta.model_name: home})


def unreachable_audience(decision: Decision, user: Any) -> list[Person]:
    """Return the people of the boards above a decision who could not acknowledge it."""
    if decision.place is None:
        return []
    members = boards_above(decision, user).values("members")
    people = Person.objects.filter(pk__in=members, archived_at=None)
    return list(people.exclude(pk__in=people_around(decision, user).values("pk")).order_by("name"))


def audience_hint(decision: Decision, user: Any) -> str:
    """Return a hint about the audience of a decision, with those of the boards who could not be
    asked."""
    names = ", ".join(person.name for person in unreachable_audience(decision, user))
    return f"{TOLD}.{f' Without an account, or who do not see it: {names}.' if names else ''}"


def audience_field(words: str) -> Any:
    """Return the field of the audience of a decision, with a hint."""
    return Related(
        queryset=Person.objects.all(), among=possible_audience, many=True, required=False,
        help_text=words,
    )  # fmt: skip


class MakingSerializer(InputSerializer):
    """What was decided, and why. Without a board it was decided by the user; without a day, on the
    status date."""

    outcome = Text(max_length=LONGEST_TEXT, style=LINES, help_text="What was decided")
    rationale = Text(max_length=LONGEST_TEXT, style=LINES, help_text="Why it was decided so")
    consequences = optional_text()
    decided_on = Day(required=False)
    review_on = Day(required=False, allow_null=True, help_text="When to look at it again")
    board = Related(queryset=Board.objects.all(), required=False, allow_null=True)
    present = Related(
        queryset=Person.objects.all(),
        among=attendees_among,
        many=True,
        required=False,
        help_text="Of the board, and deputies in the place of who is away",
    )
    audience = audience_field(f"{TOLD}. Left out, whoever is named already")
    reason = reason_field()

    def fit(self, record: Decision, user: Any) -> None:
        """Begin with the audience as it is, and with the board that is asked or that met."""
        asked = audience_field(audience_hint(record, user))
        asked.initial = list(record.audience.values_list("pk", flat=True))
        self.fields["audience"] = asked
        board = record.board or (record.meeting and record.meeting.board)
        if board is not None:
            self.fields["board"].initial = board.pk


class DecisionRecordSerializer(RecordSerializer):
    """A question with its options, and once it is made what was decided: see `/making/`. What was
    made is never changed; a decision that `supersedes` it takes its place once it is made."""

    code = NoCode()
    audience = audience_field(TOLD)
    superseded_by = Related(read_only=True, allow_null=True)
    came_of = serializers.CharField(
        read_only=True,
        help_text="What it follows from, with the risk or the issue that it is about",
    )

    class Meta(RecordSerializer.Meta):
        model = Decision
        fields = [
            *HEAD, "portfolio", "programme", "project", "risk", "issue", "cause", "came_of",
            "title", "question", "options", "state", "outcome", "rationale", "consequences",
            "decided_on", "decided_by", "board", "present", "deputies", "audience", "review_on",
            "supersedes", "superseded_by", "meeting", *RECORD,
        ]  # fmt: skip
        read_only_fields = (
            "outcome", "rationale", "consequences", "decided_on", "decided_by", "board", "present",
            "deputies",
        )  # fmt: skip
        derived = ("code", "came_of")
        expressions: ClassVar[dict[str, Any]] = {"superseded_by": SUCCESSOR}
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "making": VerbDefinition(make_decision, form=MakingSerializer),
            "asking-again": VerbDefinition(
                remind_audience,
                does="Ask again who has not acknowledged it",
                done="asked about again",
                says="It stands among the first things on their home page. Not sooner than a week"
                " after they were asked last.",
                states=(DecisionState.MADE,),
                when=attrgetter("is_unread"),
            ),
        }

    @classmethod
    def typed_as(cls, row: Decision, user: Any) -> dict[str, Any]:
        """Return the audience as a form offers it, with a hint about those of the boards who could
        not be asked."""
        if row.state != DecisionState.PROPOSED:
            return {}
        return {"audience": audience_field(audience_hint(row, user))}

    @classmethod
    def begins(cls, row: Decision, user: Any) -> dict[str, Any]:
        """Return the programme or portfolio of the board that met, for a decision that is written
        from a meeting."""
        if row.meeting is None:
            return {}
        board = row.meeting.board
        place = {"programme": board.programme_id, "portfolio": board.portfolio_id}
        return {"cause": DecisionCause.MEETING, **{k: v for k, v in place.items() if v}}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse to supersede a decision about something else, an audience that does not see the
        decision, and a subject about which the board that met does not decide."""
        self._check_meeting(attrs)
        check_audience(self.proposed(attrs), attrs.get("audience", ()))
        old = self.after(attrs, "supersedes")
        if old is not None and old.place != self.proposed(attrs).place:
            raise serializers.ValidationError({"supersedes": ELSEWHERE})
        return attrs

    def _check_meeting(self, attrs: dict[str, Any]) -> None:
        meeting = attrs.get("meeting")
        if meeting is None:
            return
        board, place = meeting.board, self.proposed(attrs).place
        home = getattr(place, "programme", None) or place
        if (board.programme or board.portfolio) not in (home, getattr(home, "portfolio", None)):
            text = "The board that met there decides about something else."
            raise serializers.ValidationError({"meeting": text})
        attrs.setdefault("cause", DecisionCause.MEETING)


class AcknowledgementSerializer(RecordSerializer):
    """A person who is asked to acknowledge a decision: see `/reading/`. Nobody does so for
    another."""

    code = NoCode()
    outcome = serializers.CharField(read_only=True, help_text="What was decided")
    rationale = serializers.CharField(read_only=True, help_text="Why it was decided so")

    class Meta(RecordSerializer.Meta):
        model = Acknowledgement
        fields = [
            *HEAD, "decision", "outcome", "rationale", "person", "asked_on", "asked_again_on",
            "read_on", "state",
            *RECORD,
        ]  # fmt: skip
        read_only_fields = ("decision", "person", "asked_on", "asked_again_on", "read_on")
        derived = ("code",)
        expressions: ClassVar[dict[str, Any]] = {
            "outcome": "decision__outcome",
            "rationale": "decision__rationale",
        }
        verbs: ClassVar[dict[str, VerbDefinition]] = {"reading": VerbDefinition(acknowledge)}
