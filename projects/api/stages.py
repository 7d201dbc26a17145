"""`GET /stages/`: the stages of projects, with the gates at which they begin."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from pmhub.api.filtering import check_parameters
from pmhub.api.problems import parameter_problem
from pmhub.api.revalidation import revalidated
from pmhub.api.table_files import FORMAT, wants_table
from pmhub.api.table_lists import TableList
from pmhub.numerals import whole_number
from projects.models import Project
from projects.queries.stages import PATH, Stage, StageBounds, bounds_of, stages_of

MARKS = ("passed", "now", "ahead")
CHOICES = {"stage": tuple(str(stage) for stage in PATH), "state": MARKS}
Rows = list[Stage]  # the view has a method of the name `list`
IDS = {"project": "pk", "programme": "programme"}


class StageSerializer(serializers.Serializer):
    """A stage of a project: `passed`, `now` or `ahead`. `gate` is the gate at which it was decided
    that the stage begins (`entered_on`), or at which that is planned to be decided (`planned_on`);
    `left_on` is the day on which the stage ended. The days are those of gates: they are null for a
    stage without a gate."""

    project = serializers.IntegerField()
    project_code = serializers.CharField()
    project_name = serializers.CharField()
    number = serializers.IntegerField()
    stage = serializers.ChoiceField(CHOICES["stage"])
    label = serializers.CharField()  # type: ignore[assignment]  # of a stage, not DRF's
    state = serializers.ChoiceField(MARKS)
    entered_on = serializers.DateField(allow_null=True)
    left_on = serializers.DateField(allow_null=True)
    planned_on = serializers.DateField(allow_null=True)
    gate = serializers.IntegerField(allow_null=True)
    html_url = serializers.URLField()


class StageViewSet(TableList):
    """The stages of the projects that the user may see and that are not archived: by project, and
    in each project in the order of the stages. A decision at a gate moves a project to another
    stage."""

    serializer_class = StageSerializer
    metadata_class = None
    filter_backends = ()

    def read(self, stages: list[Stage], start: int, stop: int) -> list[dict[str, Any]]:
        """Return the rows from `start` to before `stop`."""
        window, base = stages[start:stop], self.request.build_absolute_uri("/")
        bounds = bounds_of(window, self.request.user)
        return [_as_row(*pair, base) for pair in zip(window, bounds, strict=True)]

    @extend_schema(
        parameters=[
            *(OpenApiParameter(name, OpenApiTypes.INT) for name in IDS),
            *(OpenApiParameter(name, enum=values) for name, values in CHOICES.items()),
            FORMAT,
        ],
        filters=False,
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """A page of stages, or a file of them all."""
        check_parameters(request, {"page", "page_size", "format", *IDS, *CHOICES})
        return self.table(self.chosen(request)) if wants_table(request) else self.page(request)

    @revalidated
    def page(self, request: Request) -> Any:
        """Return the page of stages as data."""
        return self.get_paginated_response(self.paginate_queryset(self.chosen(request))).data

    def chosen(self, request: Request) -> Rows:
        """Return the stages that the parameters choose."""
        parameters = request.query_params
        projects = Project.objects.visible_to(request.user).filter(archived_at=None)
        within = {IDS[name]: _id(name, parameters[name]) for name in IDS if name in parameters}
        stages = stages_of(projects.filter(**within))
        if stage := _chosen("stage", parameters.get("stage", "")):
            stages = [row for row in stages if row.value == stage]
        if state := _chosen("state", parameters.get("state", "")):
            stages = [row for row in stages if row.state == state]
        return stages


def _id(name: str, text: str) -> int:
    number = whole_number(text)
    if number is None:
        raise parameter_problem(name, "invalid", f"Give the id of a {name}.")
    return number


def _chosen(name: str, value: str) -> str:
    if value and value not in CHOICES[name]:
        raise parameter_problem(
            name, "invalid_choice", f"Choose one of: {', '.join(CHOICES[name])}."
        )
    return value


def _as_row(stage: Stage, bounds: StageBounds, base: str) -> dict[str, Any]:
    return {
        "project": stage.project, "project_code": stage.code, "project_name": stage.name,
        "number": stage.at + 1, "stage": stage.value, "label": str(PATH[stage.at].label),
        "state": stage.state, "entered_on": bounds.entered_on, "left_on": bounds.left_on,
        "planned_on": bounds.planned_on, "gate": bounds.gate,
        "html_url": f"{base}projects/{stage.project}/",
    }  # fmt: skip
