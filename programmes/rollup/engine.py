"""The engine: works off requests to recompute.

One transaction a batch, at READ COMMITTED: claim and delete requests, lock the programmes in order
of their ids, read the facts on a snapshot taken after that, compute, write what changed. Whatever
dies on the way rolls back, requests included. A change that commits after the claim leaves a
request of its own, so that in every committed state a programme either has a request pending or
its figures are those of a recompute from nothing.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction

from pmhub.outage import is_away, took_too_long
from programmes.models import ProgrammeRollup, RollupRequest
from programmes.rollup import bases
from programmes.rollup.compute import ENGINE_VERSION
from programmes.rollup.writing import write
from projects.models import ProjectForecast

log = logging.getLogger(__name__)

BATCH = 100  # requests claimed at once
MOST = 20  # programmes computed in one transaction, so that it stays short,
MANY = 1000  # and projects of theirs, unless one programme alone has more
FIRST_RETRY, LAST_RETRY = timedelta(seconds=5), timedelta(hours=1)
TICK = timedelta(microseconds=1)  # between computations of one batch
STANDALONE_LOCK = 7_230_002  # namespace of advisory locks on projects that stand alone


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose figures a batch computes: programmes, and projects that stand alone."""

    programmes: tuple[int, ...] = ()
    standalone: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.programmes or self.standalone)

    def each(self) -> Iterable[Scope]:
        """The parts of the scope, one by one."""
        yield from (Scope(programmes=(id,)) for id in self.programmes)
        yield from (Scope(standalone=(id,)) for id in self.standalone)


def drain(batch: int = BATCH, *, seconds: float = math.inf) -> int:
    """Work off requests until none is left that can be worked on now, or the time is over;
    answers how many."""
    total, end = 0, time.monotonic() + seconds
    while done := drain_once(batch):
        total += done
        if time.monotonic() > end:
            break
    return total


def drain_once(batch: int = BATCH) -> int:
    """Work off one batch; answers the number of requests it removed for good."""
    with transaction.atomic():
        claimed = _claim(batch)
        if not claimed:
            return 0
        split = spread(claimed)
        wanted = resolve(claimed)
        mine, left = _lock(wanted)
        _request(left)
        _absorb(mine)
        attempt(mine)
        # A claim that only waited for another worker's programme is no progress: that worker
        # comes back for what was left.
        return len(claimed) if mine or split or not wanted else 0


# Claim


def _claim(batch: int) -> list[tuple[str, int]]:
    """Delete the oldest requests, with all others for the same objects; answers the objects.

    Deleted before anything is read: an edit from here on leaves a new request. Rows that another
    worker is deleting are passed over.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT kind, object_id FROM (SELECT kind, object_id"
            " FROM programmes_rolluprequest ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED) oldest",
            [batch],
        )
        objects = cursor.fetchall()
        if objects:
            cursor.execute(
                "DELETE FROM programmes_rolluprequest WHERE id IN (SELECT r.id"
                " FROM programmes_rolluprequest r JOIN unnest(%s::text[], %s::bigint[])"
                " AS claimed(kind, object_id) USING (kind, object_id)"
                " FOR UPDATE OF r SKIP LOCKED)",
                [[kind for kind, _ in objects], [id for _, id in objects]],
            )
    return objects


def spread(claimed: Sequence[tuple[str, int]]) -> bool:
    """A request for a portfolio becomes one for each programme and project of it, so that a batch
    stays small."""
    portfolios = [id for kind, id in claimed if kind == "F"]
    if portfolios:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO programmes_rolluprequest (kind, object_id)"
                " SELECT 'G', id FROM programmes_programme WHERE portfolio_id = ANY(%s)"
                " UNION ALL"
                " SELECT 'P', id FROM projects_project WHERE portfolio_id = ANY(%s)",
                [portfolios, portfolios],
            )
    return bool(portfolios)


RESOLVE = """
WITH claimed(kind, id) AS (SELECT * FROM unnest(%s::text[], %s::bigint[])),
touched(project) AS (
    SELECT id FROM claimed WHERE claimed.kind = 'P'
    UNION SELECT a.project_id FROM claimed JOIN projects_allocation a ON a.resource_id = claimed.id
        WHERE claimed.kind = 'R'
    UNION SELECT r.project_id FROM claimed JOIN programmes_assurancereview r ON r.id = claimed.id
        WHERE claimed.kind = 'A' AND r.project_id IS NOT NULL
)
SELECT 'programme', p.id FROM claimed JOIN programmes_programme p ON p.id = claimed.id
    WHERE claimed.kind = 'G'
