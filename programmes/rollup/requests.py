"""Requests to recompute: which are oldest, whose figures they move, and how they are taken."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection, transaction

from pmhub.database.statements import Statement
from pmhub.database.touches import TABLE, topic_of
from pmhub.database.triggers import Kind
from programmes.models import ProgrammeRollup, RollupRequest
from programmes.models.rules_in_force import bring_in
from programmes.rollup.compute import ENGINE_VERSION

Changed = tuple[str, int]  # the kind and the id of what changed
Target = tuple[str, int]  # "programme" or "standalone", and an id


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose figures a batch computes: those of programmes, and of projects that stand alone."""

    programmes: tuple[int, ...] = ()
    standalone: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.programmes or self.standalone)

    def each(self) -> Iterable[Scope]:
        """Yield each programme and each project as a scope of its own."""
        yield from (Scope(programmes=(id,)) for id in self.programmes)
        yield from (Scope(standalone=(id,)) for id in self.standalone)

    @classmethod
    def of(cls, targets: Iterable[Target]) -> Scope:
        """Return the scope of these targets, in order of their ids."""
        ordered = sorted(set(targets))
        return cls(
            tuple(id for kind, id in ordered if kind == "programme"),
            tuple(id for kind, id in ordered if kind == "standalone"),
        )

    @property
    def targets(self) -> set[Target]:
        """Return the scope as a set of targets."""
        return {
            *(("programme", id) for id in self.programmes),
            *(("standalone", id) for id in self.standalone),
        }


# Which are oldest


@dataclass(frozen=True, slots=True)
class Page:
    """Changed objects for which requests wait, the longest waiting first: `since` when, and the ids
    of the requests (`rows`), the `last` of which came when. The next page begins after `end`."""

    since: Mapping[Changed, datetime]
    last: Mapping[Changed, datetime]
    rows: Mapping[Changed, Sequence[int]]
    end: tuple[datetime, int]

    @property
    def size(self) -> int:
        """Return the number of requests."""
        return sum(map(len, self.rows.values()))


# What another worker is deleting is passed over. Read with the weakest lock that sees that, which
# ends with this statement: whoever reads and then hangs keeps no request from anybody.
OLDEST = Statement(
    """
WITH oldest AS MATERIALIZED (
    SELECT id, kind, object_id, requested_at FROM programmes_rolluprequest
    WHERE (requested_at, id) > (%(begin)s, %(id)s)
    ORDER BY requested_at, id LIMIT %(most)s FOR KEY SHARE SKIP LOCKED
)
SELECT r.kind, r.object_id, min(r.requested_at), array_agg(r.id),
    (SELECT max(requested_at) FROM oldest),
    (SELECT id FROM oldest ORDER BY requested_at DESC, id DESC LIMIT 1), max(r.requested_at)
FROM programmes_rolluprequest r
WHERE (r.kind, r.object_id) IN (SELECT kind, object_id FROM oldest)
GROUP BY r.kind, r.object_id ORDER BY 3, 1, 2
""",
    types={"most": "int"},
    reads=lambda: connection,
)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def oldest(most: int, after: tuple[datetime, int] | None = None) -> Page | None:
    """Return a page of the oldest requests, at most `most`, with all other requests for the same
    objects; None where there are none after `after`."""
    moment, id = after or (LONG_AGO, 0)
    rows = OLDEST(begin=moment, id=id, most=most)
    if not rows:
        return None
    return Page(
        since={(kind, object): since for kind, object, since, *_ in rows},
        last={(kind, object): last for kind, object, *_, last in rows},
        rows={(kind, object): ids for kind, object, _, ids, *_ in rows},
        end=rows[0][4:6],
    )


# Whose figures they move


