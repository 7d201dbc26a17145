"""Load of resources against their capacity by month, and what is at stake where they are short.

The number of queries does not depend on how many resources, bookings or months there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q

from benefits.models import Benefit, BenefitContribution
from pmhub.database.collation import InOrder
from programmes.models import LedgerLine, valid
from projects.capacity import Booking, Month, Period, monthly_load
from projects.models import (
    COUNTED,
    Allocation,
    Firmness,
    Project,
    Resource,
    ResourceCapacity,
    ended_on,
)

ZERO = Decimal(0)
WORTH = "benefits_whole_life_planned"


@dataclass(frozen=True, slots=True)
class LoadScope:
    """Which resources are looked at: one, that of a person, or those booked in a portfolio,
    programme or project; all where nothing is named."""

    portfolio: int | None = None
    programme: int | None = None
    project: int | None = None
    resource: int | None = None
    person: int | None = None

    def of_resources(self) -> Q:
        """Return the condition that a resource is in the scope."""
        named = {"pk": self.resource, "person": self.person}
        return Q(**{name: id for name, id in named.items() if id})

    def of_projects(self, path: str = "") -> Q:
        """Return the condition that a project, at this path, is in the scope."""
        where = Q()
        if self.portfolio:
            where &= Q(**{f"{path}programme__portfolio": self.portfolio}) | Q(
                **{f"{path}portfolio": self.portfolio}
            )
        if self.programme:
            where &= Q(**{f"{path}programme": self.programme})
        if self.project:
            where &= Q(**{f"{path}pk": self.project})
        return where


@dataclass(frozen=True, slots=True)
class MonthOf:
    """A resource in a month: all bookings that count, how much of them is soft and, not among them,
    what is requested."""

    month: date
    booked: Decimal
    soft: Decimal
    asked: Decimal
    capacity: Decimal
    over: Decimal
    utilisation: Decimal | None
    projects: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BenefitAtStake:
    """A benefit to which overbooked projects contribute: the part of its planned value, over its
    whole life, that they bring; None where it is not counted in money."""

    benefit: Benefit
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class Contention:
    """A resource that is booked beyond its capacity: the months, the projects (`hidden` of them out
    of sight), and the benefits at stake."""

    resource: Resource
    months: Sequence[MonthOf]
    projects: Sequence[Project]
    hidden: int
    stakes: Sequence[BenefitAtStake]

    @property
    def worst(self) -> MonthOf:
        """Return the month in which it is short by most."""
        return max(self.months, key=lambda month: month.over)

    @property
    def value(self) -> Decimal:
        """Return the planned value at stake, each benefit once."""
        return sum((stake.value or ZERO for stake in self.stakes), ZERO)


@dataclass(frozen=True, slots=True)
class Loads:
    """Each resource by month, the resources in contention, and the requests that are not
    answered."""

    months: Sequence[date]
    rows: Sequence[tuple[Resource, Sequence[MonthOf]]]
    contended: Sequence[Contention]
    requests: Sequence[Allocation]


def resource_loads(user: Any, narrowed: LoadScope, first: date, months: int) -> Loads:
    """Return the load of the resources that a user sees, for so many months from one on."""
    resources = _resources(user, narrowed)
    ids = [resource.pk for resource in resources]
    bookings = _bookings(ids)
    periods = _periods(ids)
    rows = [
        (resource, _months(resource, bookings[resource.pk], periods[resource.pk], first, months))
        for resource in resources
    ]
    return Loads(
        months=[month.month for month in rows[0][1]] if rows else [],
        rows=rows,
        contended=_contended(rows, user),
        requests=_requests(user, ids, narrowed),
    )


def _resources(user: Any, narrowed: LoadScope) -> list[Resource]:
    resources = Resource.objects.visible_to(user).select_related("owner", "portfolio")
    if booking := narrowed.of_projects("project__"):
        booked = Allocation.objects.filter(booking)
        resources = resources.filter(pk__in=booked.values("resource_id"))
    return list(resources.filter(narrowed.of_resources()).order_by(InOrder("code"), "pk"))


def _bookings(ids: Collection[int]) -> Mapping[int, list[tuple[str, Booking]]]:
    """Return the bookings and requests of each resource, whoever made them, with their firmness."""
    bookings: dict[int, list[tuple[str, Booking]]] = defaultdict(list)
    rows = Allocation.objects.filter(resource_id__in=ids).exclude(firmness=Firmness.DECLINED)
    columns = "resource_id", "firmness", "project_id", "units", "starts_on", "ends_on"
    for id, firmness, project, units, start, end, ended in rows.order_by("pk").values_list(
        *columns, ended_on("project__")
    ):
        booking = Booking(project, units, start, end, firmness in COUNTED, ended)
        bookings[id].append((firmness, booking))
    return bookings


def _periods(ids: Collection[int]) -> Mapping[int, list[Period]]:
    periods: dict[int, list[Period]] = defaultdict(list)
    rows = ResourceCapacity.objects.filter(resource_id__in=ids)
    columns = "resource_id", "period_start", "period_end", "capacity"
    for id, start, end, capacity in rows.values_list(*columns):
        periods[id].append((start, end, capacity))
    return periods


def _months(
    resource: Resource,
    bookings: Sequence[tuple[str, Booking]],
    periods: Sequence[Period],
    first: date,
    months: int,
) -> list[MonthOf]:
    def load(*firmness: str) -> list[Month]:
        counted = [replace(booking, counted=True) for how, booking in bookings if how in firmness]
        return monthly_load(resource.capacity, counted, first, months, periods)

    return [
        MonthOf(
            month=firm.month,
            booked=firm.demand,
            soft=soft.demand,
            asked=requested.demand,
            capacity=firm.capacity,
            over=firm.over,
            utilisation=firm.utilisation,
            projects=firm.projects,
        )
        for firm, soft, requested in zip(
            load(*COUNTED), load(Firmness.SOFT), load(Firmness.REQUESTED), strict=True
        )
    ]


def _contended(rows: Iterable[tuple[Resource, Sequence[MonthOf]]], user: Any) -> list[Contention]:
    """Return the resources that are booked beyond capacity, the most value at stake first."""
    over = {
        resource: [month for month in months if month.over > 0]
        for resource, months in rows
        if any(month.over > 0 for month in months)
    }
    involved = {
        resource: {id for month in months for id in month.projects}
        for resource, months in over.items()
    }
    ids = set().union(*involved.values()) if involved else set()
    projects = {
        project.pk: project for project in Project.objects.visible_to(user).filter(pk__in=ids)
    }
    stakes = _stakes(projects, user)
    contended = [
        Contention(
            resource=resource,
            months=months,
            projects=[project for id, project in projects.items() if id in involved[resource]],
            hidden=len(involved[resource] - projects.keys()),
            stakes=_together(stakes, involved[resource]),
        )
        for resource, months in over.items()
    ]
    return sorted(contended, key=lambda row: (-row.value, row.resource.code))


def _stakes(
    projects: Collection[int], user: Any
) -> list[tuple[int, Benefit, Decimal, Decimal | None]]:
    """Return (project, benefit, share, planned value) of each contribution of these projects."""
    links = list(
        BenefitContribution.objects.filter(
            project_id__in=projects, benefit__in=Benefit.objects.visible_to(user)
        )
        .select_related("benefit")
        .order_by(InOrder("benefit__code"), "pk")
    )
    lines = LedgerLine.objects.filter(
        valid(),
        metric=WORTH,
        source_type="benefit",
        source_id__in=[link.benefit_id for link in links],
        included=True,
    )
    worth = dict(lines.values_list("source_id", "amount"))
    return [
        (link.project_id, link.benefit, link.weight, worth.get(link.benefit_id)) for link in links
    ]


def _together(
    stakes: Iterable[tuple[int, Benefit, Decimal, Decimal | None]], projects: Collection[int]
) -> list[BenefitAtStake]:
    """Return for each benefit the part that these projects bring together."""
    shares: dict[Benefit, Decimal] = defaultdict(Decimal)
    worth: dict[Benefit, Decimal | None] = {}
    for project, benefit, weight, value in stakes:
        if project in projects:
            shares[benefit] += weight
            worth[benefit] = value
    return [
        BenefitAtStake(benefit, None if (value := worth[benefit]) is None else value * share)
        for benefit, share in shares.items()
    ]


def _requests(user: Any, ids: Collection[int], narrowed: LoadScope) -> list[Allocation]:
    """Return the requests that are not answered, as far as the user may see them, the earliest
    first."""
    rows = Allocation.objects.visible_to(user).filter(
        narrowed.of_projects("project__"), resource_id__in=ids, firmness=Firmness.REQUESTED
    )
    return list(rows.select_related("resource", "project").order_by("starts_on", "pk"))