UNION SELECT 'programme', b.programme_id FROM claimed JOIN benefits_benefit b ON b.id = claimed.id
    WHERE claimed.kind = 'B'
UNION SELECT 'programme', l.programme_id FROM claimed
    JOIN programmes_programmeline l ON l.id = claimed.id WHERE claimed.kind = 'L'
UNION SELECT 'programme', r.programme_id FROM claimed
    JOIN programmes_assurancereview r ON r.id = claimed.id
    WHERE claimed.kind = 'A' AND r.programme_id IS NOT NULL
UNION SELECT 'programme', p.programme_id FROM touched JOIN projects_project p ON p.id = project
    WHERE p.programme_id IS NOT NULL
UNION SELECT 'standalone', p.id FROM touched JOIN projects_project p ON p.id = project
    WHERE p.programme_id IS NULL
UNION SELECT 'programme', f.computed_under FROM touched
    JOIN projects_projectforecast f ON f.project_id = project AND f.valid_to IS NULL
    JOIN programmes_programme p ON p.id = f.computed_under
    -- A project that left: its old programme's lock keeps an older result from coming later.
    JOIN projects_project now ON now.id = project
    WHERE now.programme_id IS DISTINCT FROM f.computed_under
"""


def resolve(claimed: Sequence[tuple[str, int]]) -> Scope:
    """Whose figures these objects move, as they stand now."""
    with connection.cursor() as cursor:
        cursor.execute(RESOLVE, [[kind for kind, _ in claimed], [id for _, id in claimed]])
        rows = cursor.fetchall()
    return Scope(
        tuple(sorted(id for kind, id in rows if kind == "programme")),
        tuple(sorted(id for kind, id in rows if kind == "standalone")),
    )


# Lock


FEW = """
SELECT id FROM (
    SELECT p.id, row_number() OVER upto AS programmes, sum(n.projects) OVER upto AS projects
    FROM programmes_programme p LEFT JOIN (
        SELECT programme_id, count(*) AS projects FROM projects_project
        WHERE programme_id = ANY(%s) GROUP BY programme_id
    ) n ON n.programme_id = p.id
    WHERE p.id = ANY(%s) WINDOW upto AS (ORDER BY p.id)
) sized WHERE programmes = 1 OR (programmes <= %s AND coalesce(projects, 0) <= %s)
ORDER BY id
"""


def _lock(scope: Scope) -> tuple[Scope, Scope]:
    """Lock what no other worker is computing, in order of ids, as much as one transaction should
    hold; answers (locked, left)."""
    with connection.cursor() as cursor:
        cursor.execute(FEW, [list(scope.programmes)] * 2 + [MOST, MANY])
        few = Scope(tuple(id for (id,) in cursor.fetchall()), scope.standalone[:MOST])
        cursor.execute(
            "INSERT INTO programmes_programmerollup (programme_id)"
            " SELECT id FROM programmes_programme WHERE id = ANY(%s)"
            " ORDER BY id ON CONFLICT DO NOTHING",
            [list(few.programmes)],
        )
        cursor.execute(
            "SELECT programme_id FROM programmes_programmerollup WHERE programme_id = ANY(%s)"
            " ORDER BY programme_id FOR UPDATE SKIP LOCKED",
            [list(few.programmes)],
        )
        programmes = tuple(id for (id,) in cursor.fetchall())
        standalone = tuple(id for id in few.standalone if _lock_standalone(cursor, id))
    mine = Scope(programmes, standalone)
    return mine, Scope(
        tuple(set(scope.programmes) - set(programmes)),
        tuple(set(scope.standalone) - set(standalone)),
    )


def _lock_standalone(cursor: object, id: int) -> bool:
    cursor.execute(  # type: ignore[attr-defined]  # a database cursor
        "SELECT pg_try_advisory_xact_lock(%s, %s)", [STANDALONE_LOCK, id % 2**31]
    )
    return bool(cursor.fetchone()[0])  # type: ignore[attr-defined]


# One statement, so that objects and requests are seen as of one moment: the request of a project
# that leaves meanwhile is not taken for one of ours.
ABSORB = """
WITH mine(kind, object_id) AS MATERIALIZED (
    SELECT 'G'::text, id FROM unnest(%s::bigint[]) AS id
    UNION ALL SELECT 'B', id FROM benefits_benefit WHERE programme_id = ANY(%s)
    UNION ALL SELECT 'L', id FROM programmes_programmeline WHERE programme_id = ANY(%s)
    -- One that came from another programme waits until that one's lock is held too.
    UNION ALL SELECT 'P', p.id FROM projects_project p WHERE p.programme_id = ANY(%s)
        AND NOT EXISTS (SELECT 1 FROM projects_projectforecast f
            WHERE f.project_id = p.id AND f.valid_to IS NULL
            AND f.computed_under IS DISTINCT FROM p.programme_id)
)
DELETE FROM programmes_rolluprequest WHERE id IN (
    SELECT r.id FROM programmes_rolluprequest r JOIN mine USING (kind, object_id)
    FOR UPDATE OF r SKIP LOCKED
)
"""


def _absorb(scope: Scope) -> None:
    """Delete what else has been requested of the locked programmes: they are about to be computed
    from facts read after this. A bulk load of their projects is then one computation."""
    if scope.programmes:
        with connection.cursor() as cursor:
            cursor.execute(ABSORB, [list(scope.programmes)] * 4)


def _request(scope: Scope) -> None:
    rows = [("G", id) for id in scope.programmes] + [("P", id) for id in scope.standalone]
    RollupRequest.objects.bulk_create([RollupRequest(kind=kind, object_id=id) for kind, id in rows])


# Compute and store


def attempt(scope: Scope, again: int = 2) -> None:
    """Compute the batch; if it fails, each part alone, so that one failure delays no other."""
    if not scope:
        return
    try:
        with transaction.atomic():
            recompute(scope)
    except Exception as error:  # whatever a rule raises is stored and shown
        if is_away(error) and not took_too_long(error):
            raise  # everything rolls back and is done again
        parts = list(scope.each())
        # A project left while it was computed here, and where it went was quicker: read again.
        outrun = isinstance(error, IntegrityError) and again > 0
        if len(parts) == 1 and not outrun:
            log.exception("Figures of %s failed", scope)
            _fail(scope, error)
            return
        for part in parts:
            attempt(part, again - outrun)


def recompute(scope: Scope) -> None:
    """Compute and store, assuming the locks are held. Raises what the rules raise."""
    stamp = _stamp(scope)
    for results in bases.results(scope.programmes, scope.standalone):
        write(results, stamp)
        stamp += TICK


STAMP = """
SELECT greatest(
    clock_timestamp(),
    (SELECT max(computed_at) FROM programmes_programmerollup WHERE programme_id = ANY(%s))
        + interval '1 microsecond',
    (SELECT max(f.valid_from) FROM projects_projectforecast f
        JOIN projects_project p ON p.id = f.project_id
        WHERE f.valid_to IS NULL AND (p.programme_id = ANY(%s) OR p.id = ANY(%s)))
        + interval '1 microsecond'
)
"""


def _stamp(scope: Scope) -> datetime:
    """The clock under the lock, later than any stamp before: intervals never overlap."""
    with connection.cursor() as cursor:
        programmes = list(scope.programmes)
        cursor.execute(STAMP, [programmes, programmes, list(scope.standalone)])
        return cursor.fetchone()[0]


def _fail(scope: Scope, error: Exception) -> None:
    """Keep the last good figures, say what went wrong, and set the alarm for the next attempt."""
    now = _stamp(scope)
    message = f"{type(error).__name__}: {error}"[:2000]
    for rollup in ProgrammeRollup.objects.filter(pk__in=scope.programmes):
        rollup.attempts += 1
        rollup.failed_since = rollup.failed_since or now
        rollup.last_error = message
        rollup.stale_after = now + retry_delay(rollup.attempts)
        rollup.save()
    for id in scope.standalone:
        forecast, _ = ProjectForecast.objects.get_or_create(
            project_id=id, valid_to=None, defaults={"valid_from": now}
        )
        forecast.stale_after = now + LAST_RETRY
        forecast.save(update_fields=["stale_after"])


def retry_delay(attempts: int) -> timedelta:
    """Five seconds, doubled with every attempt, up to an hour."""
    return min(LAST_RETRY, FIRST_RETRY * 2 ** min(attempts - 1, 20))


# Time as a writer


SWEEP = """
INSERT INTO programmes_rolluprequest (kind, object_id)
SELECT 'G', r.programme_id FROM programmes_programmerollup r
    WHERE r.stale_after <= now() OR (r.engine_version <> %s AND r.failed_since IS NULL)
UNION ALL
SELECT 'P', f.project_id FROM projects_projectforecast f
    WHERE f.valid_to IS NULL AND f.stale_after <= now()
"""


def sweep() -> int:
    """Ask for figures whose time has come: a day turned, a retry is due, the engine changed."""
    with connection.cursor() as cursor:
        cursor.execute(SWEEP, [ENGINE_VERSION])
        return cursor.rowcount


def request_everything() -> None:
    """Ask for every programme and every project that stands alone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO programmes_rolluprequest (kind, object_id)"
            " SELECT 'F', id FROM programmes_portfolio"
        )
