"""Breadcrumbs: the pages of the records to which a record belongs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.exceptions import ObjectDoesNotExist

from pmhub import reading_clock
from pmhub.access import can
from pmhub.page_addresses import address_of, then
from pmhub.registers import registers
from pmhub.views.registers.names import Names, name_fields

Way = list[tuple[str, str]]  # (name, address) of each page, from the portfolio down


def parent_of(record: Any, user: Any) -> Any:
    """Return the nearest record above a record that the user sees; None if there is none."""
    return next(_upwards(record, user), None)


def way_to(record: Any, user: Any, at: datetime | None = None) -> Way:
    """Return the pages from the portfolio down to the record, as (name, address), without records
    that the user may not see. The addresses lead to the past at the moment `at`, or at the one that
    is being read."""
    if record is None:
        return []
    within = then(at or reading_clock.moment())
    records = [record, *_upwards(record, user)]
    return [
        (short_name(row, user), address_of("record", register.name, row.pk) + within)
        for row in reversed(records)
        if (register := registers.of(type(row)))
    ]


def _upwards(record: Any, user: Any) -> Iterator[Any]:
    """Yield the records above a record, from the nearest to the portfolio, as far as the user sees
    them."""
    while record is not None:
        register = registers.of(type(record))
        parents = [_parent(record, name) for name in register.parents] if register else []
        there = [parent for parent in parents if parent is not None]
        seen = next((parent for parent in there if _may_see(user, parent)), None)
        if seen is not None:
            yield seen
        record = seen or next(iter(there), None)


def _parent(record: Any, name: str) -> Any:
    """Return the record above in this field; None if there is none, or none at the moment of the
    past that is read."""
    try:
        return getattr(record, name, None)
    except ObjectDoesNotExist:
        return None


def short_name(record: Any, user: Any) -> str:
    """Return the short name of a record: its code, or else its name; of a portfolio, its name."""
    model: Any = type(record)
    code, name = name_fields(model)
    if record.grant_kind == "portfolio":
        return str(getattr(record, name))
    text = str(getattr(record, code or name, "") if code or name else "")
    return text or Names({model: [record.pk]}, user).label(model, record.pk)


def _may_see(user: Any, parent: Any) -> bool:
    """Return whether a user who sees a record may see this one above it; a portfolio always."""
    return parent.grant_kind == "portfolio" or can(user, "view", parent)
