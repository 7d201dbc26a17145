"""Issues: what has happened in a project or a programme and needs handling."""

from datetime import date

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.database.collation import InOrder, searched
from pmhub.database.constraints import choices, code_once, one_of, ordered
from pmhub.database.triggers import Kind, Mark, listed, refusal, source
from pmhub.models import Customised, Person, Record
from programmes.models import Programme
from programmes.models.closure_triggers import (
    LASTING,
    LIVE_PROJECTS,
    SETTLED_ISSUES,
    while_programme_lasts,
    while_project_lasts,
)
from projects.models.project import Project
from projects.models.risk import Risk
from projects.models.states import ISSUE, IssueState


class Severity(models.TextChoices):
    """How much an issue hurts."""

    LOW = "low", _("Low")
    MEDIUM = "medium", _("Medium")
    HIGH = "high", _("High")
    CRITICAL = "critical", _("Critical")


class IssueKind(models.TextChoices):
    """What an issue is."""

    PROBLEM = "problem", _("Problem")
    OFF_SPECIFICATION = "off_specification", _("Off-specification")
    REQUEST = "request_for_change", _("Request for change")
    FROM_RISK = "from_risk", _("From a risk")


JOINED = {
    "escalated_to": ("projects_issue", "Choose another issue of the same programme."),
    "from_risk": ("projects_risk", "Choose a risk of the same programme."),
}


def of_one_programme() -> pgtrigger.Trigger:
    """Refuse to join an issue with a risk or an issue of another programme, or of another project
    where that stands alone. Checked only when they are joined, for a project may move
    afterwards."""

    def home(row: str) -> str:
        above = f"(SELECT programme_id FROM projects_project WHERE id = {row}.project_id)"  # noqa: S608  # our own names
        programme = f"coalesce({row}.programme_id, {above})"
        return f"({programme}, CASE WHEN {programme} IS NULL THEN {row}.project_id END)"

    def elsewhere(name: str, table: str, text: str) -> str:
        changed = f"TG_OP = 'INSERT' OR NEW.{name}_id IS DISTINCT FROM OLD.{name}_id"
        itself = " OR o.id = NEW.id" if table == "projects_issue" else ""
        apart = f"{home('o')} IS DISTINCT FROM {home('NEW')}{itself}"
        return (
            f"IF ({changed}) AND EXISTS (SELECT FROM {table} o WHERE o.id = NEW.{name}_id"
            f" AND ({apart})) THEN {refusal('issue_joined', name, text)} END IF;"
        )

    steps = " ".join(elsewhere(name, *arguments) for name, arguments in JOINED.items())
    return pgtrigger.Trigger(
        name="of_one_programme",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf(*(f"{name}_id" for name in JOINED)),
        func=f"{steps} RETURN NULL;",
    )


class Issue(Customised, Record):
    """Something that has happened and needs handling, in a project or a programme."""

    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="issues"
    )
    project = models.ForeignKey(
        Project, models.PROTECT, null=True, blank=True, related_name="issues"
    )
    code = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=IssueKind, default=IssueKind.PROBLEM)
    severity = models.CharField(max_length=10, choices=Severity, default=Severity.MEDIUM)
    raised_on = models.DateField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    owner = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    resolution = models.TextField(blank=True)
    state = models.CharField(max_length=20, choices=IssueState, default=IssueState.RAISED)
    from_risk = models.ForeignKey(
        Risk, models.PROTECT, null=True, blank=True, related_name="issues"
    )
    escalated_to = models.ForeignKey(
        "self", models.RESTRICT, null=True, blank=True, related_name="escalated_from"
    )

    answered_for = {"owner": ~Q(state__in=["resolved", "closed"])}
    unread = (
        "title", "kind", "raised_on", "owner", "resolution", "from_risk", "escalated_to",
    )  # fmt: skip
    visible_through = ("project", "programme")
    joins = {"from_risk": Join.WRITE, "escalated_to": Join.WRITE}
    lifecycles = (ISSUE,)
    added_while = {"programme": LASTING, "project": LIVE_PROJECTS}
    happened = ("raised_on",)
    refuses = {"issue_joined": ("escalated_to", "What is joined with it is of its programme.")}
    first_code = "I01"

    class Meta:
        ordering = ["due_on", InOrder("code"), "id"]
        triggers = [
            *source(Mark(Kind.PROJECT, "project_id"), Mark(Kind.PROGRAMME, "programme_id")),
            ISSUE.trigger("issue"),
            while_programme_lasts(
                f"{{row}}.state NOT IN ({listed(SETTLED_ISSUES)})",
                "state",
                text="A programme that has ended has no open issues.",
            ),
            while_project_lasts(
                "{row}.state IN ('raised', 'in_progress')",
                "state",
                text="A project that has ended has no open issues.",
            ),
            of_one_programme(),
        ]
        indexes = [searched("issue", "code", "title", "resolution")]
        constraints = [
            code_once("issue", "programme", "project"),
            one_of("issue", "programme", "project"),
            choices("issue", "kind", IssueKind),
            choices("issue", "severity", Severity),
            choices("issue", "state", IssueState),
            ordered("issue", "raised_on", "due_on"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def above(self) -> Programme | None:
        """The programme of its project, to which it can be escalated."""
        return self.project.programme if self.project else None

    def overdue(self, on: date) -> bool:
        """Return whether it should have been resolved before this day."""
        settled = self.state in (IssueState.RESOLVED, IssueState.CLOSED)
        return not settled and self.due_on is not None and self.due_on < on
