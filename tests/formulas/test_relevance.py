"""How well a lesson fits: its parts and what they come to."""

import pytest

from projects.relevance import (
    LEAST,
    WEIGHTS,
    RelevanceQuery,
    Traits,
    best_fits,
    fit,
    in_common,
    rarity,
)


def test_the_weights_add_up_to_one() -> None:
    assert sum(WEIGHTS.values()) == pytest.approx(1)


def test_a_rare_word_tells_more_than_a_common_one() -> None:
    idf = rarity(["crane", "late"], [{"crane", "late"}, {"late"}, {"late"}])
    assert idf["crane"] > idf["late"] > 0


def test_a_word_of_the_title_tells_more_than_one_beside() -> None:
    idf = {"crane": 2.0, "late": 1.0}
    titled = in_common(["crane", "late"], {"crane"}, {"crane"}, idf)
    assert titled == pytest.approx(2 / 3)
    assert in_common(["crane", "late"], set(), {"crane"}, idf) == pytest.approx(titled * 0.6)


@pytest.mark.parametrize("asked", [[], ["crane"]], ids=["nothing asked", "nothing said"])
def test_where_no_word_is_said_there_is_none_in_common(asked: list[str]) -> None:
    assert in_common(asked, set(), set(), rarity(asked, [])) == 0


def test_what_is_empty_says_nothing() -> None:
    bare = fit(RelevanceQuery(), Traits(), words=0, wording=0)
    assert bare.score == 0
    alike = fit(
        RelevanceQuery(
            text="Crane is late", category=" Resources", stage="deliver", approach="linear"
        ),
        Traits("resources", "deliver", "linear", "crane"),
        words=1,
        wording=2,
    )
    assert alike.score == 1
    assert set(alike.parts.values()) == {1}


def test_the_best_three_that_fit_at_all_come_first() -> None:
    fits = [fit(RelevanceQuery(), Traits(), words=each / 10, wording=0) for each in range(10)]
    first = best_fits(enumerate(fits))
    assert [item for item, _ in first] == [9, 8, 7]
    assert all(found.score >= LEAST for _, found in best_fits(enumerate(fits), most=99))
