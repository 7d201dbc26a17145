"""Writes about money and benefits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from benefits.models import Benefit, BenefitMeasurement, BenefitProfileEntry
from programmes.models import ClosedYear, CurrencyRate, Portfolio, Programme, ProgrammeLine
from projects.models import BudgetLine, BudgetTransfer, Commitment, CostActual
from tests.random_writes.desk import AS_OF, LIVE, WHY, Desk, Write, patch, verb


def spend(desk: Desk) -> Write | None:
    """Post a cost to a project, to one of its lines or to a line of a programme."""
    project, line = desk.project(), desk.one(ProgrammeLine)
    kind = desk.random.choice(("actual", "actual", "accrual"))
    if line and desk.random.random() < 0.25:
        where, home = {"programme_line": line.pk}, line.programme
    else:
        where, home = {"project": project.pk}, project
        if lines := [*project.budget_lines.all()]:
            where["budget_line"] = desk.random.choice([None, *lines]) and lines[0].pk
    return (
        "post",
        "cost-actuals/",
        {**where, "posted_on": desk.past(), "kind": kind, **desk.priced(home)},
    )


def reverse(desk: Desk) -> Write | None:
    """Reverse a posted cost."""
    return verb("cost-actuals", desk.one(CostActual, kind="actual"), "reversal", **WHY)


def plan(desk: Desk) -> Write | None:
    """Add a budget line."""
    home = desk.project()
    year = desk.random.choice((2025, 2026, 2027))
    said = {"project": home.pk, "code": desk.code(), "fiscal_year": year}
    return "post", "budget-lines/", said | desk.priced(home, "approved")


def expect(desk: Desk) -> Write | None:
    """Forecast a budget line, or have its project forecast by line or in total."""
    line = desk.one(BudgetLine)
    if line and desk.random.random() < 0.4:
        basis = desk.random.choice(("by_line", "in_total"))
        return patch("projects", line.project, forecast_basis=basis)
    if line is None:
        return None
    name = "foreign_forecast" if line.foreign_currency else "forecast"
    return patch("budget-lines", line, **{name: desk.amount(line.project)})


def order(desk: Desk) -> Write | None:
    """Place an order."""
    line = desk.one(BudgetLine)
    if line is None:
        return None
    said = {"budget_line": line.pk, "reference": desk.code(), "placed_on": desk.past()}
    return "post", "commitments/", said | desk.priced(line.project)


def settle(desk: Desk) -> Write | None:
    """Close or cancel an order."""
    noun = desk.random.choice(("closure", "cancellation"))
    return verb("commitments", desk.one(Commitment, state="open"), noun, **WHY)


def draw(desk: Desk) -> Write | None:
    """Draw contingency, give it back, or hand it on to another project."""
    programme = desk.one(Programme)
    noun = desk.random.choice(("contingency-draw", "contingency-return", "contingency-transfer"))
    ids = [*programme.projects.filter(**LIVE).values_list("pk", flat=True)]
    if len(ids) < 2:
        return None
    first, other = desk.random.sample(ids, 2)
    body = {"project": first, "amount": desk.amount(programme, 30), "moved_on": str(AS_OF), **WHY}
    more = {"from_project": other} if noun.endswith("transfer") else {}
    return verb("programmes", programme, noun, **body, **more)


def rate(desk: Desk) -> Write | None:
    """Add or change an exchange rate."""
    home = desk.one(Portfolio)
    value = f"{desk.random.uniform(0.2, 160):.4f}"
    if desk.random.random() < 0.5 and (row := desk.one(CurrencyRate, portfolio=home)):
        return patch("currency-rates", row, rate=value)
    return "post", "currency-rates/", {
        "portfolio": home.pk, "currency": desk.random.choice(("USD", "EUR", "CHF")),
        "kind": desk.random.choice(("actual", "budget")), "rate": value,
        "valid_from": str(desk.day(-900, 300)),
    }  # fmt: skip


def profile(desk: Desk) -> Write | None:
    """Plan or forecast a period of a benefit, or another value for one."""
    benefit = desk.one(Benefit)
    entry = desk.one(BenefitProfileEntry, version_kind="forecast")
    if entry and desk.random.random() < 0.4:
        return patch("profile-entries", entry, value=desk.amount(entry.benefit.programme))
    year, month = desk.random.randint(2024, 2031), desk.random.choice((1, 4, 7, 10))
    start = date(year, month, 1)
    end = date(year + (month == 10), (month + 2) % 12 + 1, 1) - timedelta(1)
    return "post", "profile-entries/", {
        "benefit": benefit.pk, "version_kind": desk.random.choice(("forecast", "approved")),
        "period_start": str(start), "period_end": str(end),
        "value": desk.amount(benefit.programme),
    }  # fmt: skip


def measure(desk: Desk) -> Write | None:
    """Submit a measurement, verify or reject one."""
    row = desk.one(BenefitMeasurement, status="submitted")
    if row and desk.random.random() < 0.6:
        noun = desk.random.choice(("verification", "verification", "rejection"))
        return verb("measurements", row, noun, **({} if noun == "verification" else WHY))
    benefit = desk.one(Benefit)
    start = date(desk.random.choice((2024, 2025, 2026)), desk.random.choice((1, 4, 7)), 1)
    end = (start + timedelta(95)).replace(day=1) - timedelta(1)
    return "post", "measurements/", {
        "benefit": benefit.pk, "period_start": str(start), "period_end": str(end),
        "value": desk.amount(benefit.programme), "measured_on": str(min(end, AS_OF)),
        "evidence_grade": desk.random.choice(("measured", "estimated")),
    }  # fmt: skip


def gain(desk: Desk) -> Write | None:
    """Add a benefit or a dis-benefit, change one, or have a project contribute."""
    home, act = desk.one(Programme), desk.random.randint(0, 3)
    benefit = desk.one(Benefit)
    if act == 0:
        loss = desk.random.random() < 0.4
        return "post", "benefits/", {
            "programme": home.pk, "code": desk.code(), "title": f"Lower cost {desk.number}",
            "category": "dis_benefit" if loss else "cashable", "polarity": -1 if loss else 1,
            "unit": "money", "kind": "flow", "monetised": True,
            "level": desk.random.choice(("end", "end", "intermediate")),
        }  # fmt: skip
    if act == 1:
        return patch("benefits", benefit, confidence=desk.random.choice(("0.4", "0.75", "1")))
    if act == 2:
        return "post", "contributions/", {
            "benefit": benefit.pk, "project": desk.project().pk, "weight": "0.15",
        }  # fmt: skip
    return verb("benefits", benefit, "withdrawal", **WHY)


def close_year(desk: Desk) -> Write | None:
    """Close a fiscal year, or open it again."""
    home, row = desk.one(Portfolio), desk.one(ClosedYear)
    if row and desk.random.random() < 0.7:
        noun = "reopening" if row.state == "closed" else "closing"
        return verb("closed-years", row, noun, **({"note": "x"} if noun == "closing" else WHY))
    return (
        "post",
        "closed-years/",
        {"portfolio": home.pk, "fiscal_year": desk.random.choice((2024, 2025))},
    )


def transfer(desk: Desk) -> Write | None:
    """Move budget between lines: propose it, and approve it."""
    row = desk.one(BudgetTransfer, state="proposed")
    if row and desk.random.random() < 0.6:
        return verb("budget-transfers", row, "approval")
    line = desk.one(BudgetLine, foreign_currency="", approved__gt=20)
    if line is None:
        return None
    other = desk.one(BudgetLine, foreign_currency="", project__programme=line.project.programme)
    return other and ("post", "budget-transfers/", {
        "from_line": line.pk, "to_line": other.pk, "amount": "15", **WHY
    })  # fmt: skip


WRITES: tuple[Callable[[Desk], Write | None], ...] = (
    spend, spend, reverse, plan, expect, expect, order, settle, draw, rate, profile, profile,
    measure, measure, gain, close_year, transfer,
)  # fmt: skip
