"""What moved a maximum over time: the parts sum to the difference, and a line is looked at as often
as it turned, however many others turned meanwhile."""

import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from programmes.health import SEVERITY, Rag
from programmes.rollup.bridge import aggregate_steps, turns_by_source
from programmes.rollup.causes import Surroundings
from programmes.rollup.metrics import BY_NAME
from programmes.rollup.spans import Period, Span

BEGIN = datetime(2026, 10, 1, tzinfo=UTC)
HEALTH = BY_NAME["health"]
COLOURS = ("green", "amber", "red")


def lines(count: int, seed: int, projects: int = 5) -> Iterator[Span]:
    """Lines of the health of projects, of which one turns at each of so many computations."""
    dice = random.Random(seed)  # noqa: S311  # a walk, no secret
    standing = dict.fromkeys(range(projects), (BEGIN, "green"))
    for minute in range(1, count + 1):
        number, at = dice.randrange(projects), BEGIN + timedelta(minutes=minute)
        since, colour = standing[number]
        yield line(number, colour, since, at)
        standing[number] = at, dice.choice([one for one in COLOURS if one != colour])
    for number, (since, colour) in standing.items():
        yield line(number, colour, since, None)


def line(number: int, colour: str, since: datetime, until: datetime | None) -> Span:
    """The line of a project, excluded once in a while."""
    included = (since - BEGIN) % timedelta(minutes=7) != timedelta(minutes=3)
    return Span(("project", number), colour, included, "", {}, since, until)


def steps(spans: list[Span], end: datetime) -> Any:
    """What moved the worst colour, with one project that is green throughout."""
    period = Period(BEGIN, end)
    turns = turns_by_source("health", spans, period, Surroundings())
    return aggregate_steps(HEALTH, turns, "green")


def worst(spans: list[Span], at: datetime) -> int:
    """The level of the worst colour at a moment, looked up line by line."""
    then = [span.value for span in spans if span.included and span.valid_at(at)]
    return max(SEVERITY[Rag(str(colour))] for colour in (*then, "green"))


@pytest.mark.parametrize("seed", range(20))
def test_the_parts_of_a_maximum_sum_to_its_difference(seed: int) -> None:
    spans, end = [*lines(60, seed)], BEGIN + timedelta(hours=2)
    parts = steps(spans, end)
    whole = worst(spans, end) - worst(spans, BEGIN)
    assert sum((part.amount for part in parts), Decimal(0)) == whole
    for part in parts:  # one cause, so that all turns of a source are one step
        assert part.amount == sum(
            worst(spans, moment) - worst(spans, moment - timedelta(seconds=1))
            for moment in part.moments
        )


def test_the_work_grows_with_the_turns_and_not_with_their_square() -> None:
    few, many = (calls(count) for count in (200, 800))
    assert many / few < 5


def calls(count: int) -> int:
    """How many functions explaining so many turns calls."""
    spans, called = [*lines(count, 1)], 0

    def note(_: Any, event: str, __: Any) -> None:
        nonlocal called
        called += event == "call"

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        steps(spans, BEGIN + timedelta(days=30))
    finally:
        sys.setprofile(before)
    return called
