"""How good estimates were, above their list; and how an estimate is derived, on its page."""

from __future__ import annotations

from typing import Any

from pmhub.formats import money_unit
from pmhub.registers.panels import Panel
from pmhub.rounding import rounded
from projects.estimating import FEW, deviation, expected
from projects.models import Estimate, Project
from projects.models.estimate import Quantity
from projects.queries.estimates import accuracies, of_project

KINDS = {
    "all": "All",
    "estimator": "By estimator",
    "discipline": "By discipline",
    "accuracy_class": "By class",
    "method": "By method",
}


def estimate_accuracy(above: Any, request: Any) -> dict[str, Any] | None:
    """Return how good the finished estimates that the reader sees were, within a project or
    anywhere; None where none is finished."""
    rows = Estimate.objects.visible_to(request.user)
    if isinstance(above, Project):
        rows = rows.filter(of_project(above))
    elif above is not None:
        rows = rows.filter(**{_subject(above): above})
    lines = accuracies(rows)
    if not lines:
        return None
    shown = [line for line in lines if line.by == "all" or line.found.ratio is not None]
    return {"groups": [(KINDS[line.by], line) for line in shown], "few": FEW}


def _subject(row: Any) -> str:
    """Return the name of the relation from an estimate to its subject."""
    name = str(row._meta.model_name)
    return {"budgetline": "budget_line", "workpackage": "work_package"}.get(name, name)


def estimate_text(estimate: Estimate, request: Any) -> dict[str, Any]:
    """Return the expected value and the deviation of an estimate, with all estimates of the same
    subject and quantity."""
    same = Estimate.objects.visible_to(request.user).filter(quantity=estimate.quantity)
    rows = same.filter(**{_subject(estimate.subject): estimate.subject})
    rows = rows.select_related("estimator")
    home: Any = (
        estimate.subject if isinstance(estimate.subject, Project) else estimate.subject.project
    )
    money = estimate.quantity == Quantity.COST
    return {
        "expected": rounded(expected(estimate.low, estimate.likely, estimate.high), 2),
        "deviation": rounded(deviation(estimate.low, estimate.high), 2),
        "rows": rows,
        "unit": money_unit(home.owner_portfolio)
        if money
        else estimate.get_quantity_display().lower(),
    }


PANELS = {
    "estimate-accuracy": Panel("How good they were", "projects/estimate_accuracy.html",
                               estimate_accuracy),
    "estimate-told": Panel("What to expect", "projects/estimate_expected.html", estimate_text),
}  # fmt: skip
