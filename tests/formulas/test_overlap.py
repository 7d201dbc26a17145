from dataclasses import replace
from decimal import Decimal

import pytest

from benefits.overlap import COMMON, Claim, claimed_twice, overlaps, words

ONE = Claim(
    1,
    "Lower energy cost of halls",
    "",
    "GBP k",
    1,
    "cashable",
    "organisation",
    None,
    {},
    frozenset(),
)
OTHER = replace(ONE, id=2, title="Staff time released")


def both(**fields):
    """Two benefits that have this in common and nothing else."""
    return [replace(ONE, **fields), replace(OTHER, **fields)]


def test_two_that_have_nothing_in_common_do_not_overlap():
    assert overlaps([ONE, OTHER]) == {}


@pytest.mark.parametrize(
    ("pair", "cause"),
    [
        (both(measure="Cost a year"), "same_measure"),
        ([replace(ONE, measure=" cost  a YEAR"), replace(OTHER, measure="Cost a year")],
         "same_measure"),
        ([ONE, replace(OTHER, title="Halls: reduced energy costs, lower cost")], "near_title"),
        (both(shares={7: Decimal("0.6")}, objective=3), "shares_over_1"),
        (both(outcomes=frozenset({5})), "same_population"),
        (both(measure="Cost a year", outcomes=frozenset({5})), "same_measure"),
    ],
)  # fmt: skip
def test_what_two_have_in_common_says_why(pair, cause):
    assert overlaps(pair) == overlaps(pair[::-1]) == {(1, 2): cause}


@pytest.mark.parametrize(
    "pair",
    [
        [replace(ONE, measure="Cost"), replace(OTHER, measure="Cost", unit="hours")],
        [replace(ONE, measure="Cost"), replace(OTHER, measure="Cost", polarity=-1)],
        [ONE, replace(OTHER, title="Higher energy efficiency of offices")],
        both(shares={7: Decimal("0.5")}, objective=3),  # 1 in all, and not more
        both(shares={7: Decimal("0.6")}),  # for no objective
        [replace(ONE, shares={7: Decimal("0.6")}, objective=3),
         replace(OTHER, shares={8: Decimal("0.6")}, objective=3)],
        [replace(ONE, outcomes=frozenset({5})),
         replace(OTHER, outcomes=frozenset({5}), beneficiary="citizens")],
        [replace(ONE, outcomes=frozenset({5})),
         replace(OTHER, outcomes=frozenset({5}), category="non_cashable")],
    ],
)  # fmt: skip
def test_what_is_only_like_it_is_no_overlap(pair):
    assert overlaps(pair) == {}


def test_what_many_have_in_common_tells_nothing_of_two():
    many = [
        replace(ONE, id=number, title="", measure="Cost a year") for number in range(COMMON + 1)
    ]
    assert len(overlaps(many[1:])) == COMMON * (COMMON - 1) // 2
    assert overlaps(many) == {}


def test_titles_are_compared_by_the_words_that_say_what_gets_better():
    assert words("Lower cost, of the 3 Halls") == {"cost", "halls"}


@pytest.mark.parametrize(
    ("pairs", "worth", "twice"),
    [
        ([(1, 2, 30)], {1: 200, 2: 80}, [30]),
        ([(1, 2, 100)], {1: -100, 2: -100}, [-100]),  # losses leave one loss
        ([(1, 2, 100)], {1: 100, 2: 20}, [20]),  # what it comes to by now
        ([(1, 2, 30)], {1: 100, 2: 0}, [0]),
        ([(1, 2, 30)], {1: 100, 2: -100}, [0]),
        ([(1, 2, 100), (1, 3, 100), (2, 3, 100)], {1: 100, 2: 100, 3: 100}, [100, 100, 0]),
        ([(1, 2, 30), (1, 2, 80)], {1: 200, 2: 80}, [30, 50]),  # asked for two causes
        ([(1, 2, 50), (3, 4, 50)], {1: 50, 2: 50, 3: 50, 4: 50}, [50, 50]),
    ],
)
def test_what_is_claimed_twice_is_never_more_than_there_is(pairs, worth, twice):
    agreed = [(id, one, other, Decimal(much)) for id, (one, other, much) in enumerate(pairs)]
    found = claimed_twice(agreed, {id: Decimal(value) for id, value in worth.items()})
    assert found == dict(enumerate(twice))
