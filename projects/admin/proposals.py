"""Proposals, by what they are scored, and how they do."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from pmhub.admin.records import RecordAdmin
from programmes.admin.authored import AuthoredAdmin
from projects.admin.gates import VerbDrivenAdmin
from projects.models import Proposal, ProposalScore, ProposalState, ScoringCriterion


@admin.register(ScoringCriterion)
class ScoringCriterionAdmin(RecordAdmin):
    """Criteria of all portfolios."""

    list_display = ("code", "name", "portfolio", "weight", "scale_max", "valid_from", "valid_until")
    list_display_links = ("code", "name")
    list_filter = ("portfolio",)
    list_select_related = ("portfolio",)
    search_fields = ("code", "name", "guide")


@admin.register(Proposal)
class ProposalAdmin(VerbDrivenAdmin):
    """Proposals of all portfolios."""

    set_by_verbs = ("scored_on", "decision", "project", "programme")
    list_display = ("code", "title", "kind", "portfolio", "sponsor", "cost_likely", "state")
    list_display_links = ("code", "title")
    list_filter = ("state", "kind", "portfolio")
    list_select_related = ("portfolio", "sponsor")
    search_fields = ("code", "title", "need", "sponsor__name")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let only ideas be changed."""
        idea = obj is None or obj.state == ProposalState.IDEA
        return super().has_change_permission(request, obj) and idea


@admin.register(ProposalScore)
class ProposalScoreAdmin(AuthoredAdmin):
    """Scores of proposals."""

    list_display = ("proposal", "criterion", "score", "by")
    list_filter = ("criterion",)
    list_select_related = ("proposal", "criterion", "by")
    search_fields = ("proposal__code", "proposal__title", "criterion__name", "reason")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let a score be changed only while its proposal is proposed."""
        waits = (
            obj is None or obj.proposal_id is None or obj.proposal.state == ProposalState.PROPOSED
        )
        return super().has_change_permission(request, obj) and waits
