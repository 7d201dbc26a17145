"""`/programmes/{id}/scenarios/`: the scenarios of a programme, and side by side with reality."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.api.effects import effect
from pmhub.api.parameters import check_known
from pmhub.api.problems import body_problem, parameter_problem
from pmhub.api.records import RecordViewSet
from pmhub.api.resources import API
from pmhub.api.revalidation import revalidated
from pmhub.api.subrequests import sub_request
from programmes import queries
from programmes.api.figure_json import DIFFERENCES, figure_value, reference
from programmes.api.previews import person_shown
from programmes.models import Programme, Scenario
from programmes.queries.whatif.comparison import (
    MOST,
    Column,
    Comparison,
    FigureRow,
    LastTrial,
    ProjectRow,
    YearRow,
)
from programmes.rollup.ledger import Metric
from programmes.serializers.whatif.scenarios import ComparisonSerializer, ScenarioSerializer

IDS = re.compile(r"[0-9]{1,18}(,[0-9]{1,18})*")


class ProgrammeScenarios(RecordViewSet):
    """The scenarios of a programme."""

    @extend_schema(
        methods=["GET"],
        operation_id="programmes_scenarios_list",
        responses=ScenarioSerializer(many=True),
    )
    @extend_schema(
        methods=["POST"], request=ScenarioSerializer, responses={201: ScenarioSerializer}
    )
    @action(detail=True, methods=["get", "post"], url_path="scenarios", filterset_class=None)
    @effect
    def scenarios(self, request: Request, pk: str) -> Response:
        """The scenarios of the programme; or one more, as POST to `scenarios/` with it."""
        programme = self.get_object()
        if request.method == "GET":
            check_known(request, {"page", "page_size"})
            paging = request.query_params.urlencode()
            return sub_request(request, "GET", f"scenarios/?programme={programme.pk}&{paging}")
        check_known(request, set())
        if not isinstance(request.data, Mapping):
            raise body_problem("", "invalid", "Give an object.")
        body = {**request.data, "programme": programme.pk}
        return sub_request(request, "POST", "scenarios/", body)

    @extend_schema(
        responses=ComparisonSerializer,
        parameters=[
            OpenApiParameter(
                "ids",
                OpenApiTypes.STR,
                description=f"Ids of scenarios, commas between, at most {MOST}; the last"
                f" {MOST} of the programme, if left out",
            )
        ],
    )
    @action(detail=True, url_path="scenarios/comparison", filterset_class=None)
    @revalidated
    def comparison(self, request: Request, pk: str) -> Any:
        """The programme now and in its scenarios, side by side."""
        check_known(request, {"ids"})
        programme = self.get_object()
        chosen = _chosen(request, programme)
        return compared(
            queries.comparison(programme, chosen, request.user), request.build_absolute_uri("/")
        )


def _chosen(request: Request, programme: Programme) -> list[Scenario]:
    """Return the scenarios that the query names, in that order; raises a 400 problem."""
    text = request.query_params.get("ids")
    scenarios = queries.scenarios_of(programme, request.user)
    if text is None:
        return scenarios[-MOST:]
    if not IDS.fullmatch(text):
        raise parameter_problem("ids", "invalid", "Give ids with commas between.")
    wanted = list(dict.fromkeys(int(part) for part in text.split(",")))
    if len(wanted) > MOST:
        raise parameter_problem("ids", "too_many", f"Compare at most {MOST} scenarios.")
    by_id = {scenario.pk: scenario for scenario in scenarios}
    for id in wanted:
        if id not in by_id:
            raise parameter_problem(
                "ids", "does_not_exist", f"This programme has no scenario {id}."
            )
    return [by_id[id] for id in wanted]


# Shapes


def compared(comparison: Comparison, base: str) -> dict[str, Any]:
    """Return a comparison as JSON."""
    portfolio = comparison.programme.portfolio
    return {
        "programme": reference(comparison.programme, base),
        "currency": portfolio.currency,
        "money_unit": portfolio.money_unit,
        "as_of": comparison.now.as_of,
        "computed_at": comparison.now.computed_at,
        "state": comparison.now.state,
        "scenarios": [_scenario(column, base) for column in comparison.columns],
        "metrics": [_figure(figure) for figure in comparison.figures],
        "projects": [_project(project, base) for project in comparison.projects],
        "benefits": [_year(year) for year in comparison.years],
        "programmes": [
            {
                **reference(programme, base),
                "currency": programme.portfolio.currency,
                "money_unit": programme.portfolio.money_unit,
                "metrics": [_figure(row) for row in rows],
            }
            for programme, rows in comparison.others
        ],
    }


def _scenario(column: Column, base: str) -> dict[str, Any]:
    scenario = column.scenario
    return {
        "id": scenario.pk,
        "name": scenario.name,
        "url": f"{base}{API}scenarios/{scenario.pk}/",
        "trial": trial_shown(column.tried),
        "stale_changes": sum(column.freshness[change.pk].stale for change in column.changes),
        "people": [person_shown(person, base) for person in column.people],
        "hidden": {"programmes": column.hidden_programmes, "projects": column.hidden_projects},
    }


def trial_shown(tried: LastTrial) -> dict[str, Any]:
    """Return whether a scenario was tried and whether the trial is still valid, as JSON."""
    trial = tried.trial
    return {
        "state": tried.state.word,
        "tried_at": trial and trial.tried_at,
        "tried_by": trial and user_shown(trial.tried_by),
        "moved": [moved.code for moved in tried.moved],
        "moved_hidden": len(tried.state.moved) - len(tried.moved),
    }


def user_shown(user: Any) -> dict[str, Any] | None:
    """Return a user by id and name."""
    return user and {"id": user.pk, "name": user.called}


def _figure(row: FigureRow) -> dict[str, Any]:
    metric = row.metric
    unit = DIFFERENCES.get(metric.unit, str(metric.unit))
    return {
        "name": metric.name,
        "label": metric.label,
        "unit": metric.unit,
        "now": figure_value(row.now, metric.unit),
        "scenarios": [
            ends
            and {
                "value": figure_value(ends[1], metric.unit),
                "difference": figure_value(queries.difference(metric, ends), unit),
                **_verdict(verdict, metric),
            }
            for ends, verdict in zip(row.ends, row.verdicts, strict=True)
        ],
    }


def _verdict(verdict: queries.Verdict | None, metric: Metric) -> dict[str, Any]:
    """Return as JSON whether a change is better or worse, and the value by which it is judged;
    where that cannot be told, why."""
    verdict = verdict or queries.Verdict()
    return {
        "verdict": verdict.word or None,
        "reason": verdict.reason or None,
        "benefits_at_stake": figure_value(verdict.at_stake, "money"),
        "expected": figure_value(verdict.expected, metric.unit),
    }


def _project(row: ProjectRow, base: str) -> dict[str, Any]:
    project = row.project
    return {
        "id": project.pk,
        "code": project.code,
        "name": project.name,
        "url": f"{base}{API}projects/{project.pk}/",
        "html_url": f"{base}projects/{project.pk}/",
        "finish": row.finish,
        "health": row.health or None,
        "scenarios": [
            ends and {"finish": ends[0][1], "days": _days(*ends[0]), "health": ends[1][1] or None}
            for ends in row.ends
        ],
    }


def _days(before: Any, after: Any) -> int | None:
    return (after - before).days if before and after else None


def _year(row: YearRow) -> dict[str, Any]:
    return {
        "label": f"FY{row.year}",
        "planned": figure_value(row.planned, "money"),
        "forecast": figure_value(row.forecast, "money"),
        "scenarios": [
            scenario
            and {
                "planned": figure_value(scenario.planned[1], "money"),
                "forecast": figure_value(scenario.forecast[1], "money"),
                "expected": figure_value(scenario.expected, "money"),
            }
            for scenario in row.scenarios
        ],
    }
