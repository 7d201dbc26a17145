"""The list of a register: `/{collection}/` and, below a record, `/{parents}/{id}/{collection}/`."""

from __future__ import annotations

import json
import secrets
from collections.abc import Hashable, Iterable
from datetime import date, datetime
from hashlib import blake2b
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from pmhub.access import by_roles
from pmhub.access.grants import grants_of
from pmhub.access.restricted_fields import personal_to
from pmhub.caching import KnownTables, quarter
from pmhub.database import past, touches
from pmhub.database.cached_reads import CachedReads
from pmhub.filters import MINE
from pmhub.page_addresses import address_of
from pmhub.registers import Register, registers
from pmhub.table_formats import files_of
from pmhub.views import LivePage
from pmhub.views.clocks import FIGURED, chosen_clock, clock_context, homes_of, not_a_moment, zone_of
from pmhub.views.content import CacheableRequest, Caching
from pmhub.views.registers.boards import board_of
from pmhub.views.registers.breadcrumbs import way_to
from pmhub.views.registers.forms import STYLE
from pmhub.views.registers.grids import grid_of
from pmhub.views.registers.importing import import_address
from pmhub.views.registers.lanes import lanes_of
from pmhub.views.registers.names import Units
from pmhub.views.registers.new_record import is_homeless, new_address, new_address_below
from pmhub.views.registers.query import SIZE, BadQuery, RegisterQuery
from pmhub.views.registers.rows import Group, Listing, Resources, missing_resource
from pmhub.views.registers.saved import SavedViews, saved_query
from programmes.models import Portfolio
from programmes.queries.as_of import NoMoment
from programmes.queries.clocks import read_by, requested_clock

KEPT = 4_000_000  # bytes of lists that a process keeps with the queries they came from

lists = CachedReads(KEPT)
read_from = KnownTables()


