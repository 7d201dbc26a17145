"""Who acted on a record, as far as a reader may know. Some records, such as dependencies, stand
between two sides: nobody learns who acts for a side that they may not see."""

from __future__ import annotations

import functools
import operator
from typing import Any

from django.db.models import Case, F, Q, Value, When

from pmhub.access.restricted_fields import field_visibility
from pmhub.models import User


def actor_visibility(model: Any, reader: Any, actor: User | None = None) -> Q | None:
    """Return the condition on rows of a model under which a reader may know who acted on them: the
    reader sees all sides of the row or, if an `actor` is given, a side that the actor sees too.
    None if the reader may know it of all rows."""
    sides = [name for name in model.visible_through if name in model.shown_to]
    conditions = [where] if (where := _of_sides(model, sides, reader, actor)) is not None else []
    for name in model.visible_through:
        above: Any = model._meta.get_field(name).related_model
        if above is model or (where := actor_visibility(above, reader, actor)) is None:
            continue
        rows = above._base_manager.filter(where).order_by().values("pk")
        conditions.append(Q(**{f"{name}__in": rows}) | Q(**{f"{name}__isnull": True}))
    return functools.reduce(operator.and_, conditions) if conditions else None


def _of_sides(model: Any, sides: list[str], reader: Any, actor: User | None) -> Q | None:
    seen = {
        side: where
        for side in sides
        if (where := field_visibility(model, side, reader)) is not None
    }
    if not seen:
        return None
    condition = functools.reduce(operator.and_, seen.values())
    for side, where in seen.items() if actor else ():
        theirs = field_visibility(model, side, actor)
        condition |= where if theirs is None else where & theirs
    return condition


def last_writer(model: Any, reader: Any) -> Any:
    """Return an expression for the user who wrote a row last; empty where the reader may not
    know."""
    condition = actor_visibility(model, reader)
    if condition is None:
        return F("updated_by")
    own = Q(updated_by=getattr(reader, "pk", None) or 0)
    output = model._meta.get_field("updated_by").target_field
    return Case(
        When(condition | own, then=F("updated_by")), default=Value(None), output_field=output
    )
