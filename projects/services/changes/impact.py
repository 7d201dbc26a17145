"""The impact of a change request: cost, days and benefit, found by a preview of its writes."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_UP, Decimal
from typing import Any

from pmhub.services import refuse_state
from programmes.queries.previews import Preview, preview
from programmes.rollup.dry_run import MOST, PreviewFailed, PreviewTooLarge
from projects.changes import Impact
from projects.models import ChangeRequest, Funding, Project
from projects.services.changes.deciders import programme_of
from projects.services.changes.execution import carry_out, empowered
from projects.services.outputs import trying_to_descope

CENT = Decimal("0.01")
WHOLE = Decimal(100)


Ends = Mapping[str, tuple[Any, Any]]  # figures by name, each before and after


def impact_of(change: ChangeRequest, *, by: Any) -> Impact:
    """Return the impact of a change, found by making all its writes and undoing them. Raises what a
    write is refused by, and Conflict where figures cannot be computed or the cost is not
    granted."""
    programme = programme_of(change)
    also = [programme.pk] if programme else []
    try:
        trial = preview(lambda: _try(change, by), empowered(change, by), also)
    except PreviewTooLarge:
        refuse_state("writes", f"This moves more than {MOST} programmes: too wide a change.")
    except PreviewFailed:
        refuse_state("writes", "Figures that this moves cannot be computed.")
    figures = _of_programme(trial, programme.pk) if programme else _own(trial, change.project)
    cost = _rise(figures, "total_forecast" if programme else "estimate_at_completion")
    benefit = _rise(figures, "benefits_forecast_outturn")
    return Impact(
        cost=cost,
        days=_days(trial, figures, change),
        benefit=benefit,
        benefit_pct=_share(benefit, figures),
        funded=_granted(change, cost, figures, _own(trial, change.project)),
    )


def _try(change: ChangeRequest, by: Any) -> None:
    with trying_to_descope():
        carry_out(change, by=by)


def _of_programme(trial: Preview[Any], programme: int) -> Ends:
    before, after = trial.effects.before.values, trial.effects.after.values
    return {
        metric: (value, after.get((id, metric)))
        for (id, metric), value in before.items()
        if id == programme
    }


def _own(trial: Preview[Any], project: Project | None) -> Ends:
    """Return the figures of a project that the trial moves, by name, each before and after."""
    mine = [moved for moved in trial.own if project and moved.project.pk == project.pk]
    return {
        figure.metric.name: (figure.before, figure.after)
        for moved in mine
        for figure in moved.figures
    }


def _rise(figures: Ends, metric: str) -> Decimal:
    before, after = figures.get(metric, (None, None))
    return ((after or Decimal(0)) - (before or Decimal(0))).quantize(CENT)


def _days(trial: Preview[Any], figures: Ends, change: ChangeRequest) -> int:
    if change.project is None:
        before, after = figures.get("finish_propagated", (None, None))
    else:
        (before, after), _ = trial.effects.projects.get(change.project.pk, ((None, None), ""))
    return (after - before).days if before and after else 0


def _share(benefit: Decimal, figures: Ends) -> Decimal:
    """Return benefits in per cent of those planned; 100 where none are planned. It is rounded away
    from 0, so that what is just above a limit is not shown or judged as at it."""
    planned = figures.get("benefits_whole_life_planned", (None, None))[0]
    if not benefit:
        return Decimal(0)
    return (benefit * WHOLE / abs(planned)).quantize(CENT, ROUND_UP) if planned else WHOLE


def _granted(change: ChangeRequest, cost: Decimal, figures: Ends, own: Ends) -> Decimal:
    """Return the money that the writes of a change grant, which must equal its cost; without
    funding the cost may not rise at all. Raises Conflict otherwise."""
    in_all = _rise(figures, "total_approved" if programme_of(change) else "approved_budget")
    drawn = -_rise(figures, "contingency_remaining")
    given = _rise(own if change.project else figures, "approved_budget")
    if change.funding == Funding.NONE:
        if cost > 0:
            refuse_state("funding", f"It costs {cost} more: say what pays for it.")
        return max(in_all, given, Decimal(0))
    match change.funding:
        case Funding.PROGRAMME_CONTINGENCY:
            granted = drawn
        case Funding.NEW_MONEY:
            granted = in_all
        case Funding.TRANSFER:
            granted = given if not in_all and not drawn else in_all
        case _:
            granted = cost if _has_room(own if change.project else figures) else Decimal(0)
    if granted != cost:
        words = change.get_funding_display().lower()
        refuse_state(
            "funding",
            f"It costs {cost} more, and {granted} are granted for it ({words}): hold the write that"
            " grants the same.",
        )
    return granted


def _has_room(figures: Ends) -> bool:
    left = figures.get("variance_at_completion", (None, None))[1]
    return left is None or left >= 0
