"""Inspections: somebody who is independent of a project looks whether its work is as it should
be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.access.separation_of_duties import LEADS_PROJECT, decided_by_another
from pmhub.access.setters import Setter, is_theirs
from pmhub.database.belonging import belongs, still_there
from pmhub.database.collation import InOrder
from pmhub.database.constraints import choices, code_once, dated, rule
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import frozen, refusal, versioned
from pmhub.lifecycle import Lifecycle, anybody, move
from pmhub.models import Person, Record
from programmes.models.closure_triggers import while_project_of_inspection_lasts
from programmes.models.lapse_triggers import falls_with_its_end
from projects.models.inspection_base import (
    OF_PROJECT,
    InspectedRecord,
    looked_at,
    looked_at_constraints,
    looked_at_triggers,
)
from projects.models.inspection_sql import nothing_critical

HELD = "An inspection that was held is changed no more: hold another."
FOUND = "What an inspection found is never deleted: say how it was corrected."
OTHER_PLAN = "An inspection is of the project of the plan that it was drawn from."
PLANNED_SO = "An inspection that was drawn from a plan is for what the plan is for: change that."


class InspectionState(models.TextChoices):
    """Where an inspection is."""

    PLANNED = "planned", _("Planned")
    HELD = "held", _("Held")
    CANCELLED = "cancelled", _("Cancelled")


class InspectionResult(models.TextChoices):
    """What an inspection came to."""

    PASS = "pass", _("Passed")
    FINDINGS = "pass_with_findings", _("Passed with findings")
    FAIL = "fail", _("Failed")


I = InspectionState  # noqa: E741  # short for the table
INSPECTOR = Setter(
    "the inspector, or an assurer or the PMO, who do not lead the project",
    right="assure", own="inspector", apart=True,
)  # fmt: skip
ASSURERS = Setter("an assurer or the PMO", right="assure")
INSPECTION = Lifecycle(
    "state",
    initial=anybody(I.PLANNED),
    moves=(
        move("holding", "Record that it was held", "held", I.HELD, [I.PLANNED],
             asks=("held_on", "result"), may_ask=("report",), by=INSPECTOR,
             says="What failed holds the stage for which it was inspected, until another"
             " inspection passes."),
        move("cancellation", "Cancel it", "cancelled", I.CANCELLED, [I.PLANNED], reason=True,
             by=INSPECTOR, says="Where it was drawn from a plan, that draws the next."),
    ),
    kept=("held_on", "result", "report"),
)  # fmt: skip


def shown_on_project() -> pgtrigger.Trigger:
    """Store the day of the last inspection on the project."""
    last = "(SELECT max(i.held_on) FROM projects_inspection i WHERE i.project_id = NEW.project_id)"
    return pgtrigger.Trigger(
        name="shown_on_project",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("state"),
        condition=pgtrigger.Condition("NEW.state = 'held'"),
        func="PERFORM FROM projects_project WHERE id = NEW.project_id FOR NO KEY UPDATE;"  # noqa: S608  # our own names
        f" UPDATE projects_project SET inspected_on = {last} WHERE id = NEW.project_id;"
        " RETURN NULL;",
    )


class Inspection(InspectedRecord):
    """A look by somebody who is not of a project at whether its work is as it should be: planned,
    and once held with its result. One that is planned for the entry of a stage, or failed there,
    holds the gate to it."""

    project, code, title, asset_version, hold_point, milestone = looked_at("inspections")
    plan = models.ForeignKey(
        "projects.InspectionPlan", models.PROTECT, null=True, blank=True, editable=False,
        related_name="inspections", help_text=_("That it was drawn from"),
    )  # fmt: skip
    inspector = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="inspections"
    )
    planned_on = models.DateField()
    state = models.CharField(
        max_length=10, choices=InspectionState, default=InspectionState.PLANNED
    )
    held_on = models.DateField(null=True, blank=True)
    result = models.CharField(max_length=20, choices=InspectionResult, blank=True)
    report = models.TextField(blank=True, help_text=_("What was looked at, and what was seen"))

    answered_for = {"inspector": Q(state="planned")}
    set_by = dict.fromkeys(("hold_point", "milestone"), ASSURERS.where("holding"))
    lifecycles = (INSPECTION,)
    edited_in = (InspectionState.PLANNED,)
    happened = ("held_on",)
    stays = (
        RetentionRule(
            "held_inspection", Q(held_on__isnull=False), "What was inspected is never deleted."
        ),
        RetentionRule(
            "drawn_inspection",
            Q(plan__isnull=False),
            "An inspection that was drawn from a plan is never deleted: cancel it.",
        ),
    )
    refuses = {
        "not_independent": ("inspector", OF_PROJECT),
        "inspection_held": ("", HELD),
        "inspection_of_plan": ("hold_point", PLANNED_SO),
        "inspection_plan": ("project", OTHER_PLAN),
    }
    first_code = "IN01"

    class Meta:
        ordering = ["planned_on", InOrder("code"), "id"]
        triggers = [
            versioned(),
            INSPECTION.trigger("inspection"),
            *looked_at_triggers(
                "inspection",
                "{row}.state = 'planned'",
                "TG_OP = 'INSERT' AND NEW.plan_id IS NOT NULL",
                held="OLD.state = 'planned' AND NEW.state = 'held'",
            ),
            shown_on_project(),
            nothing_critical("passed"),
            frozen(
                "inspection_held", "OLD.state <> 'planned'", "project_id", "code", "title",
                "asset_version_id", "hold_point", "milestone_id", "plan_id", "inspector_id",
                "planned_on", "held_on", "result", "report",
            ),
            frozen(
                "inspection_of_plan", "OLD.plan_id IS NOT NULL", "hold_point", "milestone_id",
                "plan_id",
            ),
            belongs(
                "inspection",
                "plan",
                "FROM projects_inspectionplan"
                " WHERE id = NEW.plan_id AND project_id = NEW.project_id",
                OTHER_PLAN,
                same=["project_id"],
            ),
        ]  # fmt: skip
        constraints = [
            *looked_at_constraints("inspection"),
            choices("inspection", "state", InspectionState),
            choices("inspection", "result", InspectionResult, blank=True),
            models.UniqueConstraint(
                fields=["plan"],
                condition=Q(state="planned"),
                name="inspection_planned_once",
                violation_error_message="The next inspection of this plan is planned already.",
            ),
            dated("inspection", "held_on", "state", InspectionState.HELD,
                  message="Only what was held has the day of it: say first what it found."),
            rule(
                "inspection_result",
                "result",
                Q(state="held", held_on__isnull=False) & ~Q(result="")
                | ~Q(state="held") & Q(result=""),
                "What was held has its day and its result, and nothing else has.",
            ),
        ]  # fmt: skip

    @property
    def holding(self) -> bool:
        """Return whether it is stored and a stage or a milestone waits for it."""
        return self.pk is not None and bool(self.hold_point or self.milestone_id)


class FindingSeverity(models.TextChoices):
    """How much a finding matters."""

    MINOR = "minor", _("Minor")
    MAJOR = "major", _("Major")
    CRITICAL = "critical", _("Critical")


class FindingState(models.TextChoices):
    """Where a finding is."""

    OPEN = "open", _("Open")
    CORRECTED = "corrected", _("Corrected")
    VERIFIED = "verified", _("Verified")
    CLOSED = "closed", _("Closed")
    LAPSED = "lapsed", _("Fell away")


F = FindingState
UNSETTLED = (FindingState.OPEN, FindingState.CORRECTED)
# The columns of a finding that cannot be changed once it is corrected.
FOUND_SO = (
    "inspection_id", "code", "text", "severity", "owner_id", "due_on", "root_cause",
    "corrective_action",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Correctors(Setter):
    """The owner of a finding, or else who manages the project that was inspected."""

    def allows(self, user: Any, row: Any) -> bool:
        """Return whether the user is one of them, or may write the finding."""
        manages = row.owner_id is None and is_theirs(user, row.project, "project_manager")
        return manages or super(Correctors, self).allows(user, row)


CORRECTOR = Correctors(
    "its owner, or else the project manager, or whoever may write it", own="owner"
)
VERIFIER = Setter(
    "an assurer or the PMO, who neither correct it nor lead the project", right="assure", apart=True
)
FINDING = Lifecycle(
    "state",
    initial=anybody(F.OPEN),
    moves=(
        move("correction", "Say how it was corrected", "corrected", F.CORRECTED, [F.OPEN],
             asks=("corrective_action",), may_ask=("root_cause",), by=CORRECTOR,
             says="Somebody else looks whether it is."),
        move("return", "Return it", "returned", F.OPEN, [F.CORRECTED], reason=True, by=VERIFIER),
        move("verification", "Verify that it was corrected", "verified", F.VERIFIED,
             [F.CORRECTED], by=VERIFIER),
        move("closure", "Close it", "closed", F.CLOSED, [F.VERIFIED], asks=("closed_on",)),
    ),
    follows={F.LAPSED: UNSETTLED},  # when the inspected project ends
)  # fmt: skip


def found_stays() -> pgtrigger.Trigger:
    """Refuse to delete a finding once its inspection was held."""
    held = "SELECT FROM projects_inspection WHERE id = OLD.inspection_id AND state = 'held'"
    return pgtrigger.Trigger(
        name="kept_found",
        when=pgtrigger.Before,
        operation=pgtrigger.Delete,
        condition=pgtrigger.Condition("OLD.state = 'open'"),  # `stays` keeps all others
        func=f"IF EXISTS ({held}) THEN {refusal('found_stays', 'inspection', FOUND)} END IF;"
        " RETURN OLD;",
    )


def says_who_corrected() -> pgtrigger.Trigger:
    """Record on a finding who corrected it: the user who writes that. By its name it runs before
    `decided_by_another`."""
    return pgtrigger.Trigger(
        name="corrector",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("state"),
        condition=pgtrigger.Condition("OLD.state = 'open' AND NEW.state = 'corrected'"),
        func="NEW.corrected_by_id :="
        " (SELECT id FROM pmhub_person WHERE user_id = NEW.updated_by_id); RETURN NEW;",
    )


class InspectionFinding(Record):
    """Something that an inspection found not to be as it should be. Its owner corrects it, and
    somebody else verifies that. A critical one that is not verified holds the gates that its
    inspection holds."""

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="findings")
    code = models.CharField(max_length=20)
    text = models.CharField(max_length=300, help_text=_("What is not as it should be"))
    severity = models.CharField(
        max_length=10, choices=FindingSeverity, default=FindingSeverity.MINOR
    )
    owner = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="findings",
        help_text=_("Who corrects it; left empty, the project manager"),
    )  # fmt: skip
    due_on = models.DateField(null=True, blank=True)
    root_cause = models.TextField(blank=True, help_text=_("Why it came to that"))
    corrective_action = models.TextField(blank=True, help_text=_("What was done about it"))
    state = models.CharField(max_length=10, choices=FindingState, default=FindingState.OPEN)
    corrected_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, editable=False, related_name="+",
        help_text=_("Who said how it was corrected"),
    )  # fmt: skip
    verified_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    closed_on = models.DateField(null=True, blank=True)

    answered_for = {"owner": Q(state="open")}
    visible_through = ("inspection",)
    joins = {"owner": Join.SEE, **dict.fromkeys(("corrected_by", "verified_by"), Join.SET)}
    lifecycles = (FINDING,)
    edited_in = (FindingState.OPEN,)
    added_while = {"inspection": (InspectionState.HELD, InspectionState.PLANNED)}
    happened = ("closed_on",)
    set_by = {"severity": ASSURERS, "due_on": ASSURERS.where("due")}
    parties = (
        "owner", "corrected_by", "inspection__project__project_manager",
        "inspection__project__executive",
    )  # fmt: skip
    stays = (
        RetentionRule("kept_finding", ~Q(state="open"), "What was corrected is never deleted."),
    )
    refuses = {
        "not_independent": ("verified_by", "Who corrects it does not verify that."),
        "found_stays": ("", FOUND),
        "finding_corrected": ("", "What was corrected is changed no more: return it first."),
        "finding_settled": ("", "What was verified, or fell away, is changed no more."),
    }
    first_code = "F01"

    class Meta:
        verbose_name = "finding"
        ordering = ["inspection", InOrder("code")]
        triggers = [
            versioned(),
            FINDING.trigger("finding"),
            falls_with_its_end(UNSETTLED, F.LAPSED, "inspection"),
            while_project_of_inspection_lasts(
                "{row}.state IN ('open', 'corrected')",
                "state",
                text="The project has ended: nothing more is corrected in it.",
            ),
            nothing_critical("found"),
            found_stays(),
            says_who_corrected(),
            still_there(
                "inspectionfinding",
                "inspection",
                "FROM projects_inspection WHERE id = NEW.inspection_id AND state = 'cancelled'",
                "An inspection that was cancelled has found nothing.",
            ),
            decided_by_another(
                "verified_by_id",
                "SELECT unnest(ARRAY[NEW.owner_id, NEW.corrected_by_id])",
                LEADS_PROJECT.format(
                    "(SELECT i.project_id FROM projects_inspection i"
                    " WHERE i.id = NEW.inspection_id)"
                ),
                text="Who corrects it does not verify that.",
            ),
            frozen("finding_corrected", "OLD.state = 'corrected'", *FOUND_SO),
            frozen("finding_settled", "OLD.state NOT IN ('open', 'corrected')", *FOUND_SO),
        ]  # fmt: skip
        constraints = [
            code_once("inspectionfinding", "inspection"),
            choices("inspectionfinding", "severity", FindingSeverity),
            choices("inspectionfinding", "state", FindingState),
            dated("inspectionfinding", "closed_on", "state", FindingState.CLOSED,
                  message="Only what is closed has the day of it: close it first."),
            rule(
                "inspectionfinding_corrective_action",
                "corrective_action",
                Q(state__in=["open", "lapsed"]) | ~Q(corrective_action=""),
                "Say what was done about it.",
            ),
            rule(
                "inspectionfinding_verified_by",
                "verified_by",
                ~Q(state__in=["verified", "closed"]) | Q(verified_by__isnull=False),
                "What is verified names who did so.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.code} {self.text}"

    @property
    def due(self) -> bool:
        """Return whether it is stored and has a day by which it is to be corrected."""
        return self.pk is not None and self.due_on is not None

    @property
    def project(self) -> Any:
        """The project that was inspected."""
        return self.inspection.project
