"""The tracks of a programme over REST: what the picture draws, and its events as a table."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.api.parameters import check_known
from pmhub.api.problems import parameter_problem
from pmhub.api.revalidation import answered
from pmhub.api.table_files import FORMAT, TABLES, Table, table_answer, wants_table
from programmes import queries
from programmes.api.as_of import CLOCKS, PastViewSet, table_schema
from programmes.api.figure_json import known_at
from programmes.api.tables import file_name
from programmes.models import Programme
from programmes.queries.track_events import track_events
from programmes.queries.tracks import WHICH, TracksQuery
from programmes.serializers.tracks import RoadmapSerializer

HEALTHS = ("green", "amber", "red", "grey")
ASKED = {
    "rows": ("few", "all"),
    "health": HEALTHS,
    "critical": ("0", "1"),
    "baseline": tuple(WHICH),
}
SAYS = {
    "rows": "`all` tracks, up to 250; else the 25 that finish last",
    "health": "Only projects of this health",
    "critical": "1: only projects that the critical chain leads over",
    "baseline": "Which of its approved baselines is given as a project's; with `rows=all`",
}
TRANCHE = OpenApiParameter(
    "tranche", OpenApiTypes.STR, description="Only projects of the tranche with this code; `none`"
)
CHOOSING = [
    TRANCHE,
    *(
        OpenApiParameter(name, OpenApiTypes.STR, enum=values, description=SAYS[name])
        for name, values in ASKED.items()
    ),
]
HEADING = (
    "project", "name", "tranche", "event", "title", "kind", "baseline", "declared", "computed",
    "actual", "slip_days", "float_days", "waits", "drag_days", "critical",
)  # fmt: skip


class ProgrammeTracks(PastViewSet):
    """The tracks."""

    @extend_schema(
        responses=table_schema(RoadmapSerializer), parameters=[*CHOOSING, *CLOCKS, FORMAT]
    )
    @action(detail=True, url_path="roadmap", renderer_classes=TABLES)
    def roadmap(self, request: Request, pk: str) -> Response:
        """Return what the tracks draw; as a file, the events of every track."""
        check_known(request, {"as_of", "on", "format", "tranche", *ASKED})
        choice = choice_of(request)
        with self.then() as (programme, at):
            data = {**queries.roadmap(programme, request.user, choice, at), **known_at(at)}
            if wants_table(request):
                return table_answer(request, events_table(programme, data))
        for track in data["projects"]:
            track["html_url"] = request.build_absolute_uri(track["html_url"])
        return answered(request, data)


def choice_of(request: Request) -> TracksQuery:
    """Return the tracks that a query asks for; a file has all. Raises a 400 problem."""
    given = {name: request.query_params.get(name, "") for name in ASKED}
    for name, values in ASKED.items():
        if given[name] and given[name] not in values:
            raise parameter_problem(name, "invalid_choice", f"Say one of: {', '.join(values)}.")
    return TracksQuery(
        every=given["rows"] == "all" or wants_table(request),
        tranche=request.query_params.get("tranche", ""),
        health=given["health"],
        critical=given["critical"] == "1",
        baseline=given["baseline"] or "current",
    )


def events_table(programme: Programme, roadmap: dict[str, Any]) -> Table:
    """Return the events of the tracks, one in each row."""
    rows = [
        [
            row.project_code, row.project_name, row.tranche, row.event, row.title, row.kind,
            row.baseline, row.declared, row.computed, row.actual, row.slip_days,
            row.float_days, row.waits, row.drag_days, row.critical,
        ]
        for row in track_events(roadmap)
    ]  # fmt: skip
    return Table(file_name(programme.code, "tracks", None), HEADING, rows)
