"""Status reports: what people say of a programme, published beside the figures of that moment."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from pmhub import access
from pmhub.constraints import choices, rule
from pmhub.models import Person, Record
from pmhub.retention import Stay
from pmhub.triggers import frozen, stamped
from programmes.models.programme import Programme, Rating
from programmes.models.states import REPORT, ReportState


class StatusReports(access.ScopedQuerySet):
    """Status reports: what is not published is for those who may write it."""

    def visible_to(self, user: Any) -> StatusReports:
        """Published ones of what the user may see, and all of what the user may report on."""
        rows = super().visible_to(user)
        writing = access.for_writing(access.grants_of(user), "statusreport")
        if writing.everywhere:
            return rows
        mine = Programme._base_manager.filter(access.visibility(Programme, writing))
        return rows.filter(Q(published_at__isnull=False) | Q(programme__in=mine.values("pk")))


# What a report says; it is what was approved, or is corrected by another report.
SAID = (
    "programme_id", "period_end", "author_id", "achieved", "next_steps", "help_needed",
    "declared_rag", "declared_finish", "corrects_id",
)  # fmt: skip


class StatusReport(Record):
    """A report to the programme board. Its figures are those of the ledger at the moment it was
    published, and are not copied."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="status_reports")
    period_end = models.DateField(help_text=_("The last day it speaks of"))
    author = models.ForeignKey(Person, models.PROTECT, null=True, editable=False, related_name="+")
    achieved = models.TextField(blank=True, help_text=_("What was achieved"))
    next_steps = models.TextField(blank=True, help_text=_("What comes next"))
    help_needed = models.TextField(blank=True, help_text=_("Decisions and help that are needed"))
    declared_rag = models.CharField(
        max_length=10, choices=Rating, blank=True, verbose_name=_("declared status")
    )
    declared_finish = models.DateField(
        null=True, blank=True, help_text=_("When the programme is expected to finish")
    )
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="correction"
    )
    state = models.CharField(
        max_length=10, choices=ReportState, default=ReportState.DRAFT, editable=False
    )
    approved_by = models.ForeignKey(
        Person, models.PROTECT, null=True, editable=False, related_name="+"
    )
    published_at = models.DateTimeField(null=True, editable=False)
    published_by = models.ForeignKey(
        Person, models.PROTECT, null=True, editable=False, related_name="+"
    )
    # How the figures stood when it was published: nothing waits for them.
    figures_state = models.CharField(max_length=12, blank=True, editable=False)

    objects = StatusReports.as_manager()  # type: ignore[misc]  # one queryset for another
    visible_through = ("programme",)
    lifecycles = (REPORT,)
    happened = ("period_end",)
    joins = {"corrects": access.Join.WRITE}
    stays = (
        Stay(
            "append_only",
            Q(state="published"),
            "A published report is never deleted, only corrected by another.",
        ),
    )

    class Meta:
        ordering = ["-period_end", "-pk"]
        triggers = [
            REPORT.trigger("status report"),
            stamped(),
            frozen("submitted_stays", "OLD.state <> 'draft'", *SAID),
            frozen(
                "published_stays", "OLD.state = 'published'", "state", "approved_by_id",
                "published_at", "published_by_id", "figures_state",
            ),
        ]  # fmt: skip
        constraints = [
            choices("statusreport", "state", ReportState),
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
            models.UniqueConstraint(
                fields=["programme", "period_end"],
                condition=Q(corrects__isnull=True),
                name="statusreport_period",
                violation_error_message="There is a report of this period: correct that one.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.programme.code} to {self.period_end}"
