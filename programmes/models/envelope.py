"""Envelopes: how much may be approved in a fiscal year, in a portfolio and of that in each of its
programmes."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.access.setters import is_limited
from pmhub.database.belonging import belongs
from pmhub.database.constraints import between, choices, numbers
from pmhub.database.triggers import frozen, refusal, versioned
from pmhub.models import Person, Record
from programmes.models.closed_year import kept_closed
from programmes.models.decision_triggers import exact_money
from programmes.models.envelope_guards import ENVELOPES
from programmes.models.portfolio import Portfolio
from programmes.models.programme import Programme
from programmes.models.programme_line import Treatment

SHARED = "Envelopes of programmes come to % and that of the portfolio for FY% (%) to %."
ELSEWHERE = "This programme belongs to another portfolio."


def no_more_than_there_is(name: str, operation: pgtrigger.Operation, row: str) -> pgtrigger.Trigger:
    """Refuse, at the end of the transaction, envelopes of programmes that sum to more than that of
    their portfolio, for a year and a treatment. `row` is NEW or, of a deleted one, OLD."""
    portfolio = f"{row}.portfolio_id"
    given = (
        "SELECT p.fiscal_year, p.treatment, sum(p.amount) AS shared,"  # noqa: S608  # our own names
        f" coalesce((SELECT w.amount FROM {ENVELOPES} w WHERE w.portfolio_id = {portfolio}"
        " AND w.programme_id IS NULL AND w.fiscal_year = p.fiscal_year"
        " AND w.treatment = p.treatment), 0) AS whole"
        f" FROM {ENVELOPES} p WHERE p.portfolio_id = {portfolio} AND p.programme_id IS NOT NULL"
        " GROUP BY p.fiscal_year, p.treatment"
    )
    over = f"SELECT * INTO excess FROM ({given}) g WHERE g.shared > g.whole LIMIT 1;"  # noqa: S608  # our own names
    refusal_sql = refusal(
        "envelopes_shared", "amount", SHARED,
        exact_money("excess.shared", portfolio), "excess.fiscal_year", "excess.treatment",
        exact_money("excess.whole", portfolio),
    )  # fmt: skip
    # The lock makes two who share out the last of it see one another.
    lock = f"PERFORM FROM programmes_portfolio WHERE id = {portfolio} FOR NO KEY UPDATE;"
    return pgtrigger.Trigger(
        name=f"no_more_than_there_is_{name}",
        when=pgtrigger.After,
        operation=operation,
        timing=pgtrigger.Deferred,
        declare=[("excess", "record")],
        func=f"{lock} {over} IF FOUND THEN {refusal_sql} END IF; RETURN NULL;",
    )


class Envelope(Record):
    """How much may be approved in a fiscal year, as capital or as revenue: in a whole portfolio, or
    in one of its programmes, whose envelopes are parts of the portfolio's. Nobody sets an approved
    amount above one; where lines exceed one nevertheless, by a decision or an exchange rate, that
    is shown."""

    portfolio = models.ForeignKey(Portfolio, models.PROTECT, related_name="envelopes")
    programme = models.ForeignKey(
        Programme,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="envelopes",
        help_text=_("Left empty, it is that of the whole portfolio"),
    )
    fiscal_year = models.PositiveSmallIntegerField(help_text=_("By the year in which it begins"))
    treatment = models.CharField(max_length=10, choices=Treatment, default=Treatment.CAPITAL)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    approved_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    approved_on = models.DateField(help_text=_("Left empty, the status date"))

    rules = ("fiscal_year", "treatment", "amount")
    visible_through = ("portfolio", "programme")
    written_through = ("portfolio",)
    joins = {"approved_by": Join.SET, "programme": Join.SEE}
    happened = ("approved_on",)
    refuses = {"envelope_stays": ("portfolio", "An envelope stays in its portfolio.")}

    class Meta:
        ordering = ["portfolio", "-fiscal_year", "treatment", "id"]
        triggers = [
            versioned(),
            belongs(
                "envelope",
                "programme",
                "FROM programmes_programme"
                " WHERE id = NEW.programme_id AND portfolio_id = NEW.portfolio_id",
                ELSEWHERE,
            ),
            frozen("envelope_stays", "TRUE", "portfolio_id"),
            no_more_than_there_is("set", pgtrigger.Insert | pgtrigger.Update, "NEW"),
            no_more_than_there_is("gone", pgtrigger.Delete, "OLD"),
            *kept_closed(
                "fiscal_year", "programme_id", "fiscal_year", "treatment", "amount",
                year="{row}.fiscal_year", home="{row}.portfolio_id",
            ),
        ]  # fmt: skip
        constraints = [
            choices("envelope", "treatment", Treatment),
            between("envelope", "fiscal_year", 1990, 2200),
            *numbers("envelope", "amount", low=0),
            models.UniqueConstraint(
                fields=["portfolio", "programme", "fiscal_year", "treatment"],
                nulls_distinct=False,
                name="envelope_once",
                violation_error_message="There is an envelope of this year here: change that.",
            ),
        ]

    def __str__(self) -> str:
        whose = self.programme.code if self.programme else self.portfolio.code
        return f"{whose} FY{self.fiscal_year} {self.get_treatment_display().lower()}"

    def judges_own(self, user: Any) -> bool:
        """Return whether the user leads the programme, and so does not set its envelope."""
        return is_limited(user, self, "programme__programme_manager")
