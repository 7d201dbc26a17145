"""Proposals, the criteria by which they are scored and their scores, over REST."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.access import can
from pmhub.api.effects import effect
from pmhub.api.problems import Problem, body_problem
from pmhub.api.records import RecordViewSet
from programmes.models import Programme
from programmes.serializers.programme import ProgrammeSerializer
from projects.api.creation import CreationViewSet, Patterned, Then, pattern_in
from projects.filters import ProposalFilter, ProposalScoreFilter, ScoringCriterionFilter
from projects.models import Project, Proposal, ProposalState, Template, TemplateKind
from projects.serializers.creation import Pattern
from projects.serializers.project import ProjectSerializer
from projects.serializers.proposals import (
    ProgrammeStartSerializer,
    ProjectStartSerializer,
    ProposalRecordSerializer,
    ProposalScoreSerializer,
    ScoringCriterionSerializer,
    starting_templates,
)
from projects.services.proposals import NOT_APPROVED, start_proposal

OTHER_TEMPLATE = "Choose a template of {}s that is in use in the portfolio of the proposal."


class ScoringCriterionViewSet(RecordViewSet):
    """Scoring criteria."""

    serializer_class = ScoringCriterionSerializer
    filterset_class = ScoringCriterionFilter
    search_fields = ("code", "name", "guide")
    ordering_fields = ("id", "code", "name", "weight", "valid_from", "valid_until", "updated_at")
    expandable = ("portfolio",)


class ProposalViewSet(CreationViewSet):
    """Proposals."""

    serializer_class = ProposalRecordSerializer
    filterset_class = ProposalFilter
    search_fields = ("code", "title", "need")
    ordering_fields = (
        "id", "code", "title", "kind", "cost_likely", "benefit_likely", "starts_on", "state",
        "score", "scored_on", "updated_at",
    )  # fmt: skip
    expandable = ("portfolio", "sponsor", "decision", "project", "programme")
    begins = {"projects": Project, "programmes": Programme}
    # The score of a proposal follows from its scores by criterion.
    changing_figures = True

    @extend_schema(request=ProjectStartSerializer, responses={201: ProjectSerializer})
    @action(detail=True, methods=["post"], url_path="projects", filterset_class=None)
    @effect
    def projects(self, request: Request, pk: str) -> Response:
        """Begin, from a template, the project that an approved proposal is for. This is done
        once."""
        pattern, then = self._starting(TemplateKind.PROJECT)
        return self.begun_project(pattern, ProjectStartSerializer, then)

    @extend_schema(request=ProgrammeStartSerializer, responses={201: ProgrammeSerializer})
    @action(detail=True, methods=["post"], url_path="programmes", filterset_class=None)
    @effect
    def programmes(self, request: Request, pk: str) -> Response:
        """Begin, from a template, the programme that an approved proposal is for. This is done
        once."""
        pattern, then = self._starting(TemplateKind.PROGRAMME)
        return self.begun_programme(pattern, ProgrammeStartSerializer, then)

    def _starting(self, kind: TemplateKind) -> tuple[Patterned, Then]:
        """Return the function that makes the pattern from the chosen template, and the one that
        marks the proposal as started. Raises unless the user may start the proposal now, as a
        record of this kind."""
        proposal: Proposal = self.get_object()
        if proposal.kind != kind:
            text = f"It is for a {proposal.kind}: begin a {proposal.kind} from it."
            raise Problem(409, "of_another_kind", text)
        if proposal.state != ProposalState.APPROVED:
            raise Problem(409, "wrong_state", NOT_APPROVED)
        if not can(self.who, "write", proposal):
            raise PermissionDenied("You may see this and not change it.")

        def pattern(body: dict[str, Any]) -> Pattern:
            template: Template = body.pop("template")
            chosen = Template.objects.filter(pk=template.pk)
            if not starting_templates(chosen, proposal, self.who).exists():
                raise body_problem("/template", "of_another", OTHER_TEMPLATE.format(kind))
            made = pattern_in(template, body)
            return made.with_approach(template) if kind == TemplateKind.PROJECT else made

        return pattern, lambda begun: start_proposal(proposal, became=begun, by=self.who)


class ProposalScoreViewSet(RecordViewSet):
    """Scores of proposals."""

    serializer_class = ProposalScoreSerializer
    filterset_class = ProposalScoreFilter
    search_fields = ("reason",)
    ordering_fields = ("id", "score", "updated_at")
    expandable = ("proposal", "criterion", "by")
