"""The turns of a line over time, however many there were."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from programmes.rollup.spans import Period, Span, Turn, turns_of

START = datetime(2026, 1, 1, tzinfo=UTC)
SOURCE = ("project", 1)


def hour(number: int) -> datetime:
    return START + timedelta(hours=number)


@st.composite
def lines(draw: st.DrawFn) -> list[Span]:
    """The lines of a source in any order: with and without gaps, some of no time at all."""
    ends = sorted(draw(st.lists(st.integers(0, 30), min_size=2, max_size=20)))
    pairs = [pair for pair in pairwise(ends) if draw(st.booleans())]
    found = [
        Span(SOURCE, None, included=True, reason="", inputs={"of": n}, valid_from=hour(begin),
             valid_to=hour(end))
        for n, (begin, end) in enumerate(pairs)
    ]  # fmt: skip
    if draw(st.booleans()):
        found.append(Span(SOURCE, None, True, "", {"of": "last"}, hour(ends[-1]), None))
    return draw(st.permutations(found))


def at(spans: list[Span], moment: datetime) -> Span | None:
    return next((each for each in spans if each.valid_at(moment)), None)


@given(lines(), st.integers(-1, 31), st.integers(0, 31))
def test_each_turn_is_from_the_line_before_it_to_the_line_of_then(
    spans: list[Span], begin: int, hours: int
) -> None:
    period = Period(hour(begin), hour(begin + hours))
    turns: list[Turn] = turns_of(spans, period)
    ends = {end for each in spans for end in (each.valid_from, each.valid_to)}
    assert [each.at for each in turns] == sorted(
        each for each in ends if each and period.begin < each <= period.end
    )
    before = at(spans, period.begin)
    for turn in turns:
        assert (turn.before, turn.after) == (before, at(spans, turn.at))
        before = turn.after
