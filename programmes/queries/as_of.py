"""Moments as people and programs write them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from pmhub.validators import EARLIEST

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
LEAST = timedelta(microseconds=1)


class NoMoment(ValueError):
    """A text is no moment of the past; `code` says why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


def moment(text: str, zone: str) -> datetime:
    """Return the moment of an RFC 3339 text, or the end of a day in a time zone (of today: now).
    Raises NoMoment for any other text and for the future."""
    text, now = text.strip(), timezone.now()
    try:
        if DAY.fullmatch(text):
            day = date.fromisoformat(text)
            if day == now.astimezone(ZoneInfo(zone)).date():
                return now
            instant = end_of(day, zone)
        else:
            instant = _parsed(text)
        early, late = instant.year < EARLIEST.year, instant > now
    except (ValueError, OverflowError):
        detail = "Give a date, or a moment with its offset: 2026-10-31T17:00:00Z."
        raise NoMoment("invalid", detail) from None
    if early:
        raise NoMoment("too_early", f"Nothing is known of what was before {EARLIEST.year}.")
    if late:
        raise NoMoment("future", "That is in the future: nothing is known of it yet.")
    return instant


def end_of(day: date, zone: str) -> datetime:
    """Return the last moment of a day in a time zone; of an hour that comes twice, the second."""
    midnight = datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(zone))
    return midnight.astimezone(UTC) - LEAST


def _parsed(text: str) -> datetime:
    # A plus sign that was not escaped in a query arrives as a blank.
    text = re.sub(r" (\d{2}:\d{2})$", r"+\1", text)
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None or "T" not in text.upper():
        raise ValueError(text)
    return instant.astimezone(UTC)
