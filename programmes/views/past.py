"""Pages that can show the past: what was known at a moment, `?as_of=`, or what was true on a day by
what is known today, `?on=`."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from pmhub.access.scoped_rows import ScopedRows
from pmhub.database.statements import ID
from pmhub.page_addresses import address_of
from pmhub.views import LivePage
from pmhub.views.clocks import chosen_clock, clock_context, not_a_moment
from pmhub.views.registers.breadcrumbs import way_to
from programmes import queries
from programmes.queries import NoMoment
from programmes.queries import ranges as simulated
from programmes.queries.clocks import asked_clock, read_by
from programmes.views.rows import find_programme, one_of
from projects.models import Project

PROJECTS = ScopedRows(
    lambda reader: (
        Project.objects.visible_to(reader)
        .filter(pk=ID)
        .select_related("programme__portfolio", "portfolio")
    )
)


class PastPage(LivePage):
    """A live page that stands still at a past moment, says so, and leads back to now."""

    at: datetime | None = None
    on: date | None = None  # the day, where it shows what was true and not what was known
    zone = "UTC"
    figures_freshness: queries.Freshness | None = (
        None  # how the figures stood when the stamp was made
    )

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, or what is wrong with the moment that was asked for."""
        if chosen := chosen_clock(request):
            return redirect(chosen)
        try:
            return super().get(request, *args, **kwargs)
        except NoMoment as error:
            return not_a_moment(request, error)

    def find_then(self) -> None:
        """Fetch the object of the page as it was; raises Http404 where it was not there."""

    def not_there_then(self) -> None:
        """What becomes of the page where its object was not there: it has its name of now, and no
        more."""

    def figures_of(self) -> Iterable[Any]:
        """Return whose figures the page shows: portfolios, programmes, projects."""
        return ()

    def answer(self) -> HttpResponse:
        """The page, all of it read as it was."""
        with read_by((self.at, self.on), *(self.figures_of() if self.on else ())):
            if self.at:
                try:
                    self.find_then()
                except Http404:
                    self.not_there_then()
            response = super().answer()
            if isinstance(response, TemplateResponse):
                response.render()
            return response

    @property
    def caches_frame(self) -> bool:
        """Return whether what stands around the region is cached: of the past, nothing is."""
        return not self.at and super().caches_frame

    def drawn(self, stamp: str, state: str) -> bytes:
        """The region; of the past, it is not kept."""
        if self.at:
            return self.draw(state, self.request).encode()
        return super().drawn(stamp, state)

    def find_moment(self, zone: str) -> None:
        """Read `as_of` or `on`; raises NoMoment."""
        self.zone = zone
        self.at, self.on = asked_clock(self.request.GET, zone)

    def past_stamp(self) -> tuple[str, str]:
        """Return what a page of the past depends on: nothing but what was asked for."""
        return f"{self.request.path}?{self.request.GET.urlencode()}", "past"

    def region_context(self) -> dict[str, Any]:
        """The moment, and the days one may choose from."""
        return clock_context(self.at, self.on, self.zone)


class ProgrammePastPage(PastPage):
    """A page about one programme, as it is or was."""

    cached = True

    def find(self) -> None:
        """The programme, for whom it exists."""
        self.find_then()
        self.find_moment(self.programme.portfolio.time_zone)

    def find_then(self) -> None:
        """The programme, now or then."""
        self.programme = find_programme(self.request.user, self.kwargs["pk"])
        self.title = f"{self.about}, {self.programme.code}"

    def figures_of(self) -> Iterable[Any]:
        """The programme."""
        return [self.programme]

    def crumbs(self) -> list[tuple[str, str]]:
        """Portfolio, programme."""
        return way_to(self.programme, self.request.user, self.at)

    def places(self) -> dict[str, str]:
        """The programme."""
        return {address_of("programme", self.programme.pk): "true"}

    def stamp(self) -> tuple[str, str]:
        """Return when the programme's figures were last computed, what was touched of all that is
        shown, and what is asked for."""
        if self.at:
            return self.past_stamp()
        now = self.figures_freshness = queries.freshness_of(self.programme.pk)
        touched = queries.programme_stamp(self.programme.pk)
        return f"{now.etag}-{touched}-{self.depends_on()}", now.state

    def depends_on(self) -> str:
        """Return what else the page depends on."""
        return self.request.GET.urlencode()


class ProjectPastPage(PastPage):
    """A page about one project, as it is or was."""

    def find(self) -> None:
        """The project, for whom it exists."""
        self.find_then()
        self.find_moment(self.project.owner_portfolio.time_zone)

    def find_then(self) -> None:
        """The project, now or then."""
        self.project = one_of(PROJECTS(self.request.user, id=self.kwargs["pk"]))
        self.title = f"{self.about}, {self.project.code}"

    def figures_of(self) -> Iterable[Any]:
        """The project."""
        return [self.project]

    def crumbs(self) -> list[tuple[str, str]]:
        """The project, and what it belongs to."""
        return way_to(self.project, self.request.user, self.at)


class SimulatedPage(ProgrammePastPage):
    """A page about one programme with what workers have simulated; it says so while that is of
    facts before the last change."""

    ranges: simulated.RangesState | None = None

    def stamp(self) -> tuple[str, str]:
        """The stamp of the figures, and which ranges are stored."""
        stamp, state = super().stamp()
        if self.at:
            return stamp, state
        ranges = self.ranges = simulated.ranges_state(self.programme.pk)
        updating = state == "fresh" and not ranges.current
        return f"{stamp}-{ranges.digest}", "recomputing" if updating else state
