"""The verbs of proposals: scoring, deciding, and starting what was approved."""

from __future__ import annotations

from django.db import transaction

from pmhub.models import User
from pmhub.services import (
    add,
    as_of,
    check_move,
    judge_of,
    lock,
    refuse_state,
    save,
    turn,
)
from programmes.models import Decision, DecisionCause, Programme
from programmes.services.decisions import make_decision
from projects.models import Project, Proposal, ProposalState
from projects.services.codes import code_beside

OWN = "Who proposed it, or wants it, does not judge it, nor does their deputy."
OUTCOMES = {"approval": "Approved", "deferral": "Deferred", "rejection": "Rejected"}


@transaction.atomic
def score_proposal(proposal: Proposal, *, by: User | None) -> Proposal:
    """Settle the score of a proposal, on the status date."""
    check_move(lock(proposal), "scoring")
    judge_of(proposal, "state", "scores a proposal", by, own=OWN)
    return turn(proposal, noun="scoring", scored_on=as_of(proposal), by=by)


@transaction.atomic
def return_proposal(proposal: Proposal, *, by: User | None) -> Proposal:
    """Send a proposal back to its author; its scores are deleted."""
    check_move(lock(proposal), "return")
    judge_of(proposal, "state", "returns a proposal", by, own=OWN)
    proposal.scores.all().delete()
    return turn(proposal, noun="return", by=by)


@transaction.atomic
def decide_proposal(proposal: Proposal, *, noun: str, reason: str, by: User | None) -> Proposal:
    """Approve, defer or reject a proposal, and record a decision with the reason."""
    check_move(lock(proposal), noun)
    judge_of(proposal, "state", "decides about a proposal", by, own=OWN)
    decision = Decision(
        portfolio=proposal.portfolio,
        cause=DecisionCause.PROPOSAL,
        title=f"Proposal {proposal.code} {proposal.title}"[:200],
        question=proposal.need,
    )
    made = make_decision(add(decision, by=by), outcome=OUTCOMES[noun], rationale=reason, by=by)
    return turn(proposal, noun=noun, decision=made, by=by)


@transaction.atomic
def start_proposal(proposal: Proposal, *, became: Project | Programme, by: User | None) -> Proposal:
    """Record the project or the programme that an approved proposal became."""
    if lock(proposal).state != ProposalState.APPROVED:
        refuse_state("state", NOT_APPROVED)
    kind = str(became._meta.model_name)
    setattr(proposal, kind, became)
    proposal.state = ProposalState.STARTED
    return save(proposal, kind, "state", by=by)


NOT_APPROVED = "Only an approved proposal is started, and only once."


def next_proposal_code(proposal: Proposal) -> str:
    """Return the code after those of the proposals of the portfolio."""
    return code_beside(proposal, ("portfolio",), "PR01")
