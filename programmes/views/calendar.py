"""The calendar of all that one may see: `/calendar/`, a month or a list."""

from __future__ import annotations

import calendar as weeks
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.utils.dates import WEEKDAYS_ABBR

from pmhub.access.past_rights import seen_now
from pmhub.database import touches
from pmhub.database.collation import InOrder
from pmhub.models import Person
from pmhub.numerals import whole_number
from pmhub.page_addresses import address_of, clock
from pmhub.queries.calendar import DATED, KINDS, CalendarQuery, Entry, calendar
from pmhub.queries.time_zones import zone_of_place
from pmhub.views.content import Caching
from pmhub.views.registers.names import choices
from programmes.models import Portfolio, Programme
from programmes.queries.stamps import COMMON
from programmes.views.load import month_of, present_month
from programmes.views.past import PastPage

SPANS = (1, 3, 6, 12)  # months of the list
FEW = 6  # entries of a day in the month
MOST_PEOPLE = 500
SHOWN = (
    *COMMON,
    *((topic, 0) for topic in sorted({touches.topic_of(dated.model) for dated in DATED})),
    ("programmes.board", 0),
    ("projects.project", 0),
    ("programmes.programme", 0),
)


class CalendarPage(PastPage):
    """What comes when, of all that the reader may see or a part of it."""

    template_name = "programmes/calendar_page.html"
    region_template_name = "programmes/calendar.html"
    caching = Caching.BY_STAMP
    title = "Calendar"

    def find(self) -> None:
        """Read the filters from the address; a value that does not exist is ignored."""
        query = self.request.GET
        self.portfolios = list(Portfolio.objects.visible_to(self.request.user))
        self.ids = {
            name: self.id_of(model, query.get(name, ""))
            for name, model in (
                ("portfolio", Portfolio),
                ("programme", Programme),
                ("person", Person),
            )
        }
        self.find_moment(self.zone_asked())
        kind = query.get("kind", "")
        self.event_kind = kind if kind in KINDS else ""
        self.as_list = query.get("view") == "list"
        months = query.get("months", "")
        self.months = int(months) if months in map(str, SPANS) else 3
        self.month = month_of(query.get("month", "")) or present_month(self.portfolios)

    def zone_asked(self) -> str:
        """Return the time zone of the portfolio that the page is narrowed to, or else of the first
        in sight."""
        first = self.portfolios[0].time_zone if self.portfolios else "UTC"
        return zone_of_place(self.ids["portfolio"], self.ids["programme"]) or first

    def id_of(self, model: Any, text: str) -> int | None:
        """Return the id of a record that the reader may see; None for any other text."""
        id = whole_number(text)
        return id if model.objects.visible_to(self.request.user).filter(pk=id).exists() else None

    def in_rest(self) -> tuple[str, str]:
        """Return the REST operation and address for the same entries."""
        return "calendar_list", f"/api/v1/calendar/?{self.rest_query()}"

    def crumbs(self) -> list[tuple[str, str]]:
        """Return the pages above this one: the portfolio that it is narrowed to."""
        chosen = [row for row in self.portfolios if row.pk == self.ids["portfolio"]]
        return [(row.name, address_of("one-portfolio", row.pk)) for row in chosen]

    def stamp(self) -> tuple[str, str]:
        """Return a stamp of what was touched and of the filters."""
        if self.at:
            return self.past_stamp()
        stamp = f"{touches.stamp(SHOWN)}-{self.month}-{self.request.GET.urlencode()}"
        return stamp, "fresh"

    def content_depends_on(self) -> str:
        """Return the month that is shown by default."""
        return str(self.month)

    @property
    def asked(self) -> CalendarQuery:
        """Return which entries are shown: those of the weeks of a month, or of several months."""
        if self.as_list:
            last = _later(self.month, self.months) - DAY
            return CalendarQuery(self.month, last, self.event_kind, **self.ids)
        days = weeks.Calendar().monthdatescalendar(self.month.year, self.month.month)
        return CalendarQuery(days[0][0], days[-1][-1], self.event_kind, **self.ids)

    def rest_query(self) -> str:
        """Return the REST query for the same entries."""
        query = self.asked
        given: dict[str, Any] = {
            "from": query.first,
            "to": query.last,
            "kind": query.kind,
            **self.ids,
        }
        given |= clock(self.at)
        return urlencode({name: value for name, value in given.items() if value})

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the filters, above the region."""
        return super().get_context_data(
            **PastPage.region_context(self),
            filters=self.filters(),
            kinds=KINDS.items(),
            kind=self.event_kind,
            month=self.month,
            as_list=self.as_list,
            spans=SPANS,
            months=self.months,
            **kwargs,
        )

    def filters(self) -> list[dict[str, Any]]:
        """Return what the calendar can be narrowed to."""
        user = self.request.user
        programmes = seen_now(Programme.objects.visible_to(user), user)
        programmes = programmes.order_by(InOrder("code"), "pk")
        options: Mapping[str, Iterable[tuple[int, str]]] = {
            "portfolio": [(row.pk, row.name) for row in self.portfolios],
            "programme": [(row.pk, f"{row.code} {row.name}") for row in programmes],
            "person": choices(Person, user, MOST_PEOPLE, in_use=True),
        }
        return [
            {"name": name, "label": name.capitalize(), "value": self.ids[name], "options": values}
            for name, values in options.items()
        ]

    def region_context(self) -> dict[str, Any]:
        """Return the days of a month with what comes on them, or the list of months."""
        entries = calendar(self.request.user, self.asked)
        rows = [entry_row(entry) for entry in entries]
        return {
            **super().region_context(),
            "month": self.month,
            "before": _later(self.month, -1),
            "after": _later(self.month, 1),
            "last": self.asked.last,
            "as_list": self.as_list,
            "entries": rows,
            "late": sum(entry.late for entry in entries),
            "narrowed": any((self.event_kind, *self.ids.values())),
            "weeks": [] if self.as_list else month_grid(self.month, rows),
            "day_names": list(WEEKDAYS_ABBR.values()),
            "today": present_day(self.portfolios),
            "file": f"/api/v1/calendar/?{self.rest_query()}",
        }


DAY = timedelta(1)


def present_day(portfolios: Iterable[Portfolio]) -> date | None:
    """Return the latest status date of portfolios."""
    return max((portfolio.as_of for portfolio in portfolios), default=None)


def _later(month: date, number: int) -> date:
    """Return the first day of the month that comes `number` months later."""
    place = month.year * 12 + month.month - 1 + number
    return date(place // 12, place % 12 + 1, 1)


def entry_row(entry: Entry) -> dict[str, Any]:
    """Return an entry as a row, with its place as (code, name, address)."""
    dated, place = entry.dated, None
    if entry.place:
        collection, id, code, name = entry.place
        page = "project" if collection == "projects" else "programme"
        place = {"code": code, "name": name, "address": address_of(page, id)}
    return {
        "on": entry.on,
        "kind": dated.kind,
        "title": dated.title,
        "code": entry.code,
        "called": entry.called,
        "address": entry.page,
        "done": entry.done,
        "late": entry.late,
        "place": place,
    }


def month_grid(month: date, rows: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Return the weeks of a month: for each day the entries that are shown, and the number of
    further ones."""
    by_day = defaultdict(list)
    for row in rows:
        by_day[row["on"]].append(row)
    return [
        [
            {
                "day": day,
                "outside": day.month != month.month,
                "entries": by_day[day][:FEW],
                "more": max(0, len(by_day[day]) - FEW),
            }
            for day in week
        ]
        for week in weeks.Calendar().monthdatescalendar(month.year, month.month)
    ]
