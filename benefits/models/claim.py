"""Claims: the share of a benefit that another programme than its owner says it brings."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from benefits.models.benefit import Benefit
from benefits.models.contribution import SHARED
from pmhub.access import Join
from pmhub.access.setters import Setter
from pmhub.database.belonging import belongs, still_there
from pmhub.database.constraints import choices, rule
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import frozen, listed, refusal, versioned
from pmhub.lifecycle import Lifecycle, anybody, move
from pmhub.models import Record
from programmes.models import Programme
from programmes.models.closure_triggers import CONCLUDED_BENEFITS, while_programme_lasts

ELSEWHERE = "Choose a benefit of another programme of this portfolio."
TOO_MUCH = "With what its projects contribute, others claim more than the whole of this benefit."
AGREED = "What was agreed, or withdrawn, is never changed: withdraw it and claim anew."
OWNERS = Setter("who writes the programme that owns the benefit", ends=("owner",))


class ClaimState(models.TextChoices):
    """Whether both programmes agree."""

    PROPOSED = "proposed", _("Proposed")
    AGREED = "agreed", _("Agreed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


C = ClaimState
CLAIM = Lifecycle(
    "state",
    initial=anybody(C.PROPOSED),
    moves=(
        move("agreement", "Agree to it", "agreed", C.AGREED, [C.PROPOSED], by=OWNERS,
             says="The programme that owns the benefit goes on reporting its value, once; the other"
             " may say which share of it is its doing."),
        move("refusal", "Turn it down", "turned down", C.WITHDRAWN, [C.PROPOSED, C.AGREED],
             reason=True, by=OWNERS, says="What is agreed ends too."),
        move("withdrawal", "Withdraw it", "withdrawn", C.WITHDRAWN, [C.PROPOSED, C.AGREED],
             reason=True, says="The programme claims nothing of the benefit any more."),
    ),
)  # fmt: skip


def no_more_than_all() -> pgtrigger.Trigger:
    """Refuse a claim with which more than all of a benefit would be contributed and claimed, a
    proposed claim taken as agreed. The lock makes two transactions that agree to the last share see
    one another."""
    same = "(NEW.benefit_id, NEW.share) = (OLD.benefit_id, OLD.share)"
    # The row may have changed by the commit, when this trigger runs: it is read anew.
    row = "SELECT * INTO claim FROM benefits_sharedbenefitclaim WHERE id = NEW.id"
    return pgtrigger.Trigger(
        name="no_more_than_all",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update,
        timing=pgtrigger.Deferred,
        condition=pgtrigger.Condition("NEW.state IN ('proposed', 'agreed')"),
        declare=[("claim", "benefits_sharedbenefitclaim"), ("asked", "numeric := 0")],
        func=f"IF TG_OP = 'UPDATE' AND NEW.state = 'proposed' AND {same} THEN RETURN NULL; END IF;"
        " PERFORM 1 FROM benefits_benefit WHERE id = NEW.benefit_id FOR NO KEY UPDATE;"
        f" {row}; IF claim.state = 'proposed' THEN asked := claim.share;"
        " ELSIF claim.state IS DISTINCT FROM 'agreed' THEN RETURN NULL; END IF;"
        f" IF ({SHARED}) + asked > 1 THEN {refusal('claim_shares_sum', 'share', TOO_MUCH)} END IF;"
        " RETURN NULL;",
    )


class SharedBenefitClaim(Record):
    """A share of a benefit that another programme than its owner says it brings. The owner reports
    the value, and counts it once: a claim says whose doing it is, and is part of no sum. It holds
    once the owner agrees."""

    benefit = models.ForeignKey(Benefit, models.PROTECT, related_name="claims")
    programme = models.ForeignKey(
        Programme,
        models.PROTECT,
        related_name="benefit_claims",
        help_text=_("The programme that claims it"),
    )
    share = models.DecimalField(max_digits=5, decimal_places=4)
    rationale = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=ClaimState, default=ClaimState.PROPOSED)

    visible_through = ("programme", "benefit")
    written_through = ("programme",)
    joins = {"benefit": Join.SEE}
    lifecycles = (CLAIM,)
    edited_in = (ClaimState.PROPOSED,)
    stays = (
        RetentionRule(
            "claim_stays",
            ~Q(state=ClaimState.PROPOSED),
            "A claim that was agreed or withdrawn stays on record.",
        ),
    )
    refuses = {
        "claim_agreed": ("", AGREED),
        "claim_shares_sum": ("share", TOO_MUCH),
        "sharedbenefitclaim_benefit": ("benefit", ELSEWHERE),
    }

    class Meta:
        verbose_name = "claim to a benefit"
        verbose_name_plural = "claims to benefits"
        ordering = ["benefit", "programme", "id"]
        triggers = [
            versioned(),
            CLAIM.trigger("claim to a benefit"),
            while_programme_lasts("{row}.state = 'proposed'", "state"),
            frozen("claim_agreed", "OLD.state <> 'proposed'", "benefit_id", "share", "rationale"),
            no_more_than_all(),
            belongs(
                "sharedbenefitclaim",
                "benefit",
                "FROM benefits_benefit b JOIN programmes_programme o ON o.id = b.programme_id"
                " JOIN programmes_programme c ON c.id = NEW.programme_id"
                " WHERE b.id = NEW.benefit_id AND o.id <> c.id AND o.portfolio_id = c.portfolio_id",
                ELSEWHERE,
                same=("programme_id",),
            ),
            still_there(
                "sharedbenefitclaim",
                "benefit",
                "FROM benefits_benefit WHERE id = NEW.benefit_id"
                f" AND status IN ({listed(CONCLUDED_BENEFITS)})",
                "This benefit is not waited for any more.",
            ),
        ]
        constraints = [
            choices("sharedbenefitclaim", "state", ClaimState),
            rule(
                "sharedbenefitclaim_share",
                "share",
                Q(share__gt=0, share__lte=1),
                "A share is above 0 and at most 1.",
            ),
            models.UniqueConstraint(
                fields=["benefit", "programme"],
                condition=~Q(state=ClaimState.WITHDRAWN),
                name="sharedbenefitclaim_once",
                violation_error_message="This programme claims a share of it already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme.code} of {self.benefit.code}"

    @property
    def owner(self) -> Any:
        """The programme that owns the benefit, and reports its value."""
        return self.benefit.programme
