"""Boards: who decides together, and how many have to be there."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import roles_on
from pmhub.database.collation import InOrder
from pmhub.database.constraints import between, choices, once, one_of, rule
from pmhub.database.triggers import refusal, versioned
from pmhub.models import Archivable, Person, Record
from pmhub.permissions import Role
from programmes.models.delegated_limit import DelegatedLimit, Level
from programmes.models.portfolio import Portfolio
from programmes.models.programme import Programme

MEMBERS = "programmes_board_members"
MOST = 100
FEW = "A quorum is no more than the board has members."
APART = "Who chairs a board is one of its members."


class BoardKind(models.TextChoices):
    """What a board decides about."""

    SPONSORING_GROUP = "sponsoring_group", _("Sponsoring group")
    PORTFOLIO_BOARD = "portfolio_board", _("Portfolio board")
    PROGRAMME_BOARD = "programme_board", _("Programme board")


def able_to_decide(name: str, operation: pgtrigger.Operation, board: str) -> pgtrigger.Trigger:
    """Refuse, at the end of the transaction, a board that could never decide: the list of its
    members is written after it. `board` is SQL for its id."""
    few = (
        f"SELECT FROM programmes_board b WHERE b.id = {board}"  # noqa: S608  # our own names
        f" AND b.quorum > (SELECT count(*) FROM {MEMBERS} m WHERE m.board_id = b.id)"
    )
    apart = (
        f"SELECT FROM programmes_board b WHERE b.id = {board} AND b.chair_id IS NOT NULL"  # noqa: S608  # our own names
        f" AND b.chair_id NOT IN (SELECT m.person_id FROM {MEMBERS} m WHERE m.board_id = b.id)"
    )
    # The lock makes two who change its members at once see one another.
    lock = f"PERFORM FROM programmes_board WHERE id = {board} FOR NO KEY UPDATE;"  # our own names
    return pgtrigger.Trigger(
        name=f"able_to_decide_{name}",
        when=pgtrigger.After,
        operation=operation,
        timing=pgtrigger.Deferred,
        func=f"{lock} IF EXISTS ({few}) THEN {refusal('board_quorum', 'quorum', FEW)} END IF;"
        f" IF EXISTS ({apart}) THEN {refusal('board_chair', 'chair', APART)} END IF; RETURN NULL;",
    )


class Board(Archivable, Record):
    """People who decide together about a portfolio or a programme: with a quorum of its members, of
    whom one chairs it."""

    portfolio = models.ForeignKey(
        Portfolio, models.PROTECT, null=True, blank=True, related_name="boards"
    )
    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="boards"
    )
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=BoardKind)
    chair = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="boards_chaired"
    )
    members = models.ManyToManyField(Person, blank=True, related_name="boards")
    quorum = models.PositiveSmallIntegerField(
        default=1, help_text=_("How many members have to be there for it to decide")
    )

    answered_for = dict.fromkeys(("chair", "members"), Q(archived_at__isnull=True))
    visible_through = ("portfolio", "programme")
    visible_below = {f"portfolio__{path}": kind for path, kind in Portfolio.visible_below.items()}
    refuses = {"board_quorum": ("quorum", FEW), "board_chair": ("chair", APART)}
    list_triggers = {
        "members": [
            able_to_decide("left", pgtrigger.Delete, "OLD.board_id"),
            able_to_decide("moved", pgtrigger.Update, "OLD.board_id"),
        ]
    }

    class Meta:
        ordering = [InOrder("name"), "id"]
        triggers = [
            versioned(),
            able_to_decide("set", pgtrigger.Insert | pgtrigger.Update, "NEW.id"),
        ]
        constraints = [
            one_of("board", "portfolio", "programme"),
            choices("board", "kind", BoardKind),
            between("board", "quorum", 1, MOST),
            once(
                "board_name",
                "name",
                "portfolio",
                "programme",
                message="There is a board of this name here.",
            ),
            rule(
                "board_kind_place",
                "kind",
                Q(kind=BoardKind.PROGRAMME_BOARD, programme__isnull=False)
                | (~Q(kind=BoardKind.PROGRAMME_BOARD) & Q(portfolio__isnull=False)),
                "A programme has a programme board; the others are the portfolio's.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def judges_own(self, user: Any) -> bool:
        """Return whether the board decides what is above the user's own limit: nobody sets up those
        who decide above them. A board of a portfolio decides above every limit of a sponsor."""
        if self.kind == BoardKind.PROGRAMME_BOARD or Role.PMO in roles_on(user, self):
            return False
        levels = DelegatedLimit.objects.filter(portfolio=self.portfolio_id)
        bounded = not levels.filter(level=Level.SPONSOR, cost=None).exists()
        return bounded and levels.exists()

    @property
    def place(self) -> Programme | Portfolio | None:
        """The programme or portfolio about which it decides."""
        return self.programme or self.portfolio
