"""The columns of money in another currency than the portfolio's: `pmhub.database.currencies` says
what keeps them."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.currencies import known_currency


def foreign_currency() -> models.CharField[str, str]:
    """The currency of money that is in another than the portfolio's."""
    return models.CharField(
        max_length=3,
        blank=True,
        default="",
        db_default="",
        validators=[known_currency],
        help_text=_("Left empty, it is in the portfolio's currency"),
    )


def foreign_amount() -> models.DecimalField[Decimal | None, Decimal | None]:
    """An amount in it, exact to its smallest coin."""
    return models.DecimalField(
        max_digits=16,
        decimal_places=4,
        null=True,
        blank=True,
        help_text=_("In that currency; what it comes to follows by the exchange rate"),
    )


def exchange_rate() -> models.DecimalField[Decimal | None, Decimal | None]:
    """The rate by which it was converted; none where it is not known, or not asked."""
    return models.DecimalField(
        max_digits=18, decimal_places=12, null=True, blank=True, editable=False
    )


def foreign(table: str) -> models.Index:
    """The index of what rates convert in a table."""
    name, condition = f"{table}_foreign", ~Q(foreign_currency="")
    return models.Index(fields=["foreign_currency"], condition=condition, name=name)
