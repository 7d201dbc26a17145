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
from pmhub.views.content import Caching
from pmhub.views.registers.breadcrumbs import way_to
from programmes import queries
from programmes.queries import NoMoment
from programmes.queries import ranges as simulated
from programmes.queries.clocks import read_by, requested_clock
from programmes.views.rows import find_programme, find_record
from projects.models import Project

PROJECTS = ScopedRows(
    lambda reader: (
        Project.objects.visible_to(reader)
        .filter(pk=ID)
        .select_related("programme__portfolio", "portfolio")
    )
)


class PastPage(LivePage):
    """A live page that can show a past moment: then it says so, is not refreshed, and has a link to
    the present."""

    at: datetime | None = None
    on: date | None = None  # the day, where it shows what was true and not what was known
    zone = "UTC"
    figures_freshness: queries.Freshness | None = (
        None  # how the figures stood when the stamp was made
    )

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the page, or what is wrong with the moment that was asked for."""
        if chosen := chosen_clock(request):
            return redirect(chosen)
        try:
            return super().get(request, *args, **kwargs)
        except NoMoment as error:
            return not_a_moment(request, error)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the moment, for what stands around the region."""
        return super().get_context_data(**{"at": self.at, **kwargs})

    def find_then(self) -> None:
        """Fetch the object of the page as it was; raises Http404 where it was not there."""

    def not_there_then(self) -> None:
        """Called where the object of the page did not exist at the moment: the page shows its
        present name, and no more. Pages may raise instead."""

    def figures_of(self) -> Iterable[Any]:
        """Return whose figures the page shows: portfolios, programmes, projects."""
        return ()

    def answer(self) -> HttpResponse:
        """Return the page, with all reads of the past moment."""
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
        """Return whether what is around the region is cached; never for the past."""
        return not self.at and super().caches_frame

    def drawn(self, stamp: str, state: str) -> bytes:
        """Return the region; for the past it is not cached."""
        if self.at:
            return self.draw(state, self.request).encode()
        return super().drawn(stamp, state)

    def find_moment(self, zone: str) -> None:
        """Read the moment from `as_of` or `on`; raises NoMoment."""
        self.zone = zone
        self.at, self.on = requested_clock(self.request.GET, zone)

    def past_stamp(self) -> tuple[str, str]:
        """Return the stamp of a page of the past, which depends only on its address."""
        return f"{self.request.path}?{self.request.GET.urlencode()}", "past"

    def region_context(self) -> dict[str, Any]:
        """Return the moment, and the days that can be chosen."""
        return clock_context(self.at, self.on, self.zone)


class ProgrammePastPage(PastPage):
    """A page about one programme, as it is or was."""

    caching = Caching.BY_STAMP

    def find(self) -> None:
        """Find the programme; raises Http404 where the user may not see it."""
        self.find_then()
        self.find_moment(self.programme.portfolio.time_zone)

    def find_then(self) -> None:
        """Find the programme as it is, or was at the past moment."""
        self.programme = find_programme(self.request.user, self.kwargs["pk"])
        self.title = f"{self.about}, {self.programme.code}"

    def figures_of(self) -> Iterable[Any]:
        """Return the programme."""
        return [self.programme]

    def crumbs(self) -> list[tuple[str, str]]:
        """Return the pages above this one: portfolio, programme."""
        return way_to(self.programme, self.request.user, self.at)

    def places(self) -> dict[str, str]:
        """Return the address of the programme in the tree of pages."""
        return {address_of("programme", self.programme.pk): "true"}

    def stamp(self) -> tuple[str, str]:
        """Return a stamp of the last computation, of all that was touched, and of the query; and
        the state of the figures."""
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
        """Find the project; raises Http404 where the user may not see it."""
        self.find_then()
        self.find_moment(self.project.owner_portfolio.time_zone)

    def find_then(self) -> None:
        """The project, now or then."""
        self.project = find_record(PROJECTS, self.request.user, self.kwargs["pk"])
        self.title = f"{self.about}, {self.project.code}"

    def figures_of(self) -> Iterable[Any]:
        """Return the project."""
        return [self.project]

    def crumbs(self) -> list[tuple[str, str]]:
        """Return the pages above this one: the project, and what it belongs to."""
        return way_to(self.project, self.request.user, self.at)


class SimulatedPage(ProgrammePastPage):
    """A page about one programme that shows simulated ranges; it says so while these are of the
    facts before the last change."""

    ranges: simulated.RangesState | None = None

    def stamp(self) -> tuple[str, str]:
        """Return the stamp of the figures, and which ranges are stored."""
        stamp, state = super().stamp()
        if self.at:
            return stamp, state
        ranges = self.ranges = simulated.ranges_state(self.programme.pk)
        updating = state == "fresh" and not ranges.current
        return f"{stamp}-{ranges.digest}", "recomputing" if updating else state
