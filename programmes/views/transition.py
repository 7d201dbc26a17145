"""What the page of an outcome shows of its transition."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from pmhub.access import can
from programmes.models import ImpactedGroup, Outcome
from programmes.models.outcome import READY
from programmes.models.transition import GroupState, last_assessed
from projects.models import Action
from projects.models.states import ActionState
from projects.queries import transition_of

MOST = 200  # groups, and actions, on one page


def transition(outcome: Outcome, request: Any) -> dict[str, Any] | None:
    """Return the groups that have to work in another way, how ready they are and how far they do;
    how many are ready, work as wanted and are accepted; and what is done about it. None where there
    are none and the reader adds none."""
    rows = ImpactedGroup.objects.visible_to(request.user).filter(outcome=outcome)
    rows = rows.select_related("owner").annotate(
        readiness=last_assessed("readiness"), adoption_pct=last_assessed("adoption_pct")
    )
    groups: list[Any] = list(rows[:MOST])
    for group in groups:
        group.ready = (group.readiness or 0) >= READY
        group.adopted = group.adoption_pct is not None and (
            group.adoption_pct >= group.adoption_target_pct
        )
        group.accepted = group.state == GroupState.ACCEPTED
    may_add = can(request.user, "write", ImpactedGroup(outcome=outcome))
    actions = _actions(outcome, request.user)
    if not (groups or actions or may_add):
        return None
    return {
        "actions": actions,
        "done": sum(action.state == ActionState.DONE for action in actions),
        "wanted": sum(action.state != ActionState.CANCELLED for action in actions),
        "groups": groups,
        "counts": [
            (words, sum(getattr(group, name) for group in groups))
            for name, words in (
                ("ready", "ready"), ("adopted", "at what is wanted"), ("accepted", "accepted"),
            )
        ],
        "people": people_adopting(groups),
        "may_add": may_add,
    }  # fmt: skip


def _actions(outcome: Outcome, user: Any) -> list[Action]:
    """Return the actions of the transition, each with the group that it is for and whether it is
    overdue; at most `MOST`."""
    rows = Action.objects.visible_to(user).filter(transition_of(outcome=outcome))
    actions = list(rows.select_related("owner", "impacted_group")[:MOST])
    day = outcome.programme.portfolio.as_of
    for action in actions:
        action.late = action.overdue(day)  # type: ignore[attr-defined]  # for the template
    return actions


def people_adopting(groups: list[Any]) -> tuple[int, int] | None:
    """Return how many people work in the new way, and of how many: the size of each group times its
    adoption. None where a group has no size or no assessment."""
    if not groups or any(group.size is None or group.adoption_pct is None for group in groups):
        return None
    adopting = sum(
        (Decimal(group.size) * group.adoption_pct / 100 for group in groups), Decimal(0)
    ).quantize(Decimal(1), ROUND_HALF_UP)
    return int(adopting), sum(group.size for group in groups)
