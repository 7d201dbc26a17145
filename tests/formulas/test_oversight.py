import pytest

from projects.calendar import Calendar
from projects.oversight import Ladder, oversight_level
from tests.formulas.worked import DEMO, by_id

LEVELS = ["light", "standard", "enhanced", "intensive"]
COMPETENCE = ["foundation", "practitioner", "senior", "expert"]


@pytest.mark.parametrize("code", DEMO["expected"]["oversight"])
def test_demo_projects(code):
    row = by_id("projects")[code]
    level = oversight_level(int(row["complexity"]), row["competence"], row["regulated"])
    assert level == DEMO["expected"]["oversight"][code]


@pytest.mark.parametrize("complexity", range(1, 6))
@pytest.mark.parametrize("regulated", [False, True])
def test_more_experience_never_means_more_oversight(complexity, regulated):
    levels = [LEVELS.index(oversight_level(complexity, c, regulated)) for c in COMPETENCE]
    assert levels == sorted(levels, reverse=True)


def test_an_unknown_manager_counts_as_the_least_experienced():
    assert oversight_level(4, None, False) == oversight_level(4, "foundation", False)


def test_what_each_level_means():
    assert [Calendar().report_weeks(level) for level in LEVELS] == [8, 4, 2, 1]


def test_the_ladder_says_which_experience_is_enough():
    steep = Ladder(need_2=3, need_3=4, need_4=5, need_5=5, regulated=2)
    assert oversight_level(2, "senior", False, steep) == "standard"
    assert oversight_level(2, "practitioner", False, steep) == "enhanced"
    assert oversight_level(2, "expert", True, steep) == "enhanced"
