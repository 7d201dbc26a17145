"""Jobs under real workers: a hint is enough, two at once, cancelled and killed in the middle."""

import os
import signal

import pytest

from pmhub import wake
from pmhub.jobs import running
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


def test_a_hint_is_enough_and_progress_is_seen(ada, slow, api_of, celery_worker_running):
    client, job = api_of(ada), slow(ada, steps=20, pause=0.1)
    seen = []

    def done():
        seen.append(client.get(f"{JOBS}{job.pk}/").json())
        return seen[-1]["state"] == "done"

    within(SOON, done, "no worker took it")
    counted = [each["progress"] for each in seen]
    assert counted == sorted(counted)
    assert {each["total"] for each in seen} == {None, 20}
    assert len({*counted}) > 3
    assert seen[-1]["progress"] == 20


def test_two_of_one_user_run_at_once(ada, slow, celery_worker_running):
    jobs = [slow(ada, steps=8, pause=0.1) for _ in range(4)]
    most = []

    def all_done():
        states = [*Job.objects.values_list("state", flat=True)]
        most.append(states.count("running"))
        return states.count("done") == len(jobs)

    within(SOON, all_done, "not all were done")
    assert max(most) == 2


def test_one_that_runs_is_cancelled_between_two_steps(ada, slow, api_of, celery_worker_running):
    job = slow(ada, steps=10_000, pause=0.01)
    within(SOON, lambda: Job.objects.get().progress > 0, "it did not begin")
    assert api_of(ada).delete(f"{JOBS}{job.pk}/").status_code == 204
    assert api_of(ada).get(f"{JOBS}{job.pk}/").json()["state"] == "cancelled"
    # The thread that ran it is free again.
    other = slow(ada, steps=1)
    within(SOON, lambda: state_of(other) == "done", "the worker went on with what was cancelled")
    assert Job.objects.get(pk=job.pk).progress < 10_000


def test_a_killed_worker_s_job_is_taken_up_by_another(ada, slow, monkeypatch):
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "tests.jobs.settings")
    job = slow(ada, steps=60, pause=0.05)
    with worker_process() as worker:
        within(SOON, lambda: wake.jobs() or Job.objects.get().progress > 5, "it did not begin")
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
    assert b"".join(running.parts_of(job)) == expected


def run_hint():
    """What beat sends every few seconds."""
    run_job.delay()
