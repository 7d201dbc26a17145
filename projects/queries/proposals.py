"""Proposals by score, and how far the money goes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from benefits.realisation.periods import fiscal_year
from pmhub.database.collation import InOrder
from pmhub.database.constraints import LARGEST
from programmes.models import Envelope, Portfolio
from projects.models import Baseline, Proposal, ProposalState, ScoringCriterion
from projects.models.proposal import score

MOST = 500  # proposals of one list
PLAIN = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?", re.ASCII)
RANKED = (ProposalState.SCORED, ProposalState.APPROVED, ProposalState.DEFERRED,
          ProposalState.REJECTED)  # fmt: skip
# Proposals in these states take no money, but keep their place.
TURNED_DOWN = (ProposalState.DEFERRED, ProposalState.REJECTED)


@dataclass(frozen=True, slots=True)
class RankedProposal:
    """A proposal with its place by score, from 1. `total` is its cost together with all before it
    that can be afforded; `affordable` says whether the money lasts for it, None where no budget is
    known."""

    proposal: Any
    place: int
    total: Decimal
    affordable: bool | None
    wanted: bool

    @property
    def reason(self) -> str:
        """Return why it was approved, deferred or rejected; empty while nobody decided."""
        return self.proposal.decision.rationale if self.proposal.decision else ""


@dataclass(frozen=True, slots=True)
class Prioritisation:
    """The scored proposals of a portfolio, the highest score first, with the money available (None
    where no envelope gives any), its fiscal year, and the number of proposals without a score
    yet."""

    ranked: Sequence[RankedProposal]
    budget: Decimal | None
    year: int
    given: bool
    unscored: int


def amount(text: str | None) -> Decimal | None:
    """Return the amount that a text gives as a plain number; None where it is no number, below 0,
    or too large."""
    if text is None or not PLAIN.fullmatch(text):
        return None
    number = Decimal(text)
    return number if number <= LARGEST else None


def criteria_in_force(rows: QuerySet[ScoringCriterion], portfolio: Portfolio) -> Any:
    """Return those of these criteria that are in force in a portfolio on its status date."""
    day = portfolio.as_of
    lasting = Q(valid_until__isnull=True) | Q(valid_until__gte=day)
    return rows.filter(lasting, portfolio=portfolio, valid_from__lte=day)


def prioritised(portfolio: Portfolio, user: Any, budget: Decimal | None = None) -> Prioritisation:
    """Return the proposals of a portfolio that a user may see, by score, and how far a budget goes;
    by default what the portfolio's envelopes of the next fiscal year leave."""
    year = fiscal_year(portfolio.as_of, portfolio.fiscal_year_start_month) + 1
    money = left_to_share(portfolio, year, user) if budget is None else budget
    rows = Proposal.objects.visible_to(user).filter(portfolio=portfolio)
    scored = rows.filter(state__in=RANKED).annotate(score=score())
    listed = scored.select_related("sponsor", "decision").order_by(
        F("score").desc(nulls_last=True), "cost_likely", InOrder("code")
    )
    return Prioritisation(
        ranked=list(_ranked(listed[:MOST], money)),
        budget=money,
        year=year,
        given=budget is not None,
        unscored=rows.filter(state=ProposalState.PROPOSED).count(),
    )


def _ranked(proposals: Any, budget: Decimal | None) -> Any:
    total = Decimal(0)
    for place, proposal in enumerate(proposals, 1):
        wanted = proposal.state not in TURNED_DOWN
        after = total + proposal.cost_likely if wanted else total
        fits = budget is None or after <= budget
        # A proposal that is too dear is passed over: a cheaper one after it may be affordable.
        total = after if wanted and fits else total
        yield RankedProposal(
            proposal, place, after, None if budget is None else wanted and fits, wanted
        )


def left_to_share(portfolio: Portfolio, year: int, user: Any) -> Decimal | None:
    """Return what the envelopes of a portfolio for a fiscal year leave after those of its
    programmes, less the cost of proposals started in that year outside of these. None where there
    is no envelope, or none that the user may see."""
    rows = Envelope.objects.visible_to(user).filter(portfolio=portfolio, fiscal_year=year)
    whole, shared = Q(programme__isnull=True), Q(programme__isnull=False)
    sums = rows.aggregate(all=Sum("amount", filter=whole), shared=Sum("amount", filter=shared))
    if sums["all"] is None:
        return None
    taken = _started(portfolio, year, user).exclude(
        Q(programme__in=rows.filter(shared).values("programme"))
        | Q(project__programme__in=rows.filter(shared).values("programme"))
    )
    cost = taken.aggregate(cost=Sum("cost_likely"))["cost"] or 0
    return max(Decimal(sums["all"]) - (sums["shared"] or 0) - cost, Decimal(0))


def _started(portfolio: Portfolio, year: int, user: Any) -> QuerySet[Proposal]:
    """Return the proposals of a portfolio that became a project or a programme which begins in a
    fiscal year: on the day proposed, or else on the day first planned."""
    first_day = date(year, portfolio.fiscal_year_start_month, 1)
    plan = Baseline.objects.filter(project=OuterRef("project")).order_by("number")
    begins = Coalesce("starts_on", Subquery(plan.values("starts_on")[:1]), "programme__starts_on")
    rows = Proposal.objects.visible_to(user).filter(
        portfolio=portfolio, state=ProposalState.STARTED
    )
    return rows.alias(begins=begins).filter(
        begins__gte=first_day, begins__lt=first_day.replace(year=year + 1)
    )
