"""What random writes choose among: they change figures by REST and mostly fit, in three portfolios
of which two are in other currencies."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from programmes.models import CurrencyRate, Portfolio, Programme
from projects.models import Project
from tests import factories

Write = tuple[str, str, Any]  # a method of the client, an address and a body
AS_OF = factories.AS_OF
LIVE = {"status__in": ("active", "on_hold")}
WHY = {"reason": "Things changed"}


def estate() -> None:
    """Make a portfolio in whole yen and one in thousands of Kuwaiti dinars, with exchange rates,
    programmes and projects of each."""
    for code, currency, unit in (("JP", "JPY", 1), ("KW", "KWD", 1000)):
        home = factories.portfolio(code=code, currency=currency, money_unit=unit)
        for kind in ("actual", "budget"):
            for foreign, rate in (("USD", "149.375"), ("EUR", "0.8613")):
                factories.currency_rate(
                    home, currency=foreign, kind=kind, rate=Decimal(rate), valid_from="2024-04-01"
                )
        factories.resource(portfolio=home)
        for number in (1, 2):
            programme = factories.programme(
                portfolio=home, code=f"{code}{number}", contingency_budget=Decimal(900)
            )
            factories.line(programme=programme, approved_budget=Decimal(120), fiscal_year=2026)
            benefit = factories.benefit(programme=programme)
            for year in (2024, 2025, 2026, 2027):
                factories.entry(benefit, year, Decimal(50 * number))
                factories.entry(benefit, year, Decimal(45), version_kind="forecast")
            for place in (1, 2):
                project = factories.project(
                    programme=programme, code=f"{code}-{number}{place}", percent_complete=30
                )
                factories.baseline(project)
                factories.budget(project, Decimal(800), fiscal_year=2026)
                factories.risk(project)
                factories.milestone(project, baseline_on=date(2027, 1, 15))
                factories.contribution(project, benefit=benefit, weight=Decimal("0.3"))


class Desk:
    """Chooses writes by a seed."""

    def __init__(self, seed: int, writes: Sequence[Callable[[Desk], Write | None]]) -> None:
        self.random = random.Random(seed)  # noqa: S311  # steps, no secret
        self.writes, self.number = writes, 0
        self.deleted: list[tuple[str, int]] = []

    def write(self) -> Write | None:
        """Return a write; None where what it would change is not there."""
        self.number += 1
        return self.random.choice(self.writes)(self)

    # What is chosen

    def one(self, model: Any, **where: Any) -> Any:
        """Return one of the rows; None where there are none."""
        ids = [*model._base_manager.filter(**where).order_by("pk").values_list("pk", flat=True)]
        return model._base_manager.get(pk=self.random.choice(ids)) if ids else None

    def project(self) -> Any:
        """Return a project that goes on."""
        return self.one(Project, **LIVE)

    def code(self) -> str:
        """Return a code that nothing has."""
        return f"L{self.number}"

    def amount(self, home: Any, most: int = 400) -> str:
        """Return an amount in whole coins of the portfolio of a record."""
        places = 0 if portfolio(home).currency == "JPY" else self.random.choice((0, 1, 2))
        return f"{self.random.uniform(0.01, most):.{places}f}"

    def day(self, first: int = -300, last: int = 400) -> date:
        """Return a day around the status date."""
        return AS_OF + timedelta(self.random.randint(first, last))

    def past(self) -> str:
        """Return a day that is over."""
        return str(self.day(-500, 0))

    def percent(self) -> str:
        """Return a share of a hundred."""
        return str(self.random.choice((0, 5, 12.5, 33.333, 50, 66.7, 95)))

    def priced(self, home: Any, name: str = "amount") -> dict[str, str]:
        """Return an amount in the currency of the portfolio or, where it has rates, another one."""
        rates = CurrencyRate.objects.filter(portfolio=portfolio(home))
        if self.random.random() < 0.5 or not rates.exists():
            return {name: self.amount(home)}
        currency = self.random.choice(sorted({each.currency for each in rates}))
        places = 0 if currency == "JPY" else 2
        said = f"{self.random.uniform(0.5, 200):.{places}f}"
        return {"foreign_currency": currency, f"foreign_{name}": said}


def portfolio(home: Any) -> Portfolio:
    """Return the portfolio of a programme or a project."""
    found: Portfolio = home.portfolio if isinstance(home, Programme) else home.owner_portfolio
    return found


def patch(collection: str, row: Any, **body: Any) -> Write | None:
    """Return the change of a record."""
    return ("patch", f"{collection}/{row.pk}/", body) if row else None


def verb(collection: str, row: Any, noun: str, **body: Any) -> Write | None:
    """Return a verb of a record."""
    return ("verb", f"{collection}/{row.pk}/{noun}/", body) if row else None
