"""Proposals: what might become a project or a programme, and how it scores."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Round
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.access.separation_of_duties import decided_by_another, written_last
from pmhub.access.setters import Setter
from pmhub.database.belonging import belongs
from pmhub.database.collation import InOrder, searched
from pmhub.database.constraints import (
    choices,
    code_once,
    dated,
    numbers,
    rising,
    rule,
)
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import frozen, refusal, unchanged, versioned
from pmhub.lifecycle import Lifecycle, anybody, move
from pmhub.models import Person, Record
from programmes.models import Decision, Portfolio, Programme, StrategicObjective
from programmes.models.portfolio import objectives_last
from programmes.models.states import OVERRIDERS
from projects.models.criterion import TABLE, ScoringCriterion, in_force, status_day
from projects.models.project import Project
from projects.models.template import TemplateKind

# The columns that are judged: unchangeable once the proposal is proposed.
SAID = (
    "portfolio_id", "code", "title", "kind", "need", "sponsor_id", "cost_low", "cost_likely",
    "cost_high", "benefit_low", "benefit_likely", "benefit_high", "starts_on",
)  # fmt: skip
OTHER_CRITERION = "Choose a criterion in force of the portfolio of the proposal."
OTHER_OBJECTIVE = "Choose objectives of the portfolio."
SCORED = "A proposal is scored while it is proposed."
PAST_SCALE = "The scale of this criterion ends at %."
UNWEIGHED = "The weights of the criteria in force come to %: they have to come to 100."
UNSCORED = "Score it by every criterion in force first."
OWN_SCORE = "Nobody scores what they proposed."


class ProposalState(models.TextChoices):
    """How far a proposal has come."""

    IDEA = "idea", _("Idea")
    PROPOSED = "proposed", _("Proposed")
    SCORED = "scored", _("Scored")
    APPROVED = "approved", _("Approved")
    DEFERRED = "deferred", _("Deferred")
    REJECTED = "rejected", _("Rejected")
    STARTED = "started", _("Started")


P = ProposalState
SCORER = Setter("whoever writes proposals and did not write this one", apart=True)
PROPOSAL = Lifecycle(
    "state",
    initial=anybody(P.IDEA),
    moves=(
        move("submission", "Propose it", "proposed", P.PROPOSED, [P.IDEA],
             says="It stays as it is, and is scored by the criteria in force."),
        move("return", "Return it to its author", "returned", P.IDEA, [P.PROPOSED], reason=True,
             by=SCORER),
        move("scoring", "Settle its score", "scored", P.SCORED, [P.PROPOSED], by=SCORER,
             says="It has a score by every criterion in force; none of them changes afterwards, and"
             " scores by others go."),
        move("approval", "Approve it", "approved", P.APPROVED, [P.SCORED], reason=True,
             by=OVERRIDERS, says="It leaves a decision, and may be started."),
        move("deferral", "Defer it", "deferred", P.DEFERRED, [P.SCORED], reason=True,
             by=OVERRIDERS, says="It leaves a decision, and may be taken up again."),
        move("rejection", "Reject it", "rejected", P.REJECTED, [P.SCORED], reason=True,
             by=OVERRIDERS, says="It leaves a decision."),
        move("resumption", "Take it up again", "taken up again", P.PROPOSED, [P.DEFERRED],
             reason=True, clears=("scored_on", "decision"), says="It is scored anew."),
    ),
    follows={P.STARTED: (P.APPROVED,)},  # when it becomes a project or a programme
)  # fmt: skip


def fully_scored() -> pgtrigger.Trigger:
    """Refuse to settle a score while the weights do not come to 100, or a criterion is not scored.
    Scores by criteria no longer in force are deleted."""
    mine = f"FROM {TABLE} c WHERE c.portfolio_id = NEW.portfolio_id AND {in_force('c', 'today')}"
    unscored = (
        f"SELECT {mine} AND NOT EXISTS (SELECT FROM projects_proposalscore s"  # noqa: S608  # our own names
        " WHERE s.proposal_id = NEW.id AND s.criterion_id = c.id)"
    )
    return pgtrigger.Trigger(
        name="wholly_scored",  # sorts after the life cycle, which refuses what is no move
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("state"),
        condition=pgtrigger.Condition("NEW.state = 'scored' AND OLD.state <> 'scored'"),
        declare=[("today", "date"), ("total", "numeric")],
        func=f"today := {status_day('NEW.portfolio_id')};"  # noqa: S608  # our own names
        f" SELECT coalesce(sum(c.weight), 0) INTO total {mine};"
        f" IF total <> 100 THEN {refusal('weights_short', 'state', UNWEIGHED, 'total')} END IF;"
        f" IF EXISTS ({unscored}) THEN {refusal('unscored', 'state', UNSCORED)} END IF;"
        " DELETE FROM projects_proposalscore s WHERE s.proposal_id = NEW.id"
        f" AND s.criterion_id NOT IN (SELECT c.id {mine});"
        " RETURN NEW;",
    )


def of_its_portfolio(operation: pgtrigger.Operation) -> pgtrigger.Trigger:
    """Refuse objectives of another portfolio."""
    return pgtrigger.Trigger(
        name="of_its_portfolio",
        when=pgtrigger.Before,
        operation=operation,
        func="IF NOT EXISTS (SELECT FROM projects_proposal r JOIN programmes_strategicobjective o"
        " ON o.portfolio_id = r.portfolio_id WHERE r.id = NEW.proposal_id"
        " AND o.id = NEW.strategicobjective_id) THEN"
        f" {refusal('proposal_objectives', 'objectives', OTHER_OBJECTIVE)} END IF; RETURN NEW;",
    )


class Proposal(Record):
    """Something that might become a project or a programme: what it is needed for, what it would
    cost and bring. It is scored by the criteria in force, decided about, and started once."""

    portfolio = models.ForeignKey(Portfolio, models.PROTECT, related_name="proposals")
    code = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    kind = models.CharField(
        max_length=10,
        choices=TemplateKind,
        default=TemplateKind.PROJECT,
        help_text=_("What it would become"),
    )
    need = models.TextField(blank=True, help_text=_("Why it is wanted, and what happens without"))
    sponsor = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="proposals",
        help_text=_("Who wants it, and would pay for it"),
    )  # fmt: skip
    cost_low = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    cost_likely = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    cost_high = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    benefit_low = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    benefit_likely = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    benefit_high = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    starts_on = models.DateField(null=True, blank=True, help_text=_("When it would begin"))
    objectives = models.ManyToManyField(StrategicObjective, blank=True, related_name="proposals")
    state = models.CharField(max_length=10, choices=ProposalState, default=ProposalState.IDEA)
    scored_on = models.DateField(null=True, blank=True)
    decision = models.ForeignKey(
        Decision, models.PROTECT, null=True, blank=True, related_name="proposals"
    )
    project = models.OneToOneField(
        Project, models.PROTECT, null=True, blank=True, related_name="proposal"
    )
    programme = models.OneToOneField(
        Programme, models.PROTECT, null=True, blank=True, related_name="proposal"
    )
    written_by = models.ForeignKey(
        Person, models.PROTECT, null=True, editable=False, related_name="+"
    )

    visible_through = ("portfolio",)
    answered_for = {"sponsor": Q(state="idea")}  # once it is proposed, nobody changes it
    joins = {
        "sponsor": Join.SEE,
        **dict.fromkeys(("decision", "project", "programme"), Join.SET),
    }
    lifecycles = (PROPOSAL,)
    edited_in = (ProposalState.IDEA,)
    happened = ("scored_on",)
    parties = ("created_by__person", "written_by", "sponsor")
    stays = (
        RetentionRule(
            "decided_proposal",
            Q(decision__isnull=False),
            "A proposal that was decided about is never deleted.",
        ),
    )
    refuses = {
        "proposed_holds": ("", "What was proposed is changed no more: return it to its author."),
        "unscored": ("state", UNSCORED),
        "proposal_objectives": ("objectives", OTHER_OBJECTIVE),
    }
    list_triggers = {
        "objectives": [
            of_its_portfolio(pgtrigger.Insert | pgtrigger.Update),
            objectives_last(),
        ]
    }
    first_code = "PR01"

    class Meta:
        ordering = [InOrder("code"), "id"]
        triggers = [
            versioned(),
            PROPOSAL.trigger("proposal"),
            written_last(*SAID),
            fully_scored(),
            frozen("proposed_holds", "OLD.state <> 'idea'", *SAID),
        ]
        indexes = [searched("proposal", "code", "title", "need")]
        constraints = [
            code_once("proposal", "portfolio"),
            choices("proposal", "kind", TemplateKind),
            choices("proposal", "state", ProposalState),
            *numbers(
                "proposal", "cost_low", "cost_likely", "cost_high", "benefit_low",
                "benefit_likely", "benefit_high", low=0,
            ),
            *rising("proposal", "cost_low", "cost_likely", "cost_high"),
            *rising("proposal", "benefit_low", "benefit_likely", "benefit_high"),
            rule(
                "proposal_told",
                "need",
                Q(state="idea") | ~Q(need="") & Q(sponsor__isnull=False, cost_likely__isnull=False,
                                                  benefit_likely__isnull=False),
                "What is proposed says why it is needed, who wants it, what it would likely cost"
                " and bring.",
            ),
            dated(
                "proposal", "scored_on", "state", *(each for each in P if each not in
                                                    (P.IDEA, P.PROPOSED)),
                message="Only what was scored has the day of it: score it first.",
            ),
            rule(
                "proposal_decided",
                "decision",
                Q(state__in=["idea", "proposed", "scored"], decision__isnull=True)
                | Q(state__in=["approved", "deferred", "rejected", "started"],
                    decision__isnull=False),
                "What was approved, deferred or rejected names the decision.",
            ),
            rule(
                "proposal_became",
                "state",
                ~Q(state="started") & Q(project__isnull=True, programme__isnull=True)
                | Q(state="started", kind="project", project__isnull=False, programme__isnull=True)
                | Q(state="started", kind="programme", project__isnull=True,
                    programme__isnull=False),
                "What was started names the project or the programme that it became.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


def scored_as_it_may() -> list[pgtrigger.Trigger]:
    """Refuse scores of a proposal that is not proposed, and those beyond the scale of the
    criterion."""
    # The lock makes a score and the settling of it see one another.
    proposed = (
        "PERFORM FROM projects_proposal WHERE id = {row}.proposal_id FOR SHARE;"
        " IF NOT EXISTS (SELECT FROM projects_proposal r WHERE r.id = {row}.proposal_id"
        f" AND r.state = 'proposed') THEN {refusal('score_holds', 'proposal', SCORED)} END IF; "
    )
    moved = "IF TG_OP = 'UPDATE' AND OLD.proposal_id <> NEW.proposal_id THEN {} END IF; "
    beyond = (
        f"SELECT c.scale_max INTO highest FROM {TABLE} c WHERE c.id = NEW.criterion_id;"  # noqa: S608  # our own names
        f" IF NEW.score > highest THEN {refusal('score_scale', 'score', PAST_SCALE, 'highest')}"
        " END IF; "
    )
    return [
        pgtrigger.Trigger(
            name=f"kept_as_it_may_{name}",
            when=pgtrigger.Before,
            operation=operation,
            declare=[("highest", "integer")],
            func=f"{unchanged()}{func}RETURN {row};",
        )
        for name, operation, row, func in (
            (
                "be",
                pgtrigger.Insert | pgtrigger.Update,
                "NEW",
                proposed.format(row="NEW") + moved.format(proposed.format(row="OLD")) + beyond,
            ),
            ("go", pgtrigger.Delete, "OLD", proposed.format(row="OLD")),
        )
    ]


class ProposalScore(Record):
    """How a proposal does by a criterion, and why, as somebody judges it who did not propose it."""

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="scores")
    criterion = models.ForeignKey(ScoringCriterion, models.PROTECT, related_name="scores")
    score = models.PositiveSmallIntegerField(help_text=_("From 0 to the end of its scale"))
    reason = models.TextField(help_text=_("What it rests on"))
    by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")

    sought = False  # the proposal is
    visible_through = ("proposal",)
    joins = {"by": Join.SET}
    added_while = {"proposal": ("proposed",)}
    refuses = {
        "proposalscore_criterion": ("criterion", OTHER_CRITERION),
        "score_holds": ("proposal", SCORED),
    }

    class Meta:
        verbose_name = "score of a proposal"
        verbose_name_plural = "scores of proposals"
        ordering = ["proposal", "-criterion__weight", "criterion"]
        triggers = [
            versioned(),
            *scored_as_it_may(),
            decided_by_another(
                "by_id",
                "SELECT unnest(ARRAY[r.written_by_id, r.sponsor_id, w.id]) FROM projects_proposal r"
                " LEFT JOIN pmhub_person w ON w.user_id = r.created_by_id"
                " WHERE r.id = NEW.proposal_id",
                text=OWN_SCORE,
            ),
            belongs(
                "proposalscore",
                "criterion",
                f"FROM {TABLE} c JOIN projects_proposal r ON r.portfolio_id = c.portfolio_id"
                " WHERE c.id = NEW.criterion_id AND r.id = NEW.proposal_id"
                f" AND {in_force('c', status_day('r.portfolio_id'))}",
                OTHER_CRITERION,
                same=("proposal_id",),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["proposal", "criterion"],
                name="proposalscore_once",
                violation_error_message="It is scored by this criterion already: change that.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proposal.code} by {self.criterion.code}: {self.score}"


def score() -> Any:
    """Return an expression for the score of a proposal, from 0 to 100; none until it is settled."""
    part = F("score") * F("criterion__weight") / F("criterion__scale_max")
    rows = ProposalScore._base_manager.filter(proposal=models.OuterRef("pk")).order_by()
    total = rows.values("proposal").annotate(total=Round(models.Sum(part), 1)).values("total")
    number = models.DecimalField(max_digits=5, decimal_places=1)
    settled = models.When(scored_on__isnull=False, then=models.Subquery(total, output_field=number))
    return models.Case(settled, output_field=number)
