"""Whose turn it is, and what is left by a worker that died."""

import errno
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from pmhub.jobs import queue, worker
from pmhub.models import Job
from pmhub.tasks import run_job
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(nothing):
    return factories.user("ada")


@pytest.fixture
def ben(nothing):
    return factories.user("ben")


def dies(job):
    """The worker that runs it is heard of no more."""
    Job.objects.filter(pk=job.pk).update(held_until=timezone.now() - timedelta(seconds=1))


def test_two_of_one_user_run_at_once_and_no_third(ada, ben, slow):
    jobs = [slow(ada) for _ in range(3)]
    assert [queue.claim(), queue.claim()] == jobs[:2]
    assert queue.claim() is None
    other = slow(ben)
    assert queue.claim() == other
    assert queue.finish(Job.objects.get(pk=jobs[0].pk), "cancelled")
    assert queue.claim() == jobs[2]


def test_plain_sql_runs_no_third_either(ada, slow):
    jobs = [slow(ada) for _ in range(3)]
    running_now = {"state": "running", "held_until": timezone.now()}
    for place, job in enumerate(jobs[:2], 1):
        Job.objects.filter(pk=job.pk).update(place=place, **running_now)
    for place in (1, 2, 3, None):
        with pytest.raises(IntegrityError), transaction.atomic():
            Job.objects.filter(pk=jobs[2].pk).update(place=place, **running_now)


def test_users_take_turns_however_many_one_has_waiting(ada, ben, slow):
    for number in range(4):
        slow(ada, name=f"a{number}")
    for number in range(2):
        slow(ben, name=f"b{number}")
    turns = []
    while job := queue.claim():
        turns.append(job.parameters["name"])
        queue.finish(job, "failed", "Enough.")
    assert turns == ["a0", "b0", "a1", "b1", "a2", "a3"]


def test_what_a_dead_worker_left_is_done_by_another(ada, slow):
    job = slow(ada)
    first = queue.claim()
    run_job()
    job.refresh_from_db()
    assert job.state == "running"  # the worker lives, as far as anybody knows
    dies(job)
    run_job()
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("done", 2)
    assert not queue.renewed(first)
    assert not queue.finish(first, "failed", "Too late.")
    job.refresh_from_db()
    assert (job.state, job.message) == ("done", "")
    assert b"".join(worker.parts_of(job)) == b"0\r\n1\r\n2\r\n"


def test_a_worker_that_was_given_up_stops_at_its_next_step(ada, slow):
    job = slow(ada)
    late = worker.JobRun(queue.claim())
    dies(job)
    queue.sweep()
    queue.claim()
    with pytest.raises(worker.JobStopped):
        late.reached(1, 3)


def test_what_kills_its_worker_three_times_is_given_up(ada, slow):
    job = slow(ada)
    for _ in range(queue.ATTEMPTS):
        assert queue.claim() == job
        dies(job)
        queue.sweep()
    job.refresh_from_db()
    assert (job.state, job.message) == ("failed", queue.GIVEN_UP)
    assert queue.claim() is None


def test_progress_does_not_go_back(ada, slow):
    slow(ada)
    run = worker.JobRun(queue.claim())
    run.reached(3, 3)
    run.reached(0, 0)
    assert Job.objects.get().progress == 3


def test_a_file_that_grows_too_large_is_told_and_nothing_of_it_given(ada, slow, monkeypatch):
    monkeypatch.setattr(worker, "LARGEST", 5)
    job = slow(ada)
    run_job()
    job.refresh_from_db()
    assert (job.state, job.message, job.size) == ("failed", worker.TOO_LARGE, None)


def test_what_takes_too_long_is_told(ada, slow, monkeypatch):
    monkeypatch.setattr(worker, "LONGEST", -1)
    job = slow(ada)
    run_job()
    job.refresh_from_db()
    assert (job.state, job.message) == ("failed", worker.TOO_LONG)


def test_what_breaks_is_told_without_its_innards(ada, slow, caplog):
    job = slow(ada, steps="many")
    run_job()
    job.refresh_from_db()
    assert (job.state, job.message) == ("failed", worker.BROKEN.format(job.pk))
    assert "TypeError" in caplog.text


def test_a_worker_without_room_says_so(ada, slow):
    job = slow(ada, fails=errno.ENOSPC)
    run_job()
    job.refresh_from_db()
    assert (job.state, job.message) == ("failed", worker.NO_ROOM)


def test_a_file_of_many_pieces_is_given_whole(ada, slow, monkeypatch):
    monkeypatch.setattr(worker, "PIECE", 4)
    job = slow(ada, steps=5)
    run_job()
    job.refresh_from_db()
    assert job.parts.count() == 4
    assert b"".join(worker.parts_of(job)) == b"0\r\n1\r\n2\r\n3\r\n4\r\n"


def test_an_idle_sweep_is_one_query(ada, django_assert_num_queries):
    with django_assert_num_queries(1):
        run_job()


def test_of_a_worker_s_processes_one_runs_jobs_so_that_others_compute_figures():
    desk = worker.WorkerLock()
    desk.open()
    number = desk._file.fileno()
    take = f"import fcntl; fcntl.lockf({number}, fcntl.LOCK_EX | fcntl.LOCK_NB)"

    def another_may():
        command = [sys.executable, "-c", take]
        taken = subprocess.run(command, pass_fds=[number], capture_output=True, check=False)
        return taken.returncode == 0

    assert another_may()
    with desk.taken() as mine:
        assert mine
        assert not another_may()
    assert another_may()


def test_a_worker_that_ends_puts_its_job_back(ada, slow, monkeypatch):
    desk, job = worker.WorkerLock(), slow(ada)
    desk.open()
    monkeypatch.setattr(worker, "desk", desk)
    claimed = queue.claim()
    desk.close()
    worker._run(claimed)
    job.refresh_from_db()
    assert (job.state, job.place) == ("queued", None)
    run_job()  # a hint that comes too late
    job.refresh_from_db()
    assert job.state == "queued"
    monkeypatch.setattr(worker, "desk", worker.WorkerLock())
    run_job()
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("done", 2)
