"""Disciplines: the fields of work of an organisation, and what they give one another."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.database.belonging import belongs, still_there
from pmhub.database.collation import InOrder, searched
from pmhub.database.constraints import code_once, rule
from pmhub.database.triggers import versioned
from pmhub.models import Archivable, Person, Record
from programmes.models.portfolio import Portfolio

ELSEWHERE = "This discipline is another portfolio's."
PUT_AWAY = "This discipline is archived: choose another, or restore it first."


class Discipline(Archivable, Record):
    """A field of work in which people are experienced, such as structural engineering."""

    portfolio = models.ForeignKey(Portfolio, models.PROTECT, related_name="disciplines")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    does = models.TextField(blank=True, help_text=_("What it gives to projects"))
    lead = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="disciplines_led",
        help_text=_("Who answers for how it is done"),
    )  # fmt: skip

    answered_for = {"lead": Q(archived_at__isnull=True)}
    visible_through = ("portfolio",)
    visible_below = {f"portfolio__{path}": kind for path, kind in Portfolio.visible_below.items()}
    joined = Join.SEE

    class Meta:
        ordering = [InOrder("code"), "id"]
        triggers = [versioned()]
        indexes = [searched("discipline", "code", "name", "does")]
        constraints = [code_once("discipline", "portfolio")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


def of_portfolio(model: str, home: str) -> list[pgtrigger.Trigger]:
    """Return the triggers that refuse a row of `model` whose discipline belongs to another
    portfolio or is archived; `home` is SQL for the portfolio of the row NEW."""
    named = "FROM programmes_discipline WHERE id = NEW.discipline_id"
    return [
        belongs(model, "discipline", f"{named} AND portfolio_id = {home}", ELSEWHERE),
        still_there(model, "discipline", f"{named} AND archived_at IS NOT NULL", PUT_AWAY),
    ]


class DisciplineLink(Record):
    """What a discipline gives another one, and what that one needs of it. Two may depend on each
    other, each by a link of its own."""

    giver = models.ForeignKey(Discipline, models.PROTECT, related_name="gives_to")
    receiver = models.ForeignKey(Discipline, models.PROTECT, related_name="receives_from")
    gives = models.TextField(help_text=_("What it hands on, such as drawings or trained users"))
    needs = models.TextField(
        blank=True, help_text=_("What the receiver needs for that: by when, how good")
    )

    visible_through = ("giver",)
    visible_below = {f"giver__{path}": kind for path, kind in Discipline.visible_below.items()}

    class Meta:
        ordering = ["giver", "receiver"]
        triggers = [
            versioned(),
            belongs(
                "disciplinelink",
                "receiver",
                "FROM programmes_discipline g JOIN programmes_discipline r USING (portfolio_id)"
                " WHERE g.id = NEW.giver_id AND r.id = NEW.receiver_id",
                ELSEWHERE,
                same=["giver_id"],
            ),
        ]
        indexes = [searched("disciplinelink", "gives", "needs")]
        constraints = [
            rule(
                "disciplinelink_no_self_link",
                "receiver",
                ~Q(giver=F("receiver")),
                "Choose another discipline: none gives anything to itself.",
            ),
            models.UniqueConstraint(
                fields=["giver", "receiver"],
                name="disciplinelink_once",
                violation_error_message="What it gives this one is written down already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.giver} to {self.receiver}"
