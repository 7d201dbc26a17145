"""Gates that are opened and decided at once: by whoever may decide alone about a project, a
programme or a tranche, or by their deputy."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

from django.db import transaction

from pmhub.access.grants import Reader
from pmhub.access.separation_of_duties import on_one_side
from pmhub.access.voters import givers
from pmhub.models import User
from pmhub.page_addresses import address_of
from pmhub.services import Conflict, add, check_move, lock, person_of, refuse, refuse_state
from programmes.models import Programme, Tranche
from programmes.queries.step_blockers import see
from projects import gates
from projects.models import Gate, Project, ProjectStage
from projects.models.gate.subjects import FIELDS, STAGES, kind_of, stage_of
from projects.models.states import BACK, NEXT
from projects.queries.gates import free_ways, gate_ahead
from projects.services.gates.blockers import blocking, codes_of, held_conflict, stage_blockers
from projects.services.gates.deciders import Deciders, deciders_of
from projects.services.gates.voting import open_gate, vote

LABELS = dict(STAGES)
NUMBERS = {stage: number for number, stage in enumerate(NEXT.values())}  # of gates of projects
LONGEST = 20  # characters of a code


@transaction.atomic
def move_stage(project: Project, *, target: str, reason: str = "", by: User | None) -> Project:
    """Move a project one stage forward, once nothing blocks it, or one stage back with a reason, by
    a gate that the user decides alone. This is for projects whose gates nobody plans. Raises
    Conflict where others decide, or a gate is planned."""
    check_move(lock(project), "stage", target)
    if not project.live:
        refuse_state("stage", "A project that has ended stays in its stage.")
    if target == BACK.get(ProjectStage(project.stage)) and not reason.strip():
        refuse("reason", "Say why the project goes back a stage.")
    if holds := list(stage_blockers(project, target)):
        raise held_conflict(
            "stage", holds, kind="blocked", blocking=codes_of(blocking(project, target))
        )
    hold_alone(project, target, reason=reason, by=by)
    return project


def hold_alone(
    place: Project | Programme | Tranche,
    target: str,
    *,
    reason: str = "",
    ends_on: date | None = None,
    actions: str = "",
    by: User | None,
) -> None:
    """Move a project, a programme or a tranche to a stage by a gate that the user decides alone;
    `actions` says what becomes of the open actions where that stops it. Raises Conflict where
    others decide, or a gate that leads there is planned or open."""
    if (gate := gate_ahead(place, target)) is not None:
        raise _gate_needed(place, f"The gate {gate} leads there: open it, and vote there.", gate)
    if by is None or not _decides_alone(by, place, deciders_of(place, target)):
        name = place._meta.verbose_name
        text = f"Others decide this, at a gate of the {name}: plan one, and open it."
        raise _gate_needed(place, text)
    gate = planned(place, target)
    gate.ends_on = ends_on
    opened = open_gate(add(gate, by=by), by=by)
    vote(opened, choice=gates.Choice.PROCEED, comment=reason, actions=actions, by=by)
    place.refresh_from_db()


def ways_alone(place: Project | Programme | Tranche, user: Any) -> list[str]:
    """Return the stages to which a user may move a place by a gate that they decide alone, without
    those to which a gate is planned. A `Reader` stands for many users: for it no decider is
    checked."""
    free = free_ways(place)
    if isinstance(user, Reader):
        return free
    return [target for target in free if _is_up_to(user, place, target)]


def _is_up_to(user: User, place: Project | Programme | Tranche, target: str) -> bool:
    try:
        return _decides_alone(user, place, deciders_of(place, target))
    except Conflict:  # nobody there could decide
        return False


def _decides_alone(user: User, place: Project | Programme | Tranche, those: Deciders) -> bool:
    """Return whether a user decides alone, by themself or as the deputy of somebody who would;
    nobody who leads the place does, nor anybody on their side."""
    lead = Gate(**{kind_of(place): place}).leaders
    if those.is_up_to(person_of(user)):
        return not on_one_side(user, *lead)
    away = givers(user, place, those.is_up_to)
    able = any(not on_one_side(giver.user, *lead) for giver in away)
    return able and not on_one_side(user, *lead)


def _gate_needed(
    place: Project | Programme | Tranche, text: str, gate: Gate | None = None
) -> Conflict:
    """Return the conflict that leads to a gate, or to the form by which one is planned."""
    page = address_of("new-record", "gates") + f"?{kind_of(place)}={place.pk}"
    ways = [(str(gate), address_of("record", "gates", gate.pk))] if gate else [("Plan it", page)]
    address = f"/api/v1/gates/{gate.pk}/" if gate else "/api/v1/gates/"
    errors = {FIELDS[kind_of(place)]: [text]}
    return Conflict(errors, kind="gate_needed", address=address, see=see(ways))


def next_gate_code(place: Project | Programme | Tranche, target: str) -> str:
    """Return a code for a gate of a place to a stage that no other of its gates has: CAM-05-G3 for
    the one at which a project begins to deliver, CAM-T2-ENDED for the end of a tranche."""
    forward = isinstance(place, Project) and (place.stage, target) in NEXT.items()
    what = f"G{NUMBERS[ProjectStage(target)]}" if forward else target.partition("_")[0].upper()
    taken = {*place.gates.values_list("code", flat=True)}
    wished = (what if n == 1 else f"{what}-{n}" for n in count(1))
    codes = (f"{place.code[: LONGEST - len(wish) - 1]}-{wish}" for wish in wished)
    return next(code for code in codes if code not in taken)


def planned(place: Project | Programme | Tranche, target: str) -> Gate:
    """Return a new gate of a place to a stage, not stored yet."""
    return Gate(
        **{kind_of(place): place},
        code=next_gate_code(place, target),
        title=f"To {LABELS[target].lower()}",
        stage_from=stage_of(place),
        stage_to=target,
    )
