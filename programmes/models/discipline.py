"""Disciplines: the fields of work of an organisation."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.database.collation import InOrder, searched
from pmhub.database.constraints import code_once
from pmhub.database.triggers import stamped
from pmhub.models import Archivable, Person, Record
from programmes.models.portfolio import Portfolio


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
        ordering = [InOrder("code")]
        triggers = [stamped()]
        indexes = [searched("discipline", "code", "name", "does")]
        constraints = [code_once("discipline", "portfolio")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
