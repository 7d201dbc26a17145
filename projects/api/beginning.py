"""Templates of projects, and projects that are begun from a template or as a copy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.api.effects import effect
from pmhub.api.problems import Refused
from pmhub.api.records import RecordViewSet
from pmhub.api.resources import view_of
from pmhub.api.storing import settle, storing
from projects.filters import TemplateFilter, TemplateMilestoneFilter
from projects.models import Project, Template, TemplateState
from projects.serializers.beginning import (
    BeginningSerializer,
    Pattern,
    TemplateMilestoneSerializer,
    TemplateSerializer,
    bodies,
    home_of,
)
from projects.serializers.money import BudgetLineSerializer
from projects.serializers.project import BaselineSerializer, ProjectSerializer
from projects.serializers.schedule import MilestoneSerializer

BELOW: dict[str, Any] = {
    "budget_line": BudgetLineSerializer,
    "baseline": BaselineSerializer,
    "milestone": MilestoneSerializer,
}
Patterned = Callable[[dict[str, Any]], Pattern]


class Beginning(RecordViewSet):
    """A resource from whose records projects are begun, by the action `begins`."""

    begins: ClassVar[str] = ""

    def begun(self, pattern_of: Patterned) -> Response:
        """Make a project with what its pattern says, all or nothing, each record by its own rules;
        answer the project."""
        self.refuse_parameters()
        form = BeginningSerializer(data=self.request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        home = home_of(asked)

        def work() -> Any:
            pattern = pattern_of(asked)
            (_, first), *others = bodies(asked, pattern, home)
            project = self._made(ProjectSerializer, first, **pattern.kept)
            for kind, body in others:
                self._made(BELOW[kind], body | {"project": project.pk})
            return projects.stored_row(project.pk)

        projects: Any = view_of(Project)(request=self.request, basename="projects")
        row = self.committed(work)
        headers = {"Location": row["url"], "ETag": f'"{projects.etag(row)}"'}
        return Response(row, 201, headers=headers)

    def _made(self, kind: Any, body: dict[str, Any], **kept: Any) -> Any:
        serializer = kind(data=body, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        proposed = serializer.proposed(serializer.validated_data)
        proposed.created_by = self.request.user
        with storing(proposed, serializer.fields):
            row = serializer.save(**kept)
            settle()
        return row

    def check_repeat(self, answer: Any) -> None:
        """Who repeats a beginning still sees what it was begun from, and the project, which they
        might still write."""
        if self.action != self.begins:
            super().check_repeat(answer)
            return
        self.get_object()
        made: Any = view_of(Project)(request=self.request, action="create", kwargs={})
        made.check_repeat(answer)


class TemplateViewSet(Beginning):
    """Templates of projects, which the PMO writes and everybody in the portfolio begins from."""

    serializer_class = TemplateSerializer
    filterset_class = TemplateFilter
    search_fields = ("code", "name", "about")
    ordering_fields = ("id", "code", "name", "state", "updated_at")
    expandable = ("portfolio",)
    instead = "Retire it: POST to retirement/."
    alone = ("projects",)
    begins = "projects"

    @extend_schema(request=BeginningSerializer, responses={201: ProjectSerializer})
    @action(detail=True, methods=["post"], url_path="projects", filterset_class=None)
    @effect
    def projects(self, request: Request, pk: str) -> Response:
        """Begin a project from the template: with its milestones, and with a plan and a budget
        where an amount is given. The project keeps which template it was, in which version."""
        template: Template = self.get_object()
        if template.state != TemplateState.IN_USE:
            text = "No project is begun from it: POST to adoption/ first."
            raise Refused(409, "not_in_use", text)
        return self.begun(lambda asked: Pattern.of_template(template, asked))


class TemplateMilestoneViewSet(RecordViewSet):
    """Milestones of templates."""

    serializer_class = TemplateMilestoneSerializer
    filterset_class = TemplateMilestoneFilter
    search_fields = ("title",)
    ordering_fields = ("id", "title", "offset_days", "updated_at")
    expandable = ("template",)


class Copying(Beginning):
    """Gives projects the address at which another is begun as a copy."""

    @extend_schema(request=BeginningSerializer, responses={201: ProjectSerializer})
    @action(detail=True, methods=["post"], url_path="copies", filterset_class=None)
    @effect
    def copies(self, request: Request, pk: str) -> Response:
        """Begin a project as a copy: with the milestones and the approach of this one, moved to
        other days. Nothing that happened is copied."""
        project: Project = self.get_object()
        return self.begun(lambda asked: Pattern.of_project(project, asked))
