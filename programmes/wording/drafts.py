"""What the draft of a status report says, from what was computed and reached since the last one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class MovedFigure:
    """A main figure in words: its present value, by how much it moved, and why (cause, change).
    Without a change, no earlier value is known."""

    label: str
    now: str
    change: str
    causes: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Event:
    """A milestone, with its project and its day; None is not known."""

    project: str
    code: str
    title: str
    on: date | None
    slip_days: int | None


Day = Callable[[date], str]


def achieved(
    since: date | None, moved: Sequence[MovedFigure], reached: Sequence[Event], day: Day
) -> str:
    """Return what was reached and what moved since the report before, as Markdown."""
    parts = [
        _list("Reached" if since is None else f"Reached since {day(since)}",
              [f"{_title_of(event)}{_on(event, day)}" for event in reached]),
        _list("Figures" if since is None else f"Figures, and what moved them since {day(since)}",
              [_figure(figure) for figure in moved]),
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part)


def next_steps(ahead: Sequence[Event], day: Day) -> str:
    """Return which milestones come next, as Markdown."""
    rows = [f"{_title_of(event)}{_on(event, day)}{_slip(event)}" for event in ahead]
    return _list("Next milestones", rows)


def help_needed(reasons: Sequence[str]) -> str:
    """Return the reasons why it is not green, as Markdown."""
    return _list("What the figures point at", reasons)


def _list(title: str, rows: Sequence[str]) -> str:
    return f"**{title}**\n\n" + "\n".join(f"- {row}" for row in rows) if rows else ""


def _title_of(event: Event) -> str:
    """Name an event; a code that begins with that of the project, as a template makes it, names
    the project too."""
    project = "" if event.code.startswith(f"{event.project}-") else event.project
    return " ".join(filter(None, (project, event.code, event.title)))


def _on(event: Event, day: Day) -> str:
    return f", {day(event.on)}" if event.on else ", without a day"


def _slip(event: Event) -> str:
    days = event.slip_days
    if not days:
        return ""
    unit = "day" if abs(days) == 1 else "days"
    return f" ({abs(days)} {unit} {'later' if days > 0 else 'earlier'} than its baseline)"


def _figure(figure: MovedFigure) -> str:
    if not figure.change:
        return f"{figure.label}: {figure.now}"
    why = "; ".join(f"{cause} {change}" for cause, change in figure.causes)
    return f"{figure.label}: {figure.now} ({figure.change}{': ' + why if why else ''})"