TARGETS = Statement(
    f"""
WITH asked(kind, id) AS (SELECT * FROM unnest(%(names)s, %(ids)s)),
touched(kind, id, project) AS (
    SELECT asked.kind, id, id FROM asked WHERE asked.kind = '{Kind.PROJECT}'
    UNION SELECT asked.kind, asked.id, a.project_id FROM asked
        JOIN projects_allocation a ON a.resource_id = asked.id WHERE asked.kind = '{Kind.RESOURCE}'
    UNION SELECT asked.kind, asked.id, r.project_id FROM asked
        JOIN programmes_assurancereview r ON r.id = asked.id
        WHERE asked.kind = '{Kind.REVIEW}' AND r.project_id IS NOT NULL
)
SELECT asked.kind, asked.id, 'programme', p.id FROM asked
    JOIN programmes_programme p ON p.id = asked.id WHERE asked.kind = '{Kind.PROGRAMME}'
UNION SELECT asked.kind, asked.id, 'programme', b.programme_id FROM asked
    JOIN benefits_benefit b ON b.id = asked.id WHERE asked.kind = '{Kind.BENEFIT}'
UNION SELECT asked.kind, asked.id, 'programme', l.programme_id FROM asked
    JOIN programmes_programmeline l ON l.id = asked.id WHERE asked.kind = '{Kind.LINE}'
UNION SELECT asked.kind, asked.id, 'programme', r.programme_id FROM asked
    JOIN programmes_assurancereview r ON r.id = asked.id
    WHERE asked.kind = '{Kind.REVIEW}' AND r.programme_id IS NOT NULL
UNION SELECT touched.kind, touched.id, 'programme', p.programme_id FROM touched
    JOIN projects_project p ON p.id = project WHERE p.programme_id IS NOT NULL
UNION SELECT touched.kind, touched.id, 'standalone', p.id FROM touched
    JOIN projects_project p ON p.id = project WHERE p.programme_id IS NULL
UNION SELECT touched.kind, touched.id, 'programme', f.computed_under FROM touched
    JOIN projects_projectforecast f ON f.project_id = project AND f.valid_to IS NULL
    JOIN programmes_programme p ON p.id = f.computed_under
    -- A project that left: its old programme's lock keeps an older result from coming later.
    JOIN projects_project now ON now.id = project
    WHERE now.programme_id IS DISTINCT FROM f.computed_under
""",  # noqa: S608  # our own names
    reads=lambda: connection,
)


def targets_of(changes: Iterable[Changed]) -> dict[Changed, set[Target]]:
    """Return for each changed object the programmes and standalone projects whose figures it moves
    now; an empty set where it moves none."""
    targets: dict[Changed, set[Target]] = {key: set() for key in changes}
    kinds, ids = [str(kind) for kind, _ in targets], [id for _, id in targets]
    for kind, id, whose, target in TARGETS(ids, names=kinds):
        targets[kind, id].add((whose, target))
    return targets


def resolve(changes: Iterable[Changed]) -> Scope:
    """Return the programmes and standalone projects whose figures the changed objects move now."""
    return Scope.of(set().union(*targets_of(changes).values()))


# How they are taken


def take(page: Page, whose: Mapping[Changed, set[Target]], locked: Scope) -> tuple[Scope, int]:
    """Delete the requests of a page that move a locked target, and those that move nothing; return
    which of the locked targets have to be computed, and how many requests were deleted.

    For each other target that they move, a new request takes their place, dated as they were.
    Requests that another worker has taken since the page was read are left to that worker.
    """
    mine = locked.targets
    ready = [changed for changed, targets in whose.items() if not targets or targets & mine]
    rows = _delete([id for changed in ready for id in page.rows[changed]])
    taken = set(rows)
    _ask_for_the_rest(page, whose, taken, mine)
    return Scope.of(mine & set().union(*(whose[changed] for changed in taken))), len(rows)


# Rows are locked once and deleted by an array of their ids, and what belongs to a row is looked up
# row by row: so written, no estimate of the planner's, who may have no statistics, can make of it
# a join that compares everything with everything.
DELETE = Statement(
    """
WITH taken AS MATERIALIZED (
    SELECT id FROM programmes_rolluprequest WHERE id = ANY(%(ids)s) FOR UPDATE SKIP LOCKED
)
DELETE FROM programmes_rolluprequest WHERE id = ANY(ARRAY(SELECT id FROM taken))
RETURNING kind, object_id
""",
    reads=lambda: connection,
)


def _delete(ids: Sequence[int]) -> list[Changed]:
    """Delete these requests, except those that another worker is deleting; return the changed
    object of each."""
    return DELETE(ids)


def _ask_for_the_rest(
    page: Page, whose: Mapping[Changed, set[Target]], taken: Iterable[Changed], mine: set[Target]
) -> None:
    since: dict[Target, datetime] = {}
    for changed in taken:
        for target in whose[changed] - mine:
            since[target] = min(since.get(target, page.since[changed]), page.since[changed])
    kinds = {"programme": "G", "standalone": "P"}
    RollupRequest.objects.bulk_create(
        RollupRequest(kind=kinds[kind], object_id=id, requested_at=moment)
        for (kind, id), moment in sorted(since.items())
    )


