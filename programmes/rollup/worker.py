"""Works off requests to recompute, as each process of a worker does, and whoever calls `drain`.

The oldest requests are read, and the programmes whose figures they move are looked up, without any
lock. Then each batch is one transaction, at READ COMMITTED: lock the programmes that have waited
longest, claim and delete their requests, read the facts on a snapshot taken after that, compute,
write what changed. If a worker dies, its transaction rolls back, requests included. A change that
commits after the claim leaves a request of its own, so that in every committed state a programme
either has a request pending or its figures are those of a recompute from nothing.

The longest waiting programme comes first, and a programme that is not computed yet keeps its place.
A batch locks only a few programmes and their requests, so that a batch that hangs delays few.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction

from pmhub.database import touches
from pmhub.database.locks import Lock
from pmhub.database.outage import is_away, statement_timed_out
from pmhub.database.statements import Statement
from programmes.models import ProgrammeRollup
from programmes.rollup import attribution, worker_cache
from programmes.rollup.compute import NOTHING, Results
from programmes.rollup.requests import (
    LONG_AGO,
    Changed,
    Page,
    Scope,
    Target,
    absorb,
    oldest,
    spread_out,
    take,
    targets_of,
)
from programmes.rollup.writer import write
from projects.models import ProjectForecast

log = logging.getLogger(__name__)

BATCH = 100  # requests looked at together
MOST = 5  # programmes computed in one transaction, so that it stays short,
MANY = 1000  # and projects of theirs, unless one programme alone has more
FIRST_RETRY, LAST_RETRY = timedelta(seconds=5), timedelta(hours=1)
# Workers let a programme rest so long after each computation, where more than a few requests wait:
# in a storm each computation takes in many changes, however many workers there are. What one
# person changes, one thing after the other, is worked off at once. The rest of a programme grows,
# up to so many times, while it is still written to: while its last request is younger than a part
# of a rest. A storm is over, and nobody rests any more, when nothing at all was asked for in a
# smaller part. So however long a rest is, figures are right soon after the last change.
REST, NO_REST = timedelta(seconds=0.5), timedelta()
FEW_REQUESTS = 4
GROWN, STILL_WRITTEN, CALM = 8, 4 / 5, 1 / 5
TICK = timedelta(microseconds=1)  # between computations of one batch
NEVER: Mapping[Target, datetime] = {}  # when what was asked for does not matter


def drain(batch: int = BATCH, *, seconds: float = math.inf, rest: timedelta = NO_REST) -> int:
    """Work off requests until no more can be worked on now, or the time is over; return how many
    were worked off. While more than a few requests wait, a programme that was computed within the
    last `rest` is left for later."""
    total, end = 0, time.monotonic() + seconds
    while done := drain_once(batch, rest):
        total += done
        if time.monotonic() > end:
            break
    return total


def drain_once(batch: int = BATCH, rest: timedelta = NO_REST) -> int:
    """Work off one batch; return the number of requests that it removed. Programmes that rest, or
    that other workers are computing, are left out."""
    after = None
    while page := oldest(batch, after):
        if done := work_off(page, rest):
            return done
        after = page.end
    return 0


def work_off(page: Page, rest: timedelta = NO_REST) -> int:
    """Compute the longest waiting programmes and projects of a page of requests, as many as one
    transaction should hold, without those that rest; return the number of requests removed."""
    whose = targets_of(page.since)
    waiting = _in_order(page, whose)
    if rest and (page.size <= FEW_REQUESTS or _is_calm(rest)):
        rest = NO_REST
    _make_lockable(waiting)
    with transaction.atomic():
        if spread := spread_out(page):
            return spread
        mine, done = take(page, whose, _lock(waiting, rest, _asked_last(page, whose)))
        absorb(mine)
        attempt(mine, keeping=True)
    return done


def can_go_on() -> bool:
    """Return whether requests wait for figures that no other worker is computing now, because their
    programmes rest or the time was over."""
    after = None
    while page := oldest(BATCH, after):
        waiting = _in_order(page, targets_of(page.since))
        with transaction.atomic():
            if _lock(waiting, NO_REST):
                return True
        after = page.end
    return False


def _is_calm(rest: timedelta) -> bool:
    """Return whether no request came in the last part (`CALM`) of a rest."""
    return bool(CALMED(calm=CALM * rest))


CALMED = Statement(
    "SELECT 1 WHERE NOT EXISTS (SELECT FROM programmes_rolluprequest"
    " WHERE requested_at > clock_timestamp() - %(calm)s)",
    types={"calm": "interval"},
    reads=lambda: connection,
)


def _in_order(page: Page, whose: Mapping[Changed, set[Target]]) -> list[Target]:
    """Return the programmes and standalone projects for which requests wait, the longest waiting
    first."""
    since: dict[Target, datetime] = {}
    for changed, moment in page.since.items():
        for target in whose[changed]:
            since[target] = min(moment, since.get(target, moment))
    return sorted(since, key=lambda target: (since[target], target))


def _asked_last(page: Page, whose: Mapping[Changed, set[Target]]) -> dict[Target, datetime]:
    """Return when each of these programmes and projects was asked for last."""
    last: dict[Target, datetime] = {}
    for changed, moment in page.last.items():
        for target in whose[changed]:
            last[target] = max(moment, last.get(target, moment))
    return last


# Lock


def _make_lockable(waiting: Sequence[Target]) -> None:
    """Insert the rows that are locked, for the programmes that have none. This is done before the
    batch begins: within it, a worker would wait for another one that inserts the same row."""
    MAKE_LOCKABLE(_ids(waiting, "programme"))


MAKE_LOCKABLE = Statement(
    "INSERT INTO programmes_programmerollup (programme_id)"
    " SELECT id FROM programmes_programme p WHERE id = ANY(%(ids)s) AND NOT EXISTS"
    " (SELECT 1 FROM programmes_programmerollup WHERE programme_id = p.id)"
    " ORDER BY id ON CONFLICT DO NOTHING RETURNING programme_id",
    reads=lambda: connection,
)
# No lock is waited for, so that no order of locking can end in a deadlock.
LOCK = Statement(
    """
