"""Proposals, the criteria by which they are scored, and their scores."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import serializers

from pmhub.serializers import HEAD, RECORD, Currency, NoCode, RecordSerializer, Related
from pmhub.serializers.verbs import VerbDefinition
from pmhub.services import as_of
from programmes.serializers.authored import AuthoredSerializer
from projects.models import Proposal, ProposalScore, ScoringCriterion, Template, TemplateState
from projects.models.proposal import OTHER_OBJECTIVE, score
from projects.queries.proposals import criteria_in_force
from projects.serializers.creation import BeginningSerializer, ProgrammeBeginningSerializer
from projects.services.proposals import (
    decide_proposal,
    next_proposal_code,
    return_proposal,
    score_proposal,
)


class ScoringCriterionSerializer(RecordSerializer):
    """A criterion by which proposals are scored. On any day the weights in force come to at most
    100, and to exactly 100 before anything is scored. A criterion that was used is ended and
    followed by another one."""

    class Meta(RecordSerializer.Meta):
        model = ScoringCriterion
        fields = [
            *HEAD, "portfolio", "name", "guide", "weight", "scale_max", "valid_from",
            "valid_until", *RECORD,
        ]  # fmt: skip
        extra_kwargs: ClassVar[dict[str, Any]] = {"valid_from": {"required": False}}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Set the first day where none is given."""
        if self.instance is None and "valid_from" not in attrs:
            attrs["valid_from"] = as_of(self.proposed(attrs))
        return attrs


class ProposalRecordSerializer(RecordSerializer):
    """What might become a project or a programme. `score` is from 0 to 100, by the criteria in
    force when the proposal was scored. Its verbs decide about it; an approved proposal is started
    once, from a template: POST to `projects/` or `programmes/`."""

    currency = Currency()
    score = serializers.DecimalField(
        max_digits=5,
        decimal_places=1,
        read_only=True,
        allow_null=True,
        help_text="From 0 to 100: each score by its scale and weight",
    )

    class Meta(RecordSerializer.Meta):
        model = Proposal
        fields = [
            *HEAD, "portfolio", "title", "kind", "need", "sponsor", "objectives", "currency",
            "cost_low", "cost_likely", "cost_high", "benefit_low", "benefit_likely",
            "benefit_high", "starts_on", "state", "score", "scored_on", "decision", "project",
            "programme", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("scored_on", "decision", "project", "programme")
        expressions: ClassVar[dict[str, Any]] = {
            "currency": "portfolio__currency",
            "score": score(),
        }
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "scoring": VerbDefinition(score_proposal),
            "return": VerbDefinition(return_proposal),
            **{
                noun: VerbDefinition(partial(decide_proposal, noun=noun))
                for noun in ("approval", "deferral", "rejection")
            },
        }

    @classmethod
    def begins(cls, row: Proposal, user: Any) -> dict[str, Any]:
        """Return the next free code for a proposal of the portfolio."""
        return {"code": next_proposal_code(row)} if row.portfolio_id else {}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse objectives of another portfolio."""
        home = self.proposed(attrs).portfolio_id
        if any(row.portfolio_id != home for row in self.list_after(attrs, "objectives")):
            raise serializers.ValidationError({"objectives": OTHER_OBJECTIVE})
        return attrs


def applying(rows: QuerySet[ScoringCriterion], row: ProposalScore, user: Any) -> Any:
    """Return, of these criteria, those that are in force, in the portfolio of the proposal."""
    return criteria_in_force(rows, row.proposal.portfolio) if row.proposal_id else rows


class ProposalScoreSerializer(AuthoredSerializer):
    """The score of a proposal by one criterion, and why. It may be changed while the proposal waits
    for its score, and stays as it is afterwards."""

    authored = ("proposal", "criterion", "score", "reason")
    code = NoCode()
    weight = serializers.DecimalField(max_digits=5, decimal_places=2, read_only=True)
    scale_max = serializers.IntegerField(read_only=True, help_text="The highest score")

    class Meta(AuthoredSerializer.Meta):
        model = ProposalScore
        fields = [
            *HEAD, "proposal", "criterion", "score", "scale_max", "weight", "reason", "by",
            *RECORD,
        ]  # fmt: skip
        extra_kwargs: ClassVar[dict[str, Any]] = {"criterion": {"among": applying}}
        expressions: ClassVar[dict[str, Any]] = {
            "weight": "criterion__weight",
            "scale_max": "criterion__scale_max",
        }


def starting_templates(
    rows: QuerySet[Template], proposal: Proposal, user: Any
) -> QuerySet[Template]:
    """Return, of these templates, those from which the proposal may be started."""
    fits = {"portfolio": proposal.portfolio_id, "kind": proposal.kind}
    return rows.filter(state=TemplateState.IN_USE, **fits)


def template() -> Related:
    """Return the field of the template from which a proposal is started."""
    return Related(queryset=Template.objects.all(), among=starting_templates)


class ProjectStartSerializer(BeginningSerializer):
    """The facts of a project that is begun from a proposal, and its template."""

    template = template()


class ProgrammeStartSerializer(ProgrammeBeginningSerializer):
    """The facts of a programme that is begun from a proposal, and its template."""

    template = template()
