"""Panels above lists: the records of the list that wait for the reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pmhub.queries.waiting import BY_NAME, waiting
from pmhub.registers.panels import Panel


def waiting_panel(title: str, name: str) -> Panel:
    """Return the panel of what waits for the reader by one rule; it is empty if nothing does."""

    def reads(above: Any, request: Any) -> Mapping[str, Any] | None:
        findings = waiting(request.user, [BY_NAME[name]])
        return {"findings": findings} if findings else None

    return Panel(title, "waiting_by_rule.html", reads)
