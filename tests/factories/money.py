"""Budgets, envelopes, exchange rates and closed years."""

from decimal import Decimal
from typing import Any

from programmes.models import ClosedYear, CurrencyRate, Envelope, Portfolio, Programme
from projects.models import BudgetLine, BudgetRequest, BudgetTransfer, Project
from tests.factories.codes import next_code
from tests.factories.programmes import line, portfolio
from tests.factories.projects import project


def budget(project: Project, approved: int | Decimal, **fields: Any) -> BudgetLine:
    """Return a budget line of a project."""
    return BudgetLine.objects.create(
        project=project, **{"code": next_code("BL"), "approved": approved, **fields}
    )


def budget_request(home: Project | Programme | None = None, **fields: Any) -> BudgetRequest:
    """Return a budget request of a project or a programme; an approved one has its line."""
    home = home or project()
    of_project = isinstance(home, Project)
    same = {"fiscal_year": 2026, "treatment": "capital"}
    asked: dict[str, Any] = {"code": next_code("BR"), "title": "Cranes", "amount": Decimal(100)}
    asked |= {"reason": "They are dearer", **same, **fields}
    granted = {"approved": asked["amount"], "partly": Decimal(asked["amount"]) / 2}
    if amount := granted.get(asked.get("state", "")):
        asked |= {"approved_amount": amount}
        given = {name: asked[name] for name in same}
        if isinstance(home, Project):
            asked["budget_line"] = budget(home, amount, **given)
        else:
            asked["programme_line"] = line(programme=home, approved_budget=amount, **given)
    if asked.get("state") in ("approved", "partly", "refused"):
        asked.setdefault("decided_on", "2026-10-01")
    side = {"project" if of_project else "programme": home}
    return BudgetRequest.objects.create(**side, **asked)


def budget_transfer(
    from_line: BudgetLine | None = None, to_line: BudgetLine | None = None, **fields: Any
) -> BudgetTransfer:
    """Return a transfer of 10, from a line of 100 to another one of its project."""
    source = from_line or budget(project(), 100)
    target = to_line or budget(source.project, 0)
    said = {"amount": Decimal(10), "reason": "It is needed there"} | fields
    if said.get("state", "proposed") not in ("proposed", "withdrawn"):
        said.setdefault("on", "2026-10-01")
    return BudgetTransfer.objects.create(from_line=source, to_line=target, **said)


def closed_year(home: Portfolio | None = None, **fields: Any) -> ClosedYear:
    """Return a closed fiscal year: that of 2025 to 2026."""
    return ClosedYear.objects.create(
        portfolio=home or portfolio(), **{"fiscal_year": 2025} | fields
    )


def currency_rate(home: Portfolio | None = None, **fields: Any) -> CurrencyRate:
    """Return an exchange rate of the euro, from April 2026."""
    said = {"currency": "EUR", "rate": Decimal("0.86"), "valid_from": "2026-04-01"}
    return CurrencyRate.objects.create(portfolio=home or portfolio(), **said | fields)


def portfolio_at_half() -> Portfolio:
    """Return a portfolio in pounds for which a euro is 50 pence, as planned and as paid, since
    2020."""
    home = portfolio()
    for kind in ("budget", "actual"):
        currency_rate(home, kind=kind, rate=Decimal("0.5"), valid_from="2020-01-01")
    return home


def envelope(home: Portfolio | Programme, amount: int | Decimal, **fields: Any) -> Envelope:
    """Return an envelope of capital for the fiscal year 2026."""
    place: Any = {"portfolio": home}
    if isinstance(home, Programme):
        place = {"portfolio": home.portfolio, "programme": home}
    said = {"fiscal_year": 2026, "treatment": "capital", "approved_on": "2026-10-01"} | fields
    return Envelope.objects.create(**place, amount=amount, **said)
