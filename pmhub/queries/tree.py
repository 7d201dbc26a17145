"""The tree beside every page: portfolios with their programmes, and projects outside programmes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, RowNumber

from pmhub.access.grants import grants_of
from pmhub.caching import BoundedCache
from pmhub.database import touches
from pmhub.database.collation import InOrder
from pmhub.database.statements import IDS, Rows
from programmes.models import MetricValue, Portfolio, Programme
from projects.models import Project, ProjectForecast

LISTED = 40  # programmes in the tree, which stays readable; the portfolio's page lists all
# Projects in the tree in all, and the fewest of each programme.
BELOW, FEWEST = 160, 5

Row = Mapping[str, Any]
Healths = Mapping[str, Mapping[int, str]]  # by "programme" and "project", then by id


def tree(user: Any) -> list[dict[str, Any]]:
    """Return the portfolios that the user sees with their programmes, the projects of these, and
    the projects that belong to no programme or to one that the user may not see. Takes four
    queries, which read only the rows that are listed."""
    seen = Programme.objects.visible_to(user)
    programmes = _first_of_each(seen.filter(archived_at=None), F("portfolio_id"))
    # With a role on the project itself, a user sees it without its programme.
    held = grants_of(user).ids("project")
    alone = (
        Project.objects.visible_to(user)
        .filter(Q(programme=None) | Q(pk__in=held), archived_at=None)
        .exclude(programme__in=seen.order_by().values("pk"))
    )
    projects = _first_of_each(alone, Coalesce("programme__portfolio_id", "portfolio_id"))
    _put_below(programmes, user)
    return [
        _branch(portfolio, programmes, projects)
        for portfolio in Portfolio.objects.visible_to(user)
        .filter(archived_at=None)
        .values("id", "name")
    ]


HEALTHS: Mapping[str, Rows[Any]] = {
    "programmes": Rows(
        lambda: MetricValue.objects.filter(
            metric="health", valid_to__isnull=True, programme_id__in=[IDS]
        ).values_list("programme", "word")
    ),
    "projects": Rows(
        lambda: ProjectForecast.objects.filter(
            valid_to__isnull=True, project_id__in=[IDS]
        ).values_list("project", KeyTextTransform("effective", "health"))
    ),
}


# The tables whose touches say that a health may be another.
COMPUTED = {touches.topic_of(MetricValue), touches.topic_of(ProjectForecast)}
cache = BoundedCache(1_000_000)


def healths(branches: Iterable[Row]) -> Healths:
    """Return the health of everything that the tree lists, by collection and id. Takes two queries,
    and none while no figures are computed."""
    programmes = [row for branch in branches for row in branch["programmes"]]
    listed = {
        "programmes": [row["id"] for row in programmes],
        "projects": [row["id"] for home in (*branches, *programmes) for row in home["projects"]],
    }
    ids = listed.values()
    # Read before the healths: those may be newer, never older.
    key = (*map(tuple, ids), touches.stamp_of_tables(COMPUTED))
    healths: Healths | None = cache.get(key)
    if healths is None:
        healths = {kind: dict(health(listed[kind])) for kind, health in HEALTHS.items()}
        cache.put(key, healths, 50 * (1 + sum(map(len, ids))))
    return healths


def judged(branches: Iterable[Row], healths: Healths) -> list[dict[str, Any]]:
    """Return the tree with the health added to each row."""

    def of(kind: str, rows: Iterable[Row]) -> list[dict[str, Any]]:
        return [{**row, "health": healths[kind].get(row["id"])} for row in rows]

    return [
        {
            **branch,
            "programmes": [
                {**programme, "projects": of("projects", programme["projects"])}
                for programme in of("programmes", branch["programmes"])
            ],
            "projects": of("projects", branch["projects"]),
        }
        for branch in branches
    ]


def _first_of_each(rows: QuerySet, home: Any, most: int = 0) -> list[dict[str, Any]]:
    """Return the first rows below each `home`, with the number of all rows there (`all`)."""
    ranked = rows.annotate(
        home=home,
        place=Window(RowNumber(), partition_by="home", order_by=InOrder("code")),
        all=Window(Count("pk"), partition_by="home"),
    )
    return list(
        ranked.filter(place__lte=most or LISTED).values("id", "code", "name", "home", "all")
    )


def _put_below(programmes: Sequence[dict[str, Any]], user: Any) -> None:
    """Add to each programme its first projects, and the number of those that are not listed."""
    listed = [programme["id"] for programme in programmes]
    most = max(FEWEST, BELOW // max(1, len(listed)))
    inside = Project.objects.visible_to(user).filter(programme__in=listed, archived_at=None)
    projects = _first_of_each(inside, F("programme_id"), most) if listed else []
    for programme in programmes:
        programme["projects"] = [row for row in projects if row["home"] == programme["id"]]
        first = programme["projects"][:1]
        programme["more"] = sum(row["all"] for row in first) - len(programme["projects"])


def _branch(portfolio: Row, programmes: Sequence[Row], projects: Sequence[Row]) -> dict[str, Any]:
    """Return one portfolio of the tree, with the number of programmes and projects that it does not
    list."""
    inside = [programme for programme in programmes if programme["home"] == portfolio["id"]]
    alone = [project for project in projects if project["home"] == portfolio["id"]]
    more = sum(rows[0]["all"] - len(rows) for rows in (inside, alone) if rows)
    return {**portfolio, "programmes": inside, "projects": alone, "more": more}
