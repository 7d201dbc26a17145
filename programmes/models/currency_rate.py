"""Exchange rates: what one of another currency comes to in that of a portfolio."""

from __future__ import annotations

from django.db import models
from django.db.models import BooleanField, Func, Q
from django.utils.translation import gettext_lazy as _

from pmhub.currencies import known_currency
from pmhub.database.constraints import choices, rule
from pmhub.database.currencies import rate_alone, rate_followed
from pmhub.database.triggers import frozen, versioned
from pmhub.models import Record
from programmes.models.closed_year import kept_closed
from programmes.models.portfolio import Portfolio

DIGITS = 8


class RateKind(models.TextChoices):
    """What a rate converts: what was spent, or what is planned."""

    ACTUAL = "actual", _("Actual")
    BUDGET = "budget", _("Budget")


class Digits(Func):
    """A constraint that a number has no more significant digits than a rate."""

    template = f"(length(btrim(replace((%(expressions)s)::text, '.', ''), '0')) <= {DIGITS})"
    output_field = BooleanField()


class CurrencyRate(Record):
    """What one of another currency comes to in that of the portfolio, from a day on until the next
    rate of its kind. Costs are converted by the actual rate of the day on which they are posted,
    budget lines by the budget rate of the first day of their year."""

    portfolio = models.ForeignKey(Portfolio, models.PROTECT, related_name="currency_rates")
    currency = models.CharField(max_length=3, validators=[known_currency])
    kind = models.CharField(max_length=10, choices=RateKind, default=RateKind.ACTUAL)
    valid_from = models.DateField()
    rate = models.DecimalField(max_digits=18, decimal_places=12)
    source = models.CharField(max_length=200, blank=True, help_text=_("Who says so"))

    sought = False  # it has neither a code nor a name
    visible_through = ("portfolio",)
    visible_below = {f"portfolio__{path}": kind for path, kind in Portfolio.visible_below.items()}
    true_from = "valid_from"
    refuses = {"rate_stays": ("portfolio", "A rate stays in its portfolio.")}

    class Meta:
        verbose_name = "exchange rate"
        ordering = ["portfolio", "currency", "kind", "-valid_from"]
        triggers = [
            versioned(),
            rate_alone(),
            *rate_followed(),
            frozen("rate_stays", "TRUE", "portfolio_id"),
            *kept_closed(
                "valid_from", "currency", "kind", "valid_from", "rate",
                day="{row}.valid_from", home="{row}.portfolio_id",
            ),
        ]  # fmt: skip
        constraints = [
            choices("currencyrate", "kind", RateKind),
            rule(
                "currencyrate_currency",
                "currency",
                Q(currency__regex=r"^[A-Z]{3}$"),
                "Enter a currency code of ISO 4217, such as EUR.",
            ),
            rule(
                "currencyrate_rate",
                "rate",
                Q(rate__gt=0, rate__lt=1_000_000),
                "Enter a rate above 0 and below a million.",
            ),
            rule(
                "currencyrate_digits",
                "rate",
                Digits("rate"),
                f"A rate has no more than {DIGITS} significant digits.",
            ),
            models.UniqueConstraint(
                fields=["portfolio", "currency", "kind", "valid_from"],
                name="currencyrate_once",
                violation_error_message="There is a rate of this day here: change that.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.currency} from {self.valid_from}: {self.rate.normalize():f}"
