"""Communications: what is said to whom, by when, and whether it was heard."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.database.codes import OF_PROGRAMME, OF_PROJECT
from pmhub.database.collation import InOrder, searched
from pmhub.database.constraints import between, choices, code_once, dated, one_of, rule
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import frozen, refusal, versioned
from pmhub.lifecycle import Lifecycle, anybody, move
from pmhub.models import Person, Record
from programmes.models import Portfolio, Programme
from programmes.models.closure_triggers import (
    LASTING,
    LIVE_PROJECTS,
    while_programme_lasts,
    while_project_lasts,
)
from projects.models.project import Project
from projects.models.stakeholder import Stakeholder

PLACES = ("project", "programme", "portfolio")
ELSEWHERE = "Choose stakeholders of what this is about."
UNSAID_OF_PROJECT = "This project has ended: speak for its programme or portfolio."
UNSAID_OF_PROGRAMME = "This programme has ended: speak for its portfolio."
LONGEST = 730  # days between two of a series


class CommunicationState(models.TextChoices):
    """How far something has been said."""

    PLANNED = "planned", _("Planned")
    SENT = "sent", _("Sent")
    EVALUATED = "evaluated", _("Evaluated")
    CANCELLED = "cancelled", _("Cancelled")


class Channel(models.TextChoices):
    """The ways in which something is said."""

    MEETING = "meeting", _("Meeting")
    EVENT = "event", _("Event or visit")
    EMAIL = "email", _("Email")
    NEWSLETTER = "newsletter", _("Newsletter")
    INTRANET = "intranet", _("Intranet or website")
    LETTER = "letter", _("Letter")
    PRESS = "press", _("Press or media")
    REPORT = "report", _("Report")
    OTHER = "other", _("Other")


class Reception(models.TextChoices):
    """Whether those who were spoken to took it in."""

    NOT_ASKED = "not_asked", _("Not asked yet")
    HEARD = "heard", _("Heard")
    PARTLY = "partly", _("Partly heard")
    NOT_HEARD = "not_heard", _("Not heard")


C = CommunicationState
COMMUNICATION = Lifecycle(
    "state",
    initial=anybody(C.PLANNED),
    moves=(
        move("sending", "Record that it was said", "sent", C.SENT, [C.PLANNED], asks=("sent_on",),
             says="One that is repeated is planned again at once, for its next day."),
        move("evaluation", "Record how it was heard", "evaluated", C.EVALUATED, [C.SENT],
             asks=("heard",), may_ask=("feedback",), says="Ask those who were spoken to."),
        move("cancellation", "Cancel it", "cancelled", C.CANCELLED, [C.PLANNED], reason=True),
    ),
)  # fmt: skip


def of_the_same(name: str, operation: pgtrigger.Operation) -> pgtrigger.Trigger:
    """Refuse an audience outside the project, programme or portfolio of the communication."""
    home = f"coalesce({OF_PROJECT.format('s.project_id')}, {OF_PROGRAMME.format('s.programme_id')})"
    within = (
        f"CASE WHEN c.portfolio_id IS NOT NULL THEN {home} = c.portfolio_id"
        " WHEN c.programme_id IS NOT NULL THEN coalesce(s.programme_id, p.programme_id)"
        " = c.programme_id"
        " ELSE s.project_id = c.project_id OR s.programme_id = o.programme_id END"
    )
    return pgtrigger.Trigger(
        name=f"of_the_same_{name}",
        when=pgtrigger.After,
        operation=operation,
        func="IF NOT EXISTS (SELECT FROM projects_communication c"  # our own names
        " LEFT JOIN projects_project o ON o.id = c.project_id,"
        " projects_stakeholder s LEFT JOIN projects_project p ON p.id = s.project_id"
        f" WHERE c.id = NEW.communication_id AND s.id = NEW.stakeholder_id AND ({within}))"
        f" THEN {refusal('communication_audience', 'audience', ELSEWHERE)} END IF; RETURN NULL;",
    )


class Communication(Record):
    """Something that is said to stakeholders of a project, a programme or a portfolio, by whom, by
    which channel and when, and afterwards whether they heard it. Only who may write such reads it,
    for it names stakeholders and what they said."""

    project = models.ForeignKey(
        Project, models.PROTECT, null=True, blank=True, related_name="communications"
    )
    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="communications"
    )
    portfolio = models.ForeignKey(
        Portfolio, models.PROTECT, null=True, blank=True, related_name="communications"
    )
    code = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    message = models.TextField(blank=True, help_text=_("What they should know afterwards"))
    audience = models.ManyToManyField(Stakeholder, blank=True, related_name="communications")
    channel = models.CharField(max_length=12, choices=Channel, default=Channel.MEETING)
    owner = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="communications"
    )
    planned_on = models.DateField()
    repeats_every = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text=_("Days until it is said again; empty for once"),
    )
    state = models.CharField(
        max_length=10, choices=CommunicationState, default=CommunicationState.PLANNED
    )
    sent_on = models.DateField(null=True, blank=True)
    heard = models.CharField(max_length=10, choices=Reception, default=Reception.NOT_ASKED)
    feedback = models.TextField(blank=True, help_text=_("What they said"))

    answered_for = {"owner": Q(state="planned")}
    visible_through = PLACES
    for_writers = True
    joins = {"audience": Join.SEE}
    lifecycles = (COMMUNICATION,)
    added_while = {"programme": LASTING, "project": LIVE_PROJECTS}
    edited_in = (CommunicationState.PLANNED,)
    happened = ("sent_on",)
    stays = (
        RetentionRule(
            "said_communication", Q(sent_on__isnull=False), "What was said is never deleted."
        ),
    )
    refuses = {
        "communication_audience": ("audience", ELSEWHERE),
        "communication_said": ("", "What was said is changed no more: say something else."),
    }
    list_triggers = {
        "audience": [of_the_same("joined", pgtrigger.Insert | pgtrigger.Update)],
    }
    first_code = "C01"

    class Meta:
        ordering = ["planned_on", InOrder("code"), "id"]
        triggers = [
            versioned(),
            COMMUNICATION.trigger("communication"),
            while_project_lasts("{row}.state = 'planned'", "state", text=UNSAID_OF_PROJECT),
            while_programme_lasts("{row}.state = 'planned'", "state", text=UNSAID_OF_PROGRAMME),
            frozen(
                "communication_said", "OLD.sent_on IS NOT NULL", *(f"{name}_id" for name in PLACES),
                "code", "title", "message", "channel", "planned_on", "sent_on",
            ),
        ]  # fmt: skip
        indexes = [searched("communication", "code", "title", "message", "feedback")]
        constraints = [
            one_of("communication", *PLACES),
            code_once("communication", *PLACES),
            choices("communication", "channel", Channel),
            choices("communication", "state", CommunicationState),
            choices("communication", "heard", Reception),
            between("communication", "repeats_every", 1, LONGEST),
            dated(
                "communication",
                "sent_on",
                "state",
                CommunicationState.SENT,
                CommunicationState.EVALUATED,
                message="Only what was said has the day of it: record that it was sent first.",
            ),
            rule(
                "communication_heard",
                "heard",
                Q(state="evaluated") & ~Q(heard=Reception.NOT_ASKED)
                | ~Q(state="evaluated") & Q(heard=Reception.NOT_ASKED, feedback=""),
                "Say whether it was heard: of what was evaluated, and of nothing else.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def owner_portfolio(self) -> Any:
        """The portfolio in which it is said."""
        if self.project:
            return self.project.owner_portfolio
        return self.programme.portfolio if self.programme else self.portfolio
