"""Exception reports: raised to the level above where a tolerance is broken."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.database.constraints import choices, numbers, one_of, rule
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import frozen, versioned
from pmhub.models import Record
from programmes.models.case import BusinessCase
from programmes.models.closure_triggers import while_project_lasts
from programmes.models.decision import Decision
from programmes.models.decision_triggers import Act, DecisionCause, spoken_day
from programmes.models.exception.states import EXCEPTION, STANDING, ExceptionState
from programmes.models.lapse_triggers import falls_with_its_end
from programmes.models.tolerance import Tolerance, ToleranceKind, unit_of

PLACES = ("project", "case")
UNDECIDED = (ExceptionState.OPEN, ExceptionState.LAPSED)
HELD = "What an exception says is never changed."
PROJECT = (
    "coalesce(NEW.project_id,"
    " (SELECT c.project_id FROM programmes_businesscase c WHERE c.id = NEW.case_id))"
)
PROGRAMME = "(SELECT c.programme_id FROM programmes_businesscase c WHERE c.id = NEW.case_id)"


class Answer(models.TextChoices):
    """Decisions about an exception."""

    CONTINUE = "continue", _("Continue")
    REBASELINE = "rebaseline", _("Plan anew")
    STOP = "stop", _("Stop")


def label_sql(column: str, values: type[models.TextChoices]) -> str:
    """Return SQL for the label of a choice (SQL)."""
    labels = " ".join(f"WHEN '{value}' THEN '{label}'" for value, label in values.choices)
    return f"(CASE {column} {labels} END)"


class ExceptionReport(Record):
    """That a project, or an approved business case, has strayed further than a tolerance allows:
    `now` is how far, `approved` how far it may. The product opens one for each breach without one;
    people above decide about it. Until then the next gate waits."""

    project = models.ForeignKey(
        "projects.Project", models.PROTECT, null=True, blank=True, related_name="exceptions"
    )
    case = models.ForeignKey(
        BusinessCase, models.PROTECT, null=True, blank=True, related_name="exceptions"
    )
    tolerance = models.ForeignKey(Tolerance, models.PROTECT, related_name="exceptions")
    kind = models.CharField(max_length=20, choices=ToleranceKind)
    now = models.DecimalField(max_digits=16, decimal_places=2, help_text=_("How far it strayed"))
    approved = models.DecimalField(max_digits=10, decimal_places=2, help_text=_("How far it may"))
    opened_on = models.DateField()
    cause = models.TextField(blank=True, help_text=_("What made it stray"))
    options = models.TextField(blank=True, help_text=_("What could be done, one a line"))
    state = models.CharField(max_length=10, choices=ExceptionState, default=ExceptionState.OPEN)
    decision = models.CharField(max_length=12, choices=Answer, blank=True)
    until = models.DateField(
        null=True, blank=True, help_text=_("By when it is within its tolerance again")
    )
    reason = models.TextField(blank=True)
    decided_on = models.DateField(null=True, blank=True)
    decision_record = models.ForeignKey(
        Decision, models.PROTECT, null=True, blank=True, related_name="exceptions"
    )

    visible_through = PLACES
    joins = dict.fromkeys(("project", "case", "tolerance", "decision_record"), Join.SET)
    lifecycles = (EXCEPTION,)
    edited_in = (ExceptionState.OPEN,)
    happened = ("opened_on", "decided_on")
    promised = ("until",)
    parties = (
        "project__project_manager",
        "case__programme__programme_manager",
        "case__project__project_manager",
    )
    stays = (
        RetentionRule("exception", ~Q(kind=""), "An exception that was raised stays on record."),
    )
    refuses = {
        "exception_holds": ("", HELD),
        "exception_decided": ("decision", "What was decided about an exception is never changed."),
    }

    class Meta:
        ordering = ["-opened_on", "-id"]
        triggers = [
            versioned(),
            EXCEPTION.trigger("exception"),
            falls_with_its_end("open", "lapsed", *PLACES),
            while_project_lasts("{row}.state = 'open'", "state"),
            frozen(
                "exception_holds", "TRUE", "project_id", "case_id", "tolerance_id", "kind", "now",
                "approved", "opened_on", "cause",
            ),
            frozen(
                "exception_decided", "OLD.state <> 'open'", "decision", "until", "reason",
                "decided_on", "options",
            ),
            Act(
                "exception",
                pgtrigger.UpdateOf("state"),
                "OLD.state = 'open' AND NEW.state = 'decided'",
                DecisionCause.EXCEPTION,
                programme=PROGRAMME,
                project=PROJECT,
                title=f"'Exception: ' || {label_sql('NEW.kind', ToleranceKind)}",
                outcome=f"{label_sql('NEW.decision', Answer)}"
                f" || coalesce(' until ' || {spoken_day('NEW.until')}, '')",
                rationale="NEW.reason",
                day="NEW.decided_on",
            ).trigger(),
        ]  # fmt: skip
        constraints = [
            one_of("exceptionreport", *PLACES),
            choices("exceptionreport", "kind", ToleranceKind),
            choices("exceptionreport", "state", ExceptionState),
            *numbers("exceptionreport", "now", "approved", low=0),
            rule(
                "exceptionreport_decision_choice",
                "decision",
                Q(decision__in=["", *Answer.values]),
                f"Choose one of: {', '.join(Answer.values)}.",
            ),
            rule(
                "exceptionreport_decided",
                "decision",
                Q(state__in=UNDECIDED, decision="", decided_on__isnull=True)
                | (~Q(state__in=UNDECIDED) & ~Q(decision="") & Q(decided_on__isnull=False)),
                "An exception that is decided has what was decided and its day; no other has.",
            ),
            rule(
                "exceptionreport_until",
                "until",
                Q(until__isnull=True) | Q(decision=Answer.CONTINUE),
                "Only what goes on has a day by which it is within its tolerance again.",
            ),
            models.UniqueConstraint(
                fields=["tolerance", *PLACES],
                condition=Q(state__in=STANDING),
                nulls_distinct=False,
                name="exceptionreport_one_standing",
                violation_error_message="This breach has a report already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.place}"

    @property
    def place(self) -> Any:
        """The project or the business case that has strayed."""
        return self.project or self.case

    @property
    def amounts_in(self) -> str:
        """Return the unit of `now` and `approved`."""
        return unit_of(self.kind, self.place.owner_portfolio)
