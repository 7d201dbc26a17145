"""The queue of jobs: which there are, and which is next. Each step is one statement on rows, so
that nothing has to be remembered outside the database.

    queued ──claim──▶ running ──▶ done, failed
       ▲                 │
       └─── its worker died (three times: failed)        cancelled: by its owner, at any time

A claim takes a job of the user with the fewest running jobs, and among these users of the one
served longest ago; a user never has more than two running. A worker that no longer renews its hold
is taken for dead; if it lives after all, it can write nothing, as each of its statements names its
attempt.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from pmhub import hints
from pmhub.database.locks import Lock
from pmhub.jobs.kinds import kind
from pmhub.models import AT_ONCE, OPEN, Job, JobPart, JobState, Token, User

WAITING = 20  # jobs that one user may have waiting
LATER = 30  # seconds after which a user with too many jobs may ask again
ATTEMPTS = 3
HOLD = timedelta(seconds=30)  # renewed more often; after this time the worker counts as dead
KEPT = timedelta(hours=24)
TITLE = 200  # characters
GIVEN = 0  # the attempt that stands for a job's given file

GIVEN_UP = f"The worker died {ATTEMPTS} times while it was at this. Ask for less at once."
INACTIVE = "The account was deactivated."
ENDED = "The token by which it was asked for has expired."


class QueueFull(Exception):
    """The user has as many waiting jobs as permitted; `wait` is when to try again, in seconds."""

    wait = LATER


def ask(
    name: str,
    parameters: Mapping[str, Any],
    *,
    owner: User,
    token: Token | None,
    data: bytes = b"",
) -> Job:
    """Queue a job, with a file if one is given, and return it; if an equal job already waits or
    runs, return that one. Raises ValidationError for invalid parameters, and QueueFull."""
    declared = kind(name)
    fit = declared.check(parameters)
    with transaction.atomic():
        _lock(Lock.JOBS_OF_USER, owner.pk % 2**31)
        mine = Job.objects.filter(owner=owner)
        same = mine.filter(kind=name, parameters=fit, token=token, state__in=OPEN).first()
        if same is not None:
            return same
        if mine.filter(state=JobState.QUEUED).count() >= WAITING:
            raise QueueFull
        job = Job.objects.create(
            owner=owner,
            token=token,
            kind=name,
            parameters=fit,
            title=declared.words(fit)[:TITLE],
        )
        if data:
            JobPart.objects.create(job=job, attempt=GIVEN, number=0, data=data)
        transaction.on_commit(hints.jobs)
    return job


def job_file(job: Job) -> bytes:
    """Return the file that was given to a job."""
    return bytes(JobPart.objects.get(job=job, attempt=GIVEN).data)


def shown_to(user: User) -> QuerySet[Job]:
    """Return the jobs of a user that have not expired, the latest first."""
    return Job.objects.filter(owner=user).exclude(expires_at__lte=timezone.now())


def cancel(job: Job) -> bool:
    """Cancel a job that waits or runs; its worker notices between two pieces of work. Return
    whether it was waiting or running."""
    return bool(_end(Job.objects.filter(pk=job.pk, state__in=OPEN), JobState.CANCELLED))


def let_go(job: Job) -> None:
    """Cancel a job, or delete one that has ended, with its file."""
    if not cancel(job):
        job.delete()


def _end(jobs: QuerySet[Job], state: JobState, message: str = "", **fields: Any) -> int:
    return jobs.update(
        state=state,
        message=message,
        place=None,
        held_until=None,
        finished_at=Now(),
        expires_at=Now() + KEPT,
        **fields,
    )


# Which job is next

# First come users with the fewest running jobs, then those served longest ago, then the oldest job.
NEXT = """
WITH running AS (
    SELECT owner_id, count(*) AS many, array_agg(place) AS places
    FROM pmhub_job WHERE state = 'running' GROUP BY owner_id
), served AS (
    SELECT owner_id, max(started_at) AS at FROM pmhub_job GROUP BY owner_id
)
UPDATE pmhub_job SET
    state = 'running', attempts = attempts + 1, started_at = clock_timestamp(),
    held_until = clock_timestamp() + make_interval(secs => %(hold)s),
    progress = 0, total = NULL, message = '', place = chosen.place
FROM (
    SELECT j.id, (
        SELECT min(n) FROM generate_series(1, %(most)s) n WHERE n <> ALL (coalesce(places, '{}'))
    ) AS place
    FROM pmhub_job j LEFT JOIN running USING (owner_id) LEFT JOIN served USING (owner_id)
    WHERE j.state = 'queued' AND coalesce(many, 0) < %(most)s
    ORDER BY coalesce(many, 0), served.at NULLS FIRST, j.id LIMIT 1
) AS chosen
WHERE pmhub_job.id = chosen.id AND pmhub_job.state = 'queued' RETURNING pmhub_job.id
"""


def claim() -> Job | None:
    """Start the next job and return it; None if none may run now."""
    with transaction.atomic(), connection.cursor() as cursor:
        _lock(Lock.JOBS, 0)  # otherwise two claims at once would both see the same free place
        cursor.execute(NEXT, {"hold": HOLD.total_seconds(), "most": AT_ONCE})
        row = cursor.fetchone()
    if row is None:
        return None
    jobs = Job.objects.select_related("owner", "token").defer("scope")
    return jobs.filter(pk=row[0]).first()


def is_due() -> bool:
    """Return whether there is anything to do for a worker; a single query, as mostly there is
    not."""
    return Job.objects.filter(Q(state__in=OPEN) | Q(expires_at__lte=Now())).exists()


def is_waiting() -> bool:
    """Return whether any job is queued, also if it may not run now."""
    return Job.objects.filter(state=JobState.QUEUED).exists()


def _lock(lock: Lock, key: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [lock, key])


# What a worker reports about its job


def renewed(job: Job, **fields: Any) -> bool:
    """Extend the hold on a job, and store its progress; return whether this worker still holds
    it."""
    return bool(_locked_job(job).update(held_until=Now() + HOLD, **fields))


def finish(job: Job, state: JobState, message: str = "", **fields: Any) -> bool:
    """End a job that this worker runs; return whether this worker still held it."""
    return bool(_end(_locked_job(job), state, message, **fields))


def put_back(job: Job) -> None:
    """Queue a job again that this worker runs, for another worker."""
    _locked_job(job).update(state=JobState.QUEUED, place=None, held_until=None)


def _locked_job(job: Job) -> QuerySet[Job]:
    return Job.objects.filter(pk=job.pk, state=JobState.RUNNING, attempts=job.attempts)


# What happens as time passes


def sweep() -> None:
    """Queue again the jobs of dead workers, cancel those of users or tokens that have lost their
    rights, and delete those that have expired."""
    dead = Job.objects.filter(state=JobState.RUNNING, held_until__lt=Now())
    _end(dead.filter(attempts__gte=ATTEMPTS), JobState.FAILED, GIVEN_UP)
    dead.update(state=JobState.QUEUED, place=None, held_until=None)
    waiting = Job.objects.filter(state__in=OPEN)
    _end(waiting.filter(owner__is_active=False), JobState.CANCELLED, INACTIVE)
    _end(waiting.filter(token__expiry__lte=Now()), JobState.CANCELLED, ENDED)
    Job.objects.filter(expires_at__lte=Now()).delete()
