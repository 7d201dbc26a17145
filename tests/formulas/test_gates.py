"""What votes at a gate come to, and who has them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.gates import STRICTNESS, USUAL, Approvers, Choice, outcome

P, C, R, S = STRICTNESS


@pytest.mark.parametrize(
    ("votes", "decided"),
    [
        ([P], P),
        ([S], S),
        ([P, C], C),
        ([P, R], R),
        ([P, S], R),  # to stop takes more than half
        ([P, P, S], P),
        ([P, S, S], S),
        ([C, R, S], R),
        ([P, P, C, R], C),
        ([P, C, C, S], C),
    ],
)
def test_the_strictest_of_a_majority(votes: list[Choice], decided: Choice) -> None:
    assert outcome(votes) == decided
    assert outcome(votes[::-1]) == decided


@given(st.lists(st.sampled_from(STRICTNESS), min_size=1, max_size=9), st.sampled_from(STRICTNESS))
def test_a_stricter_vote_never_makes_it_less_strict(votes: list[Choice], other: Choice) -> None:
    first = max(other, votes[0], key=STRICTNESS.index)
    before, after = (STRICTNESS.index(outcome([one, *votes[1:]])) for one in (votes[0], first))
    assert after >= before


def test_without_a_vote_nothing_is_decided() -> None:
    with pytest.raises(ValueError, match="Nobody"):
        outcome([])


def test_more_oversight_never_takes_a_body_away() -> None:
    levels = ("light", "standard", "enhanced", "intensive")
    for kind in USUAL:
        boards = [Approvers().approval(kind, level).board for level in levels]
        assert boards == sorted(boards), kind
