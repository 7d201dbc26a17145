"""Compliance items: what a project has to obtain before it may go on."""

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.access.setters import LIMITS_OF_PROJECT
from pmhub.database.collation import InOrder, searched
from pmhub.database.constraints import choices, code_once, dated, rule
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import Kind, Mark, source
from pmhub.models import Record
from programmes.models.closure_triggers import LIVE_PROJECTS, while_project_lasts
from projects.models.project import Project
from projects.models.states import COMPLIANCE, ComplianceState


class ComplianceKind(models.TextChoices):
    """What has to be obtained."""

    PERMIT = "permit", _("Permit")
    INSPECTION = "inspection", _("Inspection")
    CERTIFICATE = "certificate", _("Certificate")
    ASSESSMENT = "assessment", _("Assessment")


class Blocks(models.TextChoices):
    """What may not happen before the item is granted."""

    NONE = "none", _("Nothing")
    START_ON_SITE = "start_on_site", _("Start on site")
    DEMOLITION = "demolition", _("Demolition")
    COMMISSIONING = "commissioning", _("Commissioning")
    HANDOVER = "handover", _("Handover")
    OCCUPATION = "occupation", _("Occupation")
    GO_LIVE = "go_live", _("Go-live")


class ComplianceItem(Record):
    """A permit, inspection, certificate or assessment that a project needs."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="compliance_items")
    code = models.CharField(max_length=20)
    kind = models.CharField(max_length=20, choices=ComplianceKind)
    title = models.CharField(max_length=200)
    authority = models.CharField(max_length=200, blank=True)
    due_on = models.DateField(null=True, blank=True)
    blocks = models.CharField(max_length=20, choices=Blocks, default=Blocks.NONE)
    state = models.CharField(
        max_length=20, choices=ComplianceState, default=ComplianceState.NOT_STARTED
    )
    granted_on = models.DateField(null=True, blank=True)
    evidence = models.TextField(blank=True)

    unread = ("kind", "title", "authority", "granted_on", "evidence")
    visible_through = ("project",)
    set_by = {"blocks": LIMITS_OF_PROJECT.where("blocking")}
    lifecycles = (COMPLIANCE,)
    added_while = {"project": LIVE_PROJECTS}
    happened = ("granted_on",)
    stays = (
        RetentionRule(
            "granted",
            Q(granted_on__isnull=False),
            "What was granted is never deleted: record that it expired.",
        ),
    )
    first_code = "CP01"

    class Meta:
        ordering = ["due_on", InOrder("code"), "id"]
        triggers = [
            *source(Mark(Kind.PROJECT, "project_id")),
            COMPLIANCE.trigger("compliance item"),
            while_project_lasts(
                "{row}.state IN ('not_started', 'in_preparation', 'submitted')",
                "state",
                text="This project has ended: nothing more is to be granted to it.",
            ),
        ]
        indexes = [searched("complianceitem", "code", "title", "authority")]
        constraints = [
            code_once("complianceitem", "project"),
            choices("complianceitem", "kind", ComplianceKind),
            choices("complianceitem", "blocks", Blocks),
            choices("complianceitem", "state", ComplianceState),
            rule(
                "complianceitem_granted_on",
                "granted_on",
                ~Q(state="granted") | Q(granted_on__isnull=False),
                "Give the date on which it was granted.",
            ),
            dated(
                "complianceitem",
                "granted_on",
                "state",
                ComplianceState.GRANTED,
                ComplianceState.EXPIRED,
                message="Only what was granted has the date of it: record the grant first.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def blocking(self) -> bool:
        """Return whether the stored item holds a gate of its project."""
        return self.pk is not None and self.blocks != Blocks.NONE

    def overdue(self, on: date) -> bool:
        """Return whether it should have been granted before this day."""
        granted = self.state == ComplianceState.GRANTED
        return not granted and self.due_on is not None and self.due_on < on
