"""What the pages of disciplines show: what they give one another, and which dependencies of
projects are between them."""

from __future__ import annotations

from typing import Any

from pmhub.access import can
from pmhub.database.collation import InOrder
from pmhub.registers.panels import Panel
from programmes.models import Discipline, DisciplineLink, Portfolio
from programmes.queries.disciplines import dependencies_between, links_of, matrix
from projects.models import Project

MOST = 100  # dependencies on one page


def portfolio_listed(above: Any, user: Any) -> Portfolio | None:
    """Return the portfolio whose disciplines are listed: the record above the list or, without one,
    the only portfolio in sight; else None."""
    if isinstance(above, Portfolio):
        return above
    if above is not None:
        return None
    seen = list(Portfolio.objects.visible_to(user)[:2])
    return seen[0] if len(seen) == 1 else None


def discipline_matrix(above: Any, request: Any) -> dict[str, Any] | None:
    """Return which discipline gives what to which; None without a portfolio, or where it has fewer
    than two disciplines."""
    portfolio = portfolio_listed(above, request.user)
    lines = matrix(portfolio, request.user) if portfolio else []
    if len(lines) < 2:
        return None
    links = [cell.link for line in lines for cell in line.cells if cell.link]
    return {
        "lines": lines,
        "links": links,
        "portfolio": portfolio,
        "may_add": can(request.user, "write", DisciplineLink(giver=lines[0].giver)),
    }


def discipline_dependencies(above: Any, request: Any) -> dict[str, Any] | None:
    """Return the open dependencies between projects of a portfolio's disciplines, by what gives and
    what takes; None where there are none."""
    portfolio = portfolio_listed(above, request.user)
    if portfolio is None:
        return None
    rows = list(
        dependencies_between(portfolio, request.user).order_by("need_by", InOrder("code"), "pk")[
            :MOST
        ]
    )
    names = Discipline.objects.in_bulk({pk for row in rows for pk in (row.gives, row.takes)})
    seen = Project.objects.visible_to(request.user).in_bulk(
        {pk for row in rows for pk in (row.giver_id, row.receiver_id)}
    )
    shown = [
        {
            "row": row,
            "gives": names[row.gives],
            "takes": names[row.takes],
            "giver": seen.get(row.giver_id),
            "receiver": seen.get(row.receiver_id),
        }
        for row in rows
    ]
    return {"rows": shown, "most": MOST if len(rows) == MOST else 0} if shown else None


def discipline_links(discipline: Discipline, request: Any) -> dict[str, Any] | None:
    """Return what a discipline gives and gets; None where that is nothing and the reader adds
    nothing."""
    gives, gets = links_of(discipline, request.user)
    may_add = can(request.user, "write", DisciplineLink(giver=discipline))
    if not (gives or gets or may_add):
        return None
    return {"gives": gives, "gets": gets, "may_add": may_add}


PANELS = {
    "discipline-matrix": Panel(
        "Who gives whom what", "programmes/discipline_matrix.html", discipline_matrix
    ),
    "discipline-dependencies": Panel(
        "Dependencies between them", "programmes/discipline_dependencies.html",
        discipline_dependencies,
    ),
    "discipline-links": Panel(
        "What it gives and gets", "programmes/discipline_links.html", discipline_links,
        cached=True, lists=("discipline-links",),
    ),
}  # fmt: skip
