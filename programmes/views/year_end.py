"""What is open in a fiscal year of a portfolio, for who closes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from pmhub import formats
from pmhub.access import can
from pmhub.page_addresses import address_of
from programmes.models import ClosedYear, Portfolio
from programmes.queries.year_end import (
    EARLIEST,
    LATEST,
    OpenRecords,
    UnspentLine,
    YearEnd,
    year_end,
    year_to_close,
)
from projects.models import BudgetLine, BudgetTransfer

FEW = 10  # records of a kind that are named


def open_in_year(home: Portfolio, request: Any) -> dict[str, Any]:
    """Return what is open in the fiscal year that the address names, else in the one that is to be
    closed next."""
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdecimal() and len(asked) < 5 else 0
    found = year_end(
        home,
        year if EARLIEST <= year <= LATEST else year_to_close(home, request.user),
        request.user,
    )
    return {
        "portfolio": home,
        "found": found,
        "unit": formats.money_unit(home),
        "lines": [_line(line, found, request.user) for line in found.lines],
        "decimals": _decimals(found.lines),
        "open": [_records(each) for each in found.open],
        "closes": _closing(home, found, request.user),
    }


def _decimals(lines: Sequence[UnspentLine]) -> int:
    """Return how many decimals the amounts of these lines need, so that they add up as shown."""
    amounts = [each for line in lines for each in (line.line.approved, line.spent, line.ordered)]
    return 2 if any(amount % 1 for amount in amounts) else 0


def _line(unspent: UnspentLine, found: YearEnd, user: Any) -> dict[str, Any]:
    """A line with what is left on it, and the form by which that moves on, for who may."""
    line, reason = unspent.line, f"Not spent in FY{found.year}"
    to = unspent.next_line
    if to is None:
        row: Any = BudgetLine(project=line.project)
        said = {
            "project": line.project_id, "code": f"{line.code}-{found.year + 1}"[:40],
            "fiscal_year": found.year + 1, "category": line.category, "treatment": line.treatment,
        }  # fmt: skip
        form, does = "budget-lines", f"Begin a line of FY{found.year + 1}"
    else:
        row = BudgetTransfer(from_line=line, to_line=to)
        said = {
            "from_line": line.pk, "to_line": to.pk, "amount": formats.plain(unspent.left),
            "reason": reason,
        }  # fmt: skip
        form, does = "budget-transfers", f"Move it to {to.code}"
    may = not found.closed and not unspent.unrated and can(user, "write", row)
    address = f"{address_of('new-record', form)}?{urlencode(said)}" if may else ""
    return {"row": unspent, "address": address, "does": does}


def _records(kind: OpenRecords) -> dict[str, Any]:
    """The first of the open records of a kind, and how many there are."""
    rows = [
        (kind.name(row), address_of("record", kind.collection, row.pk)) for row in kind.rows[:FEW]
    ]
    count = len(kind.rows)
    return {"title": kind.title, "count": count, "rows": rows, "more": count - len(rows)}


def _closing(home: Portfolio, found: YearEnd, user: Any) -> str:
    """The form by which the year is closed; empty where it may not be."""
    if not found.over or found.closed or not can(user, "write", ClosedYear(portfolio=home)):
        return ""
    said = urlencode({"portfolio": home.pk, "fiscal_year": found.year})
    return f"{address_of('new-record', 'closed-years')}?{said}"