SELECT r.programme_id,
    (SELECT count(*) FROM projects_project p WHERE p.programme_id = r.programme_id)
FROM programmes_programmerollup r
JOIN unnest(%(ids)s, %(last)s) WITH ORDINALITY AS waiting(id, asked, place)
    ON waiting.id = r.programme_id
-- One computed in the future, by a clock that was put back since, does not rest until then.
WHERE (r.computed_at BETWEEN clock_timestamp() - %(rest)s AND clock_timestamp()) IS NOT TRUE
    AND (r.computed_at BETWEEN clock_timestamp() - %(grown)s AND clock_timestamp()
        AND waiting.asked > clock_timestamp() - %(still)s) IS NOT TRUE
ORDER BY place LIMIT %(most)s FOR UPDATE OF r SKIP LOCKED
""",
    types={
        "most": "int",
        "last": "timestamptz[]",
        **dict.fromkeys(("rest", "grown", "still"), "interval"),
    },
    reads=lambda: connection,
)


def _lock(
    waiting: Sequence[Target], rest: timedelta, last: Mapping[Target, datetime] = NEVER
) -> Scope:
    """Lock the longest waiting programmes and projects that do not rest and that no other worker is
    computing, as many as one transaction should hold; return those locked. `last` says when each
    was asked for last."""
    ids = _ids(waiting, "programme")
    moments = [last.get(("programme", id), LONG_AGO) for id in ids]
    grown, still = GROWN * rest, STILL_WRITTEN * rest
    locked = LOCK(ids, last=moments, most=MOST, rest=rest, grown=grown, still=still)
    programmes = _first_batch(locked)
    standalone: list[int] = []
    for id in _ids(waiting, "standalone"):
        if len(standalone) < MOST and _lock_standalone(id):
            standalone.append(id)
    return Scope(tuple(sorted(programmes)), tuple(sorted(standalone)))


def _ids(waiting: Sequence[Target], kind: str) -> list[int]:
    return [id for name, id in waiting if name == kind]


def _first_batch(sizes: Iterable[tuple[int, int]]) -> list[int]:
    """Return the first of these programmes (id, number of projects) that together have at most
    `MANY` projects; at least one."""
    ids: list[int] = []
    projects = 0
    for id, size in sizes:
        projects += size
        if ids and projects > MANY:
            break
        ids.append(id)
    return ids


def _lock_standalone(id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [Lock.STANDALONE, id % 2**31])
        return bool(cursor.fetchone()[0])


# Compute and store


def attempt(scope: Scope, again: int = 2, *, keeping: bool = False) -> None:
    """Compute the batch; if that fails, compute each part alone, so that one failure does not delay
    the others. With `keeping`, the cache of the worker is used and updated; a part that fails is
    computed again without it."""
    if not scope:
        return
    try:
        with transaction.atomic():
            recompute(scope, keeping=keeping)
    except Exception as error:  # whatever a rule raises is stored and shown
        if is_away(error) and not statement_timed_out(error):
            raise  # everything rolls back and is done again
        parts = list(scope.each())
        # A project left while it was computed here, and where it went was quicker: read again.
        outrun = isinstance(error, IntegrityError) and again > 0
        if len(parts) == 1 and not (outrun or keeping):
            log.exception("Figures of %s failed", scope)
            _fail(scope, error)
            return
        for part in parts:
            attempt(part, again - outrun)


def recompute(scope: Scope, *, keeping: bool = False) -> None:
    """Compute and store the figures of the scope, whose locks are held. Raises what the rules
    raise."""
    stamp = _stamp(scope)
    if not keeping:
        _from_nothing(scope, stamp)
        return
    left = {*scope.programmes}
    # Each is read at a moment of its own, and somebody may commit between two: of tables, what is
    # kept is older than the stamps of projects, and what is judged by is newer. So a table counts
    # as touched once too often, and never too rarely.
    tables = touches.stamps_of_tables()
    stamps, latest = worker_cache.stamps_of(scope.programmes), touches.stamps_of_tables()
    for id, (before, stored) in worker_cache.cached(scope.programmes).items():
        if stored is NOTHING and attribution.earlier([id]):
            continue
        if now := worker_cache.recomputed(before, stamps[id], latest):
            write(now, stamp, stored)
            worker_cache.keep(now, stamps, tables)
            left.remove(id)
            stamp += TICK
    if rest := Scope(tuple(sorted(left)), scope.standalone):
        worker_cache.keep(_from_nothing(rest, stamp), stamps, tables)


def _from_nothing(scope: Scope, stamp: datetime) -> Results:
    """Compute and store the scope without the cache; return its present results."""
    path = attribution.results(scope.programmes, scope.standalone)
    for results in path:
        write(results, stamp)
        stamp += TICK
    return path[-1]


STAMP = Statement(
    """
