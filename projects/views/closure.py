"""What is left of a project before it can close, and who answers for what it brings."""

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
    """The page of what is left of a project."""

    def in_rest(self) -> tuple[str, str]:
        """Return the request that answers what is left as data."""
        return "projects_closing", f"/api/v1/projects/{self.kwargs['pk']}/closing/"

    def find(self) -> None:
        """The project, for whom it exists."""
        self.find_then()
        self.find_moment(self.subject.owner_portfolio.time_zone)

    def find_then(self) -> None:
        """The project, now or then."""
        self.subject: Project = one_of(PROJECTS(self.request.user, id=self.kwargs["pk"]))
        self.title = f"Closure, {self.subject.code}"

    def not_there_then(self) -> None:
        """Raise NoMoment: nothing is left of what was not there."""
        raise NoMoment("not_there_then", "The project was not there yet, or not yours to see.")

    def crumbs(self) -> list[tuple[str, str]]:
        """The project, and what it belongs to."""
        return way_to(self.subject, self.request.user, self.at)

    def places(self) -> dict[str, str]:
        """The project."""
        return {address_of("project", self.subject.pk): "true"}

    @property
    def goes_on(self) -> bool:
        """Return whether it has not ended."""
        return self.subject.live

    def more(self) -> Any:
        """Return who is asked or has accepted what, and what is said at the end."""
        rows = [(row.pk, row.version) for row in self.hand_overs]
        return [*rows, *((report.pk, report.version) for report in self.end_reports)]

    @property
    def hand_overs(self) -> Sequence[BenefitHandOver]:
        """Return who is asked for what the project brings, or has accepted, by benefit."""
        rows = HAND_OVERS(self.request.user, id=self.subject.pk)
        return sorted(rows, key=lambda row: in_order(row.benefit.code))

    def closing(self) -> dict[str, Any] | None:
        """Return the form of the closing, for who may write the project."""
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
        """Return who answers for what the project brings, beside what is left of it."""
        seen = {*BENEFITS(self.request.user, id=self.subject.pk)}
        return {
            **super().region_context(),
            "project": self.subject,
            "hand_overs": [(row, row.benefit_id in seen) for row in self.hand_overs],
        }
