"""The tracks page of a programme: the roadmap to work at, and the events of it as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any
from urllib.parse import urlencode

from pmhub.access import can
from pmhub.database.statements import IDS, Rows
from pmhub.formats import WORDS
from pmhub.page_addresses import clock
from programmes import queries
from programmes.models import Tranche
from programmes.queries.sensitivity import UPDATING
from programmes.queries.track_events import TrackEvent, track_events
from programmes.queries.tracks import NO_TRANCHE, WHICH, TracksQuery
from programmes.views.past import SimulatedPage
from programmes.views.rows import first_rows, sorted_by
from projects.models import Project

ZOOMS = {
    "": "All at once",
    "years": "Years",
    "quarters": "Quarters",
    "months": "Months",
    "weeks": "Weeks",
}
GROUPS = {"": "None", "tranche": "By tranche", "health": "By health"}
BASELINES = {"current": "Current", "previous": "Previous", "first": "First"}
NAMES = {"": "To fit", "full": "In full"}
HEALTHS = {"": "Any", **WORDS}
CRITICAL = {"": "All tracks", "1": "The critical chain"}
COLUMNS = (
    "code", "event", "baseline", "declared", "on", "slip_days", "float_days", "drag_days",
)  # fmt: skip
NAMED = [field.name for field in fields(TrackEvent)]
PROJECTS = Rows(
    lambda: (
        Project.objects.filter(pk__in=[IDS]).select_related("programme__portfolio").order_by("pk")
    )
)


class TracksPage(SimulatedPage):
    """When everything happens: tracks, the critical chain, and what the finish hangs on."""

    template_name = "programmes/tracks_page.html"
    region_template_name = "programmes/tracks_live.html"
    about = "Tracks"

    def in_rest(self) -> tuple[str, str]:
        """Return the REST operation and address for the tracks."""
        return "programmes_roadmap", f"/api/v1/programmes/{self.kwargs['pk']}/roadmap/"

    def asked(self, name: str, options: Mapping[str, Any]) -> str:
        """Return the chosen value of an option; empty for a value that does not exist."""
        value = self.request.GET.get(name, "")
        return value if value in options else ""

    def choice(self) -> TracksQuery:
        """Return the tracks that are asked for."""
        return TracksQuery(
            every=True,
            tranche=self.request.GET.get("tranche", ""),
            health=self.asked("health", HEALTHS),
            critical=bool(self.asked("critical", CRITICAL)),
            baseline=self.asked("baseline", WHICH) or "current",
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the choices, above the region."""
        tranches = Tranche.objects.filter(programme=self.programme).values_list("code", "name")
        named = {code: f"{code} {name}" for code, name in tranches}
        named = {"": "Any", **named, NO_TRANCHE: "None"}
        choices = (
            ("zoom", "Zoom", ZOOMS),
            ("group", "Group", GROUPS),
            ("tranche", "Tranche", named),
            ("health", "Health", HEALTHS),
            ("critical", "Show", CRITICAL),
            ("baseline", "Baseline", BASELINES),
            ("names", "Names", NAMES),
        )
        return super().get_context_data(
            **super().region_context(),
            programme=self.programme,
            choices=[
                {
                    "name": name,
                    "label": label,
                    "options": list(options.items()),
                    "value": self.request.GET.get(name, ""),
                }
                for name, label, options in choices
            ],
            sort=self.request.GET.get("sort", ""),
            **kwargs,
        )

    def region_context(self) -> dict[str, Any]:
        """Return everything the page shows."""
        choice = self.choice()
        at = f"&{urlencode(clock(self.at))}" if self.at else ""
        roadmap = queries.roadmap(self.programme, self.request.user, choice, self.at)
        figures = queries.rollup(self.programme, at=self.at, known=self.figures_freshness)
        order = self.request.GET.get("sort", "")
        events = sorted_by([event_row(event) for event in track_events(roadmap)], order, COLUMNS)
        return {
            **super().region_context(),
            "programme": self.programme,
            "rollup": figures,
            "as_of": figures.as_of,
            "m": figures.metrics,
            "roadmap": roadmap,
            "chain": [
                {**step, "place": step["milestone"] or step["event"]}
                for step in roadmap["critical_chain"]
            ],
            "updating": roadmap["sensitivity"] == UPDATING,
            "events": first_rows(events, self.request),
            "event_count": len(events),
            "dependencies": sorted(roadmap["dependencies"], key=by_drag),
            "writable": "" if self.at else self.writable(roadmap["projects"]),
            "query": (query := query_of(choice)),
            "file": f"/api/v1/programmes/{self.programme.pk}/roadmap/?{query}{at}",
            "zoom": self.asked("zoom", ZOOMS),
            "group": self.asked("group", GROUPS),
            "names": self.asked("names", NAMES),
            "sort": order,
        }

    def writable(self, tracks: Sequence[Mapping[str, Any]]) -> str:
        """The ids of the projects whose milestones the reader may move."""
        rows = PROJECTS([track["id"] for track in tracks])
        return " ".join(str(row.pk) for row in rows if can(self.request.user, "write", row))


def query_of(choice: TracksQuery) -> str:
    """Return the REST query for the same tracks."""
    given = {**asdict(choice), "critical": "1" if choice.critical else ""}
    del given["every"]
    return urlencode({"rows": "all", **{name: value for name, value in given.items() if value}})


def event_row(event: TrackEvent) -> dict[str, Any]:
    """Return an event as a row of the table."""
    return {
        **{name: getattr(event, name) for name in NAMED},
        "code": event.project_code,
        "event": event.title,
        "place": event.milestone or event.event,
        "float": "any" if event.waits is False else event.float_days,
        "hangs": "milestones" if event.milestone else "projects",
        "hangs_by": event.milestone or event.project,
        "station": event.event if event.milestone else "",
        "on": event.on,
        "slip_days": event.slip_days,
    }


def by_drag(junction: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return a key that sorts the largest drag first."""
    drag = junction["drag_days"]
    return drag is None, -(drag or 0), junction["code"]
