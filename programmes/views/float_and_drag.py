"""Why an event of the tracks has its float, and a dependency, milestone or project its drag."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404

from pmhub.access.scoped_rows import ScopedRows
from pmhub.database.statements import ID, IDS
from pmhub.numerals import whole_number
from pmhub.page_addresses import address_of, then
from pmhub.views.content import Caching
from programmes.queries.float_and_drag import DEPENDENCIES, KINDS, MILESTONES, drag_of, float_of
from programmes.queries.sensitivity import float_and_drag_of
from programmes.queries.track_events import NAMES
from programmes.views.past import ProgrammePastPage
from programmes.views.rows import one_of
from projects.models import Milestone, Project
from projects.schedule import EventName

PLACES = {DEPENDENCIES: "receiver__programme", MILESTONES: "project__programme"}


def _records(kind: str) -> ScopedRows[Any]:
    """Return the query of a record of a kind that is in a programme."""
    place = {f"{PLACES.get(kind, 'programme')}_id__in": [IDS]}
    return ScopedRows(lambda reader: KINDS[kind].objects.visible_to(reader).filter(**place, pk=ID))


RECORDS = {kind: _records(kind) for kind in KINDS}


class FloatAndDragPage(ProgrammePastPage):
    """Base of the pages that explain a float or a drag: the programme's finish as computed and as
    supposed, each with its chain."""

    template_name = "programmes/float_and_drag_page.html"
    region_template_name = "programmes/float_and_drag_live.html"
    caching = Caching.BY_READS  # it reads all facts of the programme
    supposed: Any = None  # (project, event) of the one event that is supposed otherwise

    @property
    def region_template(self) -> str:
        """Return the template: for the panel, the bare explanation."""
        return (
            "programmes/float_and_drag.html" if self.region == "panel" else super().region_template
        )

    def crumbs(self) -> list[tuple[str, str]]:
        """Return the pages above this one: portfolio, programme, tracks."""
        tracks = address_of("programme-tracks", self.programme.pk) + then(self.at)
        return [*super().crumbs(), ("Tracks", tracks)]


class DragPage(FloatAndDragPage):
    """The drag of a dependency, a milestone or a project."""

    def find_then(self) -> None:
        """Find the record as it is, or was at the past moment."""
        super().find_then()
        kind, programme = self.kwargs["kind"], self.programme
        if kind not in KINDS:
            raise Http404
        self.record = one_of(
            RECORDS[kind](self.request.user, [programme.pk], id=self.kwargs["record"])
        )
        self.title = f"Drag of {self.record}, {programme.code}"

    def region_context(self) -> dict[str, Any]:
        """Return its drag, and the chains behind it."""
        kind, record = self.kwargs["kind"], self.record
        if kind == MILESTONES:
            self.supposed = record.project_id, record.pk
        float_and_drag = float_and_drag_of(self.programme, self.at)
        return {
            **super().region_context(),
            "programme": self.programme,
            "what": "Drag",
            "record": record,
            "record_at": address_of("record", kind, record.pk) + then(self.at),
            "kind": kind,
            "days": getattr(float_and_drag, kind).get(record.pk),
            "found": drag_of(self.programme, kind, record.pk),
            "supposed": self.supposed,
        }


class FloatPage(FloatAndDragPage):
    """The float of the start, a milestone or the finish of a project."""

    def find_then(self) -> None:
        """Find the event as it is, or was at the past moment."""
        super().find_then()
        projects = Project.objects.visible_to(self.request.user).filter(programme=self.programme)
        self.project = get_object_or_404(projects, pk=self.kwargs["project"])
        self.event, self.named = self.asked(self.kwargs["event"])
        self.title = f"Float of {self.project.code} {self.named}, {self.programme.code}"

    def asked(self, text: str) -> tuple[EventName, str]:
        """Return the event that the address names, and its title."""
        if text in NAMES:
            return text, NAMES[text].lower()
        mine = Milestone.objects.filter(project=self.project)
        milestone = get_object_or_404(mine, pk=whole_number(text))
        return milestone.pk, str(milestone)

    def region_context(self) -> dict[str, Any]:
        """Return its float, and the chains behind it."""
        place = self.project.pk, self.event
        float_and_drag = float_and_drag_of(self.programme, self.at)
        days = float_and_drag.floats.get(place)
        return {
            **super().region_context(),
            "programme": self.programme,
            "what": "Float",
            "record": f"{self.project.code} {self.named}",
            "record_at": address_of("project", self.project.pk) + then(self.at),
            "kind": "event",
            "days": days,
            "waits": None if place not in float_and_drag.floats else days is not None,
            "found": None if days is None else float_of(self.programme, *place, days),
            "supposed": place,
        }
