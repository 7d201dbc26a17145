"""Decisions by which a project is watched more or less closely than its facts ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub import permissions
from pmhub.access import Join, restricted_fields, roles_on
from pmhub.access.separation_of_duties import (
    LEADS_PROJECT,
    WROTE,
    WROTE_LAST,
    decided_by_another,
    last_writer,
    written_last,
)
from pmhub.access.setters import Setter
from pmhub.database.constraints import choices, dated, rule
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import frozen, listed, versioned
from pmhub.lifecycle import Lifecycle, anybody, move
from pmhub.models import Person, Record
from programmes.models.closure_triggers import while_project_lasts
from programmes.models.lapse_triggers import falls_with_its_end
from projects.models.project import Project
from projects.models.states import OversightLevel
from projects.oversight import LEVELS

HELD = "What was decided is changed by an appeal alone."
OWN = "Nobody decides how closely they are watched, nor about what they propose."


class OversightState(models.TextChoices):
    """Where a decision about oversight is."""

    PROPOSED = "proposed", _("Proposed")
    DECLINED = "declined", _("Declined")
    DECIDED = "decided", _("Decided")
    APPEALED = "appealed", _("Appealed")
    UPHELD = "upheld", _("Upheld")
    CHANGED = "changed", _("Changed")


S = OversightState
COUNTING = (S.DECIDED, S.APPEALED, S.UPHELD, S.CHANGED)


@dataclass(frozen=True, slots=True)
class Deciders(Setter):
    """The PMO; for less oversight than the facts of the project ask for, the SRO."""

    def allows(self, user: Any, row: Any) -> bool:
        """Return whether the user holds the role that decides, on the project."""
        role = permissions.Role.SRO if row.is_below else permissions.Role.PMO
        return role in roles_on(user, row)


DECIDERS = Deciders(
    "the PMO, who did not propose it; the SRO where it is less than the project asks for",
    apart=True,
)


@dataclass(frozen=True, slots=True)
class AppealHearers(Setter):
    """The PMO and the SRO: somebody else than the decider hears the appeal, and either role may
    have one holder only."""

    def allows(self, user: Any, row: Any) -> bool:
        """Return whether the user holds one of the roles on the project."""
        return bool({permissions.Role.PMO, permissions.Role.SRO} & roles_on(user, row))


HEARERS = AppealHearers("the PMO or the SRO, who neither proposed nor decided it", apart=True)
OVERSIGHT = Lifecycle(
    "state",
    initial=anybody(S.PROPOSED),
    moves=(
        move("decision", "Decide so", "decided", S.DECIDED, [S.PROPOSED], asks=("until",),
             by=DECIDERS,
             says="The project is watched so until that day, and then again by its facts."),
        move("refusal", "Decline it", "declined", S.DECLINED, [S.PROPOSED], reason=True,
             by=DECIDERS),
        move("appeal", "Appeal against it", "appealed", S.APPEALED, [S.DECIDED],
             asks=("appeal",), by=Setter("whom it is about", right="", own="person"),
             says="Once: somebody else answers it. Until then the decision holds."),
        move("upholding", "Uphold it", "upheld", S.UPHELD, [S.APPEALED], asks=("answer",),
             by=HEARERS, says="The decision holds as it was made."),
        move("amendment", "Change it", "changed", S.CHANGED, [S.APPEALED],
             asks=("answer", "until"), may_ask=("level",), by=HEARERS,
             says="Less than the project asks for the SRO decides, anything else the PMO."),
    ),
    kept=("appeal", "answer"),
    follows={S.DECIDED: (S.APPEALED,)},  # when the project ends: nobody answers the appeal then
)  # fmt: skip
# Only people who lead above the project, and the person concerned, read the reasons.
OVERSEERS = restricted_fields.Audience(
    "whom it is about, the PMO, the SRO and the programme manager",
    permissions.SEES_COMPETENCE,
    restricted_fields.on_or_above,
    own="person__user",
)


def shown_on_project() -> pgtrigger.Trigger:
    """Store the last decision about oversight on its project."""
    last = (
        "SELECT o.level, o.until FROM projects_oversightdecision o"  # noqa: S608  # our own names
        f" WHERE o.project_id = NEW.project_id AND o.state IN ({listed(COUNTING)})"
        " ORDER BY o.decided_on DESC, o.id DESC LIMIT 1"
    )
    return pgtrigger.Trigger(
        name="shown_on_project",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("state", "level", "until"),
        condition=pgtrigger.Condition(f"NEW.state IN ({listed(COUNTING)})"),
        func="PERFORM FROM projects_project WHERE id = NEW.project_id FOR NO KEY UPDATE;"  # noqa: S608  # our own names
        " UPDATE projects_project p SET oversight_decided = l.level, oversight_until = l.until"
        f" FROM ({last}) l WHERE p.id = NEW.project_id; RETURN NULL;",
    )


class OversightDecision(Record):
    """That a project is watched at another level than its facts ask for, until a day: proposed
    with what speaks for it, decided by the PMO, or the SRO where that is less. Whom it is about
    reads all of it and may appeal once."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="oversight_decisions")
    level = models.CharField(max_length=10, choices=OversightLevel)
    evidence = models.TextField(help_text=_("What speaks for it"))
    derived_then = models.CharField(
        max_length=10, choices=OversightLevel, editable=False,
        help_text=_("What the facts of the project asked for when it was proposed"),
    )  # fmt: skip
    report_days_late = models.PositiveIntegerField(
        default=0, editable=False,
        help_text=_("By how many days its report was late when it was proposed"),
    )  # fmt: skip
    findings_open = models.PositiveIntegerField(
        default=0, editable=False,
        help_text=_("How many findings of inspections nobody had verified then"),
    )  # fmt: skip
    person = models.ForeignKey(
        Person, models.PROTECT, null=True, editable=False, related_name="oversight_decisions",
        help_text=_("Who managed the project when it was proposed"),
    )  # fmt: skip
    until = models.DateField(null=True, blank=True, help_text=_("Its last day"))
    state = models.CharField(max_length=10, choices=OversightState, default=OversightState.PROPOSED)
    written_by = last_writer()
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    decided_on = models.DateField(null=True, blank=True)
    appeal = models.TextField(blank=True, help_text=_("Why it should be otherwise"))
    answer = models.TextField(blank=True, help_text=_("What became of the appeal, and why"))

    visible_through = ("project",)
    joins = {"decided_by": Join.SET, "person": Join.SET}
    about_whom = ("person",)
    shown_to = dict.fromkeys(
        ("evidence", "report_days_late", "findings_open", "appeal", "answer"), OVERSEERS
    )
    lifecycles = (OVERSIGHT,)
    edited_in = (OversightState.PROPOSED,)
    happened = ("decided_on",)
    promised = ("until",)
    parties = ("created_by__person", "written_by", "project__project_manager", "decided_by")
    stays = (
        RetentionRule(
            "decided_oversight", Q(decided_on__isnull=False), "What was decided is kept."
        ),
    )
    refuses = {
        "not_independent": ("decided_by", OWN),
        "oversight_decided": ("", HELD),
        "oversight_level_decided": ("level", HELD),
    }

    class Meta:
        ordering = ["project", "-id"]
        triggers = [
            versioned(),
            OVERSIGHT.trigger("oversight decision"),
            falls_with_its_end("appealed", "decided", "project"),
            while_project_lasts("{row}.state = 'proposed'", "state"),
            written_last("project_id", "level", "evidence"),
            decided_by_another(
                "decided_by_id", WROTE, WROTE_LAST, LEADS_PROJECT.format("NEW.project_id"), text=OWN
            ),
            shown_on_project(),
            frozen(
                "oversight_decided", "OLD.state <> 'proposed'", "project_id", "evidence",
                "derived_then", "report_days_late", "findings_open", "person_id", "decided_on",
            ),
            frozen(
                "oversight_level_decided",
                "OLD.state <> 'proposed' AND (OLD.state, NEW.state) <> ('appealed', 'changed')",
                "level",
                "until",
            ),
        ]  # fmt: skip
        constraints = [
            choices("oversightdecision", "level", OversightLevel),
            choices("oversightdecision", "state", OversightState),
            rule(
                "oversightdecision_decided",
                "until",
                Q(state__in=["proposed", "declined"])
                | Q(until__isnull=False, decided_on__isnull=False),
                "What is decided has its day, and its last day.",
            ),
            dated("oversightdecision", "decided_on", "state", *COUNTING,
                  message="Only what is decided has the day of it: decide it first."),
            rule(
                "oversightdecision_appeal",
                "appeal",
                ~Q(state__in=["appealed", "upheld", "changed"]) | ~Q(appeal=""),
                "Say why it should be otherwise.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_level_display()} oversight of {self.project}"

    @property
    def is_below(self) -> bool:
        """Return whether the level is lower than the facts of the project asked for."""
        return bool(self.derived_then) and LEVELS.index(self.level) < LEVELS.index(
            self.derived_then
        )
