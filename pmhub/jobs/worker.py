"""A worker's work on one job: it writes the file in pieces, stores the progress, and checks whether
the job is still wanted.

The file is kept in the database in pieces, as web processes and workers share no disk. A thread
renews the worker's hold on the job, however long a step takes; the time for a whole job is bounded.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import tempfile
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, nullcontext
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.db import Error, connection, models, transaction
from django.db.models.functions import Greatest

from pmhub import hints
from pmhub.database.outage import is_away
from pmhub.jobs import queue, rights
from pmhub.jobs.kinds import JobRefused, kind
from pmhub.models import Job, JobPart, JobState, User

log = logging.getLogger(__name__)

PIECE = 256 * 1024  # bytes of a part
LARGEST = 200_000_000  # bytes of a file
LONGEST = 25 * 60  # seconds
TELL = 0.3  # seconds between two lines of progress
RENEW = queue.HOLD.total_seconds() / 6

TOO_LARGE = f"The file would be larger than {LARGEST // 1_000_000} MB. Ask for less at once."
TOO_LONG = f"This took longer than {LONGEST // 60} minutes. Ask for less at once."
NO_ROOM = "The worker has no room to put this together. Take CSV, or ask for less at once."
TAKEN = "Your rights changed while this was written, so nothing was saved. Ask for it again."
BROKEN = "Something went wrong on our side. The log of the worker says what: job {}."


class JobStopped(Exception):
    """The job no longer belongs to this worker: it was cancelled, or given to another."""


class WorkerLeaving(Exception):
    """The worker has to end; another one will do the job."""


class JobRun:
    """What the `run` function of a kind gets: the job, its owner, and a place for the file."""

    def __init__(self, job: Job) -> None:
        self.job, self.parameters, self.user = job, job.parameters, job.owner
        self.own: Collection[rights.Place] = ()  # places where the job itself may have ended roles
        self.size = 0
        self._buffer, self._number = bytearray(), 0
        self._began, self._told = time.monotonic(), 0.0
        self._at: dict[str, int] = {}
        self._stopped = threading.Event()

    def name(self, file_name: str, media_type: str) -> None:
        """Set the name and the media type of the file."""
        self.job.file_name, self.job.media_type = file_name[:200], media_type

    def check(self) -> None:
        """Raise JobStopped if the job was cancelled or given away, WorkerLeaving if the worker has
        to end, and JobRefused if the job takes too long. Works inside a transaction too."""
        if self._stopped.is_set():
            raise JobStopped
        if desk.is_closed:
            raise WorkerLeaving
        if time.monotonic() - self._began > LONGEST:
            raise JobRefused(TOO_LONG)

    def reached(self, progress: int, total: int | None) -> None:
        """Store the progress. Raises what `check` raises."""
        self.check()
        now = time.monotonic()
        if now - self._told >= TELL or progress == total:
            self._told = now
            # Progress never goes back, even for a kind that counts several passes from 0.
            at = Greatest(models.F("progress"), models.Value(progress))
            if not queue.renewed(self.job, progress=at, total=total):
                raise JobStopped

    def going(self, progress: int, total: int) -> None:
        """Note the progress inside a transaction, whose writes are visible only after its end: the
        thread that renews the hold stores it. Raises what `check` raises."""
        self.check()
        self._at = {"progress": progress, "total": total}

    def write(self, data: bytes) -> None:
        """Append to the file. Raises JobRefused if it becomes too large."""
        self.size += len(data)
        if self.size > LARGEST:
            raise JobRefused(TOO_LARGE)
        self._buffer += data
        while len(self._buffer) >= PIECE:
            self._store(bytes(self._buffer[:PIECE]))
            del self._buffer[:PIECE]

    def close(self) -> None:
        """Store the last piece of the file."""
        if self._buffer:
            self._store(bytes(self._buffer))
            self._buffer.clear()

    def _store(self, data: bytes) -> None:
        if self._stopped.is_set():
            raise JobStopped
        place = {"job": self.job, "attempt": self.job.attempts, "number": self._number}
        JobPart.objects.create(**place, data=data)
        self._number += 1

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Renew the hold while the block runs, in a thread with a connection of its own."""
        over = threading.Event()
        thread = threading.Thread(target=self._hold, args=[over], daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _hold(self, over: threading.Event) -> None:
        while not over.wait(RENEW):
            try:
                if not queue.renewed(self.job, **self._at):
                    self._stopped.set()
            except Error as error:
                log.warning("Job %s not held: %s", self.job.pk, error)
            finally:
                connection.close()


def work() -> bool:
    """Run the next job; return whether there was one."""
    job = queue.claim()
    if job is None:
        return False
    call_others()
    try:
        _run(job)
    except JobStopped:
        log.info("Job %s stopped", job.pk)
    except Error as error:
        if not is_away(error):
            raise
        log.warning("Job %s left, for the database is away: %s", job.pk, error)
    return True


def call_others() -> None:
    """Send a hint if further jobs are queued, so that another process begins one."""
    if queue.is_waiting():
        hints.jobs()


def _run(job: Job) -> None:
    """Run the job and end it, whatever happens."""
    if not job.owner.is_active:
        queue.finish(job, JobState.CANCELLED, queue.INACTIVE)
    elif job.token and job.token.has_ended:
        queue.finish(job, JobState.CANCELLED, queue.ENDED)
    else:
        try:
            _make(job)
        except JobStopped:
            raise
        except WorkerLeaving:
            queue.put_back(job)
        except (JobRefused, ValidationError) as error:
            words = error.messages if isinstance(error, ValidationError) else [str(error)]
            queue.finish(job, JobState.FAILED, " ".join(words))
        except Exception as error:  # every error is told to the job's owner
            if is_away(error):
                raise
            log.exception("Job %s (%s) failed", job.pk, job.kind)
            full = isinstance(error, OSError) and error.errno == errno.ENOSPC
            queue.finish(job, JobState.FAILED, NO_ROOM if full else BROKEN.format(job.pk))


def _make(job: Job) -> None:
    declared = kind(job.kind)
    declared.check(job.parameters)
    # Parts of earlier attempts.
    JobPart.objects.filter(job=job).exclude(attempt=queue.GIVEN).delete()
    run, before = JobRun(job), rights.scope_of(job.owner)
    with transaction.atomic() if declared.whole(job.parameters) else nullcontext():
        # The renewal ends first, for it would wait for the rows that this transaction locks.
        with run.holding():
            declared.run(run)
            run.close()
        fields = {name: getattr(job, name) for name in ("file_name", "media_type")}
        # The whole file was written with the rights at the start.
        if declared.whole(job.parameters):
            owner = User.objects.get(pk=job.owner_id)
            if rights.lost_role(before, owner, run.own):
                raise JobRefused(TAKEN)
        scope = rights.union(before, rights.scope_of(job.owner))
        if not queue.finish(job, JobState.DONE, size=run.size, scope=scope, **fields):
            raise JobStopped


def parts_of(job: Job) -> Iterator[bytes]:
    """Yield the file of a finished job, piece by piece."""
    parts = JobPart.objects.filter(job=job, attempt=job.attempts).order_by("number")
    for pk in list(parts.values_list("pk", flat=True)):
        data = JobPart.objects.filter(pk=pk).values_list("data", flat=True).first()
        if data is None:
            raise OSError(f"The file of job {job.pk} was removed while it was sent.")
        yield bytes(data)


class WorkerLock:
    """Lets only one process of a worker run a job at a time, so that the others can compute
    figures.

    It is a system lock on an unnamed file: it ends with the process that holds it.
    """

    _file: IO[Any] | None = None

    def open(self) -> None:
        """Make the file, before the worker forks its children."""
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  # open as long as the worker lives

    def close(self) -> None:
        """Tell the child processes, which share the file, that the worker has to end."""
        if self._file is not None:
            os.write(self._file.fileno(), b".")

    @property
    def is_closed(self) -> bool:
        """Whether the worker has to end."""
        return self._file is not None and os.fstat(self._file.fileno()).st_size > 0

    @contextmanager
    def taken(self) -> Iterator[bool]:
        """Yield whether this process may run a job inside the block."""
        if self._file is None:
            yield True
            return
        if self.is_closed:
            yield False
            return
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        try:
            yield True
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN)


desk = WorkerLock()
