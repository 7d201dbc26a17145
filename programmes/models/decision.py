"""Decisions: what was asked, what was decided by whom, why, and what follows."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.access.separation_of_duties import LEADS_PROGRAMME, LEADS_PROJECT
from pmhub.database.belonging import belongs, of_one_portfolio
from pmhub.database.codes import OF_PLACE, OF_PROGRAMME
from pmhub.database.collation import latest
from pmhub.database.constraints import choices, dated, one_of, ordered, rule
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import frozen, listed, refusal, unchanged, versioned
from pmhub.models import Person, Record
from pmhub.permissions import VOTERS
from programmes.models.board import MEMBERS, Board
from programmes.models.decision_triggers import DecisionCause
from programmes.models.meeting import BoardMeeting
from programmes.models.portfolio import Portfolio
from programmes.models.programme import Programme
from programmes.models.states import DECISION, DecisionState

PLACES = ("portfolio", "programme", "project")
PRESENT = "programmes_decision_present"
# What was decided: it holds as it is, or another decision supersedes it.
SAID = (
    "portfolio_id", "programme_id", "project_id", "cause", "title", "question", "options",
    "outcome", "rationale", "consequences", "decided_on", "decided_by_id", "board_id", "review_on",
    "supersedes_id", "meeting_id", "deputies", "risk_id", "issue_id",
)  # fmt: skip
# The record that a decision is asked about, beside what it belongs to.
MATTERS = {"risk": "projects_risk", "issue": "projects_issue"}
ELSEWHERE = "That decision is about something else."
TOO_FEW = "Too few of the board were there: who has a part in what is decided does not count."
HELD = "Who was there is not changed once it is decided."
TOLD = "Who is to know of it is not changed once it is decided."
OF_ITS_PLACE = "Choose one of the programme or project that the decision is about."


def enough_were_there() -> pgtrigger.Trigger:
    """Refuse, at the end of the transaction, a decision of a board without its quorum."""
    of_project = LEADS_PROJECT.format("NEW.project_id")
    leads = f"({of_project} UNION {LEADS_PROGRAMME.format('NEW.programme_id')})"
    seats = (
        f"(SELECT m.person_id FROM {MEMBERS} m WHERE m.board_id = NEW.board_id"  # noqa: S608  # our own names
        f" AND m.person_id NOT IN {leads})"
    )
    there = f"(SELECT d.person_id FROM {PRESENT} d WHERE d.decision_id = NEW.id)"  # noqa: S608  # our own names
    own = (
        "SELECT FROM programmes_board b LEFT JOIN programmes_programme h ON h.id = b.programme_id"
        " WHERE b.id = NEW.board_id AND (g.programme_id = b.programme_id"
        " OR g.portfolio_id = coalesce(b.portfolio_id, h.portfolio_id))"
    )
    # One deputy for one who is not there. Days are checked with one to spare, for zones differ.
    lent = (
        "SELECT least(count(DISTINCT g.giver_id), count(DISTINCT g.deputy_id))"  # noqa: S608  # our own names
        f" FROM pmhub_delegation g WHERE g.state = 'given' AND EXISTS ({own})"
        f" AND g.deputy_id IN {there} AND g.deputy_id NOT IN {leads}"
        f" AND g.deputy_id NOT IN (SELECT m.person_id FROM {MEMBERS} m"
        f" WHERE m.board_id = NEW.board_id) AND g.giver_id IN {seats} AND g.giver_id NOT IN {there}"
        f" AND g.role IN ({listed(sorted(VOTERS))})"
        " AND NEW.decided_on BETWEEN g.starts_on - 1 AND g.ends_on + 1"
        " AND g.created_at::date <= NEW.decided_on + 1"
    )
    counted = f"SELECT count(*) FROM {seats} s WHERE s.person_id IN {there}"  # noqa: S608  # our own names
    few = f"({counted}) + ({lent}) < (SELECT quorum FROM programmes_board WHERE id = NEW.board_id)"  # noqa: S608  # our own names
    return pgtrigger.Trigger(
        name="enough_were_there",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update,
        timing=pgtrigger.Deferred,
        condition=pgtrigger.Condition("NEW.board_id IS NOT NULL AND NEW.state = 'made'"),
        func="IF TG_OP = 'UPDATE' AND OLD.state = 'made' THEN RETURN NULL; END IF;"
        f" IF {few} THEN"
        f" {refusal('decision_quorum', 'present', TOO_FEW)} END IF; RETURN NULL;",
    )


def settled(field: str, text: str) -> list[pgtrigger.Trigger]:
    """Refuse to change a list of people of a decision once it is decided."""
    return [
        pgtrigger.Trigger(
            name=f"stays_{field}_{name}",
            when=pgtrigger.Before,
            operation=operation,
            func=f"{unchanged()}IF EXISTS (SELECT FROM programmes_decision d"  # our own names
            f" WHERE d.id = {row}.decision_id AND d.state <> 'proposed') THEN"
            f" {refusal(f'{field}_holds', field, text)} END IF; RETURN {row};",
        )
        for name, operation, row in (
            ("in", pgtrigger.Insert, "NEW"),
            ("out", pgtrigger.Delete | pgtrigger.Update, "OLD"),
        )
    ]


def of_its_place(field: str) -> pgtrigger.Trigger:
    """Refuse to ask about a risk or an issue of another programme or project."""
    return belongs(
        "decision",
        field,
        f"FROM {MATTERS[field]} m WHERE m.id = NEW.{field}_id"
        " AND (m.programme_id, m.project_id)"
        " IS NOT DISTINCT FROM (NEW.programme_id, NEW.project_id)",
        OF_ITS_PLACE,
    )


def comes_of_its_matter() -> pgtrigger.Trigger:
    """Set the cause of a decision that is asked about a risk or an issue, and follows from nothing
    else; one that is asked about none comes of none."""
    causes = " ".join(
        f"WHEN NEW.{field}_id IS NOT NULL THEN '{DecisionCause(field)}'" for field in MATTERS
    )
    return pgtrigger.Trigger(
        name="comes_of_its_matter",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert
        | pgtrigger.UpdateOf("cause", *(f"{field}_id" for field in MATTERS)),
        condition=pgtrigger.Condition(f"NEW.cause IN ('none', {listed(MATTERS)})"),
        func=f"NEW.cause := CASE {causes} ELSE 'none' END; RETURN NEW;",
    )


BOARDS = "Choose a board of the portfolio, or of a programme in it."
BOARD = (
    f"(SELECT coalesce(b.portfolio_id, {OF_PROGRAMME.format('b.programme_id')})"  # noqa: S608  # our own names
    " FROM programmes_board b WHERE b.id = {0})"
)
MEETING = "(SELECT m.board_id FROM programmes_boardmeeting m WHERE m.id = NEW.meeting_id)"


def asks_audience() -> pgtrigger.Trigger:
    """Ask the audience of a decision to acknowledge it when it is made."""
    return pgtrigger.Trigger(
        name="asks_audience",
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf("state"),
        condition=pgtrigger.Condition("OLD.state = 'proposed' AND NEW.state = 'made'"),
        func="INSERT INTO programmes_acknowledgement"
        " (decision_id, person_id, state, asked_on, created_by_id, updated_by_id)"
        " SELECT NEW.id, a.person_id, 'asked', NEW.decided_on, NEW.updated_by_id, NEW.updated_by_id"
        " FROM programmes_decision_audience a WHERE a.decision_id = NEW.id ORDER BY a.person_id;"
        " RETURN NULL;",
    )


class Decision(Record):
    """A question with its options and, once it is made, what was decided, by whom, why and with
    what consequences. A made decision is never changed: another one supersedes it. Acts that decide
    something by themselves, such as approving a baseline, leave one."""

    portfolio = models.ForeignKey(
        Portfolio, models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    project = models.ForeignKey(
        "projects.Project", models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    risk = models.ForeignKey(
        "projects.Risk",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="decisions",
        help_text=_("The risk that it is asked about"),
    )
    issue = models.ForeignKey(
        "projects.Issue",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="decisions",
        help_text=_("The issue that it is asked about"),
    )
    cause = models.CharField(max_length=20, choices=DecisionCause, default=DecisionCause.NONE)
    title = models.CharField(max_length=200)
    question = models.TextField(blank=True)
    options = models.TextField(blank=True, help_text=_("One a line, each with its effect"))
    state = models.CharField(max_length=12, choices=DecisionState, default=DecisionState.PROPOSED)
    outcome = models.TextField(blank=True, help_text=_("What was decided"))
    rationale = models.TextField(blank=True)
    consequences = models.TextField(blank=True)
    decided_on = models.DateField(null=True, blank=True)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    board = models.ForeignKey(
        Board, models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    meeting = models.ForeignKey(
        BoardMeeting, models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    present = models.ManyToManyField(Person, blank=True, related_name="+")
    deputies = models.TextField(
        blank=True, db_default="", help_text=_("Who was there as a deputy, and in whose place")
    )
    audience = models.ManyToManyField(
        Person,
        blank=True,
        related_name="+",
        help_text=_("Who is to know of it: each is asked to acknowledge it once it is made"),
    )
    review_on = models.DateField(null=True, blank=True)
    supersedes = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )

    visible_through = PLACES
    joins = dict.fromkeys(
        ("decided_by", "board", "meeting", "present", "audience", "supersedes", *MATTERS), Join.SEE
    )
    still_to_act = ("audience",)
    lifecycles = (DECISION,)
    edited_in = (DecisionState.PROPOSED,)
    happened = ("decided_on",)
    stays = (
        RetentionRule(
            "made_decision",
            Q(decided_on__isnull=False),
            "A decision that was made is never deleted: another supersedes it.",
        ),
    )
    refuses = {
        "made_holds": ("", "A decision that was made is never changed: another supersedes it."),
        "decision_quorum": ("present", TOO_FEW),
        "present_holds": ("present", HELD),
        "audience_holds": ("audience", TOLD),
        "decision_supersedes": ("supersedes", ELSEWHERE),
        **{f"decision_{field}": (field, OF_ITS_PLACE) for field in MATTERS},
    }
    list_triggers = {
        "present": settled("present", HELD),
        "audience": settled("audience", TOLD),
    }

    class Meta:
        ordering = [latest("decided_on"), "-id"]
        triggers = [
            versioned(),
            DECISION.trigger("decision"),
            enough_were_there(),
            asks_audience(),
            comes_of_its_matter(),
            of_one_portfolio("decision", "board", OF_PLACE, BOARD.format("NEW.board_id"), BOARDS),
            of_one_portfolio("decision", "meeting", OF_PLACE, BOARD.format(MEETING), BOARDS),
            frozen("made_holds", "OLD.state <> 'proposed'", *SAID),
            belongs(
                "decision",
                "supersedes",
                "FROM programmes_decision d WHERE d.id = NEW.supersedes_id"
                " AND (d.portfolio_id, d.programme_id, d.project_id)"
                " IS NOT DISTINCT FROM (NEW.portfolio_id, NEW.programme_id, NEW.project_id)",
                ELSEWHERE,
            ),
            *(of_its_place(field) for field in MATTERS),
        ]
        constraints = [
            one_of("decision", *PLACES),
            choices("decision", "cause", DecisionCause),
            choices("decision", "state", DecisionState),
            dated(
                "decision",
                "decided_on",
                "state",
                DecisionState.MADE,
                DecisionState.SUPERSEDED,
                message="Only what was decided has the day of it: decide it first.",
            ),
            ordered("decision", "decided_on", "review_on"),
            rule(
                "decision_made",
                "outcome",
                Q(state__in=[DecisionState.PROPOSED, DecisionState.WITHDRAWN])
                | (Q(decided_on__isnull=False) & ~Q(outcome="")),
                "What was decided has an outcome and its day.",
            ),
            rule(
                "decision_not_itself",
                "supersedes",
                Q(supersedes__isnull=True) | ~Q(supersedes=F("id")),
                "A decision does not supersede itself.",
            ),
            rule(
                "decision_one_matter",
                "issue",
                Q(risk__isnull=True) | Q(issue__isnull=True),
                "It is asked about a risk or about an issue, not about both.",
            ),
            models.UniqueConstraint(
                fields=["supersedes"],
                condition=Q(state__in=[DecisionState.MADE, DecisionState.SUPERSEDED]),
                name="decision_superseded_once",
                violation_error_message="Another has superseded that one already.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_unread(self) -> bool:
        """Return whether somebody was asked to acknowledge it and has not done so."""
        unread: bool = self.acknowledgements.filter(state="asked").exists()
        return unread

    @property
    def place(self) -> Any:
        """The portfolio, programme or project that it is about."""
        return self.project or self.programme or self.portfolio
