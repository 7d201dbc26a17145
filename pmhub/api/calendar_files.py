"""Calendar files (RFC 5545): the rows of a table as events for calendar programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from pmhub.api.table_files import Csv, Table

if TYPE_CHECKING:
    from icalendar import Event


def ics_pieces(table: Table) -> Iterator[bytes]:
    """Yield the calendar file: each row is an event of a whole day."""
    from icalendar import Calendar  # noqa: PLC0415  # most processes never write a calendar

    file = Calendar()
    file.add("prodid", "-//pmhub//calendar//EN")
    file.add("version", "2.0")
    file.add("x-wr-calname", "pmhub")
    for row in table.rows:
        file.add_component(_event(dict(zip(table.heading, row, strict=True))))
    yield file.to_ical()


def _event(row: Mapping[str, Any]) -> Event:
    """Return a row as an event. Its time stamp is its day, so that unchanged rows give the same
    file."""
    on: date = row["on"]
    from icalendar import Event  # noqa: PLC0415  # as above

    event = Event()
    event.add("uid", f"{row['kind']}-{row['type']}-{row['id']}@pmhub")
    event.add("dtstamp", datetime.combine(on, time(), UTC))
    event.add("dtstart", on)
    event.add("dtend", on + timedelta(1))
    event.add("summary", " ".join(filter(None, (f"{row['event']}:", row["code"], row["title"]))))
    event.add("categories", [row["kind"]])
    event.add("url", row["html_url"])
    if row["place"]:
        event.add("location", row["place"])
    return event


class Ics(Csv):
    """An iCalendar file."""

    media_type = "text/calendar"
    format = "ics"
    pieces = staticmethod(ics_pieces)
