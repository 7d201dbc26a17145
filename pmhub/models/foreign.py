"""The columns for money in another currency than the portfolio's, with their constraints;
`pmhub.database.currencies` has the triggers that convert it."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.currencies import known_currency
from pmhub.database.constraints import Rule, numbers, rule
from pmhub.database.priced import Priced

BOTH = "An amount in another currency has both: the currency and how much."
WHICH = "Say in which currency these amounts are."


def currency_column() -> models.CharField[str, str]:
    """Return the column for the currency of the amounts, empty for that of the portfolio."""
    return models.CharField(
        max_length=3,
        blank=True,
        default="",
        db_default="",
        validators=[known_currency],
        help_text=_("Left empty, it is in the portfolio's currency"),
    )


def amount_column() -> models.DecimalField[Decimal | None, Decimal | None]:
    """Return the column for an amount in that currency, exact to its smallest coin."""
    return models.DecimalField(
        max_digits=16,
        decimal_places=4,
        null=True,
        blank=True,
        help_text=_("In that currency; what it comes to follows by the exchange rate"),
    )


def followed_currency() -> models.CharField[str, str]:
    """Return the column for a currency that follows from another record."""
    return models.CharField(max_length=3, blank=True, default="", db_default="", editable=False)


def rate_column() -> models.DecimalField[Decimal | None, Decimal | None]:
    """Return the column for the rate that converted the amounts; empty if none is known or
    needed."""
    return models.DecimalField(
        max_digits=18, decimal_places=12, null=True, blank=True, editable=False
    )


def foreign_index(table: str) -> models.Index:
    """Return the index of the rows of a table that rates convert."""
    name, condition = f"{table}_foreign", ~Q(foreign_currency="")
    return models.Index(fields=["foreign_currency"], condition=condition, name=name)


def foreign_rules(
    table: str, priced: Priced, *asked: str, low: Decimal | int | None = None
) -> list[Rule]:
    """Return the constraints for amounts in another currency. Without such a currency, there are no
    amounts in it, and the converted amounts of `asked` must be given; with one, the amounts of
    `asked` in it must be given. None may be below `low`."""
    empty = {f"{name}__isnull": True for name in priced.foreign}
    given = {f"foreign_{name}__isnull": False for name in asked}
    return [
        *numbers(table, *priced.foreign, low=low),
        rule(
            f"{table}_foreign",
            f"foreign_{asked[0]}" if asked else "foreign_currency",
            Q(foreign_currency="", **empty) | Q(foreign_currency__regex=r"^[A-Z]{3}$", **given),
            BOTH if asked else WHICH,
        ),
        *(
            rule(
                f"{table}_{name}_given",
                name,
                Q(**{f"{name}__isnull": False}) | ~Q(foreign_currency=""),
                "Enter an amount.",
            )
            for name in asked
        ),
    ]


def foreign_year(table: str) -> Rule:
    """Return the constraint that planned money in another currency has a fiscal year, whose rate
    converts it."""
    return rule(
        f"{table}_foreign_year",
        "fiscal_year",
        Q(foreign_currency="") | Q(fiscal_year__isnull=False),
        "Money in another currency is converted by the budget rate of its year: say which.",
    )
