"""How fresh the figures of programmes are: when they were computed, and what will change them
soon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from pmhub.access.scoped_rows import ScopedRows
from pmhub.database.statements import ID, Statement
from pmhub.database.triggers import Kind
from programmes.models import Programme
from programmes.rollup.compute import ENGINE_VERSION

# Of each kind of object by itself: PostgreSQL begins with the requests where they are few, and
# with the programme's objects where a bulk load has left a million.
WAITING = f"""
SELECT r.object_id AS id FROM programmes_rolluprequest r
    WHERE r.kind = '{Kind.PROGRAMME}' AND r.object_id = ANY(%(ids)s)
UNION SELECT g.id FROM programmes_programme g
    JOIN programmes_rolluprequest r ON r.kind = '{Kind.PORTFOLIO}' AND r.object_id = g.portfolio_id
    WHERE g.id = ANY(%(ids)s)
UNION SELECT p.programme_id FROM projects_project p
    JOIN programmes_rolluprequest r ON r.kind = '{Kind.PROJECT}' AND r.object_id = p.id
    WHERE p.programme_id = ANY(%(ids)s)
UNION SELECT b.programme_id FROM benefits_benefit b
    JOIN programmes_rolluprequest r ON r.kind = '{Kind.BENEFIT}' AND r.object_id = b.id
    WHERE b.programme_id = ANY(%(ids)s)
UNION SELECT l.programme_id FROM programmes_programmeline l
    JOIN programmes_rolluprequest r ON r.kind = '{Kind.LINE}' AND r.object_id = l.id
    WHERE l.programme_id = ANY(%(ids)s)
UNION SELECT a.programme_id FROM programmes_assurancereview a
    JOIN programmes_rolluprequest r ON r.kind = '{Kind.REVIEW}' AND r.object_id = a.id
    WHERE a.programme_id = ANY(%(ids)s)
UNION SELECT p.programme_id FROM projects_project p
    JOIN programmes_assurancereview a ON a.project_id = p.id
    JOIN programmes_rolluprequest r ON r.kind = '{Kind.REVIEW}' AND r.object_id = a.id
    WHERE p.programme_id = ANY(%(ids)s)
UNION SELECT p.programme_id FROM projects_project p
    JOIN projects_allocation x ON x.project_id = p.id
    JOIN programmes_rolluprequest r ON r.kind = '{Kind.RESOURCE}' AND r.object_id = x.resource_id
    WHERE p.programme_id = ANY(%(ids)s)
"""  # noqa: S608  # our own names
PENDING = Statement(WAITING)
STANDINGS = Statement(f"""
WITH waiting AS ({WAITING})
SELECT g.id, u.computed_at, u.as_of, u.engine_version, coalesce(u.generation, 0), u.stale_after,
    coalesce(u.covered, 0), coalesce(u.missing, 0), coalesce(u.stale, 0), coalesce(u.attempts, 0),
    u.failed_since, coalesce(u.last_error, ''), g.id IN (SELECT id FROM waiting)
FROM unnest(%(ids)s::bigint[]) AS g(id)
LEFT JOIN programmes_programmerollup u ON u.programme_id = g.id
""")  # noqa: S608  # our own text

VERSIONS = ScopedRows(
    lambda reader: (
        Programme.objects.visible_to(reader)
        .filter(pk=ID)
        .order_by()
        .values_list("pk", "version", "portfolio__version")
    )
)


@dataclass(frozen=True, slots=True)
class Freshness:
    """What is stored of a programme's last computation, and whether a request for another one
    waits."""

    computed_at: datetime | None
    as_of: date | None
    engine_version: int | None
    generation: int
    stale_after: datetime | None
    covered: int
    missing: int
    stale: int
    attempts: int
    failed_since: datetime | None
    last_error: str
    waiting: bool

    @property
    def state(self) -> str:
        """Return `failed` (the last good figures are shown), `recomputing` (a request waits),
        `stale` (their time has come) or `fresh`."""
        if self.failed_since is not None:
            return "failed"
        if self.waiting or self.computed_at is None:
            return "recomputing"
        due = self.stale_after is not None and self.stale_after <= timezone.now()
        return "stale" if due or self.engine_version != ENGINE_VERSION else "fresh"

    @property
    def next_attempt(self) -> datetime | None:
        """Return when a failed computation is tried again; None where it has not failed."""
        return self.stale_after if self.failed_since else None

    @property
    def etag(self) -> str:
        """Return a text that changes whenever the figures, or what is said beside them, may have
        changed."""
        moment = self.computed_at.timestamp() if self.computed_at else 0
        return f"{self.generation}-{moment}-{self.state}-{self.attempts}"


def freshness_of_all(programme_ids: Sequence[int]) -> dict[int, Freshness]:
    """Return how fresh the figures of each of these programmes are: one query."""
    if not programme_ids:
        return {}
    return {id: Freshness(*rest) for id, *rest in STANDINGS(programme_ids)}


def freshness_of(programme_id: int) -> Freshness:
    """Return how fresh the figures of a programme are."""
    return freshness_of_all([programme_id])[programme_id]


def pending(programme_ids: Sequence[int]) -> set[int]:
    """Return those of the programmes for which a request is waiting."""
    return {id for (id,) in PENDING(programme_ids)}


def validator(programme_id: int, user: Any) -> tuple[str, Freshness] | None:
    """Return the ETag of a programme's figures, and how fresh they are; None where there is no such
    programme for the user. Two rows are read."""
    for _, programme, portfolio in VERSIONS(user, id=programme_id):
        now = freshness_of(programme_id)
        return tagged(now, programme, portfolio), now
    return None


def tagged(now: Freshness, programme: int, portfolio: int) -> str:
    """Return the ETag of figures: it changes with their freshness and with the versions of the
    programme and its portfolio."""
    return f"{now.etag}-{programme}-{portfolio}"
