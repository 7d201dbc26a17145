"""Meetings of boards: called with what waits for them, and held."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from pmhub.models import Attachment, Person, User
from pmhub.services import as_of, check_move, lock, not_in_the_future, refuse, refuse_state, turn
from programmes.models import BoardMeeting
from programmes.models.meeting import TOO_FEW
from programmes.queries.agenda import agenda_of
from programmes.queries.board_seats import seats

STRANGERS = "Only members of the board are counted, and their deputies for who is away"


@transaction.atomic
def call_meeting(meeting: BoardMeeting, *, by: User | None) -> BoardMeeting:
    """Fix the agenda of a meeting (what waits for its board) and its papers (what is attached)."""
    check_move(lock(meeting), "call")
    papers = Attachment.objects.of(meeting).order_by("pk")
    kept = [{"id": paper.pk, "title": paper.title, "sha256": paper.sha256} for paper in papers]
    return turn(meeting, noun="call", agenda=agenda_of(meeting.board), papers=kept, by=by)


@transaction.atomic
def hold_meeting(
    meeting: BoardMeeting, *, minutes: str, attendance: Iterable[Person] = (), by: User | None
) -> BoardMeeting:
    """Record that a meeting was held, with attendance and minutes. Without an attendance it is the
    one noted before. A deputy counts in the place of a member. Raises Conflict without a quorum."""
    check_move(lock(meeting), "minutes")
    not_in_the_future("on", meeting.on, as_of=as_of(meeting))
    people = list(attendance) or list(meeting.attendance.all())
    counted = seats(meeting.board, people, on=meeting.on)
    if counted.strangers:
        names = ", ".join(person.name for person in counted.strangers)
        refuse("attendance", f"{STRANGERS}, and not {names}.")
    if len(counted.members) < meeting.board.quorum:
        refuse_state("attendance", TOO_FEW)
    meeting.attendance.set(people)
    return turn(meeting, noun="minutes", minutes=minutes, deputies=counted.deputies_in_words, by=by)
