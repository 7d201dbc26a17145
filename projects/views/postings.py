"""A warning on the page of a cost: other costs that may be the same."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from projects.models import CostActual

MOST = 5  # costs that are named


def equal_postings(cost: CostActual, request: Any) -> dict[str, Any] | None:
    """Return other costs with the same project or line, day, kind and amount that no reference
    distinguishes from this one; None where there are none, or the cost is part of a reversal."""
    if not cost.reversible or not cost.posted_on:
        return None
    same = {
        name: getattr(cost, name)
        for name in ("project", "programme_line", "posted_on", "kind", "foreign_currency")
    }
    amount = "foreign_amount" if cost.foreign_currency else "amount"
    rows = CostActual.objects.visible_to(request.user).exclude(pk=cost.pk)
    rows = rows.filter(**same, **{amount: getattr(cost, amount)}, reverses=None, reversed_by=None)
    if cost.source_ref:
        rows = rows.filter(Q(source_ref=""))
    others = [*rows.order_by("pk")[:MOST]]
    return {"others": others} if others else None