SELECT greatest(
    clock_timestamp(),
    (SELECT max(computed_at) FROM programmes_programmerollup WHERE programme_id = ANY(%(ids)s))
        + interval '1 microsecond',
    -- Looked up project by project: joined, the open forecasts of all programmes would be read.
    (SELECT max((SELECT valid_from FROM projects_projectforecast
            WHERE project_id = p.id AND valid_to IS NULL))
        FROM projects_project p WHERE p.programme_id = ANY(%(ids)s)) + interval '1 microsecond',
    (SELECT max(valid_from) FROM projects_projectforecast
        WHERE valid_to IS NULL AND project_id = ANY(%(other_ids)s)) + interval '1 microsecond'
)
""",
    reads=lambda: connection,
)


def _stamp(scope: Scope) -> datetime:
    """Return the present moment by the clock, later than any stamp that is stored, so that
    intervals never overlap. Read under the lock."""
    [(stamp,)] = STAMP(scope.programmes, scope.standalone)
    return stamp


def _fail(scope: Scope, error: Exception) -> None:
    """Keep the last good figures, store the error, and set the time of the next attempt."""
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
    """Return how long to wait after so many attempts: five seconds, doubled with each attempt, up
    to an hour."""
    return min(LAST_RETRY, FIRST_RETRY * 2 ** min(attempts - 1, 20))
