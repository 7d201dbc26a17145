"""The draft of a status report: its words, from figures and what moved them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.text import capfirst

from pmhub import formats
from programmes.models import Portfolio, Programme
from programmes.queries.reports import (
    ReportFigures,
    causes,
    figures_since,
    last_published,
    milestones_ahead,
    milestones_reached,
)
from programmes.rollup.metrics import BY_NAME, HEADLINES
from programmes.wording import drafts, reason
from projects.models import Milestone, Project

Words = dict[str, str]


def draft_texts(owner: Programme | Project, user: Any) -> Words:
    """Return what a report on a programme or a project could say today, by field: what was reached,
    what moved the main figures since the last published report, what comes next and what is not
    green. It is Markdown, and a beginning: people write it on."""
    figures = figures_since(owner, None, last_published(owner), user)
    since = figures.before.period_end if figures.before else None
    alone = isinstance(owner, Project)
    return {
        "achieved": drafts.achieved(
            since, _figures(figures), _events(milestones_reached(owner, user, since), alone),
            formats.day,
        ),
        "next_steps": drafts.next_steps(_events(milestones_ahead(owner, user), alone), formats.day),
        "help_needed": drafts.help_needed(_reasons(figures)),
    }  # fmt: skip


def as_of(owner: Programme | Project) -> Any:
    """Return the status date of a programme or a project."""
    return (owner.portfolio if isinstance(owner, Programme) else owner.owner_portfolio).as_of


def _figures(figures: ReportFigures) -> list[drafts.MovedFigure]:
    portfolio = figures.rollup.portfolio
    rows = []
    for name in HEADLINES:
        reading, moved = figures.rollup.metrics.get(name), figures.moved.get(name)
        if reading is None or reading.value is None:
            continue
        now = _amount(reading.value, reading.unit, portfolio)
        if not (moved and moved.difference):
            rows.append(drafts.MovedFigure(BY_NAME[name].headline, now, "", ()))
            continue
        by = [
            (formats.says(cause), _change(amount, reading.unit, portfolio))
            for cause, amount in causes(moved)
        ]
        change = _change(moved.difference, reading.unit, portfolio)
        rows.append(drafts.MovedFigure(BY_NAME[name].headline, now, change, by))
    return rows


def _amount(value: Any, unit: str, portfolio: Portfolio) -> str:
    """Return a figure in words for a sentence."""
    return formats.spoken(value, portfolio) if unit == "money" else formats.looks(value, unit)


def _change(amount: Any, unit: str, portfolio: Portfolio) -> str:
    """Return a difference in words for a sentence."""
    if unit != "money":
        return formats.change(amount, unit)
    return f"{'+' if amount > 0 else ''}{formats.spoken(amount, portfolio)}"


def _reasons(figures: ReportFigures) -> list[str]:
    """Return a sentence for each amber or red finding."""
    health = figures.rollup.metrics.get("health")
    findings = health.detail.get("findings", ()) if health else ()
    return [capfirst(reason(row)) for row in findings if row["colour"] in ("amber", "red")]


def _events(milestones: Sequence[Milestone], alone: bool) -> list[drafts.Event]:
    return [
        drafts.Event(
            project="" if alone else milestone.project.code,
            code=milestone.code,
            title=milestone.title,
            on=milestone.actual_on or milestone.forecast_on,
            slip_days=slip_of(milestone),
        )
        for milestone in milestones
    ]


def slip_of(milestone: Milestone) -> int | None:
    """Return by how many days a milestone is forecast later than its baseline; None where a day is
    missing."""
    planned, forecast = milestone.baseline_on, milestone.forecast_on
    return (forecast - planned).days if planned and forecast else None
