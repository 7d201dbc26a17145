"""What waits for those who review, and for those who act on what a review recommends."""

from __future__ import annotations

from functools import partial

from django.db.models import Q

from pmhub.permissions import Role
from pmhub.queries.waiting.decisions import GOES_ON
from pmhub.queries.waiting.names import label_of
from pmhub.queries.waiting.rule import Rule, comments, said_by
from programmes.models import AssuranceRecommendation, AssuranceReview
from programmes.models.states import RecommendationState, ReviewState

OPEN = Q(state=RecommendationState.OPEN)
DONE_BY_WORD = said_by("owner", AssuranceRecommendation)

RULES = (
    Rule(
        "recommendation_due", "Recommendations to act on", AssuranceRecommendation,
        "assurance-recommendations",
        who="its owner, until they have said that it is done",
        waits=OPEN & ~DONE_BY_WORD, asks=lambda asker: asker.named("owner"),
        due="due_on", called="text", does="Act on it, and say so",
        form=partial(comments, "assurance-recommendations"),
    ),
    Rule(
        "recommendation_to_judge", "Recommendations said to be done", AssuranceRecommendation,
        "assurance-recommendations",
        who="the assurer, once its owner has spoken last about it",
        waits=OPEN & DONE_BY_WORD,
        asks=lambda asker: asker.holding(AssuranceRecommendation, {Role.ASSURER})
        & ~asker.named("owner"),
        called="text", verb="completion", lasting=True,
    ),
    Rule(
        "review_due", "Reviews to hold", AssuranceReview, "assurance-reviews",
        who="the assurer",
        waits=Q(state=ReviewState.PLANNED) & GOES_ON,
        asks=lambda asker: asker.holding(AssuranceReview, {Role.ASSURER}),
        due="planned_on", code="code", called=label_of(AssuranceReview, "kind"), verb="holding",
    ),
)  # fmt: skip
