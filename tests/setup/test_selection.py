"""What a run of five minutes asks, and what it leaves to others."""

import subprocess
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
def test_what_is_marked_as_slow_takes_turns_however_quick_it_was(request):
    quick = {selection.function_of(request.node.nodeid): 0.01}
    assert selection.turns_of(request.node, quick) == selection.SLOW


def test_what_takes_long_or_was_never_measured_is_slow(request):
    test = request.node.nodeid
    assert selection.turns_of(request.node, {test: 0.05}) == test
    assert selection.turns_of(request.node, {test: 0.5}) == selection.SLOW
    assert selection.turns_of(request.node, {}) == selection.SLOW


@pytest.mark.parametrize("variant", [1])
def test_variants_take_turns_with_one_another(variant, request):
    function = "tests/setup/test_selection.py::test_variants_take_turns_with_one_another"
    assert selection.turns_of(request.node, {function: 0.01}) == function


def test_a_file_that_differs_from_the_last_commit_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(selection, "CHECKOUT", tmp_path)
    assert selection.changed_files() == set()  # there is no Git
    git = ["git", "-C", str(tmp_path), "-c", "user.name=Una", "-c", "user.email=una@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    for name in ("test_kept.py", "test_edited.py"):
        (tmp_path / name).write_text("before")
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "Two files"], check=True)
    (tmp_path / "test_edited.py").write_text("after")
    (tmp_path / "test_new one.py").write_text("new")
    assert selection.changed_files() == {"test_edited.py", "test_new one.py"}


def report(nodeid: str, seconds: float, outcome: Any = "passed") -> pytest.TestReport:
    """Return the report that pytest makes of a test."""
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
