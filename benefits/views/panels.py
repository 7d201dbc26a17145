"""What the pages of benefits show beside what their register declares."""

from __future__ import annotations

from typing import Any

from benefits import queries
from benefits.models import Benefit
from pmhub.registers.panels import Panel
from pmhub.templatetags import pm


def profile(benefit: Benefit, request: Any) -> dict[str, Any] | None:
    """What is planned, forecast and measured of a benefit, period by period."""
    rows = queries.periods(benefit)
    portfolio = benefit.programme.portfolio
    unit = pm.money_unit(portfolio) if benefit.monetised else benefit.unit
    return {"rows": rows, "unit": unit} if rows else None


PANELS = {"benefit-profile": Panel("Profile", "benefits/profile.html", profile)}
