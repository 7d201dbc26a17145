"""`POST /projects/{id}/merger/`: projects that are merged, with what happens to what belongs to
them; with a preview, only told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.api.archiving import SEEN
from pmhub.api.effects import effect
from pmhub.setters import LIMITS
from programmes.api.reorganising import Reorganises
from programmes.serializers.reorganising import ReorganisedSerializer
from projects.models import Project
from projects.serializers.reorganising import ProjectMergerSerializer
from projects.services.reorganising import merge_projects


class ProjectReorganising(Reorganises):
    """Gives projects the address at which they are merged."""

    @staticmethod
    def steers(user: Any, record: Any) -> None:
        """Raise PermissionDenied unless the user sets the limits of a project."""
        if not LIMITS.allows(user, record):
            raise PermissionDenied(f"{record.code} is split and merged by {LIMITS.words}.")

    @extend_schema(
        request=ProjectMergerSerializer, responses=ReorganisedSerializer, parameters=[SEEN]
    )
    @action(detail=True, methods=["post"], url_path="merger")
    @effect
    def merger(self, request: Request, pk: str) -> Response:
        """Have all that goes on of another project belong to this one; the other ends, and leads
        on. What was decided and published of it stays with it."""
        return self.reorganised(pk, ProjectMergerSerializer, merge_projects, self._may_merge)

    def _may_merge(self, project: Project, asked: Mapping[str, Any]) -> None:
        """Whoever merges leads both from above, and may give the roles that come of it."""
        self.allow_gains(project, asked["other"], ())
