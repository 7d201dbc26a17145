"""When a project ended, and what is settled before it closes: a trigger holds that, whoever
writes."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Case, F, When

from pmhub.database.triggers import listed, refusal
from programmes.models.closure_triggers import (
    CONCLUDED_BENEFITS,
    LIVE_PROJECTS,
    NO_MONEY,
    OPEN_RISKS,
    SETTLED_ISSUES,
    UNMADE_CHANGES,
    gains_nothing,
    learned,
    step,
)
from programmes.models.lapse_triggers import (
    case_falls,
    communications_fall,
    ends_with_it,
    exceptions_fall,
    findings_fall,
    help_falls,
    issues_fall,
    questions_fall,
    recommendations_fall,
    undecided_sql,
)
from projects.models.states import ProjectStatus


def ended_on(project: str = "") -> Case:
    """Return an expression for the day on which a project ended, null while it goes on; `project`
    is the path to the project, such as `project__`."""
    return Case(
        When(**{f"{project}status": ProjectStatus.TERMINATED}, then=F(f"{project}terminated_on")),
        When(**{f"{project}status": ProjectStatus.CLOSED}, then=F(f"{project}actual_finish")),
        output_field=models.DateField(),
    )


def ended_stays(*to_complete: str) -> pgtrigger.Trigger:
    """Refuse to change the progress, the forecast dates or the declared status of a project that
    has ended; and, of a closed one, what is still to be spent (the columns `to_complete`). A
    terminated one may still cost something to wind down."""
    plan = ("percent_complete", "percent_method", "forecast_start", "forecast_finish")
    settled = (*plan, "declared_rag", "declared_on")
    steps = [
        *(_changed(name, "TRUE") for name in settled),
        *(_changed(name, f"NEW.status = '{ProjectStatus.CLOSED}'") for name in to_complete),
    ]
    return pgtrigger.Trigger(
        name="ended_stays",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("status", *settled, *to_complete),
        condition=pgtrigger.Condition(
            f"OLD.status NOT IN ({listed(LIVE_PROJECTS)})"
            f" AND NEW.status NOT IN ({listed(LIVE_PROJECTS)})"
        ),
        func=f"{' '.join(steps)} RETURN NEW;",
    )


ARCHIVED = "This is archived: restore it first."
GOES_ON = "A project that goes on is not archived: end it first."


def archived_ended() -> pgtrigger.Trigger:
    """Refuse that an archived project goes on again, and that a live project is archived: no list
    would show it."""
    return pgtrigger.Trigger(
        name="archived_ended",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("status", "archived_at"),
        condition=pgtrigger.Condition(
            f"NEW.archived_at IS NOT NULL AND NEW.status IN ({listed(LIVE_PROJECTS)})"
        ),
        func=f"IF OLD.archived_at IS NULL THEN"
        f" {refusal('archived_ended', 'archived_at', GOES_ON, about='NEW.code')} END IF;"
        f" {refusal('archived_ended', 'archived_at', ARCHIVED, about='NEW.code')}",
    )


def _changed(name: str, also: str) -> str:
    changes = f"NEW.{name} IS DISTINCT FROM OLD.{name} AND {also}"
    text = "This has ended: open it again first."
    return step("ended_stays", name, changes, text, about="NEW.code")


# A project has handed over by the time it closes: what blocks the handover blocks the closure.
BLOCK_CLOSING = ("handover", "occupation", "go_live")


def closes_last() -> pgtrigger.Trigger:
    """Refuse to close a project while something is open that must be settled first (outputs,
    critical issues and findings, compliance items that block its handover, risks, hand-overs of
    what it brings), and while nobody has said what was learned."""
    steps = [
        _first(
            "projects_output",
            "project_id = NEW.id AND state NOT IN ('accepted', 'descoped')",
            "Accept or descope its outputs first.",
        ),
        _first(
            "projects_issue",
            "project_id = NEW.id AND severity = 'critical'"
            f" AND state NOT IN ({listed(SETTLED_ISSUES)})",
            "Resolve its critical issues first.",
        ),
        _first(
            "projects_inspectionfinding f JOIN projects_inspection i ON i.id = f.inspection_id",
            "i.project_id = NEW.id AND f.severity = 'critical'"
            " AND f.state IN ('open', 'corrected')",
            "Have its critical findings corrected and verified first.",
        ),
        _first(
            "projects_complianceitem",
            f"project_id = NEW.id AND blocks IN ({listed(BLOCK_CLOSING)}) AND state <> 'granted'",
            "Obtain what blocks its handover first.",
        ),
        _first(
            "projects_risk",
            f"project_id = NEW.id AND status IN ({listed(OPEN_RISKS)})",
            "Close its risks, or transfer them to the programme first.",
        ),
        _first(
            "benefits_benefitcontribution c JOIN benefits_benefit b ON b.id = c.benefit_id",
            f"c.project_id = NEW.id AND b.status NOT IN ({listed(CONCLUDED_BENEFITS)})"
            " AND NOT EXISTS (SELECT FROM benefits_benefithandover h"
            " WHERE h.contribution_id = c.id AND h.state = 'accepted')",
            "Hand over what it brings first.",
        ),
        learned("project", "NEW.actual_finish"),
    ]
    return pgtrigger.Trigger(
        name="closes_last",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("status"),
        # The life cycle refuses to close a project from any other state.
        condition=pgtrigger.Condition(
            f"NEW.status = 'closed' AND OLD.status IN ({listed(LIVE_PROJECTS)})"
        ),
        func=f"{' '.join(steps)} RETURN NEW;",
    )


def _first(rows: str, where: str, text: str) -> str:
    return step("closes_last", "status", f"EXISTS (SELECT FROM {rows} WHERE {where})", text)


HAS_ENDED = "The project has ended."
# The day on which a project ended.
ENDED_ON = "coalesce(NEW.terminated_on, NEW.actual_finish, current_date)"


LINES = "SELECT b.id FROM projects_budgetline b WHERE b.project_id = NEW.id"
# The open records that go along where a project is merged into another, and end with it otherwise.
GOES = (
    ("projects_changerequest", undecided_sql("project", UNMADE_CHANGES), "withdrawn"),
    ("projects_inspectionplan", undecided_sql("project", ["active"]), "ended"),
    ("projects_inspection", undecided_sql("project", ["planned"]), "cancelled"),
    ("projects_budgetrequest", undecided_sql("project", ["submitted"]), "draft"),
    ("projects_budgettransfer", f"state = 'proposed' AND to_line_id IN ({LINES})", "withdrawn"),
    (
        "projects_assumption",
        undecided_sql("project", ["open"]),
        "retired",
        f"settled_on = {ENDED_ON}",
    ),
    help_falls("project"),
    communications_fall("project"),
    issues_fall("project"),
    recommendations_fall("project", ENDED_ON),
    (
        "benefits_benefithandover",
        undecided_sql("project", ["asked"]),
        "withdrawn",
        f"answered_on = greatest(asked_on, {ENDED_ON})",
    ),
)
# Records that did not go along in a merger end at the commit.
LEFT_BEHIND = ends_with_it(
    "status",
    LIVE_PROJECTS,
    *GOES,
    also="NEW.merged_into_id IS NOT NULL",
    name="left_behind",
    at_commit=True,
    why=HAS_ENDED,
)


def ends_with_project() -> list[pgtrigger.Trigger]:
    """Return the triggers that end what still waits for a decision about a project once the project
    ends. Where the project is merged into another, what goes along stays as it is."""
    return [
        ends_with_it(
            "status",
            LIVE_PROJECTS,
            *GOES,
            findings_fall(),  # in a merger they are corrected in the other project
            also="NEW.merged_into_id IS NULL",
            why=HAS_ENDED,
        ),
        LEFT_BEHIND,
        ends_with_it(
            "status",
            LIVE_PROJECTS,
            ("projects_gate", undecided_sql("project", ["planned", "open"]), "cancelled"),
            ("projects_tailoringrecord", undecided_sql("project", ["proposed"]), "declined"),
            ("projects_oversightdecision", undecided_sql("project", ["proposed"]), "declined"),
            ("projects_oversightdecision", undecided_sql("project", ["appealed"]), "decided"),
            ("programmes_healthoverride", undecided_sql("project", ["proposed"]), "withdrawn"),
            case_falls("project"),
            *exceptions_fall("project"),
            questions_fall("project"),
            name="ends_with_it_always",
            why=HAS_ENDED,
        ),
    ]


def gains_nothing_once_ended() -> pgtrigger.Trigger:
    """Refuse to approve more on a line of a project that has ended, and to move an approved line to
    such a project."""
    ended = (
        "SELECT FROM projects_project WHERE id = NEW.project_id"
        f" AND status NOT IN ({listed(LIVE_PROJECTS)})"
    )
    return gains_nothing("project", "approved", ended, NO_MONEY)
