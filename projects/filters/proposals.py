"""Filters of proposals, their criteria and scores."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RANGE, RecordFilter
from projects.models import Proposal, ProposalScore, ScoringCriterion


class ScoringCriterionFilter(RecordFilter):
    """Filters of scoring criteria."""

    class Meta:
        model = ScoringCriterion
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "portfolio": ["exact"],
            "valid_from": RANGE,
            "valid_until": RANGE,
        }


class ProposalFilter(RecordFilter):
    """Filters of proposals."""

    class Meta:
        model = Proposal
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "portfolio": ["exact"],
            "kind": ["exact"],
            "state": ["exact"],
            "sponsor": ["exact"],
            "objectives": ["exact"],
            "project": ["exact"],
            "programme": ["exact"],
            "cost_likely": RANGE,
            "benefit_likely": RANGE,
            "starts_on": RANGE,
            "scored_on": RANGE,
        }


class ProposalScoreFilter(RecordFilter):
    """Filters of scores of proposals."""

    class Meta:
        model = ProposalScore
        fields: ClassVar[Any] = {
            "proposal": ["exact"],
            "criterion": ["exact"],
            "by": ["exact"],
            "score": RANGE,
        }
