"""A run with `--second-try` runs what fails once more, and tells an accident from a defect."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugin import MOST_LATE

TESTS = """
import pytest
tries = []

@pytest.mark.parametrize("number", range({count}))
def test_it(number):
    tries.append(number)
    assert tries.count(number) > {failures}
"""


@pytest.mark.parametrize(
    ("count", "failures", "code", "told"),
    [
        (MOST_LATE, 1, 0, "passed at the second try: test_some.py::test_it[0]"),
        (MOST_LATE + 1, 1, 1, f"{MOST_LATE + 1} tests passed only at the second try: no accident"),
        (1, 2, 1, "1 failed"),
    ],
    ids=["an accident", "too many", "a defect"],
)
def test_a_test_that_fails_runs_once_more(
    count: int, failures: int, code: int, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PMHUB_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_some.py").write_text(TESTS.format(count=count, failures=failures))
    options = "--rootdir", tmp_path, "-c", tmp_path / "pytest.ini", "-p", "tests.plugin"
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *map(str, options), "--second-try", "-q", str(tmp_path)],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert (run.returncode, told in run.stdout) == (code, True), run.stdout + run.stderr
