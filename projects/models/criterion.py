"""Criteria by which the proposals of a portfolio are judged, and what they weigh."""

from __future__ import annotations

from decimal import Decimal

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.database.collation import InOrder, searched
from pmhub.database.constraints import between, code_once, ordered
from pmhub.database.day_triggers import STATUS_DAY
from pmhub.database.triggers import refusal, versioned
from pmhub.models import Record
from programmes.models import Portfolio

WHOLE = Decimal(100)
TABLE = "projects_scoringcriterion"
TOO_MUCH = "Weights in force on one day come to 100 at most; these come to %."
USED = "Proposals were scored by it: end it, and write another."


def in_force(row: str, day: str) -> str:
    """Return SQL of whether a criterion is in force on a day, which is SQL, too."""
    return (
        f"{row}.valid_from <= {day} AND ({row}.valid_until IS NULL OR {row}.valid_until >= {day})"
    )


def status_day(portfolio: str) -> str:
    """Return SQL for the status date of a portfolio, whose id is SQL, too."""
    return f"(SELECT {STATUS_DAY} FROM programmes_portfolio p WHERE p.id = {portfolio})"  # noqa: S608  # our own names


def no_more_than_whole() -> pgtrigger.Trigger:
    """Refuse weights in force on one day that come to more than 100. Checked at the commit: only
    the days on which a criterion comes into force, where the sum can rise."""
    sums = (
        f"SELECT (SELECT sum(b.weight) FROM {TABLE} b WHERE b.portfolio_id = a.portfolio_id"  # noqa: S608  # our own names
        f" AND {in_force('b', 'a.valid_from')}) AS total"
        f" FROM {TABLE} a WHERE a.portfolio_id = NEW.portfolio_id"
    )
    lock = "PERFORM FROM programmes_portfolio WHERE id = NEW.portfolio_id FOR NO KEY UPDATE;"
    return pgtrigger.Trigger(
        name="no_more_than_whole",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update,
        timing=pgtrigger.Deferred,
        declare=[("most", "numeric")],
        # The lock makes two who share out the last of it see one another.
        func=f"{lock} SELECT max(s.total) INTO most FROM ({sums}) s; IF most > 100 THEN"  # noqa: S608  # our own names
        f" {refusal('weights_whole', 'weight', TOO_MUCH, 'most')} END IF; RETURN NULL;",
    )


def stays_as_used() -> pgtrigger.Trigger:
    """Refuse to change a criterion by which a proposal was scored."""
    columns = ("portfolio_id", "name", "weight", "scale_max", "valid_from")
    old, new = (", ".join(f"{row}.{name}" for name in columns) for row in ("OLD", "NEW"))
    return pgtrigger.Trigger(
        name="stays_as_used",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf(*columns),
        func=f"IF ({old}) IS DISTINCT FROM ({new}) AND EXISTS (SELECT FROM"  # our own names
        " projects_proposalscore s WHERE s.criterion_id = NEW.id) THEN"
        f" {refusal('criterion_used', 'weight', USED)} END IF; RETURN NEW;",
    )


class ScoringCriterion(Record):
    """Something by which the proposals of a portfolio are judged: how much it weighs, how far its
    scale goes, and what each end of it means. The weights in force come to 100 before anything is
    scored; one that was used ends, and another follows it."""

    portfolio = models.ForeignKey(Portfolio, models.PROTECT, related_name="scoring_criteria")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    guide = models.TextField(blank=True, help_text=_("What 0 means, and what the highest score"))
    weight = models.DecimalField(
        max_digits=5, decimal_places=2, help_text=_("Of 100 that all in force share")
    )
    scale_max = models.PositiveSmallIntegerField(
        default=5, help_text=_("The highest score; the lowest is 0")
    )
    valid_from = models.DateField(help_text=_("Left empty, the status date"))
    valid_until = models.DateField(null=True, blank=True, help_text=_("Its last day"))

    visible_through = ("portfolio",)
    joined = Join.SEE
    refuses = {"criterion_used": ("weight", USED)}
    first_code = "SC1"

    class Meta:
        verbose_name_plural = "scoring criteria"
        ordering = ["-valid_from", InOrder("code"), "id"]
        triggers = [versioned(), no_more_than_whole(), stays_as_used()]
        indexes = [searched("scoringcriterion", "code", "name", "guide")]
        constraints = [
            code_once("scoringcriterion", "portfolio"),
            between("scoringcriterion", "weight", Decimal("0.01"), WHOLE),
            between("scoringcriterion", "scale_max", 1, 100),
            ordered("scoringcriterion", "valid_from", "valid_until"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
