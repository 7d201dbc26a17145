"""Triggers of a project: where it belongs, who manages it, how it comes to another stage, and what
a change of it means for shared resources."""

from __future__ import annotations

import pgtrigger

from pmhub.database.belonging import belongs
from pmhub.database.triggers import REQUESTS, refusal
from programmes.models.operating_model import OTHER_TRANCHE
from projects.models.states import ProjectStatus
from projects.stages import ProjectStage

BY_GATE = "A gate alone moves a project to another stage."
LIVE = (ProjectStatus.ACTIVE, ProjectStatus.ON_HOLD)  # the project is still to deliver something
DELIVERING = (ProjectStage.DELIVER, ProjectStage.OPERATE)


def belonging() -> list[pgtrigger.Trigger]:
    """Refuse a tranche of another programme, and a template of another portfolio."""
    return [
        belongs(
            "project",
            "tranche",
            "FROM programmes_tranche WHERE id = NEW.tranche_id AND programme_id = NEW.programme_id",
            OTHER_TRANCHE,
        ),
        belongs(
            "project",
            "template",
            "FROM projects_template WHERE id = NEW.template_id AND portfolio_id = coalesce("
            "NEW.portfolio_id, (SELECT portfolio_id FROM programmes_programme"
            " WHERE id = NEW.programme_id))",
            "This template is another portfolio's.",
        ),
    ]


def managed() -> pgtrigger.Trigger:
    """Refuse to remove the manager of a live project, and to bring one without a manager to a stage
    in which it delivers."""
    live, delivering = (
        ", ".join(f"'{state}'" for state in states) for states in (LIVE, DELIVERING)
    )
    text = "A project that goes on has a manager: name the next one."
    return pgtrigger.Trigger(
        name="managed",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("project_manager_id", "stage"),
        condition=pgtrigger.Condition(f"NEW.project_manager_id IS NULL AND NEW.status IN ({live})"),
        func=f"IF NEW.stage IN ({delivering})"
        f" AND (TG_OP = 'INSERT' OR OLD.stage NOT IN ({delivering}))"
        " OR TG_OP = 'UPDATE' AND OLD.project_manager_id IS NOT NULL THEN"
        f" {refusal('post_held', 'project_manager', text)} END IF; RETURN NEW;",
    )


def falls_away() -> pgtrigger.Trigger:
    """Clear the successor of a project that has ended or got another manager meanwhile."""
    live = ", ".join(f"'{state}'" for state in LIVE)
    return pgtrigger.Trigger(
        name="falls_away",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert
        | pgtrigger.UpdateOf("successor_id", "project_manager_id", "status"),
        condition=pgtrigger.Condition("NEW.successor_id IS NOT NULL"),
        func=f"IF NEW.status NOT IN ({live}) OR NEW.successor_id = NEW.project_manager_id"
        " OR TG_OP = 'UPDATE' AND NEW.successor_id = OLD.successor_id"
        " AND NEW.project_manager_id IS DISTINCT FROM OLD.project_manager_id"
        " THEN NEW.successor_id := NULL; END IF; RETURN NEW;",
    )


def marks_bookings() -> pgtrigger.Trigger:
    """Request a computation for each resource that a project books when the project ends or goes on
    again: its bookings count only until its end."""
    return pgtrigger.Trigger(
        name="bookings_marked",
        operation=pgtrigger.UpdateOf("status", "terminated_on", "actual_finish"),
        when=pgtrigger.After,
        condition=pgtrigger.AnyChange("status", "terminated_on", "actual_finish"),
        func=f"INSERT INTO {REQUESTS} (kind, object_id)"  # noqa: S608  # our own names
        " SELECT DISTINCT 'R', resource_id FROM projects_allocation WHERE project_id = NEW.id;"
        " RETURN NULL;",
    )


def stage_by_gate() -> pgtrigger.Trigger:
    """Refuse a move to another stage that no gate makes, by its own trigger. Closing and opening a
    project again set the stage by themselves."""
    return pgtrigger.Trigger(
        name="stage_of_gate",  # sorts after the life cycle, which refuses what is no move
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("stage"),
        condition=pgtrigger.Condition(
            "OLD.stage <> NEW.stage AND 'closed' NOT IN (OLD.stage, NEW.stage)"
        ),
        func=f"IF pg_trigger_depth() < 2 THEN {refusal('stage_by_gate', 'stage', BY_GATE)} END IF;"
        " RETURN NEW;",
    )
