"""Board packs: programmes that a board reads about together, as they stood when it was frozen."""

from __future__ import annotations

import pgtrigger
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.database.constraints import choices, rule
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import frozen, refusal, versioned
from pmhub.formats import day
from pmhub.lifecycle import Lifecycle, anybody, move
from pmhub.models import Person, Record
from programmes.models.portfolio import Portfolio
from programmes.models.programme import Programme

ELSEWHERE = "A board pack is of programmes of its portfolio."
FROZEN = "A frozen pack stays as it is: make another."
MOST = 50  # programmes of a pack
TOO_MANY = f"A board pack has at most {MOST} programmes."


class PackState(models.TextChoices):
    """Whether the figures of a pack are the present ones, or those of the moment at which it was
    frozen."""

    DRAFT = "draft", _("Draft")
    FROZEN = "frozen", _("Frozen")


PACK = Lifecycle(
    "state",
    initial=anybody(PackState.DRAFT),
    moves=(
        move("freezing", "Freeze it", "frozen", PackState.FROZEN, [PackState.DRAFT],
             says="Each programme is from here on as it was in its last published report; without"
             " one, as it is now. It prints the same whenever it is opened."),
    ),
)  # fmt: skip


def of_the_pack() -> list[pgtrigger.Trigger]:
    """Refuse programmes of another portfolio, more programmes than a board reads, and to change the
    programmes of a frozen pack."""
    stays = (
        "IF EXISTS (SELECT FROM programmes_boardpack k WHERE k.id = {row}.boardpack_id"
        f" AND k.state = 'frozen') THEN {refusal('pack_programmes', 'programmes', FROZEN)} END IF; "
    )
    own = (
        "IF NOT EXISTS (SELECT FROM programmes_boardpack k JOIN programmes_programme p"
        " ON p.portfolio_id = k.portfolio_id WHERE k.id = NEW.boardpack_id"
        " AND p.id = NEW.programme_id) THEN "
        f"{refusal('pack_portfolio', 'programmes', ELSEWHERE)} END IF; "
    )
    full = (
        "IF (SELECT count(*) FROM programmes_boardpack_programmes j"  # noqa: S608  # our own names
        f" WHERE j.boardpack_id = NEW.boardpack_id) >= {MOST} THEN "
        f"{refusal('pack_most', 'programmes', TOO_MANY)} END IF; "
    )
    joined = pgtrigger.Insert | pgtrigger.Update
    return [
        pgtrigger.Trigger(
            name=f"pack_{name}",
            when=pgtrigger.Before,
            operation=operation,
            func=f"{func.format(row=row)}RETURN {row};",
        )
        for name, operation, row, func in (
            ("joined", joined, "NEW", stays + own + full),
            ("left", pgtrigger.Delete | pgtrigger.Update, "OLD", stays),
        )
    ]


class BoardPack(Record):
    """Several programmes for a board to read. A frozen pack stores for each the moment of its
    figures and the report about it; the figures are read from the ledger at that moment and not
    copied."""

    portfolio = models.ForeignKey(Portfolio, models.PROTECT, related_name="board_packs")
    title = models.CharField(max_length=200)
    on = models.DateField(help_text=_("When the board reads it"))
    foreword = models.TextField(blank=True, help_text=_("What stands before the programmes"))
    programmes = models.ManyToManyField(Programme, blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=PackState, default=PackState.DRAFT)
    frozen_at = models.DateTimeField(null=True, editable=False)
    frozen_by = models.ForeignKey(
        Person, models.PROTECT, null=True, editable=False, related_name="+"
    )
    # Of each programme: its id, the moment of its figures, the id of the report or None.
    parts = models.JSONField(default=list, blank=True, editable=False, encoder=DjangoJSONEncoder)

    visible_through = ("portfolio",)
    joins = {"programmes": Join.SEE}
    lifecycles = (PACK,)
    edited_in = (PackState.DRAFT,)
    stays = (RetentionRule("frozen_pack", Q(state="frozen"), "A frozen pack is never deleted."),)
    refuses = {
        "pack_stays": ("portfolio", "A board pack stays in its portfolio: make another."),
        "pack_portfolio": ("programmes", ELSEWHERE),
        "pack_programmes": ("programmes", FROZEN),
        "pack_most": ("programmes", TOO_MANY),
        "frozen_holds": ("", FROZEN),
    }
    list_triggers = {"programmes": of_the_pack()}

    class Meta:
        ordering = ["-on", "-id"]
        triggers = [
            versioned(),
            PACK.trigger("board pack"),
            frozen("pack_stays", "TRUE", "portfolio_id"),
            frozen("frozen_holds", "OLD.state = 'frozen'", "portfolio_id", "title", "on",
                   "foreword", "frozen_at", "frozen_by_id", "parts"),
        ]  # fmt: skip
        constraints = [
            choices("boardpack", "state", PackState),
            rule(
                "boardpack_frozen",
                "state",
                Q(state="frozen") ^ Q(frozen_at__isnull=True),
                "A frozen pack has its moment.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}, {day(self.on)}"
