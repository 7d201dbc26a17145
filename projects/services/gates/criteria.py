"""Criteria of a gate: taken from the template of its project or programme, and judged."""

from __future__ import annotations

from pmhub.access.voters import voice_of
from pmhub.database.collation import Folded
from pmhub.models import User
from pmhub.services import add, person_of, save, turn_by_hand
from projects.calendar import LEVELS
from projects.models import Gate, GateCriterion


def take_criteria(gate: Gate, *, level: str, by: User | None) -> None:
    """Add to a gate the criteria that the template of its project or programme has for the stage;
    for a project, those of its level of oversight and below. A criterion that the gate has already,
    in whatever case, becomes mandatory where the template says so."""
    home = gate.project or gate.programme_above
    if home is None or home.template is None:
        return
    by_key = {criterion.key: criterion for criterion in gate.criteria.annotate(key=Folded("text"))}
    criteria = home.template.criteria.filter(stage=gate.stage_to)
    if level:
        criteria = criteria.filter(oversight__in=LEVELS[: LEVELS.index(level) + 1])
    for criterion in criteria.annotate(key=Folded("text")):
        own = by_key.get(criterion.key)
        if own is None:
            add(GateCriterion(gate=gate, text=criterion.text, mandatory=criterion.mandatory), by=by)
        elif criterion.mandatory and not own.mandatory:
            own.mandatory = True
            save(own, "mandatory", by=by)


def judge_criterion(
    criterion: GateCriterion, *, noun: str, by: User | None, **said: str
) -> GateCriterion:
    """Record a criterion as met, not met or waived, with the user as assessor; a deputy waives it
    in the name of the person they stand in for."""
    person = voice_of(by, criterion.gate) if noun == "waiver" else person_of(by)
    return turn_by_hand(criterion, noun=noun, assessor=person, by=by, **said)
