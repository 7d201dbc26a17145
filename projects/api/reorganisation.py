"""`POST /projects/{id}/split/` and `…/merger/`: split and merge projects, and answer what happens
to the records that belong to them; a preview only tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.access.giving import allow_giving
from pmhub.api.archiving import SEEN
from pmhub.api.effects import effect
from pmhub.serializers import allow
from programmes.api.reorganisation import ReorganisationViewSet
from programmes.serializers.reorganisation import ReorganisedSerializer
from programmes.services.reorganisation import Reorganisation
from projects.models import Project
from projects.models.states import PLANNERS
from projects.serializers.reorganisation import ProjectMergerSerializer, ProjectSplitSerializer
from projects.services.reorganisation import Shares, SplitPart, merge_projects, split_project


class ProjectReorganisation(ReorganisationViewSet):
    """Gives projects the addresses at which they are split and merged."""

    @staticmethod
    def steers(user: Any, record: Any) -> None:
        """Raise PermissionDenied unless the user may set the limits of the project, which gets
        another plan: its own manager never does."""
        if not PLANNERS.allows(user, record):
            raise PermissionDenied(
                f"{record.code} is split and merged by {PLANNERS.words}, never by who manages it."
            )

    @extend_schema(
        request=ProjectSplitSerializer, responses=ReorganisedSerializer, parameters=[SEEN]
    )
    @action(detail=True, methods=["post"], url_path="split")
    @effect
    def split(self, request: Request, pk: str) -> Response:
        """Begin another project with the records chosen of this one. The amounts of the two
        together equal those of this project before."""
        return self.reorganised(pk, ProjectSplitSerializer, _split, self._may_split)

    @extend_schema(
        request=ProjectMergerSerializer, responses=ReorganisedSerializer, parameters=[SEEN]
    )
    @action(detail=True, methods=["post"], url_path="merger")
    @effect
    def merger(self, request: Request, pk: str) -> Response:
        """Make another project a part of this one: its open records move here, and it is archived;
        its code leads here. What was decided and published of the other project stays with it."""
        return self.reorganised(pk, ProjectMergerSerializer, merge_projects, self._may_merge)

    def _may_split(self, project: Project, data: Mapping[str, Any]) -> None:
        """Raise unless the user may begin a project in this place and, where a manager is named,
        give that person the role."""
        user: Any = self.request.user
        allow(user, Project(programme=project.programme, portfolio=project.portfolio))
        if manager := data.get("project_manager"):
            allow_giving(user, project, "project_manager", to=[manager.pk], field="project_manager")

    def _may_merge(self, project: Project, data: Mapping[str, Any]) -> None:
        """Raise unless the user may set the limits of both projects, and give the roles that people
        gain by the merger."""
        self.allow_gains(project, data["other"], ())


def _split(project: Project, *, by: Any, **asked: Any) -> Reorganisation:
    """Split a project, with the chosen records as one `SplitPart` and the figures of its plan as
    `Shares`."""
    chosen = {kind.name: asked.pop(kind.name, ()) for kind in fields(SplitPart)}
    shares = Shares(
        budget=asked.pop("budget_at_completion", None),
        to_go=asked.pop("estimate_to_complete", None),
        percent=asked.pop("percent_complete", None),
    )
    return split_project(project, part=SplitPart(**chosen), shares=shares, by=by, **asked)
