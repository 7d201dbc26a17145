"""What waits for the PMO and those who work with it: requests for help, and proposals."""

from __future__ import annotations

from django.db.models import Q

from pmhub.permissions import STEERERS, Role
from pmhub.queries.waiting.rule import Asker, Rule, vacant
from projects.models import HelpRequest, HelpState, Proposal, ProposalState

PMO = frozenset({Role.PMO})
ALWAYS = Q(pk__isnull=False)


def _helps(asker: Asker) -> Q:
    """Return the condition on requests for help that name the person as who answers; for the PMO,
    those that name nobody."""
    return asker.named("owner") | asker.holding(HelpRequest, PMO, vacant=vacant("owner"))


def _answers(asker: Asker) -> Q:
    """Return the condition on requests for help that the person has accepted."""
    return asker.named("owner")


def _own_requests(asker: Asker) -> Q:
    """Return the condition on requests for help that the person made."""
    return asker.named("asked_by")


def _scores(asker: Asker) -> Q:
    """Return the condition on proposals that the person scores: as PMO or portfolio manager,
    without a part in them."""
    scorers = PMO | {Role.PORTFOLIO_MANAGER}
    return asker.holding(Proposal, scorers, vacant=ALWAYS) & ~asker.has_part(Proposal)


def _decides(asker: Asker) -> Q:
    """Return the condition on proposals of a portfolio that the person steers, without a part in
    them."""
    return asker.holding(Proposal, STEERERS, vacant=Q(pk__in=[])) & ~asker.has_part(Proposal)


RULES = (
    Rule(
        "help_to_take_on", "Help that is asked for", HelpRequest, "help-requests",
        who="who is to answer it, or the PMO where nobody is",
        waits=Q(state=HelpState.OPEN), asks=_helps,
        due="due_on", ahead=None, code="code", called="title", verb="acceptance",
    ),
    Rule(
        "help_to_answer", "Questions to answer", HelpRequest, "help-requests",
        who="who has taken it on",
        waits=Q(state=HelpState.ACCEPTED), asks=_answers,
        due="due_on", ahead=None, code="code", called="title", verb="reply",
    ),
    Rule(
        "help_to_close", "Answers to your questions", HelpRequest, "help-requests",
        who="who asked",
        waits=Q(state=HelpState.ANSWERED), asks=_own_requests,
        code="code", called="title", verb="closure",
    ),
    Rule(
        "proposal_to_score", "Proposals to score", Proposal, "proposals",
        who="the PMO or the portfolio manager who neither proposed it nor wants it",
        waits=Q(state=ProposalState.PROPOSED), asks=_scores,
        code="code", called="title", does="Score it by each criterion",
    ),
    Rule(
        "proposal_to_decide", "Proposals to decide about", Proposal, "proposals",
        who="the sponsor or the SRO of the portfolio, who neither proposed it nor wants it",
        waits=Q(state=ProposalState.SCORED), asks=_decides,
        code="code", called="title", verb="approval",
    ),
)  # fmt: skip
