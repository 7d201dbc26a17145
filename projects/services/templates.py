"""The templates that a new portfolio begins with, for its PMO to adapt."""

from __future__ import annotations

from typing import Any, NamedTuple

from pmhub.models import User
from programmes.models import Portfolio
from projects.models import (
    ProjectStage,
    Template,
    TemplateCriterion,
    TemplateEntry,
    TemplateMilestone,
    TemplateRole,
)

Row = tuple[str, str, str, int, bool]
Entry = tuple[str, str, str, str, int]


class ShippedTemplate(NamedTuple):
    """A template that comes with pmhub. A milestone is (title, kind, anchor, days from the anchor,
    whether it is a key milestone), an entry of a register (register, title, text, anchor, days from
    the anchor), a role (role, what it is needed for)."""

    code: str
    name: str
    about: str
    approach: str
    regulated: bool
    days: int
    milestones: tuple[Row, ...] = ()
    entries: tuple[Entry, ...] = ()
    roles: tuple[tuple[str, str], ...] = ()
    kind: str = "project"


# Criteria of the gates of projects begun from these: stage, text, whether mandatory.
CRITERIA = (
    (ProjectStage.DEFINE, "The outline business case holds", True),
    (ProjectStage.DELIVER, "The full business case is approved", True),
    (ProjectStage.DELIVER, "Plan and budget are baselined", True),
    (ProjectStage.OPERATE, "Who takes the outputs over has accepted them", True),
    (ProjectStage.OPERATE, "Lessons are written down", False),
)
SHIPPED = (
    ShippedTemplate(
        "CAPITAL", "Capital works", "Building, refurbishment and plant, from brief to handover.",
        "linear", True, 730,
        milestones=(
            ("Brief and budget approved", "gate", "start", 0, True),
            ("Concept design approved", "gate", "start", 90, True),
            ("Planning permission", "regulatory", "start", 180, False),
            ("Contract awarded", "gate", "start", 270, True),
            ("Start on site", "delivery", "start", 300, True),
            ("Practical completion", "delivery", "finish", -60, True),
            ("Approval to occupy", "regulatory", "finish", -30, False),
            ("Handed over to operations", "handover", "finish", 0, True),
        ),
        entries=(
            ("outputs", "The works, ready for use", "Inspected, no open defects", "finish", -30),
            ("outputs", "Manuals and as-built drawings", "Taken over by operations", "finish", 0),
            ("risks", "The ground or the fabric is not as surveyed", "Works change once opened up",
             "finish", 0),
        ),
        roles=(
            ("project_manager", "Leads the works"),
            ("project_executive", "Answers for them"),
            ("risk_owner", "Keeps the risk register current"),
        ),
    ),
    ShippedTemplate(
        "DIGITAL", "Digital change", "A new or changed digital service, built in increments.",
        "iterative", False, 365,
        milestones=(
            ("Discovery ends: the need is known", "gate", "start", 60, True),
            ("Alpha ends: the way is known", "gate", "start", 120, True),
            ("Data protection assessed", "regulatory", "start", 120, False),
            ("Beta open to first users", "delivery", "start", 210, True),
            ("Live", "delivery", "finish", -60, True),
            ("Old service switched off", "delivery", "finish", -14, False),
            ("Handed over to the service owner", "handover", "finish", 0, True),
        ),
        entries=(
            ("outputs", "The service, live", "Its owner runs it alone", "finish", -60),
            ("outputs", "Data moved from the old service", "Counted and compared", "finish", -30),
            ("risks", "Data of the old service cannot be moved", "It is incomplete or unreadable",
             "finish", 0),
        ),
        roles=(
            ("project_manager", "Leads the team"),
            ("project_executive", "Owns the service"),
        ),
    ),
    ShippedTemplate(
        "SERVICE", "Service change", "A changed way of working, its people and its processes.",
        "hybrid", False, 270,
        milestones=(
            ("Future way of working agreed", "gate", "start", 45, True),
            ("People consulted", "delivery", "start", 90, False),
            ("Pilot begins", "delivery", "start", 120, True),
            ("Pilot judged: go on or stop", "gate", "start", 180, True),
            ("Everybody trained", "delivery", "finish", -45, False),
            ("New way of working begins", "delivery", "finish", -30, True),
            ("Handed over to the line", "handover", "finish", 0, True),
        ),
        entries=(
            ("outputs", "The way of working, described", "Agreed by those in it", "finish", -60),
            ("outputs", "Trained people", "Nine in ten have taken part", "finish", -45),
            ("risks", "People are not released for training", "Daily work keeps them", "finish", 0),
        ),
        roles=(
            ("project_manager", "Leads the change"),
            ("project_executive", "Heads the service that changes"),
        ),
    ),
    ShippedTemplate(
        "CHANGE", "Change programme", "Several projects that change how an organisation works.",
        "hybrid", False, 1095,
        entries=(
            ("tranches", "Groundwork", "What is to change is agreed, and the first projects run",
             "start", 270),
            ("tranches", "Delivery", "The new capabilities are ready for use", "finish", -365),
            ("tranches", "Embedding", "The new way of working is the usual one", "finish", 0),
            ("outcomes", "People work in the new way", "The old way is no longer used", "finish",
             0),
            ("risks", "Business areas do not release people for the transition",
             "The new capabilities stand unused", "finish", 0),
            ("risks", "Projects wait for each other", "One late delivery delays several",
             "finish", 0),
        ),
        roles=(
            ("sro", "Answers for the outcome"),
            ("programme_manager", "Leads it from day to day"),
            ("bcm", "Takes the change into the business"),
            ("finance", "Posts what is spent"),
        ),
        kind="programme",
    ),
    ShippedTemplate(
        "ESTATES", "Estates programme", "Building projects that together renew a place.",
        "linear", True, 1825,
        entries=(
            ("tranches", "Enabling", "Sites are free, consents are granted", "start", 540),
            ("tranches", "Building", "The main buildings are handed over", "finish", -365),
            ("tranches", "Moving in", "People work in the new places, the old ones are given up",
             "finish", 0),
            ("outcomes", "People use the new places", "The old ones stand empty", "finish", 0),
            ("risks", "Consents come late", "Projects cannot start on site", "finish", 0),
            ("risks", "Building prices rise faster than assumed", "Tenders exceed the budgets",
             "finish", 0),
        ),
        roles=(
            ("sro", "Answers for the outcome"),
            ("programme_manager", "Leads it from day to day"),
            ("bcm", "Takes the change into the business"),
            ("assurer", "Reviews it independently"),
        ),
        kind="programme",
    ),
)  # fmt: skip


def ship_templates(portfolio: Portfolio, *, by: User | None) -> None:
    """Give a portfolio the templates that come with pmhub, in use."""
    for item in SHIPPED:
        _ship(portfolio, item, {"created_by": by, "updated_by": by})


def _ship(portfolio: Portfolio, item: ShippedTemplate, stamps: dict[str, Any]) -> None:
    template = Template.objects.create(
        portfolio=portfolio, code=item.code, name=item.name, kind=item.kind, about=item.about,
        delivery_approach=item.approach, regulated=item.regulated, duration_days=item.days,
        state="in_use", **stamps,
    )  # fmt: skip
    criteria = CRITERIA if item.kind == "project" else ()
    parts: tuple[tuple[Any, tuple[str, ...], Any], ...] = (
        (TemplateMilestone, ("title", "kind", "anchor", "offset_days", "key"), item.milestones),
        (TemplateEntry, ("register", "title", "about", "anchor", "offset_days"), item.entries),
        (TemplateRole, ("role", "about"), item.roles),
        (TemplateCriterion, ("stage", "text", "mandatory"), criteria),
    )
    for model, names, rows in parts:
        model.objects.bulk_create(
            model(template=template, **dict(zip(names, row, strict=True)), **stamps) for row in rows
        )
