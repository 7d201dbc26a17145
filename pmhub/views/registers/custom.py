"""The custom fields of a record, for pages with a template of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pmhub.models import portfolio_of
from pmhub.registers import registers
from pmhub.registers.panels import Panel
from pmhub.views.registers.cells import cell, custom_columns, related_ids
from pmhub.views.registers.forms import CUSTOM
from pmhub.views.registers.names import Names, Units
from programmes.queries.custom_fields import custom_of, spread_custom


def custom_values(record: Any, request: Any) -> Mapping[str, Any] | None:
    """Return the values of a record's custom fields; None if it has none."""
    register = registers.of(type(record))
    if register is None or not (fields := custom_of(record)):
        return None
    row = {"custom": record.custom, "currency": True}
    columns = custom_columns(register, fields)
    spread_custom([row], columns)
    names = Names(related_ids(columns.values(), [row]), request.user)
    unit = Units(request.user).of_portfolio(portfolio_of(record))
    columns_shown = [
        item for item in columns.values() if not item.gone or row[item.name] is not None
    ]
    cells = [cell(column, row, names, unit, long=True) for column in columns_shown]
    return {"cells": cells} if cells else None


PANELS = {"custom-fields": Panel(CUSTOM, "registers/custom.html", custom_values, cached=True)}
