"""How projects apply the standards of their organisation: as they stand, adapted or not at all, and
who agreed to it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.access.separation_of_duties import (
    LEADS_PROJECT,
    WROTE,
    WROTE_LAST,
    decided_by_another,
    written_last,
)
from pmhub.access.setters import Setter
from pmhub.database.belonging import belongs
from pmhub.database.constraints import choices, dated, rule
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import frozen, versioned
from pmhub.lifecycle import Lifecycle, anybody, move
from pmhub.models import Person, Record
from programmes.models.closure_triggers import while_project_lasts
from projects.models.library import IN_FORCE, UNPUBLISHED, AssetVersion
from projects.models.project import Project

PROPOSED = ("project_id", "asset_version_id", "answer", "what", "reason", "until")


class TailoringAnswer(models.TextChoices):
    """What a project does with a standard."""

    APPLIED = "applied", _("Applied as it stands")
    ADAPTED = "adapted", _("Adapted")
    WAIVED = "waived", _("Waived")


class TailoringState(models.TextChoices):
    """Whether the answer of a project to a standard stands."""

    PROPOSED = "proposed", _("Proposed")
    AGREED = "agreed", _("Agreed")
    DECLINED = "declined", _("Declined")
    ENDED = "ended", _("Ended")


T = TailoringState
CURRENT = (T.PROPOSED, T.AGREED)
AGREEING = Setter(
    "the programme manager or the PMO, who neither proposed it nor lead the project",
    right="limit",
    apart=True,
)
TAILORING = Lifecycle(
    "state",
    initial=anybody(T.PROPOSED),
    moves=(
        move("agreement", "Agree to it", "agreed to", T.AGREED, [T.PROPOSED], by=AGREEING,
             says="A mandatory standard is waived by the PMO alone."),
        move("refusal", "Decline it", "declined", T.DECLINED, [T.PROPOSED], reason=True,
             by=AGREEING, says="The project follows the standard, or proposes something else."),
        move("ending", "End it", "ended", T.ENDED, [T.AGREED], reason=True,
             says="The project answers anew how it applies the standard."),
    ),
)  # fmt: skip


class TailoringRecord(Record):
    """How a project applies a version of a standard: as it stands, adapted or not at all, why, and
    who agreed. What departs from the standard is agreed by somebody who does not lead it."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="tailoring_records")
    asset_version = models.ForeignKey(
        AssetVersion, models.PROTECT, related_name="tailoring_records"
    )
    answer = models.CharField(
        max_length=10, choices=TailoringAnswer, default=TailoringAnswer.APPLIED
    )
    what = models.TextField(blank=True, help_text=_("What is done instead"))
    reason = models.TextField(blank=True, help_text=_("Why it is not applied as it stands"))
    until = models.DateField(
        null=True, blank=True, help_text=_("Its last day; a waiver always has one")
    )
    state = models.CharField(max_length=10, choices=TailoringState, default=TailoringState.PROPOSED)
    agreed_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    written_by = models.ForeignKey(
        Person, models.PROTECT, null=True, editable=False, related_name="+"
    )
    agreed_on = models.DateField(null=True, blank=True)

    visible_through = ("project",)
    joins = {"asset_version": Join.SEE, "agreed_by": Join.SET}
    lifecycles = (TAILORING,)
    edited_in = (TailoringState.PROPOSED,)
    happened = ("agreed_on",)
    promised = ("until",)
    parties = ("created_by__person", "written_by", "project__project_manager")
    stays = (
        RetentionRule(
            "agreed_tailoring",
            Q(agreed_on__isnull=False),
            "What was agreed is never deleted: end it.",
        ),
    )
    refuses = {
        "agreed_holds": ("", "What was agreed is changed no more: end it and propose another."),
        "tailoringrecord_asset_version": ("asset_version", UNPUBLISHED),
    }

    class Meta:
        ordering = ["project", "asset_version", "-id"]
        triggers = [
            versioned(),
            TAILORING.trigger("tailoring record"),
            while_project_lasts("{row}.state = 'proposed'", "state"),
            written_last(*PROPOSED),
            decided_by_another(
                "agreed_by_id", WROTE, WROTE_LAST, LEADS_PROJECT.format("NEW.project_id")
            ),
            belongs("tailoringrecord", "asset_version", IN_FORCE, UNPUBLISHED),
            frozen("agreed_holds", "OLD.state <> 'proposed'", *PROPOSED),
        ]
        constraints = [
            choices("tailoringrecord", "answer", TailoringAnswer),
            choices("tailoringrecord", "state", TailoringState),
            models.UniqueConstraint(
                fields=["project", "asset_version"],
                condition=Q(state__in=["proposed", "agreed"]),
                name="tailoringrecord_once",
                violation_error_message="The project has answered this version already.",
            ),
            rule(
                "tailoringrecord_reason",
                "reason",
                Q(answer="applied") | ~Q(reason=""),
                "Say why the standard is not applied as it stands.",
            ),
            rule(
                "tailoringrecord_what",
                "what",
                ~Q(answer="adapted") | ~Q(what=""),
                "Say what is done instead.",
            ),
            rule(
                "tailoringrecord_until",
                "until",
                ~Q(answer="waived") | Q(until__isnull=False),
                "Say until when it is waived.",
            ),
            rule(
                "tailoringrecord_agreed",
                "state",
                ~Q(state="agreed") | Q(answer="applied") | Q(agreed_by__isnull=False),
                "What departs from a standard is agreed by somebody else.",
            ),
            rule(
                "tailoringrecord_agreed_on",
                "agreed_on",
                ~Q(state="agreed") | Q(agreed_on__isnull=False),
                "What is agreed has the day of it.",
            ),
            dated(
                "tailoringrecord",
                "agreed_on",
                "state",
                TailoringState.AGREED,
                TailoringState.ENDED,
                message="Only what is agreed has the day of it: agree on it first.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asset_version}: {self.get_answer_display()}"

    @property
    def departs(self) -> bool:
        """Return whether the project departs from the standard."""
        return self.answer != TailoringAnswer.APPLIED
