"""The page of one's own jobs: how far each is, an end to it, its file, and none of anybody else."""

import re

import pytest

from pmhub.models import Job
from pmhub.tasks import run_job
from tests import factories
from tests.jobs.slow import asking

pytestmark = pytest.mark.django_db
LIVE = {"HX-Request": "true"}


@pytest.fixture
def slow():
    with asking() as ask:
        yield ask


@pytest.fixture
def ada(nothing):
    return factories.user("ada")


@pytest.fixture
def signed_in(client_of, ada):
    return client_of(ada)


def starts(job, progress, total):
    Job.objects.filter(pk=job.pk).update(
        state="running", place=1, held_until=job.created_at, progress=progress, total=total
    )


def test_where_there_is_none_it_is_said_what_comes_here(signed_in, words):
    said = words(signed_in.get("/jobs/"))
    assert "Nothing here yet." in said
    assert "more than 10,000 rows" in said


def test_the_menu_of_the_account_leads_here(signed_in):
    assert 'href="/jobs/"' in signed_in.get("/account/").content.decode()


def test_each_job_says_how_far_it_is(signed_in, ada, slow, words):
    job = slow(ada, name="of Ada")
    answer = signed_in.get("/jobs/")
    assert "A slow file of Ada" in words(answer)
    assert "Waiting Begins when it is its turn Cancel" in words(answer)
    assert "Look again" in words(answer)
    starts(job, 3, 8)
    assert "Running 3 of 8 Cancel" in words(signed_in.get("/jobs/"))
    Job.objects.update(state="queued", place=None, held_until=None)
    run_job()
    answer = signed_in.get("/jobs/")
    assert re.search(r"Done Kept until .* Remove", words(answer))
    assert f'href="/api/v1/jobs/{job.pk}/result/"' in answer.content.decode()
    assert "Look again" not in words(answer)


def test_the_region_is_read_again_while_something_goes_on(signed_in, ada, slow):
    job = slow(ada)
    first = signed_in.get("/jobs/", headers=LIVE)
    assert first.headers["X-Rollup-State"] == "recomputing"
    same = {**LIVE, "If-None-Match": first.headers["ETag"]}
    assert signed_in.get("/jobs/", headers=same).status_code == 304
    starts(job, 1, 3)
    assert signed_in.get("/jobs/", headers=same).status_code == 200
    Job.objects.update(state="queued", place=None, held_until=None)
    run_job()
    assert signed_in.get("/jobs/", headers=LIVE).headers["X-Rollup-State"] == "fresh"


def test_a_button_cancels_and_then_removes(signed_in, ada, slow, words):
    job = slow(ada)
    answer = signed_in.post("/jobs/", {"end": job.pk})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/jobs/")
    assert "Cancelled" in words(signed_in.get("/jobs/"))
    signed_in.post("/jobs/", {"end": job.pk})
    assert not Job.objects.exists()


def test_nobody_sees_or_ends_anothers(client_of, ada, slow, words):
    job = slow(ada, name="of Ada")
    other = client_of(factories.user("ben"))
    assert "of Ada" not in words(other.get("/jobs/"))
    for named in (job.pk, "", "x", "9" * 30, "-1"):
        assert other.post("/jobs/", {"end": named}).status_code == 404
    assert Job.objects.get().state == "queued"


def test_a_title_is_text(signed_in, ada, slow):
    slow(ada, name="<script>alert(1)</script>")
    assert "<script>alert(1)" not in signed_in.get("/jobs/").content.decode()


def test_it_takes_as_many_queries_for_three_as_for_one(signed_in, ada, slow, queries_of):
    slow(ada)
    one = queries_of(signed_in, "/jobs/")
    for _ in range(2):
        slow(ada)
    assert queries_of(signed_in, "/jobs/") == one


def test_a_stranger_signs_in_first(client, nothing):
    assert client.get("/jobs/").headers["Location"] == "/accounts/login/?next=/jobs/"
    assert client.get("/jobs/", headers=LIVE).status_code == 401
