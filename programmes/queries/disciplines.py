"""What the disciplines of a portfolio give one another, and what their projects wait for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, F, QuerySet, When
from django.db.models.functions import Coalesce

from programmes.models import Discipline, DisciplineLink, Portfolio
from projects.models import Dependency, Project
from projects.models.states import SETTLED


@dataclass(slots=True)
class Cell:
    """A receiving discipline: the link to it, if there is one, and the number of open dependencies
    between projects of the two disciplines."""

    receiver: Discipline
    link: DisciplineLink | None = None
    dependencies: int = 0


@dataclass(slots=True)
class Line:
    """A discipline, with a cell for each discipline of the portfolio."""

    giver: Discipline
    cells: list[Cell] = field(default_factory=list)


def matrix(portfolio: Portfolio, user: Any) -> list[Line]:
    """Return what each discipline of a portfolio gives each other one, as far as the user sees it:
    a line for each giver, with a cell for each receiver."""
    disciplines = list(Discipline.objects.visible_to(user).filter(
        portfolio=portfolio, archived_at=None
    ))  # fmt: skip
    links = DisciplineLink.objects.visible_to(user).filter(giver__in=disciplines)
    between = {(link.giver_id, link.receiver_id): link for link in links}
    counted: dict[tuple[int, int], int] = {}
    for pair in dependencies_between(portfolio, user).values_list("gives", "takes"):
        counted[pair] = counted.get(pair, 0) + 1
    return [
        Line(
            giver,
            [
                Cell(one, between.get((giver.pk, one.pk)), counted.get((giver.pk, one.pk), 0))
                for one in disciplines
            ],
        )
        for giver in disciplines
    ]


def dependencies_between(portfolio: Portfolio, user: Any) -> QuerySet[Any]:
    """Return the open dependencies whose two sides have a discipline of the portfolio, with the ids
    of these as `gives` and `takes`. Disciplines are those of projects that the user sees, or of the
    dependency itself."""
    seen = Project.objects.visible_to(user).order_by().values("pk")
    gives = Case(When(giver__in=seen, then=F("giver__discipline")))
    takes = Case(When(receiver__in=seen, then=F("receiver__discipline")))
    own = Discipline.objects.filter(portfolio=portfolio, archived_at=None).values("pk")
    rows = Dependency.objects.visible_to(user).exclude(status__in=SETTLED)
    rows = rows.annotate(gives=Coalesce("discipline", gives), takes=takes)
    return rows.filter(gives__in=own, takes__in=own)


def links_of(discipline: Discipline, user: Any) -> tuple[list[Any], list[Any]]:
    """Return what a discipline gives to others and what it gets of them, as links."""
    rows = DisciplineLink.objects.visible_to(user).select_related("giver", "receiver")
    return list(rows.filter(giver=discipline)), list(rows.filter(receiver=discipline))
