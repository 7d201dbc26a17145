"""The floors: views that do nothing but one query and JSON, for a caller without any middleware
(`bare/`), and behind the middleware, the session and the user of everything else."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import wraps
from typing import Any

import orjson
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

View = Callable[..., HttpResponse]

PROJECTS = """
SELECT p.*, g.code AS programme_code, m.name AS manager, b.starts_on, b.finishes_on,
    b.budget_at_completion, b.planned_value_profile,
    (SELECT sum(approved) FROM projects_budgetline l WHERE l.project_id = p.id) AS approved_budget,
    (SELECT sum(amount) FROM projects_costactual c WHERE c.project_id = p.id) AS actual_cost
FROM projects_project p JOIN programmes_programme g ON g.id = p.programme_id
LEFT JOIN pmhub_person m ON m.id = p.project_manager_id
LEFT JOIN projects_baseline b ON b.project_id = p.id AND b.number = 1
"""


def rows_of(sql: str, parameters: list[Any]) -> list[dict[str, Any]]:
    """Return the rows of a query as dictionaries."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def answer(request: HttpRequest, rows: Any) -> HttpResponse:
    """Answer with rows as JSON, padded to the size of the answer of the view that this one is
    compared with."""
    body = orjson.dumps(rows, default=_plain)
    size = int(request.GET.get("size", 0))
    return HttpResponse(body + b" " * max(0, size - len(body)), content_type="application/json")


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


def signed_in(view: View) -> View:
    """Wrap a view so that it reads session and user first, as every view of ours does; raises
    PermissionError for an anonymous user."""

    @wraps(view)
    def checked(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            raise PermissionError
        return view(request, **kwargs)

    return checked


def projects(request: HttpRequest) -> HttpResponse:
    """Answer with fifty projects with programme, manager, plan and money, from one query."""
    return answer(request, rows_of(f"{PROJECTS} ORDER BY p.code LIMIT 50", []))


def project(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer with one project, from one query."""
    return answer(request, rows_of(f"{PROJECTS} WHERE p.id = %s", [pk]))


def one_row(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer with one row, looked up by its key."""
    sql = "SELECT * FROM programmes_programmerollup WHERE programme_id = %s"
    return answer(request, rows_of(sql, [pk]))


def update(request: HttpRequest, pk: int) -> HttpResponse:
    """Execute one plain update, with its triggers."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE projects_project SET estimate_to_complete = %s WHERE id = %s",
            [orjson.loads(request.body)["estimate_to_complete"], pk],
        )
    return answer(request, {"id": pk})


VIEWS: dict[str, View] = {
    "projects/": projects,
    "projects/<int:pk>/": project,
    "projects/<int:pk>/update/": update,
    "row/<int:pk>/": one_row,
}
urlpatterns = [
    path("", include("pmhub.urls")),
    *(path(f"minimal/bare/{at}", view) for at, view in VIEWS.items()),
    *(path(f"minimal/{at}", csrf_exempt(signed_in(view))) for at, view in VIEWS.items()),
]
