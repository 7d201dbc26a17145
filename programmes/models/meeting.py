"""Meetings of boards: when they meet, what waits for them then, who was there and what was said."""

from __future__ import annotations

import pgtrigger
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.database.belonging import still_there
from pmhub.database.constraints import choices, rule
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import frozen, refusal, unchanged, versioned
from pmhub.formats import day
from pmhub.lifecycle import Lifecycle, anybody, move
from pmhub.models import Person, Record
from programmes.models.board import Board
from programmes.models.closure_triggers import while_programme_of_board_lasts
from programmes.models.portfolio import Portfolio

TOO_FEW = "Too few of the board were there for it to decide."
HELD = "Who was there is not changed once a meeting is held."


class MeetingState(models.TextChoices):
    """Where a meeting is."""

    PLANNED = "planned", _("Planned")
    CALLED = "called", _("Called")
    HELD = "held", _("Held")
    CANCELLED = "cancelled", _("Cancelled")


M = MeetingState
MEETING = Lifecycle(
    "state",
    initial=anybody(M.PLANNED),
    moves=(
        move("call", "Call it", "called", M.CALLED, [M.PLANNED],
             says="What waits for the board now is its agenda from here on, and what is attached"
             " are its papers."),
        move("minutes", "Record that it was held", "held", M.HELD, [M.CALLED],
             asks=("minutes",),
             says="Who was there and what was said; decisions that were made there are written"
             " below it."),
        move("cancellation", "Cancel it", "cancelled", M.CANCELLED, [M.PLANNED, M.CALLED],
             reason=True),
    ),
)  # fmt: skip


def who_was_there() -> list[pgtrigger.Trigger]:
    """Refuse to change who was there once a meeting is held."""
    return [
        pgtrigger.Trigger(
            name=f"stays_attendance_{name}",
            when=pgtrigger.Before,
            operation=operation,
            func=f"{unchanged()}IF EXISTS (SELECT FROM programmes_boardmeeting m"  # our own names
            f" WHERE m.id = {row}.boardmeeting_id AND m.state IN ('held', 'cancelled')) THEN"
            f" {refusal('meeting_attendance', 'attendance', HELD)} END IF; RETURN {row};",
        )
        for name, operation, row in (
            ("in", pgtrigger.Insert, "NEW"),
            ("out", pgtrigger.Delete | pgtrigger.Update, "OLD"),
        )
    ]


class BoardMeeting(Record):
    """A meeting of a board. Until it is called, its agenda is what waits for the board; then agenda
    and attached papers are fixed. Once it is held, attendance and minutes are recorded."""

    board = models.ForeignKey(Board, models.PROTECT, related_name="meetings")
    on = models.DateField(help_text=_("When the board meets"))
    about = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=MeetingState, default=MeetingState.PLANNED)
    agenda = models.JSONField(default=list, blank=True, encoder=DjangoJSONEncoder)
    papers = models.JSONField(default=list, blank=True, encoder=DjangoJSONEncoder)
    attendance = models.ManyToManyField(Person, blank=True, related_name="+")
    deputies = models.TextField(
        blank=True, db_default="", help_text=_("Who was there as a deputy, and in whose place")
    )
    minutes = models.TextField(blank=True)

    visible_through = ("board",)
    visible_below = {
        f"board__portfolio__{path}": kind for path, kind in Portfolio.visible_below.items()
    }
    joins = {"attendance": Join.SET}
    lifecycles = (MEETING,)
    over_in = (MeetingState.CANCELLED,)
    edited_in = (MeetingState.PLANNED,)
    happened = ("on",)
    planned_in = {"on": ("planned", "called", "cancelled")}
    stays = (
        RetentionRule(
            "called_meeting",
            ~Q(state="planned"),
            "A meeting that was called is never deleted: cancel it.",
        ),
    )
    refuses = {
        "meeting_attendance": ("attendance", HELD),
        "called_holds": ("", "A meeting that was called stays as it was called: cancel it."),
        "minutes_hold": ("", "What was said is never changed."),
    }
    list_triggers = {"attendance": who_was_there()}

    class Meta:
        ordering = ["-on", "-id"]
        triggers = [
            versioned(),
            MEETING.trigger("meeting"),
            while_programme_of_board_lasts("{row}.state IN ('planned', 'called')", "state", '"on"'),
            still_there(
                "boardmeeting",
                "board",
                "FROM programmes_board WHERE id = NEW.board_id AND archived_at IS NOT NULL",
                "This board is archived: it meets no more.",
            ),
            frozen("called_holds", "OLD.state <> 'planned'", "board_id", "about", "agenda",
                   "papers"),
            frozen("minutes_hold", "OLD.state = 'held'", "deputies", "minutes", "on"),
        ]  # fmt: skip
        constraints = [
            choices("boardmeeting", "state", MeetingState),
            rule(
                "boardmeeting_minutes",
                "minutes",
                ~Q(state="held") | ~Q(minutes=""),
                "A meeting that was held has its minutes.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.board}, {day(self.on)}"
