"""A store of attached files that is full, or away."""

import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadhandler import MemoryFileUploadHandler, TemporaryFileUploadHandler

from pmhub.models import Attachment
from tests.api.conftest import House
from tests.api.test_attachments import AT, file, send, stored

__all__ = ["send"]  # a fixture


@pytest.fixture
def full(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """A store of one page of memory, on a disk of its own."""
    place = tmp_path / "full"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(place)]
    if os.geteuid() or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root mounts a small disk, where that is allowed")
    backend = settings.STORAGES["attachments"] | {"OPTIONS": {"location": place}}
    settings.STORAGES = settings.STORAGES | {"attachments": backend}
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_store_takes_no_file_says_so_and_keeps_no_part_of_it(
    house: House, send: Any, full: Path
) -> None:
    small = send(house.manager, house.project, file=file())
    before = stored()
    refused = send(house.manager, house.project, file=file(b"x" * 100_000))
    assert (small.status_code, refused.status_code) == (201, 503)
    assert refused.json()["code"] == "store_unavailable"
    assert refused.headers["Retry-After"] == "60"
    assert (stored(), Attachment.objects.count()) == (before, 1)
    assert send(house.manager, house.project, file=file()).status_code == 201


def test_a_store_that_cannot_be_reached_is_said_to_be(
    house: House, send: Any, api_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    attached = send(house.manager, house.project, file=file()).json()

    def away(*_: Any) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(FileSystemStorage, "_save", away)
    monkeypatch.setattr(FileSystemStorage, "_open", away)
    refused = send(house.manager, house.project, file=file())
    assert (refused.status_code, refused.json()["code"]) == (503, "store_unavailable")
    answer = api_of(house.manager).get(f"{AT}{attached['id']}/content/")
    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")


def test_a_disk_that_is_full_while_a_file_arrives_is_said_to_be(
    house: House, send: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(TemporaryFileUploadHandler, "new_file", refuse)
    monkeypatch.setattr(MemoryFileUploadHandler, "new_file", refuse)
    refused = send(house.manager, house.project, file=file())
    assert (refused.status_code, refused.json()["code"]) == (503, "store_unavailable")
    assert not Attachment.objects.exists()
