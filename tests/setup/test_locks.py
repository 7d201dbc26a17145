"""The lock files say what is installed, and never where from."""

import shutil

import pytest

from pmhub.embedded import Failure
from pmhub.embedded.folder import CHECKOUT
from tests import locks


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """Return a copy of the requirements to spoil."""
    folder = tmp_path / "requirements"
    shutil.copytree(CHECKOUT / "requirements", folder)
    monkeypatch.setattr(locks, "FOLDER", folder)
    return folder


def test_the_locks_are_in_step():
    locks.check()


@pytest.mark.parametrize(
    ("file", "line", "complaint"),
    [
        ("run.in", "babel>=2\n", "does not fulfil babel"),
        ("run.in", "django~=4.2\n", "does not fulfil django"),
        ("run.txt", "--index-url somewhere\n", "run.txt names a host"),
        ("test.txt", "thing @ https://example.org/thing.whl\n", "test.txt names a host"),
        ("run.txt", "six==1.0 \\\n", "six differs"),
    ],
)
def test_a_spoilt_lock_is_found(copy, file, line, complaint):
    with (copy / file).open("a") as opened:
        opened.write(line)
    with pytest.raises(Failure, match=complaint):
        locks.check()


def test_what_nobody_asks_for_any_more_is_found(copy):
    file = copy / "run.in"
    file.write_text(file.read_text().replace("waitress\n", ""))
    with pytest.raises(Failure, match=r"run\.txt still holds waitress"):
        locks.check()
