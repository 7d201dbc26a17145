"""Jobs under real workers: a hint is enough, two at once, cancelled and killed in the middle."""

import os
import signal

import pytest

from pmhub import hints
from pmhub.jobs.worker import parts_of
from pmhub.models import Job
from pmhub.tasks import run_job
from tests import factories
from tests.rollup.test_faults import SOON, within, worker_process

pytestmark = pytest.mark.django_db(transaction=True)
JOBS = "/api/v1/jobs/"


@pytest.fixture
def ada(nothing):
    return factories.user("ada")


def state_of(job):
    return Job.objects.values_list("state", flat=True).get(pk=job.pk)


def test_a_hint_is_enough(ada, slow, api_of, celery_worker_running):
    job = slow(ada, steps=20)
    within(SOON, lambda: state_of(job) == "done", "no worker took it")
    told = api_of(ada).get(f"{JOBS}{job.pk}/").json()
    assert (told["progress"], told["total"]) == (20, 20)


def test_two_of_one_user_run_at_once_and_the_next_when_one_ends(
    ada, slow, api_of, celery_worker_running
):
    first, second, third = (slow(ada, steps=10_000, pause=0.01) for _ in range(3))

    def states():
        return [state_of(job) for job in (first, second, third)]

    within(SOON, lambda: states() == ["running", "running", "queued"], "not two of them run")
    api_of(ada).delete(f"{JOBS}{first.pk}/")
    within(SOON, lambda: states() == ["cancelled", "running", "running"], "the third waits still")
    for job in (second, third):
        api_of(ada).delete(f"{JOBS}{job.pk}/")


def test_one_that_runs_tells_how_far_it_is_until_it_is_cancelled(
    ada, slow, api_of, celery_worker_running
):
    client, job = api_of(ada), slow(ada, steps=10_000, pause=0.01)

    def progress():
        told = client.get(f"{JOBS}{job.pk}/").json()
        assert told["total"] in (None, 10_000)
        return told["progress"]

    within(SOON, lambda: progress() > 0, "it did not begin")
    reached = progress()
    within(SOON, lambda: progress() > reached, "it does not go on")
    assert client.delete(f"{JOBS}{job.pk}/").status_code == 204
    assert client.get(f"{JOBS}{job.pk}/").json()["state"] == "cancelled"
    # The thread that ran it is free again.
    other = slow(ada, steps=1)
    within(SOON, lambda: state_of(other) == "done", "the worker went on with what was cancelled")
    assert progress() < 10_000


def test_a_killed_worker_s_job_is_taken_up_by_another(ada, slow, monkeypatch):
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "tests.jobs.settings")
    job = slow(ada, steps=60, pause=0.05)
    with worker_process() as worker:
        within(SOON, lambda: hints.jobs() or Job.objects.get().progress > 5, "it did not begin")
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("running", 1)
    Job.objects.update(held_until=job.started_at)  # the time for which it is held passes
    with worker_process():
        within(SOON, lambda: run_hint() or state_of(job) == "done", "nobody took it up")
    job.refresh_from_db()
    assert job.attempts == 2
    expected = b"".join(f"{number}\r\n".encode() for number in range(60))
    assert b"".join(parts_of(job)) == expected


def test_a_worker_that_is_told_to_end_puts_its_job_back(ada, slow, monkeypatch):
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "tests.jobs.settings")
    job = slow(ada, steps=100_000, pause=0.01)
    with worker_process() as worker:
        within(SOON, lambda: hints.jobs() or Job.objects.get().progress > 5, "it did not begin")
        worker.terminate()
        worker.wait(SOON)
    assert state_of(job) == "queued"


def run_hint():
    """What beat sends every few seconds."""
    run_job.delay()
