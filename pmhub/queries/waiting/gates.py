"""What waits for those who decide at gates, and for those who meet the conditions of gates."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db.models import Exists, OuterRef, Q

from pmhub.permissions import Role
from pmhub.queries.waiting.rule import PAST, Asker, Rule, any_of, comments, said_by
from programmes.models.closure_triggers import LASTING
from projects.models import LIVE, Gate, GateCondition, GateState, GateVote
from projects.models.gate.able_deciders import able_deciders

GATE_GOES_ON = (
    Q(gate__project__status__in=LIVE)
    | Q(gate__programme__stage__in=LASTING)
    | Q(gate__tranche__programme__stage__in=LASTING) & ~Q(gate__tranche__state="cancelled")
)

MET_BY_WORD = said_by("owner", GateCondition)


def _votes_at_gates(asker: Asker) -> Q:
    """Return the condition on gates that the person decides, for themself or in the place of a
    lender, and at which neither has voted; neither leads what is decided."""

    def decides(person: int | None) -> Q:
        lists = (Gate.approvers.through, Gate.pmo_approvers.through)
        named = (Q(pk__in=model._default_manager.filter(person=person).values("gate"))
                 for model in lists)  # fmt: skip
        leading = any_of(Q(**{lead: person}) for lead in Gate.parties)
        return any_of(named) & ~leading & ~voted(GateVote, person, gate=OuterRef("pk"))

    lent = asker.standing_in(Gate, decides) & ~voted(GateVote, asker.person, gate=OuterRef("pk"))
    return (decides(asker.person) | lent) & ~asker.has_part(Gate)


def _judges_conditions(asker: Asker) -> Q:
    """Return the condition on conditions of gates that the person decided, or that the PMO judges
    because nobody who decided can; without a part in them."""
    lists = (Gate.approvers.through, Gate.pmo_approvers.through)
    decided = (Q(gate__in=model._default_manager.filter(person=asker.person).values("gate"))
               for model in lists)  # fmt: skip
    of_gate = (rows.filter(gate=OuterRef("gate")) for rows in able_deciders())
    nobody = ~any_of(Q(Exists(rows)) for rows in of_gate)
    office = asker.holding(GateCondition, {Role.PMO}, vacant=nobody)
    return (any_of(decided) | office) & ~asker.has_part(GateCondition)


def voted(model: Any, person: int | None, **about: Any) -> Q:
    """Return the condition that the person has voted, for themself or as a deputy."""
    votes = model._default_manager.filter(Q(person=person) | Q(deputy=person), **about)
    return Q(Exists(votes))


RULES = (
    Rule(
        "gate_to_vote", "Gates to vote at", Gate, "gates",
        who="whoever decides it, or their deputy, until they have voted",
        waits=Q(state=GateState.OPEN), asks=_votes_at_gates,
        due="planned_on", ahead=None, code="code", called="title", does="Vote", verb="vote",
    ),
    Rule(
        "condition_due", "Conditions of gates to meet", GateCondition, "gate-conditions",
        who="its owner, until they have said that it is met",
        waits=GateCondition.answered_for["owner"] & GATE_GOES_ON & ~MET_BY_WORD,
        asks=lambda asker: asker.named("owner"),
        due="due_on", called="text", does="Meet it, and say so",
        form=partial(comments, "gate-conditions"),
    ),
    Rule(
        "condition_to_judge", "Conditions said to be met", GateCondition, "gate-conditions",
        who="whoever decided the gate, or the PMO if none of them can, once its owner has spoken"
        " last about it",
        waits=GateCondition.answered_for["owner"] & GATE_GOES_ON & MET_BY_WORD,
        asks=_judges_conditions,
        called="text", verb="fulfilment", lasting=True,
    ),
    Rule(
        "condition_lapsed", "Conditions that have lapsed", GateCondition, "gate-conditions",
        who="whoever decided the gate, or the PMO if none of them can, once its day has passed and"
        " nobody has said that it is met",
        waits=GateCondition.answered_for["owner"] & GATE_GOES_ON & ~MET_BY_WORD,
        asks=_judges_conditions,
        due="due_on", ahead=PAST, called="text", verb="fulfilment", lasting=True,
        does="Extend it, waive it, or record that it is met",
    ),
)  # fmt: skip
