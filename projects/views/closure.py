"""The page of what must be settled before a project can close, and of who answers for what it
brings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benefits.models import Benefit, BenefitHandOver, HandOverState
from pmhub import formats
from pmhub.access import can
from pmhub.access.scoped_rows import ScopedRows
from pmhub.database.statements import ID
from pmhub.page_addresses import address_of
from pmhub.serializers.verbs import verbs_of
from pmhub.text import in_order
from pmhub.views.registers.breadcrumbs import way_to
from programmes import queries
from programmes.queries import NoMoment
from programmes.views.closure import ClosurePage
from programmes.views.rows import one_of
from projects.models import Project
from projects.serializers.project import ProjectSerializer
from projects.views.ending import DEPENDENCIES, EndingQuestions, form_of
from projects.views.project import PROJECTS
from projects.views.records import RISKS

TERMS = (HandOverState.ASKED, HandOverState.ACCEPTED)
HAND_OVERS = ScopedRows(
    lambda reader: (
        BenefitHandOver.objects.visible_to(reader)
        .filter(project_id=ID, state__in=TERMS)
        .select_related("contribution", "benefit", "owner")
    )
)
BENEFITS = ScopedRows(
    lambda reader: (
        Benefit.objects.visible_to(reader)
        .filter(contributions__project_id=ID)
        .order_by()
        .values_list("pk", flat=True)
    )
)


class ProjectClosurePage(ClosurePage):
    """The page of what must be settled before a project can close."""

    def in_rest(self) -> tuple[str, str]:
        """Return the REST operation and address that give the same as data."""
        return "projects_closing", f"/api/v1/projects/{self.kwargs['pk']}/closing/"

    def find(self) -> None:
        """Find the project, if the user sees it, and the moment at which it is shown."""
        self.find_then()
        self.find_moment(self.subject.owner_portfolio.time_zone)

    def find_then(self) -> None:
        """Find the project, if the user sees it, now or at the moment shown."""
        self.subject: Project = one_of(PROJECTS(self.request.user, id=self.kwargs["pk"]))
        self.title = f"Closure, {self.subject.code}"

    def not_there_then(self) -> None:
        """Raise NoMoment: there was no project at that moment."""
        raise NoMoment("not_there_then", "The project was not there yet, or not yours to see.")

    def crumbs(self) -> list[tuple[str, str]]:
        """Return the pages above this one: those of the project and of what it belongs to."""
        return way_to(self.subject, self.request.user, self.at)

    def places(self) -> dict[str, str]:
        """Return where the page is in the tree: below the project."""
        return {address_of("project", self.subject.pk): "true"}

    @property
    def goes_on(self) -> bool:
        """Return whether the project has not ended."""
        return self.subject.live

    def more(self) -> Any:
        """Return what else the page depends on: hand-overs and end reports, by id and version."""
        rows = [(row.pk, row.version) for row in self.hand_overs]
        return [*rows, *((report.pk, report.version) for report in self.end_reports)]

    @property
    def hand_overs(self) -> Sequence[BenefitHandOver]:
        """Return the hand-overs of what the project brings, by benefit."""
        rows = HAND_OVERS(self.request.user, id=self.subject.pk)
        return sorted(rows, key=lambda row: in_order(row.benefit.code))

    def closing(self) -> dict[str, Any] | None:
        """Return the form by which the project is closed; None for readers who may not close it."""
        project, user = self.subject, self.request.user
        verb = verbs_of(ProjectSerializer)["closure"]
        if not (can(user, "write", project) and verb.open_to(user, project)):
            return None
        links = queries.dependency_rows(DEPENDENCIES(id=project.pk), user)
        several = EndingQuestions(project, RISKS(id=project.pk), links).several
        holds = {"finished_on": project.owner_portfolio.as_of.isoformat()}
        unit = formats.money_unit(project.owner_portfolio)
        return form_of(verb, project, self.request, several=several, unit=unit, holds=holds)

    def region_context(self) -> dict[str, Any]:
        """Return what must be settled, and who answers for what the project brings."""
        seen = {*BENEFITS(self.request.user, id=self.subject.pk)}
        return {
            **super().region_context(),
            "project": self.subject,
            "hand_overs": [(row, row.benefit_id in seen) for row in self.hand_overs],
        }
