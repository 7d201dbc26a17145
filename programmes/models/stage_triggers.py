"""Triggers that let programmes and tranches move to another stage only by gates, or by certain
verbs."""

import pgtrigger

from pmhub.database.triggers import refusal
from programmes.models.states import BOUNDARIES

PROGRAMME_BY_GATE = "A gate alone moves a programme to another stage."
TRANCHE_BY_GATE = "A gate alone takes a tranche over its boundaries."
ELSEWHERE = "A programme goes on in the stage in which it was paused."


def stage_by_gate() -> pgtrigger.Trigger:
    """Refuse to move a programme to another stage otherwise than by the trigger of a gate. Verbs
    alone pause it, resume it in the stage where it was paused, close it after the gate to close,
    and end it as a part of another."""
    before = (
        "(SELECT e.stage FROM programmes_programmeevent e WHERE e.id = NEW.id"
        " AND e.stage <> 'paused' ORDER BY e.pgh_id DESC LIMIT 1)"
    )
    return pgtrigger.Trigger(
        name="stage_of_gate",  # after the life cycle: what is no move is refused as such
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("stage"),
        condition=pgtrigger.Condition(
            "OLD.stage <> NEW.stage AND NEW.stage NOT IN ('paused', 'closed')"
            " AND NOT (OLD.merged_into_id IS NULL AND NEW.merged_into_id IS NOT NULL)"
        ),
        func="IF OLD.stage = 'paused' AND NEW.stage <> 'terminated' THEN"
        f" IF NEW.stage <> {before} THEN"
        f" {refusal('resumed_elsewhere', 'stage', ELSEWHERE)} END IF;"
        " ELSIF pg_trigger_depth() < 2 THEN"
        f" {refusal('stage_by_gate', 'stage', PROGRAMME_BY_GATE)} END IF; RETURN NEW;",
    )


def boundary_by_gate() -> pgtrigger.Trigger:
    """Refuse to authorise or end a tranche otherwise than by the trigger of a gate."""
    pairs = ", ".join(f"('{source}', '{target}')" for source, target in BOUNDARIES.items())
    return pgtrigger.Trigger(
        name="state_of_gate",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("state"),
        condition=pgtrigger.Condition(f"((OLD.state, NEW.state) IN ({pairs}))"),
        func="IF pg_trigger_depth() < 2 THEN"
        f" {refusal('boundary_by_gate', 'state', TRANCHE_BY_GATE)} END IF; RETURN NEW;",
    )
