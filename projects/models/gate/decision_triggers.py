"""Triggers of the decision of a gate: it is what the votes come to, nothing that holds the gate may
be open, and it moves the project, programme or tranche. As triggers they bind plain SQL, too."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from pmhub.access.separation_of_duties import LEADS_PROGRAMME, LEADS_PROJECT
from pmhub.database.history import CONTEXT
from pmhub.database.triggers import listed, refusal, unchanged
from projects.gates import PROCEEDING, STRICTNESS, Choice
from projects.models.compliance import Blocks
from projects.models.states import BACK
from projects.models.voting import OTHERWISE, TOO_FEW
from projects.stages import ProjectStage

# The compliance items that hold the entry of a stage until they are granted.
HELD_BY = {
    ProjectStage.DELIVER: (Blocks.START_ON_SITE, Blocks.DEMOLITION),
    ProjectStage.OPERATE: (
        Blocks.COMMISSIONING, Blocks.HANDOVER, Blocks.OCCUPATION, Blocks.GO_LIVE,
    ),
}  # fmt: skip
NEXT_TO = "A gate leads to a stage that may follow, or one back."
ELSEWHERE = "What the gate is of is in another stage."
HELD = "Who decides stays, once a gate is open, unless the PMO names another and says why."
UNMET = "Meet or waive its mandatory criteria first."
UNCONDITIONED = "Say under which conditions."
UNDECIDED = "Decide first about what has strayed beyond its tolerance."
LAPSED = "Meet the conditions of the gates before first: they have lapsed."
UNPERMITTED = "Obtain first what holds this stage."
UNMANDATED = "Have the mandate of the programme approved first."
UNREACHED = "Reach the operating model of the tranche first."


class GateDecision(models.TextChoices):
    """What a gate decides, or somebody votes for, from the least strict on."""

    PROCEED = Choice.PROCEED.value, _("Proceed")
    CONDITIONS = Choice.CONDITIONS.value, _("Proceed with conditions")
    REPEAT = Choice.REPEAT.value, _("Repeat the gate")
    STOP = Choice.STOP.value, _("Stop")


GOES_ON = f"NEW.decision IN ({listed(PROCEEDING)})"
VOTES = "FROM projects_gatevote v WHERE v.gate_id = NEW.id"
# SQL for the place of a vote's choice, the strictest last.
RANK = f"array_position(ARRAY[{listed(STRICTNESS)}], v.choice::text)"


def _share(least: int, comparison: str) -> str:
    """Return SQL of whether the share of votes for the choice at place `least`, or a stricter one,
    compares so with a half."""
    stricter = f"2 * count(*) FILTER (WHERE {RANK} >= {least})"
    return f"(SELECT {stricter} {comparison} count(*) {VOTES})"


OUTCOME = (
    f"(CASE WHEN {_share(4, '>')} THEN 'stop' WHEN {_share(3, '>=')} THEN 'repeat'"
    f" WHEN {_share(2, '>=')} THEN 'proceed_with_conditions' ELSE 'proceed' END)"
)


def _voted(field: str) -> str:
    """Return SQL for how many people of one of the lists of approvers have voted."""
    return (
        f"(SELECT count(*) {VOTES} AND v.person_id IN (SELECT a.person_id"  # noqa: S608  # our own names
        f" FROM projects_gate_{field} a WHERE a.gate_id = NEW.id))"
    )


# SQL for the present stage of the gate's place; null for a project that has ended.
STANDS = (
    "coalesce((SELECT p.stage FROM projects_project p WHERE p.id = NEW.project_id"
    " AND p.status IN ('active', 'on_hold')),"
    " (SELECT m.stage FROM programmes_programme m WHERE m.id = NEW.programme_id),"
    " (SELECT t.state FROM programmes_tranche t WHERE t.id = NEW.tranche_id))"
)


def programme_of(row: str) -> str:
    """Return SQL for the programme of a gate: its own, or that of its tranche."""
    return (
        f"coalesce({row}.programme_id, (SELECT t.programme_id FROM programmes_tranche t"  # noqa: S608  # our own names
        f" WHERE t.id = {row}.tranche_id))"
    )


def leaders_at(row: str) -> str:
    """Return SQL for the people who lead the project or the programme of a gate and so never
    decide it."""
    of_project = LEADS_PROJECT.format(f"{row}.project_id")
    return f"{of_project} UNION {LEADS_PROGRAMME.format(programme_of(row))}"


def decided_by_votes() -> pgtrigger.Trigger:
    """Refuse a decision that is not what enough votes come to, and one to go on while something
    holds the gate."""
    nobody = "NOT EXISTS (SELECT FROM projects_gate_pmo_approvers a WHERE a.gate_id = NEW.id)"
    held = ", ".join(
        f"('{BACK[stage]}', '{stage}', '{block}')"
        for stage, blocks in HELD_BY.items()
        for block in blocks
    )
    steps = [
        (f"NEW.stage_from IS DISTINCT FROM {STANDS}", "gate_elsewhere", "stage_from", ELSEWHERE),
        (f"{_voted('approvers')} < NEW.quorum"
         f" OR NOT ({nobody} OR {_voted('pmo_approvers')} > 0)",
         "gate_quorum", "approvers", TOO_FEW),
        (f"NEW.decision <> {OUTCOME}", "gate_outcome", "decision", OTHERWISE),
        (f"{GOES_ON} AND EXISTS (SELECT FROM projects_gatecriterion c WHERE c.gate_id = NEW.id"
         " AND c.mandatory AND c.state NOT IN ('met', 'waived'))",
         "gate_criteria", "state", UNMET),
        (f"NEW.decision = '{Choice.CONDITIONS}' AND NOT EXISTS"
         " (SELECT FROM projects_gatecondition c WHERE c.gate_id = NEW.id)",
         "gate_conditions", "decision", UNCONDITIONED),
        (f"{GOES_ON} AND EXISTS (SELECT FROM projects_complianceitem i"
         " WHERE i.project_id = NEW.project_id AND i.state <> 'granted'"
         f" AND (NEW.stage_from, NEW.stage_to, i.blocks) IN ({held}))",
         "gate_permits", "state", UNPERMITTED),
        (f"{GOES_ON} AND EXISTS (SELECT FROM projects_gatecondition c WHERE c.gate_id <> NEW.id"
         f" AND (c.project_id = NEW.project_id OR c.programme_id = {programme_of('NEW')})"
         " AND c.state = 'open' AND c.due_on < NEW.decided_on)",
         "gate_lapsed", "state", LAPSED),
        (f"{GOES_ON} AND EXISTS (SELECT FROM programmes_exceptionreport e"
         " LEFT JOIN programmes_businesscase c ON c.id = e.case_id WHERE e.state = 'open'"
         " AND (NEW.project_id IN (e.project_id, c.project_id)"
         f" OR c.programme_id = {programme_of('NEW')}))",
         "gate_exceptions", "state", UNDECIDED),
        (f"{GOES_ON} AND NEW.programme_id IS NOT NULL"
         " AND (NEW.stage_from, NEW.stage_to) = ('identify', 'design') AND NOT EXISTS"
         " (SELECT FROM programmes_programmemandate m WHERE m.programme_id = NEW.programme_id"
         " AND m.state = 'approved')",
         "gate_mandate", "state", UNMANDATED),
        (f"{GOES_ON} AND NEW.stage_to = 'ended' AND EXISTS"
         " (SELECT FROM programmes_operatingmodelstate o WHERE o.tranche_id = NEW.tranche_id"
         " AND o.state <> 'reached')",
         "gate_operating_model", "state", UNREACHED),
    ]  # fmt: skip
    return pgtrigger.Trigger(
        name="votes_decide",  # sorts after the life cycle, which refuses what is no move
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("state"),
        condition=pgtrigger.Condition("NEW.state = 'decided'"),
        func=unchanged("state")
        + " ".join(
            f"IF {against} THEN {refusal(name, field, text)} END IF;"
            for against, name, field, text in steps
        )
        + " RETURN NEW;",
    )


# The places that a gate moves, and the columns that it sets; a programme that stops gets its end.
MOVED = (
    ("project", "projects_project", "stage = NEW.stage_to"),
    ("programme", "programmes_programme",
     "stage = NEW.stage_to, actual_end_on = CASE WHEN NEW.stage_to = 'terminated'"
     " AND (starts_on <= coalesce(NEW.ends_on, NEW.decided_on)) IS NOT FALSE"
     " THEN coalesce(NEW.ends_on, NEW.decided_on) ELSE actual_end_on END"),
    ("tranche", "programmes_tranche", "state = NEW.stage_to"),
)  # fmt: skip


def moves_stage() -> pgtrigger.Trigger:
    """Move the project, programme or tranche to the next stage once its gate decides to go on."""
    steps = (
        f"IF NEW.{place}_id IS NOT NULL THEN UPDATE {table}"  # noqa: S608  # our own names
        f" SET {change}, updated_by_id = NEW.updated_by_id WHERE id = NEW.{place}_id; END IF;"
        for place, table, change in MOVED
    )
    return pgtrigger.Trigger(
        name="moves_stage",
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf("state"),
        condition=pgtrigger.Condition(
            f"OLD.state = 'open' AND NEW.state = 'decided' AND {GOES_ON}"
        ),
        func=f"{' '.join(steps)} RETURN NULL;",
    )


def who_decides(field: str) -> list[pgtrigger.Trigger]:
    """Refuse to change the approvers once a gate is open, unless a reason is given; and to replace
    somebody who has voted, or anybody once the gate is over."""
    because = f"coalesce({CONTEXT} ->> 'reason', '') <> ''"
    voted = (
        "EXISTS (SELECT FROM projects_gatevote v"
        " WHERE v.gate_id = OLD.gate_id AND v.person_id = OLD.person_id)"
    )
    return [
        pgtrigger.Trigger(
            name=f"stays_{field}_{name}",
            when=pgtrigger.Before,
            operation=operation,
            func=f"{unchanged()}IF EXISTS (SELECT FROM projects_gate g"  # our own names
            f" WHERE g.id = {row}.gate_id AND g.state <> 'planned'"
            f" AND NOT (g.state = 'open' AND {because}{kept})) THEN"
            f" {refusal('approvers_hold', field, HELD)} END IF; RETURN {row};",
        )
        for name, operation, row, kept in (
            ("in", pgtrigger.Insert, "NEW", ""),
            ("out", pgtrigger.Delete | pgtrigger.Update, "OLD", f" AND NOT {voted}"),
        )
    ]
