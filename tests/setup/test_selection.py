"""What a run of five minutes asks, and what it leaves to others."""

from typing import Any

import pytest

from tests import selection
from tests.selection import Memory, chosen, fitting

ALONE = ["tests/test_a.py::test_alone", "tests/test_b.py::test_alone"]
MANY = [f"tests/test_a.py::test_many[{number}]" for number in range(11)]
TWO = [f"tests/test_a.py::test_walk[{width}]" for width in ("desktop", "phone")]
WALKS = [f"tests/test_c.py::test_walk_{name}" for name in ("there", "back", "on", "up", "down")]
TURNS = {id: selection.function_of(id) for id in [*ALONE, *MANY, *TWO]}
TURNS |= dict.fromkeys(WALKS, "tests/test_c.py")


@pytest.mark.parametrize("seed", [0, 5, 2**32 - 1])
def test_so_many_runs_one_after_the_other_ask_every_variant(seed):
    runs = [chosen(TURNS, seed + turn, 4) for turn in range(4)]
    assert set.union(*runs) == TURNS.keys()
    assert sorted(len(run.intersection(MANY)) for run in runs) == [2, 3, 3, 3]


def test_each_run_asks_one_of_each_group_and_what_takes_no_turns_is_never_left_out():
    for seed in range(20):
        asked = chosen(TURNS, seed, 20)
        assert sorted(TURNS[nodeid] for nodeid in asked) == sorted({*TURNS.values()})
        assert asked.issuperset(ALONE)


def test_a_seed_chooses_the_same_in_any_order():
    assert chosen(TURNS, 7, 3) == chosen(dict(reversed(TURNS.items())), 7, 3)


def test_one_in_so_many_fits_the_budget():
    seconds = {selection.function_of(nodeid): 1.0 for nodeid in TURNS}
    for budget, one_in in ((20, 1), (19, 2), (12, 2), (11, 3), (6, 6), (4, selection.MOST)):
        assert fitting(TURNS, seconds, budget) == one_in
    assert fitting(TURNS, {}, 20) == selection.AT_FIRST


@pytest.mark.slow
def test_walks_and_slow_tests_take_turns_with_those_of_their_file(request):
    assert selection.turns_of(request.node, {}) == "tests/setup/test_selection.py"


def test_what_is_known_to_take_long_is_slow(request):
    test = request.node.nodeid
    assert selection.turns_of(request.node, {test: 0.2}) == test
    assert selection.turns_of(request.node, {test: 0.5}) == "tests/setup/test_selection.py"


@pytest.mark.parametrize("variant", [1])
def test_variants_take_turns_with_one_another(variant, request):
    assert selection.turns_of(request.node, {}) == (
        "tests/setup/test_selection.py::test_variants_take_turns_with_one_another"
    )


def report(nodeid: str, seconds: float, outcome: Any = "passed") -> pytest.TestReport:
    """What pytest says of a test."""
    return pytest.TestReport(nodeid, ("", 0, ""), {}, outcome, None, "call", (), seconds)


def test_what_a_run_learns_is_remembered(tmp_path, monkeypatch):
    monkeypatch.setenv("PMHUB_HOME", str(tmp_path))
    (tmp_path / "test").mkdir()
    assert Memory.read() == Memory()
    memory = Memory(seed=7)
    memory.learn([report(MANY[0], 1), report(MANY[1], 2, "failed"), report(ALONE[0], 3)])
    memory.write()
    learnt = Memory.read()
    assert learnt.seconds == {"tests/test_a.py::test_many": 1.5, ALONE[0]: 3}
    assert (learnt.seed, learnt.failed) == (7, [MANY[1]])
    learnt.learn([report(ALONE[0], 3)])
    assert learnt.failed == [MANY[1]]  # until it passes
    learnt.learn([report(MANY[1], 1)])
    assert learnt.failed == []