class RegisterPage(LivePage):
    """The records of a register that the user may see, or those below one record.

    `resource_of(model, request)` returns the resource of REST that reads the rows of a model, so
    that the page shows what REST answers. The list is cached by the stamp of the tables that it was
    read from. Until these are known, or if changes of one of them leave no touch, it is cached by
    its queries and their answers.
    """

    template_name = "registers/register.html"
    region_template_name = "registers/list.html"
    caching = Caching.BY_STAMP
    resource_of: Resources = staticmethod(missing_resource)  # set by the routes
    register: Register
    parent: Any = None
    at: datetime | None = None
    on: date | None = None
    zone = "UTC"
    asked_again: bytes | None = None  # the list, if it is kept with its queries

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the list, or a page that says what is wrong with its address."""
        if chosen := chosen_clock(request):
            return redirect(chosen)
        try:
            if opening := self.opening(request):
                return redirect(opening)
            if "is" in request.GET and "filter" in request.GET:
                return redirect(self.settled(request))
            return super().get(request, *args, **kwargs)
        except NoMoment as error:
            return not_a_moment(request, error)
        except BadQuery as error:
            context = {
                "title": "That cannot be listed",
                "detail": str(error),
                "instead": "?view=table",
                "way": "See the whole list",
            }
            return render(request, "400.html", context, status=400)

    def opening(self, request: HttpRequest) -> str:
        """Return the address of the user's default view, if the address asks for nothing but the
        list; else empty."""
        bare = not request.GET and "above" not in self.kwargs and not self.region
        return SavedViews(self.kwargs["register"], request, {}).opening if bare else ""

    def settled(self, request: HttpRequest) -> str:
        """Return the address of the list with the filter that a form sets."""
        self.find()
        query = self.asked
        units = Units(request.user, query.rows(request))
        return request.path + query.filtering(request.user, units).settled(query.open_filter)

    def find(self) -> None:
        """Find the register and, if the address names one, the record above the list."""
        self.register = self.kwargs["register"]
        if above := self.kwargs.get("above"):
            self.parent = self.resource_of(above.model, self.request).record(self.kwargs["pk"])
        self.asked = self.read_address(self.request)
        self.title = self.register.title
        # A list kept for all who see the same must not hold records of one user alone.
        model = self.register.model
        own = MINE in self.request.GET or personal_to(model) or not by_roles(model)
        if not past.is_past():
            self.find_clock()
        if self.at:
            self.caching = Caching.NOT
        else:
            self.caching = Caching.PER_USER if own else Caching.BY_STAMP

    def find_clock(self) -> None:
        """Read from the address which moment of the past is asked for, and by which clock; raises
        NoMoment. A parameter that is the name of a filter of the list is that filter."""
        parameters, filters = self.request.GET.items(), self.asked.known
        address = {name: str(text) for name, text in parameters if name not in filters}
        self.zone = zone_of(self.parent, self.request.user)
        self.at, self.on = requested_clock(address, self.zone)

    def answer(self) -> HttpResponse:
        """Return the page; if the past is asked for, all of it is read as it was."""
        with read_by((self.at, self.on), *(self.figures_of() if self.on else ())):
            if self.at:
                self.find_past()
            response = super().answer()
            if isinstance(response, TemplateResponse):
                response.render()
            return response

    def find_past(self) -> None:
        """Find the list again, as it was; raises NoMoment if the record above it did not exist
        then."""
        try:
            self.find()
        except Http404:
            detail = "What the list is of was not there yet, or not yours to see."
            raise NoMoment("not_there_then", detail) from None

    def figures_of(self) -> Iterable[Any]:
        """Return the records whose figures the list shows: those above it, or all portfolios that
        the user sees; none if the records of the list have no figures."""
        if self.register.model not in FIGURED:
            return ()
        if self.parent is not None:
            return homes_of(self.parent)
        return Portfolio.objects.visible_to(self.request.user)

    def read_address(self, request: Any) -> RegisterQuery:
        """Return the query that the address stands for."""
        resource = self.resource_of(self.register.model, request)
        return RegisterQuery(self.register, resource, request.GET, self.fixed())

    def fixed(self) -> dict[str, Any]:
        """Return the filter for the record above the list."""
        if self.parent is None:
            return {}
        name = registers.filter_by(self.register, self.parent._meta.model)
        if not name:
            raise Http404
        return {name: str(self.parent.pk)}

    def crumbs(self) -> list[tuple[str, str]]:
        """Return the record above the list, and those above that."""
        return way_to(self.parent, self.request.user)

    def places(self) -> dict[str, str]:
        """Mark the list, and the record above it, in the tree."""
        own = {self.request.path: "page"}
        if self.parent is None:
            return own
        return own | {address_of("record", self.kwargs["above"].name, self.parent.pk): "true"}

    # Keeping lists

    @property
    def kind(self) -> Hashable:
        """A key for the lists that read from the same tables."""
        return self.register.name, self.parent and type(self.parent), *sorted(self.request.GET)

    def stamp(self) -> tuple[str, str]:
        """Return the stamp of the tables that lists of this kind were read from, and the state of
        the figures."""
        if self.at:
            return f"{self.request.path}?{self.request.GET.urlencode()}", "past"
        tables = read_from.of(self.kind) or {touches.UNTOUCHED}
        if touches.UNTOUCHED in tables:
            if self.caching is not Caching.NOT:
                self.asked_again = self.drawn_by_questions()
                return blake2b(self.asked_again, digest_size=12).hexdigest(), "fresh"
            return secrets.token_hex(8), "fresh"
        return str(touches.stamp_of_tables({*tables, touches.EVERYWHERE})), "fresh"

    def drawn_by_questions(self) -> bytes:
        """Return the list as HTML, from the cache while its queries have the same answers."""
        cacheable = CacheableRequest(self.request, per_user=self.caching is Caching.PER_USER)
        key = self.region_template, cacheable.key, get_language(), quarter()
        with self.reading_as(cacheable):
            return lists(("list", self.kind), key, lambda: self.draw("fresh").encode(), len)

    def drawn(self, stamp: str, state: str) -> bytes:
        """Return the list as HTML; `stamp` may have drawn it already."""
        return super().drawn(stamp, state) if self.asked_again is None else self.asked_again

    @property
    def caches_frame(self) -> bool:
        """Whether the content around the list is cached; not that of a grid, which holds the nonce
        of one response."""
        return super().caches_frame and not self.asked.as_grid

    def draw(self, state: str, request: HttpRequest | None = None) -> SafeString:
        """Draw the list, and note from which tables it was read."""
        if self.at:
            return super().draw(state, request)
        with touches.note_topics() as read:
            drawn = super().draw(state, request)
        if not read_from.of(self.kind) >= read:  # its stamp leaves something out
            self.caching = Caching.NOT
        read_from.add(self.kind, read)
        return drawn

    def region_context(self) -> dict[str, Any]:
        """Return the context of the list: headings, lines, paging, totals, and the addresses that
        make and export records."""
        user, query, register = self.request.user, self.read_address(self.request), self.register
        rows = query.rows(self.request)
        count = rows.count()
        listing = Listing(register, query.resource, user, query.columns, rows)
        start = (query.page - 1) * SIZE
        lines = listing.lines(rows, start, start + (0 if query.apart else SIZE), query.group)
        return {
            "register": register,
            "parent": self.parent,
            "heads": listing.heads,
            "lines": lines,
            "totals": listing.labelled_totals(rows) if count else [],
            "untotalled": listing.untotalled if count else [],
            "count": count,
            "first": start + 1,
            "last": start + len(lines),
            "previous": query.page - 1,
            "next": query.page + 1 if start + SIZE < count else 0,
            "ordering": query.ordering,
            "narrows": query.narrows,
            "chosen": query.chosen,
            "chips": query.filtering(user, listing.units).chips,
            "grouped": query.label(query.group) if query.group else "",
            "tables": [] if self.at else self.tables(query),
            "query": saved_query(query.fixed, query.query),
            **clock_context(self.at, self.on, self.zone),
            **self.creation_links(query, empty=not count),
            **self.other_views(query, rows, count, listing),
        }

    def creation_links(self, query: RegisterQuery, *, empty: bool) -> dict[str, Any]:
        """Return the addresses at which one record is made and several are imported; `homeless`
        says that there is nothing yet to which a record could belong."""
        user, register = self.request.user, self.register
        new = "" if self.at else self.new_address(user)
        if new and empty and not self.parent and is_homeless(register, user):
            return {"new": "", "imports": "", "homeless": True}
        return {
            "new": new,
            "imports": import_address(register, user, query.resource) if new else "",
            "homeless": False,
            "sees_all": bool(grants_of(user).everywhere),
        }

    def other_views(
        self, query: RegisterQuery, rows: QuerySet, count: int, listing: Listing
    ) -> dict[str, Any]:
        """Return the context for the views that show the rows as a grid, a board or lanes."""
        register, user = self.register, self.request.user
        is_board, has_lanes = query.view == "board", query.view == "lanes" and count
        summed = query.as_grid and query.group
        return {
            "view": query.view,
            "apart": query.apart,
            "as_grid": query.as_grid,
            "grid": self.grid(query, rows) if query.as_grid and count else None,
            "strip": self.summary(query, listing.groups(rows, query.group)) if summed else [],
            "board": board_of(register, query, rows, count, user) if is_board else None,
            "lanes": lanes_of(register, query, rows, user) if has_lanes else None,
            "by": register.label(register.lanes.by) if register.lanes else "",
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the filters, which are outside the live region."""
        user, query = self.request.user, self.asked
        columns = query.columns_known
        filtering = query.filtering(user, Units(user, query.rows(self.request)))
        return super().get_context_data(
            register=self.register,
            parent=self.parent,
            asked=query,
            few=filtering.few(self.register.filters),
            rest=filtering.rest(self.register.filters),
            filters=filtering.fields,
            filter_form=filtering.form_of(query.open_filter) if query.open_filter else None,
            offered=[
                (name, columns[name].label, name in query.columns)
                for name in dict.fromkeys([*query.columns, *columns])
            ],
            groups=[] if query.apart else self.groups(),
            saved=SavedViews(self.register, self.request, query.fixed),
            form_style=STYLE,
            **clock_context(self.at, self.on, self.zone),
            **kwargs,
        )

    def groups(self) -> list[tuple[str, str]]:
        """Return the fields by which the list can be grouped, as (field, label)."""
        return [(name, self.asked.label(name)) for name in self.asked.groups]

    def summary(
        self, register_query: RegisterQuery, groups: list[Group]
    ) -> list[tuple[Group, str]]:
        """Return the groups of a grid, each with the address of its rows; the address is empty if
        no filter leads there."""

        def leads(value: Any) -> str:
            if value is None or register_query.group not in register_query.known:
                return ""
            query = register_query.query.copy()
            query[register_query.group] = (
                str(value).lower() if isinstance(value, bool) else str(value)
            )
            query.pop("group")
            query.pop("page", None)
            return f"?{query.urlencode()}"

        return [(group, leads(group.value)) for group in groups]

    def grid(self, query: RegisterQuery, rows: Any) -> str:
        """Return, as JSON, what the island of the grid needs."""

        def collection_of(model: Any) -> str:
            return str(self.resource_of(model, self.request).basename)

        return json.dumps(grid_of(self.register, query, rows, self.request.user, collection_of))

    def new_address(self, user: Any) -> str:
        """Return the address at which a record of the list is made; empty for users who may not."""
        if self.parent is None:
            return new_address(self.register, user)
        return new_address_below(self.register, self.parent, user)

    def order_of_file(self, query: RegisterQuery) -> str:
        """Return the order of the list in the names of REST: by the group first, if REST can order
        by it."""
        known = (*query.resource.ordering_fields, *query.custom)
        ordered = {name.strip("- ") for name in query.ordering.split(",")}
        if query.group not in known or query.group in ordered:
            return query.ordering
        usual = query.ordering or ("code" if "code" in known else "")
        return ",".join(filter(None, (query.group, usual)))

    def in_rest(self) -> tuple[str, str]:
        """Return the request to REST for the list."""
        return f"{self.register.name.replace('-', '_')}_list", self.as_data(self.asked)

    def tables(self, query: RegisterQuery) -> list[tuple[str, str]]:
        """Return the files of the list, as (kind of file, address)."""
        return files_of(self.as_data(query))

    def as_data(self, register_query: RegisterQuery) -> str:
        """Return the address of the list in REST."""
        query = {**register_query.values, **register_query.fixed}
        data = {
            "search": register_query.search,
            "archived": register_query.query.get("archived", ""),
            "ordering": self.order_of_file(register_query),
        }
        query |= {name: value for name, value in data.items() if value}
        query["fields"] = ",".join(dict.fromkeys(["id", *register_query.columns]))
        return f"/api/v1/{self.register.name}/?{urlencode(query)}"
