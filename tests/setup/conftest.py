"""Data folders and families of processes for the tests of the set-up."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pmhub.embedded.child_processes import ChildProcesses
from pmhub.embedded.folder import Folder


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    """Return a data folder, with a space in its path."""
    folder = Folder(tmp_path / "data folder")
    yield folder
    shutil.rmtree(folder.sockets)


@pytest.fixture
def processes(folder: Folder) -> Iterator[ChildProcesses]:
    """Return child processes that end with the test."""
    with folder.lock() as lock:
        processes = ChildProcesses(folder, lock)
        yield processes
        processes.end()
