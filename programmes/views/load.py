"""Load of resources against capacity: `/resources/load/`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Max
from django.utils import timezone

from pmhub import formats
from pmhub.access import can
from pmhub.database import touches
from pmhub.database.collation import InOrder
from pmhub.models import Person
from pmhub.numerals import whole_number
from pmhub.page_addresses import address_of
from pmhub.views import LivePage
from pmhub.views.content import Caching
from programmes.models import Portfolio, Programme, ProgrammeRollup
from programmes.queries.load import Contention, Loads, LoadScope, MonthOf, resource_loads
from projects.models import Allocation, Project, Resource
from projects.models.states import OWNER

MONTHS = (6, 12, 24, 36)
AHEAD = 12  # months on the page of a resource, or of whose time it is
MONTH = re.compile(r"(\d{4})-(\d{2})")
SHOWN = (
    (touches.EVERYWHERE, 0),
    ("pmhub.person", 0),
    ("projects.resource", 0),
    ("projects.resourcecapacity", 0),
    ("projects.allocation", 0),
    ("projects.project", 0),
    ("benefits.benefitcontribution", 0),
)


class LoadPage(LivePage):
    """Who is booked when, and beyond what there is; what is asked for, and what hangs on it."""

    template_name = "programmes/load_page.html"
    region_template_name = "programmes/load.html"
    title = "Resource load"
    caching = Caching.BY_READS

    def find(self) -> None:
        """Read the filters from the address; a value that does not exist is ignored."""
        query = self.request.GET
        numbers = {
            name: whole_number(query.get(name, ""))
            for name in ("portfolio", "programme", "project")
        }
        self.narrowed = LoadScope(**numbers)
        self.portfolios = list(Portfolio.objects.visible_to(self.request.user))
        text = query.get("months", "")
        self.months = int(text) if text in map(str, MONTHS) else 12
        self.first = month_of(query.get("from", "")) or self.present()

    def present(self) -> date:
        """Return the month of the status date."""
        return present_month(self.portfolios)

    def crumbs(self) -> list[tuple[str, str]]:
        """Return the pages above this one: the register of resources."""
        return [("Resources", address_of("register", "resources"))]

    def stamp(self) -> tuple[str, str]:
        """Return a stamp of what was touched, and when benefits were last valued."""
        computed = ProgrammeRollup.objects.aggregate(last=Max("computed_at"))["last"]
        stamp = f"{touches.stamp(SHOWN)}-{computed}-{self.first}-{self.request.GET.urlencode()}"
        return stamp, "fresh"

    def region_context(self) -> dict[str, Any]:
        """Return the heat map, what is contended, and what is asked for."""
        user = self.request.user
        loads = resource_loads(user, self.narrowed, self.first, self.months)
        return {
            **heat_map(loads),
            "contended": [contention_row(row) for row in loads.contended],
            "requests": [request_row(request, user) for request in loads.requests],
            "unit": formats.money_unit(self.portfolios[0]) if len(self.portfolios) == 1 else "",
            "filters": self.filters(),
            "spans": MONTHS,
            "span": self.months,
            "first": self.first,
        }

    def filters(self) -> list[dict[str, Any]]:
        """Return what the page can be narrowed by."""
        user, narrowed = self.request.user, self.narrowed
        programmes = Programme.objects.visible_to(user).order_by(InOrder("code"), "pk")
        projects = Project.objects.visible_to(user).order_by(InOrder("code"), "pk")
        if narrowed.programme:
            projects = projects.filter(programme=narrowed.programme)
        return [
            {
                "name": "portfolio",
                "label": "Portfolio",
                "value": narrowed.portfolio,
                "options": [(portfolio.pk, portfolio.name) for portfolio in self.portfolios],
            },
            {
                "name": "programme",
                "label": "Programme",
                "value": narrowed.programme,
                "options": [
                    (programme.pk, f"{programme.code} {programme.name}") for programme in programmes
                ],
            },
            {
                "name": "project",
                "label": "Project",
                "value": narrowed.project,
                "options": [(project.pk, f"{project.code} {project.name}") for project in projects],
            },
        ]


def of_person(person: Person, request: Any) -> dict[str, Any] | None:
    """Return the load of a person whose time is a resource, by month; None for other people."""
    return _own_load(request.user, LoadScope(person=person.pk))


def of_resource(resource: Resource, request: Any) -> dict[str, Any] | None:
    """Return the load of a resource, by month."""
    return _own_load(request.user, LoadScope(resource=resource.pk))


def _own_load(user: Any, narrowed: LoadScope) -> dict[str, Any] | None:
    first = present_month(Portfolio.objects.visible_to(user))
    loads = resource_loads(user, narrowed, first, AHEAD)
    if not loads.rows:
        return None
    contended = [contention_row(row) for row in loads.contended]
    return {**heat_map(loads), "contended": contended}


def present_month(portfolios: Iterable[Portfolio]) -> date:
    """Return the month of the latest status date of portfolios."""
    days = [portfolio.as_of for portfolio in portfolios]
    return max(days, default=timezone.localdate()).replace(day=1)


def heat_map(loads: Loads) -> dict[str, Any]:
    """Return the months of a heat map, and a row of cells for each resource."""
    rows = [
        {"resource": resource, "cells": [cell(month) for month in months]}
        for resource, months in loads.rows
    ]
    return {"months": loads.months, "rows": rows}


def month_of(text: str) -> date | None:
    """Return the first day of a month such as 2027-01; None for any other text."""
    match = MONTH.fullmatch(text)
    if not match or not 1 <= int(match[2]) <= 12 or not 1990 <= int(match[1]) <= 2190:
        return None
    return date(int(match[1]), int(match[2]), 1)


def cell(month: MonthOf) -> dict[str, Any]:
    """Return the cell of a resource in a month."""
    share = month.utilisation
    return {
        "month": month,
        "look": "over" if month.over > 0 else heat_step(share),
        "letter": "O" if month.over > 0 else "",
    }


def heat_step(share: Any) -> str:
    """Return in which of four steps a share is shown."""
    if not share:
        return "free"
    return "full" if share > 0.9 else "busy" if share > 0.5 else "light"  # shares


def contention_row(contention: Contention) -> dict[str, Any]:
    """Return a resource that is booked beyond its capacity, as a row."""
    return {
        "resource": contention.resource,
        "first": contention.months[0].month,
        "last": contention.months[-1].month,
        "number": len(contention.months),
        "worst": contention.worst,
        "projects": contention.projects,
        "hidden": contention.hidden,
        "stakes": contention.stakes,
        "value": contention.value,
        "unit": formats.money_unit(contention.resource.portfolio),
    }


def request_row(row: Allocation, user: Any) -> dict[str, Any]:
    """Return a request as a row; `answers` where the reader may answer it."""
    return {
        "row": row,
        "project": row.project.code if can(user, "view", row.project) else "Another project",
        "answers": OWNER.allows(user, row),
    }
