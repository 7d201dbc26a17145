"""The events of the tracks, one a row: what the picture draws, as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from projects.schedule import FINISH, START, days_between

NAMES = {START: "Start", FINISH: "Finish"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackEvent:
    """A start, a milestone (with its id) or a finish. `critical` says whether it is on the critical
    chain; `waits` is False where the programme's finish does not wait for it."""

    project: int
    project_code: str
    project_name: str
    tranche: str | None
    milestone: int | None
    event: str
    title: str
    kind: str
    baseline: date | None
    declared: date | None
    computed: date | None
    actual: date | None
    float_days: int | None
    waits: bool | None
    drag_days: int | None
    critical: bool

    @property
    def on(self) -> date | None:
        """Return when it came, or comes as computed."""
        return self.actual or self.computed or self.declared or self.baseline

    @property
    def slip_days(self) -> int | None:
        """Return by how many days it is later than its baseline."""
        return days_between(self.on, self.baseline)


def track_events(roadmap: Mapping[str, Any]) -> list[TrackEvent]:
    """Return the events of all tracks: for each its start, its milestones by day, and its
    finish."""
    critical = {(step["project"], step["event"]) for step in roadmap["critical_chain"]}
    return [event for track in roadmap["projects"] for event in _events_of(track, critical)]


def _events_of(track: Mapping[str, Any], critical: set[tuple[int, str]]) -> Iterator[TrackEvent]:
    yield _end(track, START, critical)
    stops = [_station(track, stop, critical) for stop in track["milestones"]]
    yield from sorted(stops, key=lambda row: (row.on or date.max, row.event))
    if not track["terminated_on"]:  # what stopped never finishes
        yield _end(track, FINISH, critical)


def _end(track: Mapping[str, Any], name: str, critical: set[tuple[int, str]]) -> TrackEvent:
    return TrackEvent(
        **_of(track),
        **track[name],
        milestone=None,
        event=name,
        title=NAMES[name],
        kind="",
        baseline=track.get(f"baseline_{name}"),
        declared=track[f"declared_{name}"],
        computed=track[f"propagated_{name}"],
        actual=None,
        drag_days=track["drag_days"] if name == FINISH else None,
        critical=(track["id"], name) in critical,
    )


def _station(
    track: Mapping[str, Any], stop: Mapping[str, Any], critical: set[tuple[int, str]]
) -> TrackEvent:
    return TrackEvent(
        **_of(track),
        **{name: stop[name] for name in ("title", "kind", "float_days", "waits", "drag_days")},
        milestone=stop["id"],
        event=stop["code"],
        baseline=stop["baseline_on"],
        declared=stop["actual_on"] or stop["forecast_on"] or stop["baseline_on"],
        computed=stop["computed_on"],
        actual=stop["actual_on"],
        critical=(track["id"], stop["code"]) in critical,
    )


def _of(track: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "project": track["id"],
        "project_code": track["code"],
        "project_name": track["name"],
        "tranche": track["tranche"],
    }
