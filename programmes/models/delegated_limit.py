"""Delegated limits: up to which cost, delay and loss of benefits each level decides itself."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from pmhub.database.constraints import between, choices, numbers
from pmhub.database.triggers import refusal, versioned
from pmhub.models import Record
from programmes.delegated_limits import LEVELS, Limit
from programmes.models.limits_in_force import FALLING, kept_as_rules
from programmes.models.portfolio import Portfolio

LONGEST = 20_000  # days


class Level(models.TextChoices):
    """Who decides, from the lowest to the highest."""

    PROJECT_MANAGER = "project_manager", _("Project manager")
    EXECUTIVE = "executive", _("Project executive")
    PROGRAMME_MANAGER = "programme_manager", _("Programme manager")
    SRO = "sro", _("Senior responsible owner")
    PROGRAMME_BOARD = "programme_board", _("Programme board")
    SPONSOR = "sponsor", _("Sponsor")


def rising_by_level() -> pgtrigger.Trigger:
    """Refuse, at the end of the transaction, a limit above that of a higher level, or below that of
    a lower one. Without a limit it is above all others."""
    order = f"ARRAY[{', '.join(f'{chr(39)}{level}{chr(39)}' for level in LEVELS)}]"
    falls = " OR ".join(
        f"coalesce(low.{name}::numeric, 'Infinity') > coalesce(high.{name}::numeric, 'Infinity')"
        for name in ("cost", "days", "benefit_pct")
    )
    func = (
        "PERFORM FROM programmes_portfolio WHERE id = NEW.portfolio_id FOR NO KEY UPDATE;"
        " IF EXISTS (SELECT FROM programmes_delegatedlimit low JOIN programmes_delegatedlimit high"
        " ON high.portfolio_id = low.portfolio_id"
        f" AND array_position({order}, high.level::text) > array_position({order}, low.level::text)"
        f" WHERE low.portfolio_id = NEW.portfolio_id AND ({falls})) THEN"
        f" {refusal('limits_rise', 'level', FALLING)} END IF; RETURN NULL;"
    )
    return pgtrigger.Trigger(
        name="rising_by_level",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update,
        timing=pgtrigger.Deferred,
        func=func,
    )


class DelegatedLimit(Record):
    """What a level may decide in a portfolio without asking the next: what is above any of the
    three limits goes one level up. An empty limit has no bound."""

    portfolio = models.ForeignKey(Portfolio, models.PROTECT, related_name="delegated_limits")
    level = models.CharField(max_length=20, choices=Level)
    cost = models.DecimalField(
        max_digits=14, decimal_places=2, null=True, blank=True, help_text=_("Empty: no limit")
    )
    days = models.PositiveIntegerField(null=True, blank=True, help_text=_("Empty: no limit"))
    benefit_pct = models.DecimalField(
        max_digits=5, decimal_places=2, null=True, blank=True, help_text=_("Empty: no limit")
    )

    rules = ("level", "cost", "days", "benefit_pct")
    visible_through = ("portfolio",)
    visible_below = {f"portfolio__{path}": kind for path, kind in Portfolio.visible_below.items()}
    refuses = {"limits_rise": ("level", FALLING)}

    class Meta:
        ordering = ["portfolio", "id"]
        triggers = [versioned(), rising_by_level(), kept_as_rules()]
        constraints = [
            choices("delegatedlimit", "level", Level),
            *numbers("delegatedlimit", "cost", low=0),
            between("delegatedlimit", "days", 0, LONGEST),
            between("delegatedlimit", "benefit_pct", 0, 100),
            models.UniqueConstraint(
                fields=["portfolio", "level"],
                name="delegatedlimit_level_once",
                violation_error_message="This level has its limit here: change that.",
            ),
        ]

    def __str__(self) -> str:
        return self.get_level_display()

    @property
    def limit(self) -> Limit:
        """Return the limits as plain values."""
        return Limit(self.cost, self.days, self.benefit_pct)
