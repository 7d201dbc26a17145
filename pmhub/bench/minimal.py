"""The floor: views that do nothing but one query and JSON, behind the same middleware and the same
session as everything else."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

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
    """Plain SQL, rows as dictionaries."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def answer(request: HttpRequest, rows: Any) -> HttpResponse:
    """The rows as JSON, filled up to the size that the view they stand for answers."""
    body = orjson.dumps(rows, default=_plain)
    size = int(request.GET.get("size", 0))
    return HttpResponse(body + b" " * max(0, size - len(body)), content_type="application/json")


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


def signed_in(request: HttpRequest) -> None:
    """Read the session and the user, as every view must. Raises PermissionError for a stranger."""
    if not request.user.is_authenticated:
        raise PermissionError


def projects(request: HttpRequest) -> HttpResponse:
    """Fifty projects with programme, manager, plan and money, from one query."""
    signed_in(request)
    return answer(request, rows_of(f"{PROJECTS} ORDER BY p.code LIMIT 50", []))


def project(request: HttpRequest, pk: int) -> HttpResponse:
    """One project, from one query."""
    signed_in(request)
    return answer(request, rows_of(f"{PROJECTS} WHERE p.id = %s", [pk]))


def one_row(request: HttpRequest, pk: int) -> HttpResponse:
    """One row by its key."""
    signed_in(request)
    sql = "SELECT * FROM programmes_programmerollup WHERE programme_id = %s"
    return answer(request, rows_of(sql, [pk]))


@csrf_exempt
def update(request: HttpRequest, pk: int) -> HttpResponse:
    """One plain update; its triggers leave the mark."""
    signed_in(request)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE projects_project SET estimate_to_complete = %s WHERE id = %s",
            [orjson.loads(request.body)["estimate_to_complete"], pk],
        )
    return answer(request, {"id": pk})


urlpatterns = [
    path("", include("pmhub.urls")),
    path("minimal/projects/", projects),
    path("minimal/projects/<int:pk>/", project),
    path("minimal/projects/<int:pk>/update/", update),
    path("minimal/row/<int:pk>/", one_row),
]
