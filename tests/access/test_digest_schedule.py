"""When a digest is due: at eight in the morning of its reader, on working days, once a day."""

from datetime import UTC, datetime

import pytest

from pmhub.accounts import digest_schedule

LONDON, SYDNEY, HONOLULU = "Europe/London", "Australia/Sydney", "Pacific/Honolulu"


def at(text: str) -> datetime:
    """A moment in UTC, such as 2026-03-27 08:00."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "zone", "begun", "due"),
    [
        ("2026-11-02 07:59", LONDON, None, False),
        ("2026-11-02 08:00", LONDON, None, True),
        ("2026-11-02 23:59", LONDON, None, True),  # whoever was away in the morning
        ("2026-11-01 09:00", LONDON, None, False),  # a Sunday
        ("2026-11-01 21:00", SYDNEY, None, True),  # where it is Monday
        ("2026-11-02 09:00", LONDON, "2026-11-02 08:00", False),
        ("2026-11-03 08:00", LONDON, "2026-11-02 23:50", True),
        ("2026-11-02 18:00", HONOLULU, "2026-11-02 08:00", True),  # which was still Sunday there
    ],
)
def test_it_is_due_from_eight_on_once_on_a_working_day(
    now: str, zone: str, begun: str | None, due: bool
) -> None:
    assert digest_schedule.is_due(at(now), zone, at(begun) if begun else None) is due


@pytest.mark.parametrize(
    ("now", "zone", "begun", "morning"),
    [
        ("2026-11-02 07:59", LONDON, None, "2026-11-02 08:00"),
        ("2026-11-02 08:00", LONDON, "2026-11-02 08:00", "2026-11-03 08:00"),
        ("2026-11-06 08:00", LONDON, "2026-11-06 08:00", "2026-11-09 08:00"),  # over a weekend
        ("2026-11-02 06:00", LONDON, "2026-11-02 01:00", "2026-11-03 08:00"),
        # Clocks change: eight stays eight.
        ("2026-03-27 08:00", LONDON, "2026-03-27 08:00", "2026-03-30 07:00"),
        ("2026-10-23 07:00", LONDON, "2026-10-23 07:00", "2026-10-26 08:00"),
        ("2026-11-02 08:00", SYDNEY, None, "2026-11-02 21:00"),
        ("2026-11-02 17:00", HONOLULU, None, "2026-11-02 18:00"),
    ],
)
def test_the_next_one_comes_on_the_next_such_morning(
    now: str, zone: str, begun: str | None, morning: str
) -> None:
    assert digest_schedule.next_morning(at(now), zone, at(begun) if begun else None) == at(morning)


def test_a_week_begins_on_monday_where_its_reader_is() -> None:
    assert digest_schedule.week_began(at("2026-11-01 21:00"), SYDNEY) == at("2026-11-01 13:00")
    assert digest_schedule.week_began(at("2026-11-01 21:00"), LONDON) == at("2026-10-26 00:00")
