"""The tree of organisation units, and the number of members of each with those below it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from benefits.models import Benefit
from pmhub.models import Person, portfolio_of
from programmes.models import ImpactedGroup, OrganisationUnit, Portfolio
from projects.models import Resource

# What names a unit, by the collection that lists it.
MEMBERS: dict[str, Any] = {
    "people": Person,
    "resources": Resource,
    "impacted-groups": ImpactedGroup,
    "benefits": Benefit,
}


@dataclass(slots=True)
class Branch:
    """A unit in its tree: its depth, 0 at the top, and the number of members of it and of all units
    below, by collection."""

    unit: OrganisationUnit
    depth: int
    counts: dict[str, int]


def own_units(
    rows: QuerySet[OrganisationUnit], record: Any, user: Any
) -> QuerySet[OrganisationUnit]:
    """Return those of these units that a record may name: those of its portfolio, where that is
    known."""
    rows = rows.filter(archived_at=None)
    home = portfolio_of(record)
    return rows if home is None else rows.filter(portfolio=home)


def parents(
    rows: QuerySet[OrganisationUnit], unit: OrganisationUnit, user: Any
) -> QuerySet[OrganisationUnit]:
    """Return those of these units that a unit may be a part of: neither itself nor one below."""
    rows = own_units(rows, unit, user)
    return rows if unit.pk is None else rows.exclude(pk__in=descendant_ids(unit))


def descendant_ids(unit: OrganisationUnit) -> list[int]:
    """Return the ids of a unit and of all units below it."""
    rows = OrganisationUnit.objects.filter(portfolio=unit.portfolio_id).order_by()
    below = _below(rows.values_list("pk", "parent"))
    ids = [unit.pk]
    for pk in ids:  # which grows on the way
        ids += below.get(pk, ())
    return ids


def ancestors(unit: OrganisationUnit) -> list[OrganisationUnit]:
    """Return the units that a unit is a part of, from the top."""
    units = OrganisationUnit.objects.filter(portfolio=unit.portfolio_id).in_bulk()
    path: list[OrganisationUnit] = []
    while unit.parent_id is not None:
        unit = units[unit.parent_id]
        path.insert(0, unit)
    return path


def tree(portfolio: Portfolio, user: Any, *, top: OrganisationUnit | None = None) -> list[Branch]:
    """Return the units of a portfolio that are not archived, or those from `top` on, in the order
    of their tree, each with the number of members that the user sees."""
    rows = OrganisationUnit.objects.visible_to(user).filter(portfolio=portfolio)
    units = {unit.pk: unit for unit in rows.select_related("head", "parent")}
    below = _below((unit.pk, unit.parent_id) for unit in units.values())
    counts = _counted(list(units), user)
    branches: list[Branch] = []

    def grow(pk: int, depth: int) -> Counter[str]:
        """Add a unit with all below it; return the number of their members."""
        branch = Branch(units[pk], depth, {})
        if units[pk].archived_at is None or pk == getattr(top, "pk", None):
            branches.append(branch)
        total = Counter(counts.get(pk, {}))
        for child in below.get(pk, ()):
            total.update(grow(child, depth + 1))
        branch.counts = {name: total[name] for name in MEMBERS}
        return total

    for pk in below.get(None, ()) if top is None else [top.pk]:
        grow(pk, 0)
    return branches


def _below(pairs: Iterable[tuple[int, int | None]]) -> dict[int | None, list[int]]:
    """Return the ids of units by the id of their parent."""
    below: dict[int | None, list[int]] = {}
    for pk, parent in pairs:
        below.setdefault(parent, []).append(pk)
    return below


def _counted(units: list[int], user: Any) -> dict[int, dict[str, int]]:
    """Return how many members of each collection each unit has itself, as far as the user sees
    them, without archived people."""
    counts: dict[int, dict[str, int]] = {}
    for name, model in MEMBERS.items():
        rows = model.objects.visible_to(user).filter(organisation_unit__in=units).order_by()
        if model is Person:
            rows = rows.filter(archived_at=None)
        for pk, count in rows.values_list("organisation_unit").annotate(Count("pk", distinct=True)):
            counts.setdefault(pk, {})[name] = count
    return counts
