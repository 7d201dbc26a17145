"""Templates over REST, and projects and programmes that are begun from a template or as a copy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.api.effects import effect
from pmhub.api.problems import Problem, body_problem
from pmhub.api.records import RecordViewSet
from pmhub.api.refusals import settle, storing
from pmhub.api.resources import basename_of, view_of
from pmhub.models import portfolio_of
from pmhub.serializers import InputSerializer
from programmes.models import Programme
from programmes.serializers.programme import ProgrammeSerializer
from projects.filters import (
    TemplateEntryFilter,
    TemplateFilter,
    TemplateMilestoneFilter,
    TemplateRoleFilter,
)
from projects.models import Project, Template, TemplateKind, TemplateState
from projects.serializers.creation import (
    BeginningSerializer,
    Pattern,
    ProgrammeBeginningSerializer,
    plan_bodies,
    programme_body,
    project_body,
)
from projects.serializers.money import BudgetLineSerializer
from projects.serializers.project import BaselineSerializer, ProjectSerializer
from projects.serializers.schedule import MilestoneSerializer
from projects.serializers.templates import (
    TemplateEntrySerializer,
    TemplateMilestoneSerializer,
    TemplateRoleSerializer,
    TemplateSerializer,
)
from projects.services import enter

BELOW: dict[str, Any] = {
    "budget_line": BudgetLineSerializer,
    "baseline": BaselineSerializer,
    "milestone": MilestoneSerializer,
}
Patterned = Callable[[dict[str, Any]], Pattern]
Then = Callable[[Any], object]


class CreationViewSet(RecordViewSet):
    """A resource from whose records projects and programmes are begun. `begins` gives, by the name
    of an action, the model of what the action begins."""

    begins: ClassVar[dict[str, Any]] = {}

    def begun_project(
        self,
        pattern_of: Patterned,
        form: type[InputSerializer] = BeginningSerializer,
        then: Then = lambda begun: None,
    ) -> Response:
        """Make a project from the pattern that `pattern_of` returns for the data of the request;
        each record is checked by its own serializer. `then` is called with the project. All of it
        is stored, or nothing; return the response."""
        validated = self._validated(form)
        home = (
            validated["programme"].portfolio
            if validated.get("programme")
            else validated["portfolio"]
        )

        def make() -> Any:
            pattern = pattern_of(validated)
            body = project_body(validated, pattern)
            project = self._created(ProjectSerializer, body, **pattern.kept)
            for kind, part in plan_bodies(validated, pattern, home):
                self._created(BELOW[kind], part | {"project": project.pk})
            enter(pattern.entries, project, starts_on=validated["starts_on"], by=self.who)
            then(project)
            return project

        return self._begun(make)

    def begun_programme(
        self,
        pattern_of: Patterned,
        form: type[InputSerializer] = ProgrammeBeginningSerializer,
        then: Then = lambda begun: None,
    ) -> Response:
        """Make a programme from the pattern that `pattern_of` returns for the data of the request,
        and call `then` with it. All of it is stored, or nothing; return the response."""
        validated = self._validated(form)

        def make() -> Any:
            pattern = pattern_of(validated)
            body = programme_body(validated, pattern)
            programme = self._created(ProgrammeSerializer, body, **pattern.kept)
            enter(pattern.entries, programme, starts_on=validated["starts_on"], by=self.who)
            then(programme)
            return programme

        return self._begun(make)

    @property
    def who(self) -> Any:
        """The user who sent the request."""
        return self.request.user

    def _validated(self, kind: type[InputSerializer]) -> Any:
        self.refuse_parameters()
        form = kind(data=self.request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        return form.validated_data

    def _begun(self, make: Callable[[], Any]) -> Response:
        """Call `make` in one transaction; return the response 201 with the record that it made, as
        the record's own resource shows it."""

        def work() -> tuple[Any, Any]:
            made = make()
            settle()
            model = type(made)
            view: Any = view_of(model)(request=self.request, basename=basename_of(model))
            row = view.stored_row(made.pk)
            return row, view.etag(row)

        row, etag = self.committed(work)
        return Response(row, 201, headers={"Location": row["url"], "ETag": f'"{etag}"'})

    def _created(self, kind: Any, body: dict[str, Any], **kept: Any) -> Any:
        serializer = kind(data=body, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        proposed = serializer.proposed(serializer.validated_data)
        proposed.created_by = self.request.user
        with storing(proposed, serializer.fields):
            row = serializer.save(**kept)
            settle()
        return row

    def check_repeat(self, answer: Any) -> None:
        """Raise unless a user who repeats the request that began a project or a programme still
        sees both the record that it was begun from and the new one, and might still write the new
        one."""
        begun = self.begins.get(self.action)
        if begun is None:
            super().check_repeat(answer)
            return
        self.get_object()
        view: Any = view_of(begun)(request=self.request, action="create", kwargs={})
        view.check_repeat(answer)


def pattern_in(template: Template, body: dict[str, Any]) -> Pattern:
    """Return the pattern of a template. Raises a problem where the programme or portfolio asked for
    is not of the template's portfolio."""
    place = "programme" if body.get("programme") else "portfolio"
    if portfolio_of(body[place]) != template.portfolio_id:
        raise body_problem(f"/{place}", "of_another", "This template is of another portfolio.")
    return Pattern.of_template(template, body)


class TemplateViewSet(CreationViewSet):
    """Templates of projects and programmes, which the PMO writes and everybody in the portfolio
    begins from."""

    serializer_class = TemplateSerializer
    filterset_class = TemplateFilter
    search_fields = ("code", "name", "about")
    ordering_fields = ("id", "code", "name", "state", "updated_at")
    expandable = ("portfolio",)
    instead = "Retire it instead."
    alone = ("projects", "programmes")
    begins = {"projects": Project, "programmes": Programme}

    @extend_schema(request=BeginningSerializer, responses={201: ProjectSerializer})
    @action(detail=True, methods=["post"], url_path="projects", filterset_class=None)
    @effect
    def projects(self, request: Request, pk: str) -> Response:
        """Begin a project from the template: with its milestones and entries, and with a plan and a
        budget where an amount is given. The project keeps which template it was, in which
        version."""
        template = self._in_use(TemplateKind.PROJECT)
        return self.begun_project(lambda asked: pattern_in(template, asked).with_approach(template))

    @extend_schema(request=ProgrammeBeginningSerializer, responses={201: ProgrammeSerializer})
    @action(detail=True, methods=["post"], url_path="programmes", filterset_class=None)
    @effect
    def programmes(self, request: Request, pk: str) -> Response:
        """Begin a programme from the template: with its tranches, outcomes and risks to be judged.
        The programme keeps which template it was, in which version."""
        template = self._in_use(TemplateKind.PROGRAMME)
        return self.begun_programme(lambda asked: pattern_in(template, asked))

    def _in_use(self, kind: str) -> Template:
        """Return the template. Raises a problem (409) where it is for another kind than `kind` or
        not in use."""
        template: Template = self.get_object()
        if template.kind != kind:
            text = f"What is begun from it is a {template.kind}."
            raise Problem(409, "of_another_kind", text)
        if template.state != TemplateState.IN_USE:
            text = f"No {kind} is begun from it yet: have it adopted first."
            raise Problem(409, "not_in_use", text)
        return template


class TemplateMilestoneViewSet(RecordViewSet):
    """Milestones of templates."""

    serializer_class = TemplateMilestoneSerializer
    filterset_class = TemplateMilestoneFilter
    search_fields = ("title",)
    ordering_fields = ("id", "title", "offset_days", "updated_at")
    expandable = ("template",)


class TemplateEntryViewSet(RecordViewSet):
    """Entries of registers that templates bring along."""

    serializer_class = TemplateEntrySerializer
    filterset_class = TemplateEntryFilter
    search_fields = ("title", "about")
    ordering_fields = ("id", "title", "offset_days", "updated_at")
    expandable = ("template",)


class TemplateRoleViewSet(RecordViewSet):
    """Roles that templates ask for."""

    serializer_class = TemplateRoleSerializer
    filterset_class = TemplateRoleFilter
    search_fields = ("about",)
    ordering_fields = ("id", "role", "updated_at")
    expandable = ("template",)


class CopyViewSet(CreationViewSet):
    """Gives projects the address at which another project is begun as a copy."""

    begins = {"copies": Project}

    @extend_schema(request=BeginningSerializer, responses={201: ProjectSerializer})
    @action(detail=True, methods=["post"], url_path="copies", filterset_class=None)
    @effect
    def copies(self, request: Request, pk: str) -> Response:
        """Begin a project as a copy of this one: with its milestones, outputs and approach, moved
        to other days. Nothing that happened in this project is copied."""
        project: Project = self.get_object()
        return self.begun_project(lambda asked: Pattern.of_project(project, asked))


class CopyingProgrammes(CreationViewSet):
    """Gives programmes the address at which another programme is begun as a copy."""

    begins = {"copies": Programme}

    @extend_schema(request=ProgrammeBeginningSerializer, responses={201: ProgrammeSerializer})
    @action(detail=True, methods=["post"], url_path="copies", filterset_class=None)
    @effect
    def copies(self, request: Request, pk: str) -> Response:
        """Begin a programme as a copy of this one: with its vision, tranches and outcomes, moved to
        other days. The projects of this programme and what happened in it are not copied."""
        programme: Programme = self.get_object()
        return self.begun_programme(lambda asked: Pattern.of_programme(programme, asked))
