"""The templates that a new portfolio has, for its PMO to make their own."""

from __future__ import annotations

from typing import Any

from pmhub.models import User
from programmes.models import Portfolio
from projects.models import Template, TemplateMilestone

Row = tuple[str, str, str, int, bool]
# Of each template: its code, name, what it is for, approach, whether it is regulated, usual days,
# and milestones (title, kind, anchor, days from it, whether it is a key one).
SHIPPED: tuple[tuple[str, str, str, str, bool, int, tuple[Row, ...]], ...] = (
    (
        "CAPITAL", "Capital works", "Building, refurbishment and plant, from brief to handover.",
        "linear", True, 730,
        (
            ("Brief and budget approved", "gate", "start", 0, True),
            ("Concept design approved", "gate", "start", 90, True),
            ("Planning permission", "regulatory", "start", 180, False),
            ("Contract awarded", "gate", "start", 270, True),
            ("Start on site", "delivery", "start", 300, True),
            ("Practical completion", "delivery", "finish", -60, True),
            ("Approval to occupy", "regulatory", "finish", -30, False),
            ("Handed over to operations", "handover", "finish", 0, True),
        ),
    ),
    (
        "DIGITAL", "Digital change", "A new or changed digital service, built in increments.",
        "iterative", False, 365,
        (
            ("Discovery ends: the need is known", "gate", "start", 60, True),
            ("Alpha ends: the way is known", "gate", "start", 120, True),
            ("Data protection assessed", "regulatory", "start", 120, False),
            ("Beta open to first users", "delivery", "start", 210, True),
            ("Live", "delivery", "finish", -60, True),
            ("Old service switched off", "delivery", "finish", -14, False),
            ("Handed over to the service owner", "handover", "finish", 0, True),
        ),
    ),
    (
        "SERVICE", "Service change", "A changed way of working, its people and its processes.",
        "hybrid", False, 270,
        (
            ("Future way of working agreed", "gate", "start", 45, True),
            ("People consulted", "delivery", "start", 90, False),
            ("Pilot begins", "delivery", "start", 120, True),
            ("Pilot judged: go on or stop", "gate", "start", 180, True),
            ("Everybody trained", "delivery", "finish", -45, False),
            ("New way of working begins", "delivery", "finish", -30, True),
            ("Handed over to the line", "handover", "finish", 0, True),
        ),
    ),
)  # fmt: skip


def ship_templates(portfolio: Portfolio, *, by: User | None) -> None:
    """Give a portfolio the templates that it begins with, in use."""
    stamps: dict[str, Any] = {"created_by": by, "updated_by": by}
    for code, name, about, approach, regulated, days, rows in SHIPPED:
        template = Template.objects.create(
            portfolio=portfolio, code=code, name=name, about=about, delivery_approach=approach,
            regulated=regulated, duration_days=days, state="in_use", **stamps,
        )  # fmt: skip
        TemplateMilestone.objects.bulk_create(
            TemplateMilestone(
                template=template, title=title, kind=kind, anchor=anchor, offset_days=offset,
                key=key, **stamps,
            )
            for title, kind, anchor, offset, key in rows
        )  # fmt: skip
