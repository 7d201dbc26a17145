"""Meetings of boards, and what is asked once one was held."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from pmhub.models import Person
from pmhub.serializers import HEAD, RECORD, InputSerializer, NoCode, RecordSerializer, Related, Text
from pmhub.serializers.fields import LINES, LONGEST_TEXT
from pmhub.serializers.verbs import VerbDefinition
from programmes.models import BoardMeeting
from programmes.queries.board_seats import around_the_table
from programmes.services import call_meeting, hold_meeting


def on_the_board(rows: QuerySet[Person], meeting: BoardMeeting, user: Any) -> QuerySet[Person]:
    """Return those of these people who are members of the board that meets, or deputies of members
    on that day."""
    return around_the_table(rows, meeting.board, meeting.on)


class HoldingSerializer(InputSerializer):
    """Who was there of the board or as a deputy, and what was said."""

    attendance = Related(
        queryset=Person.objects.all(),
        among=on_the_board,
        many=True,
        required=False,
        help_text="Of the board, and deputies in the place of who is away",
    )
    minutes = Text(max_length=LONGEST_TEXT, style=LINES)


class AgendaItemSerializer(serializers.Serializer):
    """Something that waited for the board when the meeting was called."""

    type = serializers.CharField(help_text="The collection of the record")
    id = serializers.IntegerField()
    title = serializers.CharField()


class PaperSerializer(serializers.Serializer):
    """An attachment as it was when the meeting was called; a link has no digest."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    sha256 = serializers.CharField()


@extend_schema_field(AgendaItemSerializer(many=True))
class Agenda(serializers.JSONField):
    """What waited for the board."""


@extend_schema_field(PaperSerializer(many=True))
class Papers(serializers.JSONField):
    """What was attached."""


class BoardMeetingSerializer(RecordSerializer):
    """A meeting of a board. It is called with `/call/`, which fixes its agenda and its papers, and
    held with `/minutes/`."""

    code = NoCode()
    agenda = Agenda(read_only=True)
    papers = Papers(read_only=True)

    class Meta(RecordSerializer.Meta):
        model = BoardMeeting
        fields = [
            *HEAD, "board", "on", "about", "state", "agenda", "papers", "attendance",
            "deputies", "minutes",
            *RECORD,
        ]  # fmt: skip
        read_only_fields = ("attendance", "deputies", "minutes")
        derived = ("code",)
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "call": VerbDefinition(call_meeting),
            "minutes": VerbDefinition(hold_meeting, form=HoldingSerializer),
        }
