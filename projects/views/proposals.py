"""Panels on the pages of proposals, beside what their register declares."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Subquery

from pmhub import formats
from pmhub.access import can
from pmhub.database.collation import InOrder
from pmhub.numerals import typed
from pmhub.registers.panels import Panel
from pmhub.views.registers.forms import STYLE, fields_of
from programmes.models import Portfolio
from projects.models import Proposal, ProposalScore, ProposalState, ScoringCriterion
from projects.queries.proposals import amount, criteria_in_force, prioritised
from projects.serializers.proposals import ProgrammeStartSerializer, ProjectStartSerializer

USUAL_DAYS = 365
FORMS: dict[str, Any] = {"project": ProjectStartSerializer, "programme": ProgrammeStartSerializer}
ASKED = {
    "project": ("template", "name", "code", "portfolio", "programme", "starts_on", "finishes_on",
                "budget", "project_manager"),
    "programme": ("template", "name", "code", "portfolio", "starts_on", "finishes_on",
                  "contingency_budget", "sro", "programme_manager"),
}  # fmt: skip
LABELS = {"starts_on": "Starts", "finishes_on": "Finishes", "sro": "Senior responsible owner"}


def prioritisation(home: Any, request: Any) -> dict[str, Any] | None:
    """Return the proposals of a portfolio by score, and how far the money goes: the sum in the
    address (`money`), or else what is left. None outside of a portfolio, and where nothing is
    scored."""
    if not isinstance(home, Portfolio):
        return None
    money = request.GET.get("money", "")
    unit = formats.money_unit(home)
    ranking = prioritised(home, request.user, amount(typed(money, unit)))
    if not ranking.ranked:
        return None
    return {
        "portfolio": home,
        "found": ranking,
        "money": money if ranking.given else "",
        "wrong": bool(money) and not ranking.given,
        "unit": unit,
    }


def scores(proposal: Proposal, request: Any) -> dict[str, Any] | None:
    """Return the scores of a proposal by criterion and, while it is proposed, the criteria in force
    that still lack a score. None for an idea."""
    if proposal.state == ProposalState.IDEA:
        return None
    mine = ProposalScore.objects.filter(proposal=proposal)
    given = list(mine.select_related("criterion", "by").order_by("-criterion__weight", "pk"))
    still: Any = []
    if proposal.state == ProposalState.PROPOSED:
        scored = mine.filter(criterion=OuterRef("pk")).values("pk")[:1]
        still = criteria_in_force(ScoringCriterion.objects.all(), proposal.portfolio)
        still = (
            still.annotate(done=Subquery(scored))
            .filter(done=None)
            .order_by("-weight", InOrder("code"), "pk")
        )
    new = ProposalScore(proposal=proposal, created_by=request.user)
    return {
        "proposal": proposal,
        "given": [(score, _part(score)) for score in given],
        "total": sum((_part(score) for score in given), Decimal(0)),
        "still": still,
        "may_score": can(request.user, "write", new),
    }


def _part(score: ProposalScore) -> Decimal:
    """Return how much a score adds to the total of 100."""
    return score.score * score.criterion.weight / score.criterion.scale_max


def start(proposal: Proposal, request: Any) -> dict[str, Any] | None:
    """Return the form by which an approved proposal becomes a project or a programme; None for
    readers who may not begin one, and in any other state."""
    if proposal.state != ProposalState.APPROVED or not can(request.user, "write", proposal):
        return None
    form = FORMS[proposal.kind](context={"request": request, "record": proposal})
    day = max(proposal.starts_on or proposal.portfolio.as_of, proposal.portfolio.as_of)
    given = {
        "name": proposal.title,
        "code": proposal.code,
        "portfolio": proposal.portfolio_id,
        "starts_on": day.isoformat(),
        "finishes_on": (day + timedelta(days=USUAL_DAYS)).isoformat(),
        "budget": proposal.cost_likely,
    }
    for name, value in given.items():
        if name in form.fields:
            form.fields[name].initial = value
    for name, label in LABELS.items():
        if name in form.fields:
            form.fields[name].label = label
    unit = formats.money_unit(proposal.portfolio)
    return {
        "proposal": proposal,
        "fields": fields_of(form, ASKED[proposal.kind], unit=unit, prefix="start-"),
        "form_style": STYLE,
        "address": f"/api/v1/proposals/{proposal.pk}/{proposal.kind}s/",
    }


PANELS = {
    "prioritisation": Panel("Prioritisation", "projects/prioritisation.html", prioritisation),
    "proposal-scores": Panel(
        "How it scores", "projects/proposal_scores.html", scores, lists=("proposal-scores",)
    ),
    "proposal-start": Panel("Start it", "projects/proposal_start.html", start),
}
