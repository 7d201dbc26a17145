"""What the pages of organisation units show: their tree, with the number of members of each."""

from __future__ import annotations

from typing import Any

from pmhub.page_addresses import address_of
from pmhub.registers import registers
from pmhub.registers.panels import Panel
from programmes.models import OrganisationUnit
from programmes.queries.organisation_units import MEMBERS, Branch, ancestors, tree
from programmes.views.disciplines import portfolio_listed


def unit_tree(record: Any, request: Any) -> dict[str, Any] | None:
    """Return the tree of a portfolio's units, or its part from one unit on; None without units, or
    where the portfolio is not known."""
    top = record if isinstance(record, OrganisationUnit) else None
    portfolio = top.portfolio if top else portfolio_listed(record, request.user)
    branches = tree(portfolio, request.user, top=top) if portfolio else []
    if not branches:
        return None
    return {
        "heads": [title_of(name) for name in MEMBERS],
        "lines": [_line(branch) for branch in branches],
        "path": ancestors(top) if top else [],
    }


def title_of(name: str) -> str:
    """Return the title of a collection's register."""
    register = registers.named(name)
    return register.title if register else name


def _line(branch: Branch) -> dict[str, Any]:
    """Return a unit with its members by collection: (heading, number, address of the list)."""
    within = f"?within_unit={branch.unit.pk}"
    cells = [
        (title_of(name), count, address_of("register", name) + within)
        for name, count in branch.counts.items()
    ]
    return {"unit": branch.unit, "steps": range(branch.depth), "cells": cells}


PANELS = {
    "unit-tree": Panel("Units and what is of them", "programmes/unit_tree.html", unit_tree),
    "unit-below": Panel("It and the units below it", "programmes/unit_tree.html", unit_tree),
}
