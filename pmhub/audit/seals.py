"""The chain of seals over the audit register.

Each seal is computed with the installation's key from the row and the seal before it, so that a row
that is changed, removed or moved breaks the chain from there on. Places are numbered in the order
of sealing: a transaction that commits late, or is rolled back, leaves no gap.

One row, the head, holds the end of the chain, and a mark made with the same key: without it, the
last rows could be removed unnoticed. Whoever can read the key and write the database can rebuild
the whole chain; a seal that is noted elsewhere reveals that (`manage.py audit verify --from PLACE
--seal SEAL`).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from pmhub.models import AuditEntry, AuditHead

BATCH = 1000
PATIENCE = timedelta(minutes=1)  # how long a row may wait for its seal
NEAR = 1000  # places on both sides in which a row that was moved is looked for
SEALED = (
    "id", "at", "act", "actor", "acting_for", "via", "session", "token", "address", "request",
    "object_type", "object_id", "reason", "details", "sealed_at",
)  # fmt: skip
SEAL = """
UPDATE pmhub_auditentry e SET place = s.place, seal = s.seal, sealed_at = %s
FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS s(id, place, seal) WHERE e.id = s.id
"""


class SealBroken(Exception):  # the message names the row
    """The register is not as it was sealed; the message names the first row that is wrong."""


@dataclass(frozen=True)
class RegisterCheck:
    """The result for an intact register: how many rows were compared, how many wait for their seal,
    and the last seal with its place."""

    rows: int
    waiting: int
    place: int
    seal: str


def seal(most: int = BATCH) -> int:
    """Seal at most `most` rows that wait for it; return how many. Does nothing while another worker
    seals."""
    with transaction.atomic():
        # Locked before the rows are read: otherwise a second sealer would continue from an old end.
        head = AuditHead.objects.select_for_update(skip_locked=True).first()
        if head is None:
            return 0
        rows = list(AuditEntry.objects.filter(place=None).order_by("pk")[:most])
        if rows:
            _extend(head, rows)
    return len(rows)


def seal_all() -> int:
    """Seal all rows that wait; return how many."""
    done = 0
    while count := seal():
        done += count
    return done


def _extend(head: AuditHead, rows: list[AuditEntry]) -> None:
    now, seals = _clock(), []
    for row in rows:
        head.place += 1
        row.sealed_at = now
        head.seal = _seal(head.seal, _values(row), _keys()[0])
        seals.append(head.seal)
    with connection.cursor() as cursor:
        places = range(head.place - len(rows) + 1, head.place + 1)
        cursor.execute(SEAL, [now, [row.pk for row in rows], list(places), seals])
    head.mark = _mark(head, _keys()[0])
    head.save()


def _clock() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
        return now


def _keys() -> list[bytes]:
    """Return the keys for seals: the present one, and earlier ones that the settings still name."""
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return [hashlib.sha256(f"pmhub.audit {key}".encode()).digest() for key in keys]


def _values(row: AuditEntry) -> list[Any]:
    return [getattr(row, name) for name in SEALED]


def _seal(before: str, values: list[Any], key: bytes) -> str:
    text = json.dumps([before, *map(_plain, values)], sort_keys=True, separators=(",", ":"))
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def _mark(head: AuditHead, key: bytes) -> str:
    return hmac.new(key, f"head {head.place} {head.seal}".encode(), hashlib.sha256).hexdigest()


# Checking


@transaction.atomic
def verify(after: int = 0, kept: str = "", patience: timedelta = PATIENCE) -> RegisterCheck:
    """Compare the rows after a place with their seals; raises SealBroken for the first that is
    wrong. `kept` is the seal that was noted elsewhere for that place."""
    head = AuditHead.objects.select_for_update().get()  # so that nobody seals meanwhile
    count, before = 0, _begin(after, kept)
    waiting, late = _waiting(patience)
    for place, row in enumerate(_rows(after), after + 1):
        _check(row, place, before)
        before, count = row.seal or "", count + 1
    _check_end(head, after + count, before)
    if late is not None:
        raise SealBroken(
            f"Row {late.pk} ({late.act}) is unsealed since {late.at:%Y-%m-%d %H:%M:%S}."
        )
    return RegisterCheck(count, waiting, head.place, head.seal)


def _begin(after: int, kept: str) -> str:
    """Return the seal at the place after which rows are compared; raises SealBroken if it is not
    the one in `kept`."""
    if not after:
        return ""
    row = AuditEntry.objects.filter(place=after).first()
    if row is None:
        raise SealBroken(f"The row at place {after} is removed.")
    if kept and row.seal != kept:
        raise SealBroken(f"{_name(row)} has another seal than was kept.")
    return row.seal or ""


def _rows(after: int) -> Iterator[AuditEntry]:
    while True:
        rows = AuditEntry.objects.filter(place__gt=after).order_by("place")[:BATCH]
        yield from rows
        if len(rows) < BATCH:
            return
        after = rows[BATCH - 1].place or 0


def _check(row: AuditEntry, place: int, before: str) -> None:
    if row.place != place:
        raise SealBroken(f"The row at place {place} is removed, before row {row.pk}.")
    if not _is_sealed(row, before):
        wrong = "reordered" if _was_moved(row) else "changed"
        raise SealBroken(f"{_name(row)} is {wrong}.")


def _is_sealed(row: AuditEntry, before: str) -> bool:
    values, given = _values(row), row.seal or ""
    return any(hmac.compare_digest(_seal(before, values, key), given) for key in _keys())


def _was_moved(row: AuditEntry) -> bool:
    """Return whether the row is unchanged, but was sealed after another row nearby."""
    here = row.place or 0
    near = AuditEntry.objects.filter(place__range=(here - NEAR, here + NEAR))
    return any(_is_sealed(row, seal or "") for seal in ["", *near.values_list("seal", flat=True)])


def _name(row: AuditEntry) -> str:
    return f"Row {row.pk} at place {row.place} ({row.act}, {row.at:%Y-%m-%d %H:%M:%S})"


def _check_end(head: AuditHead, place: int, last: str) -> None:
    marked = any(hmac.compare_digest(_mark(head, key), head.mark) for key in _keys())
    if head.place and not marked:
        raise SealBroken("The head of the chain is changed.")
    if head.place > place:
        raise SealBroken(f"The row at place {place + 1} is removed, with all up to {head.place}.")
    if (head.place, head.seal) != (place, last):
        raise SealBroken(f"The row at place {place} was added by no sealer.")


def _waiting(patience: timedelta) -> tuple[int, AuditEntry | None]:
    """Return how many rows wait for their seal, and the first one that has waited too long, or
    None."""
    rows = AuditEntry.objects.filter(place=None)
    late = rows.filter(at__lt=_clock() - patience).order_by("at", "pk").first()
    return rows.count(), late
