"""`/api/v1/jobs/`: one's own, followed, cancelled, fetched; nobody sees another's."""

import pytest
from rest_framework.test import APIClient

from pmhub.jobs import queue
from pmhub.models import Job, JobPart, Token
from tests.api.conftest import errors_of

pytestmark = pytest.mark.django_db
JOBS = "/api/v1/jobs/"


def bearer(user, *scopes):
    _, key = Token.objects.create(user=user, name="tests", scopes=" ".join(scopes))
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


def test_a_job_tells_how_far_it_is(slow, viewer, api_of, worked_off):
    job = slow(viewer, steps=4)
    worked_off()
    told = api_of(viewer).get(f"{JOBS}{job.pk}/").json()
    assert (told["state"], told["progress"], told["total"]) == ("done", 4, 4)
    assert told["result_url"] == f"http://testserver{JOBS}{job.pk}/result/"
    assert told["html_url"] == f"http://testserver/jobs/#job-{job.pk}"
    assert (told["file_name"], told["size"]) == ("slow.csv", 12)
    result = api_of(viewer).get(told["result_url"])
    assert b"".join(result.streaming_content) == b"0\r\n1\r\n2\r\n3\r\n"


def test_nobody_sees_takes_or_ends_anothers(slow, viewer, pmo, stranger, api_of, worked_off):
    job = slow(viewer)
    worked_off()
    for other in (pmo, stranger):
        client = api_of(other)
        assert client.get(JOBS).json()["count"] == 0
        for address in (f"{JOBS}{job.pk}/", f"{JOBS}{job.pk}/result/"):
            assert client.get(address).status_code == 404
        assert client.delete(f"{JOBS}{job.pk}/").status_code == 404
    assert api_of(viewer).get(JOBS).json()["count"] == 1
    assert APIClient().get(f"{JOBS}{job.pk}/result/").status_code == 401


def test_one_that_waits_is_cancelled_and_then_removed(slow, viewer, api_of, worked_off):
    client, job = api_of(viewer), slow(viewer)
    assert client.delete(f"{JOBS}{job.pk}/").status_code == 204
    worked_off()
    told = client.get(f"{JOBS}{job.pk}/").json()
    assert (told["state"], told["progress"], told["result_url"]) == ("cancelled", 0, None)
    assert client.delete(f"{JOBS}{job.pk}/").status_code == 204
    assert client.get(f"{JOBS}{job.pk}/").status_code == 404


def test_removing_one_that_is_done_removes_its_file(slow, viewer, api_of, worked_off):
    job = slow(viewer)
    worked_off()
    assert JobPart.objects.count() == 1
    assert api_of(viewer).delete(f"{JOBS}{job.pk}/").status_code == 204
    assert not Job.objects.exists()
    assert not JobPart.objects.exists()


def test_what_is_not_done_has_no_file(slow, viewer, api_of):
    job = slow(viewer)
    answer = api_of(viewer).get(f"{JOBS}{job.pk}/result/")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_done")


@pytest.mark.parametrize("accept", ["text/csv", "application/json", "*/*", "image/png"])
def test_a_file_is_given_whatever_the_client_would_like_best(
    accept, slow, viewer, api_of, worked_off
):
    job = slow(viewer)
    worked_off()
    answer = api_of(viewer).get(f"{JOBS}{job.pk}/result/", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/csv")


def test_a_file_is_gone_after_a_day(slow, viewer, api_of, worked_off):
    job = slow(viewer)
    worked_off()
    kept = Job.objects.get()
    assert kept.expires_at - kept.finished_at == queue.KEPT
    Job.objects.update(
        finished_at=kept.finished_at - queue.KEPT, expires_at=kept.expires_at - queue.KEPT
    )
    client = api_of(viewer)
    assert client.get(f"{JOBS}{job.pk}/result/").status_code == 404
    assert client.get(JOBS).json()["count"] == 0
    worked_off()  # as beat asks for every five seconds
    assert not Job.objects.exists()
    assert not JobPart.objects.exists()


def test_the_twenty_first_that_waits_is_asked_to_come_later(
    slow, asked, lines, viewer, pmo, api_of, worked_off
):
    for _ in range(queue.WAITING):
        slow(viewer)
    answer = api_of(viewer).get(lines)
    assert (answer.status_code, answer.json()["code"]) == (429, "jobs_full")
    assert answer.headers["Retry-After"] == "30"
    assert Job.objects.count() == queue.WAITING
    assert api_of(pmo).get(lines).status_code == 202
    worked_off()
    assert api_of(viewer).get(lines).status_code == 202


def test_parameters_that_jobs_do_not_have_are_refused(slow, viewer, api_of):
    client, job = api_of(viewer), slow(viewer)
    for address in (f"{JOBS}?stat=done", f"{JOBS}{job.pk}/?x=1", f"{JOBS}{job.pk}/result/?x=1"):
        answer = client.get(address)
        assert answer.status_code == 400
        assert [*errors_of(answer).values()] == ["unknown_parameter"]


def test_jobs_are_asked_for_by_what_they_make_alone(viewer, api_of):
    for method in ("post", "put", "patch"):
        assert getattr(api_of(viewer), method)(JOBS, {}, format="json").status_code == 405


def test_a_token_of_one_resource_takes_the_file_that_it_asked_for(
    long_tables, lines, viewer, worked_off
):
    ours, other = bearer(viewer, "programmes:read"), bearer(viewer, "programmes:read")
    job = ours.get(lines).headers["Location"]
    worked_off()
    assert ours.get(f"{job}result/").status_code == 200
    assert other.get(f"{job}result/").status_code == 404
    assert other.get(JOBS).json()["count"] == 0
    assert ours.delete(job).status_code == 204


def test_a_token_takes_no_file_of_a_resource_that_it_may_not_read(asked, viewer, worked_off):
    job = asked(viewer)
    worked_off()
    narrow = bearer(viewer, "jobs:read")
    assert narrow.get(job).status_code == 200
    assert narrow.get(f"{job}result/").status_code == 403
    assert narrow.delete(job).status_code == 404
    assert bearer(viewer, "jobs:read", "programmes:read").get(f"{job}result/").status_code == 200
    assert bearer(viewer).get(f"{job}result/").status_code == 200


def test_a_revoked_token_takes_its_jobs_along(long_tables, lines, viewer, api_of, worked_off):
    client = bearer(viewer, "programmes:read")
    job = client.get(lines).headers["Location"]
    assert api_of(viewer).get(job).status_code == 200
    Token.objects.all().delete()
    worked_off()
    assert api_of(viewer).get(job).status_code == 404
