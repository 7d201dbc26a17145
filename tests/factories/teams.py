"""Disciplines, organisation units, posts, resources and bookings."""

from datetime import date
from decimal import Decimal
from typing import Any

from programmes.models import (
    Discipline,
    DisciplineLink,
    OrganisationUnit,
    Portfolio,
    Programme,
)
from projects.models import Allocation, Post, Project, Resource, TeamMaturity
from tests.factories.codes import next_code
from tests.factories.programmes import portfolio
from tests.factories.projects import project


def discipline(home: Portfolio | None = None, **fields: Any) -> Discipline:
    """Return a discipline."""
    said = {"code": next_code("DX"), "name": "Construction"} | fields
    return Discipline.objects.create(portfolio=home or portfolio(), **said)


def discipline_link(
    giver: Discipline | None = None, receiver: Discipline | None = None, **fields: Any
) -> DisciplineLink:
    """Return a link by which a discipline gives something to another one of its portfolio."""
    giver = giver or discipline()
    receiver = receiver or discipline(giver.portfolio, name="Electrical")
    said = {"gives": "Drawings"} | fields
    return DisciplineLink.objects.create(giver=giver, receiver=receiver, **said)


def organisation_unit(home: Portfolio | None = None, **fields: Any) -> OrganisationUnit:
    """Return an organisation unit at the top of its tree."""
    said = {"code": next_code("OU"), "name": "Estates"} | fields
    return OrganisationUnit.objects.create(portfolio=home or portfolio(), **said)


def maturity(home: Project | None = None, **fields: Any) -> TeamMaturity:
    """Return an assessment of the team of a project."""
    said = {"level": 3, "assessed_on": "2026-10-01"} | fields
    return TeamMaturity.objects.create(project=home or project(), **said)


def post(home: Project | Programme | Portfolio | None = None, **fields: Any) -> Post:
    """Return a post that nobody holds yet."""
    home = home or project()
    side: Any = {str(home._meta.model_name): home}
    return Post.objects.create(**side, **{"title": "Planner", "wanted_from": "2026-10-01"} | fields)


def resource(**fields: Any) -> Resource:
    """Return a resource: a team, one unit."""
    if "portfolio" not in fields:
        fields["portfolio"] = portfolio()
    return Resource.objects.create(
        **{"code": next_code("RSX"), "name": "Team", "capacity": Decimal(1), **fields}
    )


def allocation(resource: Resource, project: Project, units: Any, **fields: Any) -> Allocation:
    """Return a firm booking for November 2026."""
    defaults = {"starts_on": date(2026, 11, 1), "ends_on": date(2026, 11, 30)}
    return Allocation.objects.create(
        resource=resource, project=project, units=units, **defaults | fields
    )
