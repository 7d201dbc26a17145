"""Files that are attached to records: where they are kept, and of which type they are.

A file is kept in the storage `attachments` of the settings, under a name that we choose; it is
written before its row and deleted after it, so that no row is without its file. Files left by
refused or previewed requests, and those of records that are gone for good, are deleted once a day.
"""

from __future__ import annotations

import hashlib
import logging
import re
import unicodedata
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from os import SEEK_END
from pathlib import PurePosixPath
from typing import Any

from django.core.files.base import File
from django.core.files.storage import Storage, storages
from django.utils import timezone

from pmhub.models import Attachment, attachable
from pmhub.queries.deletions import restorable_ids
from pmhub.text import legible, tidy

log = logging.getLogger(__name__)

BLOCK = 64 * 1024
HEAD = 4096  # bytes from which the type of a file is recognised
UNKNOWN, TEXT, ZIP = "application/octet-stream", "text/plain", "application/zip"
LONGEST_NAME = 150
A_DAY = timedelta(days=1)
OFFICE = "application/vnd.openxmlformats-officedocument."
# Types of ZIP files, by the name of a file in them.
PACKED = {
    b"word/document.xml": f"{OFFICE}wordprocessingml.document",
    b"xl/workbook.xml": f"{OFFICE}spreadsheetml.sheet",
    b"ppt/presentation.xml": f"{OFFICE}presentationml.presentation",
}
ZIP_HEADER = 30  # bytes before the first file's name
OPEN_DOCUMENT = re.compile(rb"mimetype(application/vnd\.oasis\.opendocument\.[a-z-]{1,40})")
# Types that browsers only show or save, so that a file of these is sent with its own type.
PASSIVE = frozenset(
    {
        TEXT, ZIP, "application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp",
        *PACKED.values(),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent: its name, size, digest and type, and its content."""

    name: str
    size: int
    sha256: str
    media_type: str
    content: File

    @classmethod
    def of(cls, content: Any) -> Upload:
        """Read through a file that was sent, and find its type by its content."""
        digest, size = hashlib.sha256(), 0
        content.seek(0)
        while block := content.read(BLOCK):
            digest.update(block)
            size += len(block)
        return cls(safe_name(content.name), size, digest.hexdigest(), kind_of(content), content)

    def __str__(self) -> str:
        """Return a text by which uploads are compared: the same request repeated gives the same."""
        return f"{self.name} {self.sha256}"


def safe_name(name: str | None) -> str:
    """Return a safe name for a file, from the one with which it was sent: without folders and
    invisible characters, not too long, with its extension."""
    last = str(name or "").replace("\\", "/").rpartition("/")[2]
    seen = "".join(char for char in last if unicodedata.category(char)[0] != "C")
    seen = tidy("".join(char for char in seen if legible(char, lines=False))).strip(".")
    if len(seen) > LONGEST_NAME:
        ending = PurePosixPath(seen).suffix[:20]
        seen = seen[: LONGEST_NAME - len(ending)] + ending
    return seen or "file"


def kind_of(content: Any) -> str:
    """Return the media type of a file by its content, not by its name."""
    import puremagic  # noqa: PLC0415  # 1.4 MB, and most processes never get a file

    content.seek(0)
    head = content.read(HEAD)
    if not head:
        return UNKNOWN
    if head.startswith(b"PK\x03\x04"):
        return _packed(content, head)
    try:
        kind = puremagic.from_string(head, mime=True)
    except (puremagic.PureError, ValueError):
        kind = ""
    return kind if kind and "/" in kind else (TEXT if _is_text(head) else UNKNOWN)


def _packed(content: Any, head: bytes) -> str:
    """Return the media type of a ZIP archive, by the names at its beginning and in the list at its
    end. Nothing is unpacked, as that might become very large."""
    if match := OPEN_DOCUMENT.match(head, ZIP_HEADER):
        return match[1].decode()
    size = content.seek(0, SEEK_END)
    content.seek(max(0, size - BLOCK))
    names = head + content.read(BLOCK)
    if b"[Content_Types].xml" in names:
        for name, kind in PACKED.items():
            if name in names:
                return kind
    return ZIP


def _is_text(head: bytes) -> bool:
    text = head.decode("utf-8", "ignore")
    # The head may end within a letter.
    return b"\x00" not in head and len(text.encode()) >= len(head) - 3


class StoreUnavailable(Exception):
    """The storage is full, cannot be written, or does not answer."""


def store() -> Storage:
    """Return the storage of the files."""
    return storages["attachments"]


def keep(upload: Upload) -> str:
    """Write a file into the storage and return its name there. Raises StoreUnavailable; no part of
    the file stays in a storage that is full."""
    name = uuid.uuid4().hex
    place = f"{name[:2]}/{name}"
    upload.content.seek(0)
    try:
        return store().save(place, File(upload.content))
    except OSError as error:
        log.error("The store of attachments takes no file: %s", error)
        with suppress(OSError):
            store().delete(place)
        raise StoreUnavailable from error


def blocks_of(attachment: Attachment) -> Iterator[bytes]:
    """Return the content of a file, block by block. Raises at once FileNotFoundError if the file is
    lost, and StoreUnavailable."""
    try:
        file = store().open(attachment.stored_as)
    except FileNotFoundError:
        raise
    except OSError as error:
        log.error("The store of attachments gives no file: %s", error)
        raise StoreUnavailable from error

    def blocks() -> Iterator[bytes]:
        with file:
            while block := file.read(BLOCK):
                yield block

    return blocks()


def let_go(stored_as: str) -> None:
    """Delete a file whose row is gone."""
    if stored_as:
        store().delete(stored_as)


def sweep() -> int:
    """Delete attachments of records that are gone for good, and files without a row that are more
    than a day old; return how many these were together."""
    return _delete(_forsaken()) + _unnamed()


def _forsaken() -> Any:
    """Return the attachments of records that are gone and cannot be restored."""
    rows = Attachment.objects.of_none()
    for kind in rows.order_by().values_list("record_type", flat=True).distinct():
        if model := attachable().get(kind):
            rows = rows.exclude(record_type=kind, record_id__in=restorable_ids(model))
    return rows


def _delete(rows: Any) -> int:
    """Delete attachments, newer versions first, as they refer to the older ones; return how
    many."""
    attachments = list(rows.order_by("-pk"))
    for row in attachments:
        row.delete()
        let_go(row.stored_as)
    return len(attachments)


def _folders(files: Storage) -> list[str]:
    """Return the folders of the storage; a storage in a folder does not exist before its first
    file."""
    try:
        return files.listdir("")[0]
    except FileNotFoundError:
        return []


def _unnamed() -> int:
    files, before, count = store(), timezone.now() - A_DAY, 0
    for folder in _folders(files):
        names = [f"{folder}/{name}" for name in files.listdir(folder)[1]]
        named = Attachment.objects.filter(stored_as__in=names).values_list("stored_as", flat=True)
        for name in set(names) - set(named):
            if files.get_modified_time(name) < before:
                files.delete(name)
                count += 1
    return count
