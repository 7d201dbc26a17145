"""The demo's people at work: `demo live` lets days go by, through the services."""

from collections.abc import Callable
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import F

from pmhub.database.history import events_of
from pmhub.demo.life import DONE, LEFT, REFUSED, days, live
from pmhub.demo.life.work import is_month_end
from pmhub.models import User
from programmes.models import Portfolio, StatusReport
from programmes.rollup.verify import differences
from projects.models import CostActual, Project
from tests.wexmoor import Demo

THURSDAY = date(2026, 11, 5)


@pytest.fixture
def lived(demo: Demo) -> Callable[[int, int], days.Outcomes]:
    """`lived(number, seed)`: let this many days go by after a Thursday; what came of them."""
    Portfolio.objects.update(status_date=THURSDAY)

    def go_by(number: int, seed: int) -> days.Outcomes:
        office, sponsor = (User.objects.get(username=name) for name in ("pmo", "sponsor"))
        return live(demo.portfolio, number, office=office, sponsor=sponsor, seed=seed)

    return go_by


def command(*options: str) -> str:
    """Run the command; return what it printed."""
    out = StringIO()
    call_command("demo", "live", *options, stdout=out)
    return out.getvalue()


def test_a_week_moves_the_status_date_and_people_do_some_of_what_waits(demo: Demo) -> None:
    printed = command("--days", "6", "--seed", "5")
    assert demo.portfolio.status_date == date(2026, 11, 6)
    assert "The status date is 2026-11-06 now." in printed
    assert "weekly updates" in printed


def test_what_is_done_and_what_is_left_undone_are_counted(demo, lived) -> None:
    outcomes = lived(1, 1)
    ends = {end: sum(n for (_, told), n in outcomes.items() if told == end) for end in (DONE, LEFT)}
    assert ends[DONE] > 10
    assert ends[LEFT] > 2
    assert not [kind for kind, end in outcomes if end == REFUSED]
    assert StatusReport.objects.filter(period_end="2026-11-06").count() == sum(
        outcomes[kind, DONE] for kind in ("weekly updates", "programme reports")
    )


def test_figures_are_those_of_a_recompute_from_nothing_afterwards(demo, lived) -> None:
    lived(4, 2)
    assert differences() == []


def test_people_write_in_their_own_names(demo, lived) -> None:
    lived(1, 1)
    reports = StatusReport.objects.filter(period_end="2026-11-06")
    own = reports.filter(author=F("project__project_manager"))
    assert own
    for report in own.select_related("author__user"):
        assert report.author
        assert report.created_by == report.author.user
        events = events_of(Project).objects.filter(id=report.project_id).order_by("-pgh_id")
        assert events[0].pgh_context["user"] == report.created_by_id


def test_the_same_seed_lives_the_same_days(demo, lived) -> None:
    counts = []
    for seed in (3, 3, 4):
        with transaction.atomic():
            outcomes = lived(1, seed)
            percents = Project.objects.order_by("code").values_list("code", "percent_complete")
            counts.append((outcomes, list(percents)))
            transaction.set_rollback(True)
    assert counts[0] == counts[1] != counts[2]


def test_costs_are_posted_at_the_end_of_a_month(demo, lived) -> None:
    Portfolio.objects.update(status_date="2026-11-29")  # a Sunday
    outcomes = lived(1, 1)
    posted = CostActual.objects.filter(source="finance", source_ref__endswith="-2026-11")
    assert posted.count() == outcomes["costs posted", DONE] > 5


def test_a_month_ends_on_its_last_working_day() -> None:
    ends = [date(2026, 10, 30), date(2026, 11, 30), date(2026, 12, 31), date(2027, 1, 29)]
    every = (date(2026, 10, 1) + timedelta(days=n) for n in range(123))
    assert [on for on in every if on.weekday() < 5 and is_month_end(on)] == ends


def test_some_people_do_almost_nothing_and_most_do_most(demo) -> None:
    shares = [days.diligence(person, 1) for person in map(demo.person, _codes())]
    assert min(shares) < 0.2
    assert max(shares) > 0.8
    assert days.diligence(None, 1) == 1


def _codes() -> list[str]:
    return [f"PE{number:02}" for number in range(1, 30)]


@pytest.mark.parametrize("number", ["0", "-3", "many", "367"])
def test_another_number_of_days_is_refused(number: str) -> None:
    with pytest.raises(CommandError, match="give a number from 1 to 366"):
        command(f"--days={number}")


def test_without_the_demo_nobody_lives(nothing: None) -> None:
    with pytest.raises(CommandError, match="Load the demo first"):
        command("--days", "1")


def test_a_portfolio_that_follows_the_calendar_does_not_live_ahead(demo: Demo) -> None:
    Portfolio.objects.update(status_date_policy="today")
    with pytest.raises(CommandError, match="give it a fixed status date"):
        command("--days", "1")


def test_it_never_lives_in_production(demo: Demo, settings) -> None:
    settings.PMHUB_DEMO = False
    with pytest.raises(CommandError, match="never in production"):
        command("--days", "1")
    assert demo.portfolio.status_date == date(2026, 10, 31)
