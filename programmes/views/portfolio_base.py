"""The base of the pages of a portfolio: how they find it, and when they are drawn again."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any, ClassVar

from pmhub.access import can
from pmhub.access.grants import Reader
from pmhub.access.scoped_rows import ScopedRows
from pmhub.database import touches
from pmhub.database.cached_reads import CachedReads
from pmhub.database.statements import ID, Statement
from pmhub.page_addresses import address_of
from pmhub.views.content import Caching
from pmhub.views.registers.breadcrumbs import way_to
from programmes import queries
from programmes.models import Portfolio
from programmes.queries import portfolio_list
from programmes.queries.stamps import COMMON
from programmes.views.past import PastPage
from programmes.views.rows import find_record

PORTFOLIOS = ScopedRows(lambda reader: Portfolio.objects.visible_to(reader).filter(pk=ID))
# When figures of these programmes and of these projects were last computed.
COMPUTED = Statement("""
SELECT (SELECT (max(computed_at), sum(generation), sum(attempts))::text
        FROM programmes_programmerollup WHERE programme_id = ANY(%(ids)s)),
    (SELECT (max(valid_from), sum(id))::text FROM projects_projectforecast
        WHERE project_id = ANY(%(other_ids)s) AND valid_to IS NULL)
""")
LISTS, ROW = 4_000_000, 6000  # bytes that a process keeps of what lists hold; of a row, about

listed = CachedReads(LISTS)


class PortfolioSubpage(PastPage):
    """A page about one portfolio, now or at a past moment, with the programmes and projects in
    sight."""

    caching = Caching.BY_STAMP
    tab: ClassVar[str] = ""
    shown: ClassVar[tuple[touches.Topic, ...]] = ()  # what it shows beside figures

    def looks_at(self) -> tuple[str, int] | None:
        """Return the kind and id of the portfolio."""
        return "portfolio", self.kwargs["pk"]

    def find(self) -> None:
        """Find the portfolio; raises Http404 where the user may not see it."""
        self.find_then()
        self.find_moment(self.portfolio.time_zone)

    def find_then(self) -> None:
        """Find the portfolio as it is, or was at the past moment."""
        self.portfolio = find_record(PORTFOLIOS, self.request.user, self.kwargs["pk"])
        self.whole = can(self.request.user, "view", self.portfolio)
        self.title = f"{self.about}, {self.portfolio.name}"

    def figures_of(self) -> Iterable[Any]:
        """Return the portfolio."""
        return [self.portfolio]

    def crumbs(self) -> list[tuple[str, str]]:
        """Return the pages above this one: the portfolio."""
        return way_to(self.portfolio, self.request.user, self.at)

    def places(self) -> dict[str, str]:
        """Return the address of the portfolio in the tree of pages."""
        return {address_of("one-portfolio", self.portfolio.pk): "true"}

    @cached_property
    def ids(self) -> tuple[list[int], list[int]]:
        """Return the ids of the programmes in sight, and of the projects outside them; cached."""
        key = self.portfolio.pk, Reader(self.request.user).key
        return listed("ids", key, self.read_ids, lambda ids: 40 * sum(map(len, ids)))

    def read_ids(self) -> tuple[list[int], list[int]]:
        """Read what `ids` returns."""
        rows = portfolio_list.programmes_and_projects(self.request.user, self.portfolio)
        programmes, projects = (
            sorted(part.order_by().values_list("pk", flat=True)) for part in rows
        )
        return programmes, projects

    def stamp(self) -> tuple[str, str]:
        """Return a stamp of the last computation of any part, of what was touched, and of the
        query; and the state of the figures."""
        if self.at:
            return self.past_stamp()
        ids, alone = self.ids
        waiting = queries.pending(ids)
        touched = touches.stamp([
            *COMMON,
            *self.shown,
            *(("programmes.programme", id) for id in ids),
            *(("projects.project", id) for id in alone),
        ])  # fmt: skip
        figures = [*COMPUTED(ids, alone), sorted(waiting), ids, alone, touched]
        query = self.request.GET.urlencode()
        return f"{figures}?{query}", "recomputing" if waiting else "fresh"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the portfolio, above the region."""
        return super().get_context_data(
            **PastPage.region_context(self),
            portfolio=self.portfolio,
            tab=self.tab,
            about=self.about,
            **kwargs,
        )

    def region_context(self) -> dict[str, Any]:
        """Return the portfolio, and whether all of it is in sight."""
        return {
            **super().region_context(),
            "portfolio": self.portfolio,
            "whole": self.whole,
        }
