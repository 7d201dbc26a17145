"""Change requests: what is asked for, what that comes to, who decides it and what it writes."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.access.posts import leaders_of
from pmhub.access.separation_of_duties import last_writer, written_last
from pmhub.database.collation import InOrder
from pmhub.database.constraints import between, choices, numbers, once, one_of, rule
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import frozen, listed, refusal, unchanged, versioned
from pmhub.models import Person, Record
from programmes.models import Board, Decision, DecisionCause, Level, Programme
from programmes.models.closure_triggers import while_programme_lasts, while_project_lasts
from programmes.models.decision_triggers import Act
from projects.changes import HeldWrite
from projects.models.change.states import CHANGE, DECIDED, ChangeState
from projects.models.project import Project
from projects.models.voting import OTHERWISE, TOO_FEW

MOST_WRITES = 50
MOST = 100  # of a quorum
LONGEST = 20_000  # days
ASSESSED = ("level", "previewed_at", "previewed_cost", "previewed_days", "previewed_benefit",
            "previewed_benefit_pct", "previewed_funding")  # fmt: skip
ASKED = (
    "programme_id", "project_id", "code", "title", "reason", "kind", "record", "field", "wanted",
    "cost_impact", "days_impact", "benefit_impact", "funding", "rebaseline",
)  # fmt: skip
# SQL for the writes that it holds, without the versions that an assessment notes.
WRITES = (
    "(SELECT jsonb_agg(w.held - 'seen_version' ORDER BY w.place) FROM"
    " jsonb_array_elements({row}.writes) WITH ORDINALITY w (held, place))"
)
# Who leads the place of a change: relation, post, and the levels at which they decide themselves.
LED = (
    ("project", "project_manager", ("project_manager",)),
    ("programme", "programme_manager", ("project_manager", "executive", "programme_manager")),
)
HELD = "Who decides stays, once the impact is assessed."
UNFUNDED = "Say what pays for it: the cost rises."
BEGINS = "A change request is raised first."
NO_LIST = f"Writes are a list of at most {MOST_WRITES}."


class ChangeKind(models.TextChoices):
    """What changes."""

    SCOPE = "scope", _("Scope")
    TIME = "time", _("Time")
    COST = "cost", _("Cost")
    BENEFIT = "benefit", _("Benefit")
    MIXED = "mixed", _("Several of these")


class Funding(models.TextChoices):
    """What pays for a change."""

    NONE = "none", _("Nothing: it costs no more")
    PROJECT_CONTINGENCY = "project_contingency", _("Room within the project's budget")
    PROGRAMME_CONTINGENCY = "programme_contingency", _("Contingency of the programme")
    TRANSFER = "transfer", _("Money approved for something else")
    NEW_MONEY = "new_money", _("New money")


VOTES = "FROM projects_changevote v WHERE v.change_id = NEW.id AND v.assessment = NEW.assessment"
OUTCOME = (
    "(SELECT CASE WHEN 2 * count(*) FILTER (WHERE v.choice = 'approve') > count(*)"
    " THEN 'approved' WHEN 2 * count(*) FILTER (WHERE v.choice = 'reject') >= count(*)"
    " THEN 'rejected'"
    f" ELSE 'deferred' END {VOTES})"
)


def decided_by_votes() -> pgtrigger.Trigger:
    """Refuse a decision without enough votes, and one that differs from what the votes come to."""
    return pgtrigger.Trigger(
        name="votes_decide",  # sorts after the life cycle, which refuses what is no move
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("state"),
        condition=pgtrigger.Condition(
            f"OLD.state = 'impact_assessed' AND NEW.state IN ({listed(DECIDED)})"
        ),
        func=f"IF (SELECT count(*) {VOTES}) < NEW.quorum THEN"  # our own names
        f" {refusal('change_quorum', 'approvers', TOO_FEW)} END IF;"
        f" IF NEW.state <> {OUTCOME} THEN"
        f" {refusal('change_outcome', 'state', OTHERWISE)} END IF; RETURN NEW;",
    )


def who_decides() -> list[pgtrigger.Trigger]:
    """Refuse to change the approvers once the impact is assessed, or the request has come to an
    end."""
    return [
        pgtrigger.Trigger(
            name=f"stays_approvers_{name}",
            when=pgtrigger.Before,
            operation=operation,
            func=f"{unchanged()}IF EXISTS (SELECT FROM projects_changerequest c"  # our own names
            f" WHERE c.id = {row}.changerequest_id"
            " AND c.state IN ('impact_assessed', 'rejected', 'implemented', 'closed',"
            " 'withdrawn')) THEN"
            f" {refusal('change_approvers_hold', 'approvers', HELD)} END IF; RETURN {row};",
        )
        for name, operation, row in (
            ("in", pgtrigger.Insert, "NEW"),
            ("out", pgtrigger.Delete | pgtrigger.Update, "OLD"),
        )
    ]


def list_of_writes() -> pgtrigger.Trigger:
    """Refuse writes that are no list, or too many."""
    return pgtrigger.Trigger(
        name="list_of_writes",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("writes"),
        func="IF jsonb_typeof(NEW.writes) <> 'array'"
        f" OR jsonb_array_length(NEW.writes) > {MOST_WRITES} THEN"
        f" {refusal('change_writes', 'writes', NO_LIST)} END IF; RETURN NEW;",
    )


def begins_raised() -> pgtrigger.Trigger:
    """Refuse a new change request in any other state than raised."""
    return pgtrigger.Trigger(
        name="begins_raised",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        condition=pgtrigger.Condition("NEW.state <> 'raised'"),
        func=refusal("change_begins_raised", "state", BEGINS),
    )


class ChangeRequest(Record):
    """A change to a project or a programme that somebody asks for. It holds the writes that would
    make the change. A preview of the writes says its impact, and by that the delegated limits say
    who decides. Once the request is approved, all its writes are made at once."""

    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="change_requests"
    )
    project = models.ForeignKey(
        Project, models.PROTECT, null=True, blank=True, related_name="change_requests"
    )
    code = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    reason = models.TextField(blank=True, help_text=_("Why it is needed"))
    kind = models.CharField(max_length=10, choices=ChangeKind, default=ChangeKind.MIXED)
    record = models.CharField(
        max_length=100, blank=True, help_text=_("Whose field is to change, such as projects/12/")
    )
    field = models.CharField(max_length=60, blank=True, help_text=_("The field that is to change"))
    wanted = models.TextField(blank=True, help_text=_("What it is to be"))
    writes = models.JSONField(default=list, blank=True, encoder=DjangoJSONEncoder)
    cost_impact = models.DecimalField(
        max_digits=14, decimal_places=2, null=True, blank=True,
        help_text=_("As who asks expects it; more is positive"),
    )  # fmt: skip
    days_impact = models.IntegerField(
        null=True, blank=True, help_text=_("As who asks expects it; later is positive")
    )
    benefit_impact = models.DecimalField(
        max_digits=14, decimal_places=2, null=True, blank=True,
        help_text=_("As who asks expects it; less is negative"),
    )  # fmt: skip
    funding = models.CharField(max_length=24, choices=Funding, default=Funding.NONE)
    rebaseline = models.BooleanField(
        default=False, help_text=_("The project is measured against its new plan")
    )
    state = models.CharField(max_length=20, choices=ChangeState, default=ChangeState.RAISED)
    previewed_at = models.DateTimeField(null=True, blank=True)
    previewed_cost = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    previewed_days = models.IntegerField(null=True, blank=True)
    previewed_benefit = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    previewed_benefit_pct = models.DecimalField(
        max_digits=7, decimal_places=2, null=True, blank=True,
        help_text=_("Of the benefits that the programme plans"),
    )  # fmt: skip
    previewed_funding = models.DecimalField(
        max_digits=14, decimal_places=2, null=True, blank=True,
        help_text=_("By how much more is granted for it"),
    )  # fmt: skip
    assessment = models.PositiveSmallIntegerField(
        default=0, help_text=_("How often its impact was assessed: votes are about the last")
    )
    level = models.CharField(max_length=20, choices=Level, blank=True)
    board = models.ForeignKey(Board, models.PROTECT, null=True, blank=True, related_name="changes")
    written_by = last_writer()
    approvers = models.ManyToManyField(Person, blank=True, related_name="+")
    quorum = models.PositiveSmallIntegerField(
        default=1, help_text=_("How many of the approvers have to vote")
    )
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    decided_on = models.DateField(null=True, blank=True)
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, blank=True, related_name="+")
    implemented_on = models.DateField(null=True, blank=True)

    visible_through = ("project", "programme")
    joins = dict.fromkeys(("board", "approvers", "decided_by", "decision"), Join.SET)
    lifecycles = (CHANGE,)
    edited_in = (ChangeState.RAISED,)
    happened = ("decided_on", "implemented_on")
    stays = (
        RetentionRule(
            "assessed_change",
            ~Q(state="raised") | Q(assessment__gt=0),
            "A change request that was assessed is never deleted: reject or defer it.",
        ),
    )
    refuses = {
        "change_quorum": ("approvers", TOO_FEW),
        "change_outcome": ("state", OTHERWISE),
        "change_approvers_hold": ("approvers", HELD),
        "change_writes": ("writes", NO_LIST),
        "change_begins_raised": ("state", BEGINS),
        "asked_holds": ("", "What is asked for holds while it is decided: take it back first."),
        "impact_holds": ("", "What was assessed and decided is never changed."),
    }
    list_triggers = {"approvers": who_decides()}
    first_code = "CR01"

    class Meta:
        ordering = ["project", "programme", InOrder("code")]
        triggers = [
            versioned(),
            CHANGE.trigger("change request"),
            while_project_lasts("{row}.state = 'raised'", "state"),
            while_programme_lasts("{row}.state = 'raised'", "state"),
            decided_by_votes(),
            written_last(*ASKED, WRITES),
            list_of_writes(),
            begins_raised(),
            Act(
                "change",
                pgtrigger.UpdateOf("state"),
                f"OLD.state = 'impact_assessed' AND NEW.state IN ({listed(DECIDED)})",
                DecisionCause.CHANGE,
                programme="NEW.programme_id",
                project="NEW.project_id",
                title="NEW.code || ' ' || NEW.title",
                outcome="initcap(NEW.state) || coalesce(' by ' || (SELECT b.name"
                " FROM programmes_board b WHERE b.id = NEW.board_id), '')",
                rationale=f"(SELECT coalesce(string_agg(nullif(v.comment, ''), E'\\n'"
                f" ORDER BY v.id), '') {VOTES})",
                person="NEW.decided_by_id",
                day="NEW.decided_on",
                kept_in="decision_id",
            ).trigger(),
            frozen("asked_holds", "OLD.state <> 'raised'", *ASKED),
            frozen(
                "impact_holds",
                "OLD.state <> 'raised' AND NOT (OLD.state <> NEW.state"
                " AND NEW.state IN ('raised', 'impact_assessed'))",
                *ASSESSED, "writes", "assessment", "quorum", "board_id",
            ),
        ]  # fmt: skip
        constraints = [
            one_of("changerequest", "project", "programme"),
            once(
                "changerequest_code",
                "code",
                "project",
                "programme",
                message="There is a change request of this code here.",
            ),
            choices("changerequest", "kind", ChangeKind),
            choices("changerequest", "funding", Funding),
            choices("changerequest", "state", ChangeState),
            rule(
                "changerequest_level_choice",
                "level",
                Q(level__in=["", *Level.values]),
                f"Choose one of: {', '.join(Level.values)}.",
            ),
            *numbers(
                "changerequest", "cost_impact", "benefit_impact", "previewed_cost",
                "previewed_benefit", "previewed_benefit_pct", "previewed_funding",
            ),
            between("changerequest", "days_impact", -LONGEST, LONGEST),
            between("changerequest", "quorum", 1, MOST),
            rule(
                "changerequest_rebaseline",
                "rebaseline",
                Q(rebaseline=False) | Q(project__isnull=False),
                "A change of one project gives it another plan: name the project.",
            ),
            rule(
                "changerequest_assessed",
                "previewed_at",
                Q(state__in=["raised", "withdrawn"])
                | (Q(**{f"{name}__isnull": False for name in ASSESSED}) & ~Q(level="")),
                "What is decided was assessed.",
            ),
            rule(
                "changerequest_funded",
                "funding",
                Q(state__in=["raised", "rejected", "deferred", "withdrawn"])
                | ~Q(funding="none")
                | Q(previewed_cost__lte=0),
                UNFUNDED,
            ),
            rule(
                "changerequest_decided",
                "decided_on",
                Q(state__in=["raised", "impact_assessed"], decided_on__isnull=True)
                | Q(state="withdrawn")
                | Q(
                    state__in=["approved", "rejected", "deferred", "implemented", "closed"],
                    decided_on__isnull=False,
                ),
                "What is decided has its day, and what waits for that has none.",
            ),
            rule(
                "changerequest_implemented",
                "implemented_on",
                Q(state__in=["implemented", "closed"], implemented_on__isnull=False)
                | ~Q(state__in=["implemented", "closed"]) & Q(implemented_on__isnull=True),
                "What is implemented has its day, and nothing else has.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def place(self) -> Any:
        """The project or the programme to be changed."""
        return self.project or self.programme

    @property
    def parties(self) -> tuple[str, ...]:
        """Return the paths to the people who have a part in it: who raised it, who last wrote what
        it asks for or would write, and whoever leads what it changes where they may not decide so
        much themselves."""
        led = [f"{place}__{post}" for place, post, levels in LED if self.level not in levels]
        return ("created_by__person", "written_by", *led)

    def lead_at(self, level: str) -> set[int]:
        """Return the ids of those who lead what it changes and may not decide at this level
        themselves."""
        places = [getattr(self, place) for place, _, levels in LED if level not in levels]
        return {id for place in places if place for id in leaders_of(place)}

    @property
    def decided_at(self) -> ChangeRequest:
        """The change request itself, whose approvers decide."""
        return self

    @property
    def held(self) -> list[HeldWrite]:
        """The writes that the change request holds."""
        return [HeldWrite(**write) for write in self.writes]

    def approved_by(self, person: Person) -> bool:
        """Return whether a person is among the approvers, and neither raised the change request nor
        wrote what it asks for."""
        own = getattr(person, "user_id", None)
        raised = own is not None and own == self.created_by_id
        wrote = person.pk is not None and person.pk == self.written_by_id
        return not (raised or wrote) and self.approvers.filter(pk=person.pk).exists()

    def has_vote_of(self, person: Person) -> bool:
        """Return whether a person has voted on the last assessment, for themself or as a deputy."""
        votes = self.votes.filter(assessment=self.assessment)
        return votes.filter(Q(person=person) | Q(deputy=person)).exists()