# One statement, so that objects and requests are seen as of one moment: the request of a project
# that leaves meanwhile is not taken for one of ours.
ABSORB = Statement(
    f"""
WITH mine(kind, object_id) AS MATERIALIZED (
    SELECT '{Kind.PROGRAMME}'::text, id FROM unnest(%(ids)s) AS id
    UNION ALL SELECT '{Kind.BENEFIT}', id FROM benefits_benefit WHERE programme_id = ANY(%(ids)s)
    UNION ALL SELECT '{Kind.LINE}', id FROM programmes_programmeline
        WHERE programme_id = ANY(%(ids)s)
    -- One that came from another programme waits until that one's lock is held too.
    UNION ALL SELECT '{Kind.PROJECT}', p.id FROM projects_project p
        WHERE p.programme_id = ANY(%(ids)s)
        AND coalesce((SELECT f.computed_under IS NOT DISTINCT FROM p.programme_id
            FROM projects_projectforecast f WHERE f.project_id = p.id AND f.valid_to IS NULL), TRUE)
),
taken AS MATERIALIZED (
    SELECT r.id FROM mine CROSS JOIN LATERAL (
        SELECT id FROM programmes_rolluprequest WHERE kind = mine.kind
            AND object_id = mine.object_id FOR UPDATE SKIP LOCKED) r
)
DELETE FROM programmes_rolluprequest WHERE id = ANY(ARRAY(SELECT id FROM taken)) RETURNING id
""",  # noqa: S608  # our own names
    reads=lambda: connection,
)


def absorb(scope: Scope) -> None:
    """Delete all further requests for the locked programmes, which are about to be computed from
    facts that are read after this. So a bulk load of their projects is one computation."""
    if scope.programmes:
        ABSORB(scope.programmes)


# Many at once


SPREAD = f"""
INSERT INTO programmes_rolluprequest (kind, object_id, requested_at)
SELECT '{Kind.PROGRAMME}', p.id, since FROM programmes_programme p
    JOIN unnest(%s::bigint[], %s::timestamptz[]) AS portfolio(id, since)
        ON portfolio.id = portfolio_id
UNION ALL
SELECT '{Kind.PROJECT}', p.id, since FROM projects_project p
    JOIN unnest(%s::bigint[], %s::timestamptz[]) AS portfolio(id, since)
        ON portfolio.id = portfolio_id
"""  # noqa: S608  # our own names


# What workers keep of a programme counts no more once its figures are touched.
FROM_NOTHING = f"""
INSERT INTO {TABLE} (topic, object_id)
SELECT '{topic_of(ProgrammeRollup)}', id FROM programmes_programme
WHERE id = ANY(%s) OR portfolio_id = ANY(%s)
"""  # noqa: S608  # our own names


def spread(portfolios: Mapping[int, datetime]) -> None:
    """Request each programme and each standalone project of these portfolios, dated as given, to be
    computed from nothing."""
    with connection.cursor() as cursor:
        cursor.execute(FROM_NOTHING, [[], [*portfolios]])
        cursor.execute(SPREAD, [[*portfolios], [*portfolios.values()]] * 2)


def request_full_computation(programmes: Collection[int]) -> None:
    """Request these programmes, to be computed from nothing."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FROM_NOTHING, [[*programmes], []])
        RollupRequest.objects.bulk_create(
            RollupRequest(kind=Kind.PROGRAMME, object_id=id) for id in programmes
        )


def spread_out(page: Page) -> int:
    """Replace each request for a portfolio by one for each of its programmes and projects, with the
    same date, so that a batch stays small; return how many were replaced."""
    ids = [id for (kind, _), rows in page.rows.items() if kind == Kind.PORTFOLIO for id in rows]
    if not ids:
        return 0
    gone = _delete(ids)
    spread({id: page.since[kind, id] for kind, id in set(gone)})
    return len(gone)


SWEEP = f"""
INSERT INTO programmes_rolluprequest (kind, object_id)
SELECT '{Kind.PROGRAMME}', r.programme_id FROM programmes_programmerollup r
    WHERE r.stale_after <= now() OR (r.engine_version <> %s AND r.failed_since IS NULL)
UNION ALL
SELECT '{Kind.PROJECT}', f.project_id FROM projects_projectforecast f
    WHERE f.valid_to IS NULL AND f.stale_after <= now()
"""  # noqa: S608  # our own names


def sweep() -> int:
    """Request the figures that have to be computed because of the time: a day has ended, other
    rules came into force, a retry is due, or the engine is new; return how many were requested."""
    bring_in()
    with connection.cursor() as cursor:
        cursor.execute(SWEEP, [ENGINE_VERSION])
        return cursor.rowcount


def request_after_upgrade() -> None:
    """Ask for everything if the rules were others when figures were computed: until they are
    computed anew, figures are then told as waiting."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM programmes_programmerollup"
            " WHERE engine_version <> %s AND failed_since IS NULL)",
            [ENGINE_VERSION],
        )
        [is_older] = cursor.fetchone()
    if is_older:
        request_everything()


def request_everything() -> None:
    """Request every programme and every project that stands alone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO programmes_rolluprequest (kind, object_id)"
            " SELECT %s, id FROM programmes_portfolio",
            [Kind.PORTFOLIO],
        )
