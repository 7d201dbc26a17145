"""`?preview=1`: the record that a write would make, and what it would move, without making it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from django.db import OperationalError
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.api.deadlocks import ATTEMPTS, is_retryable
from pmhub.api.problems import RETRY_AFTER, Problem
from programmes import queries
from programmes.api.figure_json import figure_value, reference, source_of
from programmes.models import BenefitAssumption, Programme
from programmes.queries.contacts import Holder
from programmes.queries.previews import (
    MovedDependency,
    MovedFigure,
    MovedOwnFigures,
    MovedProgramme,
    MovedProject,
)
from programmes.queries.whatif.benefit_years import MovedYear
from programmes.rollup.dry_run import MOST, PreviewFailed, PreviewTooLarge
from programmes.serializers.previews import PreviewSerializer

__all__ = ["PreviewSerializer", "person_shown", "previewed", "try_work"]

LOCKED = "55P03"

T = TypeVar("T")


def previewed(request: Request, work: Callable[[], Response]) -> Response:
    """Return the answer of a preview. Raises what the write would have raised, 422 and 503."""
    return Response(_shown(try_work(request, work), request), headers={"Cache-Control": "no-store"})


def try_work(
    request: Request,
    work: Callable[[], T],
    also: Iterable[int] = (),
    assumption: str = BenefitAssumption.FOLLOW_DELAY,
) -> queries.Preview[T]:
    """Return what some work would make and move, by an assumption about benefits. Raises what the
    work raises, 422 and 503."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return queries.preview(work, request.user, also, assumption)
        except PreviewTooLarge:
            text = f"This moves more than {MOST} programmes: too wide a change to preview."
            raise Problem(422, "too_wide", text) from None
        except PreviewFailed:
            text = "Figures that this moves cannot be computed: what it would do is not known."
            raise Problem(422, "not_computable", text) from None
        except OperationalError as error:
            if is_retryable(error) and attempt < ATTEMPTS:
                continue  # somebody changed what was being read: again, as it is now
            if is_retryable(error) or getattr(error.__cause__, "pgcode", None) == LOCKED:
                raise _busy() from error
            raise
    raise AssertionError  # the last attempt returned or raised


def _busy() -> Problem:
    text = "These figures are being computed this moment. Nothing was saved; try again."
    return Problem(503, "busy", text, headers={"Retry-After": RETRY_AFTER})


def _shown(preview: queries.Preview[Response], request: Request) -> dict[str, Any]:
    base = request.build_absolute_uri("/")
    return movement_json(preview.answer.data, preview, base) | {
        "project_figures": [_own(figure, base) for figure in preview.own],
        "dependencies": [_dependency(dependency, base) for dependency in preview.dependencies],
        "benefits": [_benefits(programme, years, base) for programme, years in preview.years],
        "people": [person_shown(person, base) for person in preview.people],
    }


def movement_json(
    row: Any, preview: queries.Preview[Any] | queries.RulePreview, base: str
) -> dict[str, Any]:
    """Return the members of every preview: the record as it would be, the programmes and projects
    that would move, and how many of those are out of sight. The other members are empty."""
    return {
        "preview": True,
        "object": row,
        "programmes": [_programme(programme, base) for programme in preview.programmes],
        "projects": [_project(project, base) for project in preview.projects],
        "would_open": [
            {"programme": programme.programme.code, "tolerance": source_of(line.source, base)}
            for programme in preview.programmes
            for line in queries.newly_broken(programme)
        ],
        "project_figures": [],
        "dependencies": [],
        "benefits": [],
        "people": [],
        "hidden": {"programmes": preview.hidden_programmes, "projects": preview.hidden_projects},
    }


def _programme(moved: MovedProgramme, base: str) -> dict[str, Any]:
    """Return a programme with the figures that would change."""
    portfolio = moved.programme.portfolio
    return {
        **reference(moved.programme, base),
        "currency": portfolio.currency,
        "money_unit": portfolio.money_unit,
        "metrics": [_figure(figure, base) for figure in moved.figures],
    }


def _own(moved: MovedOwnFigures, base: str) -> dict[str, Any]:
    portfolio = moved.project.owner_portfolio
    return {
        **reference(moved.project, base, "projects"),
        "currency": portfolio.currency,
        "money_unit": portfolio.money_unit,
        "metrics": [_figure(figure, base) for figure in moved.figures],
    }


def _benefits(programme: Programme, years: Sequence[MovedYear], base: str) -> dict[str, Any]:
    portfolio = programme.portfolio
    return {
        **reference(programme, base),
        "currency": portfolio.currency,
        "money_unit": portfolio.money_unit,
        "years": [
            {
                "label": f"FY{year.year}",
                "planned": _ends(year.planned),
                "forecast": _ends(year.forecast),
                "expected": figure_value(year.expected, "money"),
            }
            for year in years
        ],
    }


def _ends(values: tuple[Any, Any]) -> dict[str, Any]:
    return {"from": figure_value(values[0], "money"), "to": figure_value(values[1], "money")}


def person_shown(holder: Holder, base: str) -> dict[str, Any]:
    """Return a person to ask, and why."""
    return {
        "id": holder.person.pk,
        "name": holder.person.name,
        "roles": [
            {"role": role, "dependency": about or None, "source": source_of(source, base)}
            for role, about, source in holder.reasons
        ],
    }


def _figure(moved: MovedFigure, base: str) -> dict[str, Any]:
    unit = moved.metric.unit
    return {
        "name": moved.metric.name,
        "label": moved.metric.label,
        "unit": unit,
        "from": figure_value(moved.before, unit),
        "to": figure_value(moved.after, unit),
        "lines": [
            {
                "source": source_of(line.source, base),
                "before": figure_value(line.before, unit),
                "after": figure_value(line.after, unit),
            }
            for line in moved.lines
        ],
    }


def _dependency(moved: MovedDependency, base: str) -> dict[str, Any]:
    link = moved.dependency
    return {
        "id": link.pk,
        "code": link.code,
        "name": link.deliverable,
        "url": f"{base}api/v1/dependencies/{link.pk}/",
        "html_url": f"{base}projects/{link.receiver_id}/",
        "effective_forecast": dict(zip(("from", "to"), moved.comes, strict=True)),
        "status": dict(zip(("from", "to"), moved.status, strict=True)),
    }


def _project(moved: MovedProject, base: str) -> dict[str, Any]:
    """Return a project whose finish or health would change."""
    project = moved.project
    return {
        "id": project.pk,
        "code": project.code,
        "name": project.name,
        "url": f"{base}api/v1/projects/{project.pk}/",
        "html_url": f"{base}projects/{project.pk}/",
        "finish": dict(zip(("from", "to"), moved.finish, strict=True)),
        "health": dict(zip(("from", "to"), (rag or None for rag in moved.health), strict=True)),
    }
