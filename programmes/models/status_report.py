"""Status reports: what people say of a programme or a project, published beside the figures of that
moment."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from pmhub import access
from pmhub.access.grants import for_writing, grants_of
from pmhub.access.separation_of_duties import (
    LEADS_PROGRAMME,
    LEADS_PROJECT,
    WROTE,
    decided_by_another,
)
from pmhub.access.setters import SUBMITTERS
from pmhub.database.belonging import belongs
from pmhub.database.constraints import choices, one_of, rule
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import frozen, versioned
from pmhub.formats import day
from pmhub.models import Person, Record
from programmes.models.closure_triggers import learned_stays
from programmes.models.programme import Programme, Rating
from programmes.models.states import REPORT, ReportState


class StatusReports(access.ScopedQuerySet):
    """Status reports; until they are published they are only for people who may write them."""

    def visible_to(self, user: Any) -> StatusReports:
        """Return the published reports on what the user may see, and all reports on what the user
        may report on."""
        rows = super().visible_to(user)
        known = Q(published_at__isnull=False)
        for name, noun in WRITTEN_AS.items():
            writing = for_writing(grants_of(user), noun)
            if writing.everywhere:
                return rows
            model: Any = StatusReport._meta.get_field(name).related_model
            mine = model._base_manager.filter(access.visibility(model, writing))
            known |= Q(**{f"{name}__in": mine.values("pk")})
        return rows.filter(known)


# What the table of rights calls a report, by what it speaks of.
OTHER_REPORT = "A correction is of the same kind, programme or project, and of the same period."
WRITTEN_AS = {"programme": "statusreport", "project": "projectreport"}
# What a report says; it is what was approved, or is corrected by another report.
SAID = (
    "programme_id", "project_id", "kind", "lessons", "approval_needed", "period_end", "author_id",
    "achieved", "next_steps", "help_needed", "declared_rag", "declared_reason", "declared_finish",
    "corrects_id", "correction_reason",
)  # fmt: skip


class ReportKind(models.TextChoices):
    """What a report is about."""

    STATUS = "status", _("Status report: of a period")
    END = "end", _("End report: of all of it, drafted when it closes")


class StatusReport(Record):
    """A report on a programme for its board, or on a project for its programme. Its figures are
    those of the ledger at the moment it was published, and are not copied."""

    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="status_reports"
    )
    project = models.ForeignKey(
        "projects.Project", models.PROTECT, null=True, blank=True, related_name="status_reports"
    )
    kind = models.CharField(
        max_length=10, choices=ReportKind, default=ReportKind.STATUS, editable=False
    )
    period_end = models.DateField(help_text=_("The last day it speaks of"))
    author = models.ForeignKey(Person, models.PROTECT, null=True, editable=False, related_name="+")
    achieved = models.TextField(blank=True, help_text=_("What was achieved"))
    next_steps = models.TextField(blank=True, help_text=_("What comes next"))
    lessons = models.TextField(blank=True, default="", help_text=_("What was learned"))
    help_needed = models.TextField(blank=True, help_text=_("Decisions and help that are needed"))
    declared_rag = models.CharField(
        max_length=10, choices=Rating, blank=True, verbose_name=_("declared status")
    )
    declared_reason = models.TextField(blank=True, default="", help_text=_("Why it stands so"))
    declared_finish = models.DateField(
        null=True, blank=True, help_text=_("When the programme or project is expected to finish")
    )
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="correction"
    )
    correction_reason = models.TextField(
        blank=True, default="", help_text=_("What it corrects, and why")
    )
    state = models.CharField(
        max_length=10, choices=ReportState, default=ReportState.DRAFT, editable=False
    )
    approved_by = models.ForeignKey(
        Person, models.PROTECT, null=True, editable=False, related_name="+"
    )
    # Whether somebody else agrees before it is published; of a project, where it is watched so.
    approval_needed = models.BooleanField(default=True, editable=False)
    published_at = models.DateTimeField(null=True, editable=False)
    published_by = models.ForeignKey(
        Person, models.PROTECT, null=True, editable=False, related_name="+"
    )
    # How the figures stood when it was published: nothing waits for them.
    figures_state = models.CharField(max_length=12, blank=True, editable=False)

    objects = StatusReports.as_manager()  # type: ignore[misc]  # one queryset for another
    visible_through = ("project", "programme")
    lifecycles = (REPORT,)
    edited_in = (ReportState.DRAFT,)
    happened = ("period_end",)
    parties = (
        "author", "created_by__person", "programme__programme_manager", "project__project_manager",
    )  # fmt: skip
    joins = {"corrects": access.Join.WRITE}
    set_by = {"declared_rag": SUBMITTERS}
    stays = (
        RetentionRule(
            "append_only",
            Q(state="published"),
            "A published report is never deleted, only corrected by another.",
        ),
    )

    refuses = {
        "submitted_stays": ("", "A report that was handed in stays as it is: take it back first."),
        "published_stays": ("", "A report that was published stays as it is: write a correction."),
    }

    class Meta:
        ordering = ["-period_end", "-pk"]
        triggers = [
            REPORT.trigger("status report"),
            decided_by_another(
                "approved_by_id",
                WROTE,
                "SELECT NEW.author_id",
                LEADS_PROGRAMME.format("NEW.programme_id"),
                LEADS_PROJECT.format("NEW.project_id"),
            ),
            belongs(
                "statusreport",
                "corrects",
                "FROM programmes_statusreport c WHERE c.id = NEW.corrects_id"
                " AND (c.kind, c.programme_id, c.project_id, c.period_end) IS NOT DISTINCT FROM"
                " (NEW.kind, NEW.programme_id, NEW.project_id, NEW.period_end)",
                OTHER_REPORT,
                same=("programme_id", "project_id", "period_end"),
            ),
            versioned(),
            learned_stays(),
            frozen("submitted_stays", "OLD.state <> 'draft'", *SAID),
            frozen(
                "published_stays", "OLD.state = 'published'", "state", "approved_by_id",
                "published_at", "published_by_id", "figures_state",
            ),
        ]  # fmt: skip
        constraints = [
            choices("statusreport", "state", ReportState),
            choices("statusreport", "kind", ReportKind),
            one_of("statusreport", "programme", "project"),
            rule(
                "statusreport_approved",
                "approved_by",
                Q(state__in=["draft", "submitted"])
                | Q(approved_by__isnull=False)
                | Q(approval_needed=False, project__isnull=False),
                "It is approved by somebody before it is published.",
            ),
            rule(
                "statusreport_declared_rag_choice",
                "declared_rag",
                Q(declared_rag__in=["", *Rating.values]),
                "Choose green, amber or red.",
            ),
            rule(
                "statusreport_published",
                "state",
                Q(state="published") ^ Q(published_at__isnull=True),
                "A published report has its moment.",
            ),
            rule(
                "statusreport_corrects_another",
                "corrects",
                Q(corrects__isnull=True) | ~Q(corrects=F("pk")),
                "A report does not correct itself.",
            ),
            rule(
                "statusreport_correction_reason",
                "correction_reason",
                Q(corrects__isnull=False) | Q(correction_reason=""),
                "Only a correction says what it corrects.",
            ),
            models.UniqueConstraint(
                fields=["programme", "kind", "period_end"],
                condition=Q(corrects__isnull=True),
                name="statusreport_period",
                violation_error_message="There is a report of this period: correct that one.",
            ),
            models.UniqueConstraint(
                fields=["project", "kind", "period_end"],
                condition=Q(corrects__isnull=True),
                name="statusreport_project_period",
                violation_error_message="There is a report of this period: correct that one.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        end = "end of " if self.kind == ReportKind.END else ""
        return f"{end}{self.subject.code} to {day(self.period_end)}"

    @property
    def noun(self) -> str:
        """Return the kind of report, as the table of rights names it."""
        return WRITTEN_AS["project" if self.project_id else "programme"]

    @property
    def subject(self) -> Any:
        """Return the programme or project that it is about."""
        return self.project or self.programme
