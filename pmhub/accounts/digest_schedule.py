"""On which morning a reader's digest is due, as functions of plain values."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

MORNING = time(8)
WORKING_DAYS = 5  # from Monday on


def is_due(now: datetime, zone: str, begun_at: datetime | None) -> bool:
    """Return whether it is after eight on a working day in the time zone, and no digest was begun
    on that day."""
    here = now.astimezone(ZoneInfo(zone))
    begun = begun_at and begun_at.astimezone(ZoneInfo(zone)).date()
    return _works(here) and here.time() >= MORNING and (begun is None or begun < here.date())


def next_morning(now: datetime, zone: str, begun_at: datetime | None) -> datetime:
    """Return the next moment at which it is eight on a working day in the time zone, of a day on
    which no digest was begun."""
    here = now.astimezone(ZoneInfo(zone))
    morning = datetime.combine(here.date(), MORNING, here.tzinfo)
    while morning <= now or not is_due(morning, zone, begun_at):
        # One day of the calendar, which has an hour more or less when clocks change.
        morning += timedelta(days=1)
    return morning


def week_began(now: datetime, zone: str) -> datetime:
    """Return the moment at which the week began in the time zone: Monday at midnight."""
    here = now.astimezone(ZoneInfo(zone))
    monday = here.date() - timedelta(days=here.weekday())
    return datetime.combine(monday, time(), here.tzinfo)


def _works(here: datetime) -> bool:
    return here.weekday() < WORKING_DAYS
