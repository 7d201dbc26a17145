"""Boards, their meetings and packs, and decisions."""

from typing import Any

from django.db import transaction

from programmes.models import (
    Acknowledgement,
    Board,
    BoardMeeting,
    BoardPack,
    Decision,
    Portfolio,
    Programme,
)
from projects.models import Project
from tests.factories.codes import next_code
from tests.factories.people import person
from tests.factories.programmes import portfolio, programme


def board(home: Programme | None = None, **fields: Any) -> Board:
    """Return a programme board of two members who decide together."""
    members = [person(), person()]
    defaults = {
        "name": next_code("Board "),
        "kind": "programme_board",
        "chair": members[0],
        "quorum": 2,
    }
    with transaction.atomic():
        made = Board.objects.create(programme=home or programme(), **defaults | fields)
        made.members.set(members)
    return made


def board_meeting(home: Board | None = None, **fields: Any) -> BoardMeeting:
    """Return a meeting of a board; a held one has minutes."""
    said = {"minutes": "All went well"} if fields.get("state") == "held" else {}
    made = BoardMeeting.objects.create(
        board=home or board(), **{"on": "2026-10-20"} | said | fields
    )
    if made.state in ("planned", "called"):
        made.attendance.set(made.board.members.all())
    return made


def board_pack(*programmes: Programme, **fields: Any) -> BoardPack:
    """Return a board pack of programmes."""
    home = programmes[0].portfolio if programmes else portfolio()
    made = BoardPack.objects.create(
        portfolio=home, **{"title": "Board pack", "on": "2026-10-31"} | fields
    )
    if programmes:
        made.programmes.set(programmes)
    return made


def decision(home: Portfolio | Programme | Project, **fields: Any) -> Decision:
    """Return a decision that is still to be made."""
    place: Any = {str(home._meta.model_name): home}
    return Decision.objects.create(**place, **{"title": "Go on?"} | fields)


def acknowledgement(**fields: Any) -> Acknowledgement:
    """Return the request to a person to acknowledge a made decision."""
    made = {"state": "made", "outcome": "Yes", "decided_on": "2026-10-01"}
    asked = {"person": person(), "asked_on": "2026-10-01"} | fields
    return Acknowledgement.objects.create(decision=decision(programme(), **made), **asked)
