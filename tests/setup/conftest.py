"""Data folders and families of processes for the tests of the set-up."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pmhub.embedded.family import Family
from pmhub.embedded.folder import Folder


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    """Return a data folder, with a space in its path."""
    folder = Folder(tmp_path / "data folder")
    yield folder
    shutil.rmtree(folder.sockets)


@pytest.fixture
def family(folder: Folder) -> Iterator[Family]:
    """Return a family that ends with the test."""
    with folder.lock() as lock:
        family = Family(folder, lock)
        yield family
        family.end()
