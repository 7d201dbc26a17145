"""The end of a fiscal year of a portfolio, for who closes it: `/portfolios/{id}/year-end/`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any
from urllib.parse import urlencode

from pmhub import formats
from pmhub.access import can
from pmhub.numerals import whole_number
from pmhub.page_addresses import address_of
from pmhub.views.content import Caching
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
from programmes.views.portfolio_base import PortfolioSubpage
from projects.models import BudgetLine, BudgetTransfer

FEW = 10  # records of a kind that are named


class YearEndPage(PortfolioSubpage):
    """What is open in a fiscal year, and what may move on to the next."""

    template_name = "programmes/portfolio_page.html"
    region_template_name = "programmes/year_end.html"
    about = "Year's end"
    caching = Caching.BY_READS

    def in_rest(self) -> tuple[str, str]:
        """Return the REST operation and address for the same data."""
        return "portfolios_year_end", f"/api/v1/portfolios/{self.kwargs['pk']}/year-end/"

    def figures_of(self) -> Iterable[Any]:
        """Return nothing: it reads records, and no figures."""
        return ()

    def stamp(self) -> tuple[str, str]:
        """Return a digest of the region, which is cached until its records would be read
        otherwise."""
        if self.at:
            return self.past_stamp()
        self.html = self.kept("year end", lambda: self.draw("fresh").encode(), len)
        return blake2b(self.html, digest_size=16).hexdigest(), "fresh"

    def drawn(self, stamp: str, state: str) -> bytes:
        """Return the region, of which the stamp was made."""
        return super().drawn(stamp, state) if self.at else self.html

    @property
    def year(self) -> int:
        """Return the fiscal year that the address names, else the one that is to be closed next."""
        asked = self.request.GET.get("year", "")
        year = whole_number(asked) or 0
        if EARLIEST <= year <= LATEST:
            return year
        return year_to_close(self.portfolio, self.request.user)

    def region_context(self) -> dict[str, Any]:
        """Return what is open in the year; of the past without the forms that settle it."""
        home, user = self.portfolio, self.request.user
        found, is_past = year_end(home, self.year, user), self.at is not None
        return {
            **super().region_context(),
            "found": found,
            "unit": formats.money_unit(home),
            "lines": [_line(line, found, user, is_past=is_past) for line in found.lines],
            "decimals": _decimals(found.lines),
            "open": [_records(each) for each in found.open],
            "closes": "" if is_past else _closing(home, found, user),
        }


def _decimals(lines: Sequence[UnspentLine]) -> int:
    """Return how many decimals the amounts of these lines need, so that they add up as shown."""
    amounts = [each for line in lines for each in (line.line.approved, line.spent, line.ordered)]
    return 2 if any(amount % 1 for amount in amounts) else 0


def _line(unspent: UnspentLine, found: YearEnd, user: Any, *, is_past: bool) -> dict[str, Any]:
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
    open_now = not (is_past or found.closed or unspent.unrated)
    may = open_now and can(user, "write", row)
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
