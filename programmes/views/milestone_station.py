"""A milestone as a station of the tracks: where it stands, and the form that moves it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.shortcuts import get_object_or_404

from pmhub.access import can
from pmhub.page_addresses import address_of
from pmhub.views import CachedPage
from pmhub.views.registers.breadcrumbs import way_to
from programmes import queries
from programmes.models import Programme, Scenario
from programmes.queries.sensitivity import float_and_drag_of
from programmes.views.rows import find_programme, page_of
from projects.models import Dependency, Milestone, MilestoneState
from projects.queries.dependencies import timeline_of


class StationPage(CachedPage):
    """A milestone of a programme's project: as a page, and in the panel beside the tracks. The day
    to which it was dragged comes in the address, and is filled into the form."""

    regions = ("panel",)

    def in_rest(self) -> tuple[str, str]:
        """Return the REST operation and address for the milestone."""
        return "milestones_retrieve", f"/api/v1/milestones/{self.kwargs['milestone']}/"

    def get_template_names(self) -> list[str]:
        """Return the template of the page, or of the panel."""
        return [f"programmes/milestone_station{'' if self.region == 'panel' else '_page'}.html"]

    def crumbs(self) -> list[tuple[str, str]]:
        """Return the pages above this one: portfolio, programme, tracks."""
        tracks = address_of("programme-tracks", self.programme.pk)
        return [*way_to(self.programme, self.request.user), ("Tracks", tracks)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the dates of the milestone, and what waits for it."""
        user = self.request.user
        self.programme = find_programme(user, self.kwargs["pk"])
        rows = Milestone.objects.visible_to(user).filter(project__programme=self.programme)
        milestone = get_object_or_404(rows.select_related("project"), pk=self.kwargs["milestone"])
        self.title = str(milestone)
        float_and_drag, id = float_and_drag_of(self.programme), milestone.pk
        forecast = queries.open_forecast(milestone.project)
        may = can(user, "write", milestone)
        context = {
            "programme": self.programme,
            "milestone": milestone,
            "record": address_of("record", "milestones", id),
            "project": page_of(milestone.project_id),
            "computed": timeline_of(forecast).day(id) if forecast else None,
            "waiting": Dependency.objects.visible_to(user).filter(giver_milestone=id),
            **float_and_drag.of_event(milestone.project_id, id),
            "drag": float_and_drag.milestones.get(id),
            "finish": float_and_drag.finish,
            "movable": may and milestone.state == MilestoneState.PLANNED,
            "typed": day_of(self.request.GET.get("on", "")),
            "scenarios": editable_scenarios(self.programme, user) if may else (),
        }
        return super().get_context_data(**kwargs | context)


def day_of(text: str) -> date | None:
    """Return the day that an address names; None where it names none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def editable_scenarios(programme: Programme, user: Any) -> list[Scenario]:
    """Return the scenarios of a programme to which the user may add changes."""
    return [row for row in queries.scenarios_of(programme, user) if can(user, "write", row)]
