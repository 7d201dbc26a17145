"""The map of stakeholders, on pages of programmes and projects."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from programmes.models import Programme
from projects.models import Stakeholder
from projects.models.stakeholder import HIGHEST, LOWEST, Stance, assessed
from projects.queries.programmes import in_programme

STEPS = range(LOWEST, HIGHEST + 1)
MOST = 500  # stakeholders in one map
# The colour of each stance, as tags have it.
COLOURS = {
    Stance.CHAMPION: "green",
    Stance.SUPPORTER: "green",
    Stance.NEUTRAL: "grey",
    Stance.CRITIC: "amber",
    Stance.OPPONENT: "red",
}


def stakeholder_map(home: Any, request: Any) -> dict[str, Any] | None:
    """Return the stakeholders of a programme (with its projects), or of a project, by influence and
    interest, as last assessed: rows [(influence, [(interest, [stakeholder])])], the highest first.
    None outside of one, and where nobody is assessed."""
    if home is None:
        return None
    rows = _of(home, request.user).annotate(
        stance=assessed("stance"), influence=assessed("influence"), interest=assessed("interest")
    )
    cells = defaultdict(list)
    for one in rows.filter(stance__isnull=False)[:MOST]:
        stance = Stance(one.stance)
        one.words, one.colour = stance.label, COLOURS[stance]
        cells[one.influence, one.interest].append(one)
    if not cells:
        return None
    return {
        "rows": [(up, [(across, cells[up, across]) for across in STEPS]) for up in reversed(STEPS)],
        "steps": list(STEPS),
    }


def _of(home: Any, user: Any) -> Any:
    rows = Stakeholder.objects.visible_to(user).filter(archived_at__isnull=True)
    if isinstance(home, Programme):
        return rows.filter(in_programme(home))
    return rows.filter(project=home)
