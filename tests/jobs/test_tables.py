"""A table of more rows than one waits for becomes a job, and its file is that table."""

import pytest

from pmhub.api import table_jobs
from pmhub.models import Job

pytestmark = pytest.mark.django_db


def test_a_long_table_is_answered_with_the_address_of_a_job(long_tables, lines, viewer, api_of):
    client = api_of(viewer)
    answer = client.get(lines)
    assert answer.status_code == 202
    assert answer.headers["Content-Type"] == "application/json"
    job = client.get(answer.headers["Location"])
    assert (job.status_code, job.headers["Retry-After"]) == (200, "1")
    told = job.json()
    assert answer.json() == told
    assert (told["state"], told["progress"], told["total"]) == ("queued", 0, None)
    assert told["title"] == "CAM-actual_cost as CSV"
    assert told["result_url"] is None


def test_a_table_of_as_many_rows_as_one_waits_for_is_answered_at_once(
    lines, viewer, api_of, monkeypatch
):
    rows = api_of(viewer).get(lines).content.count(b"\r\n") - 1
    monkeypatch.setattr(table_jobs, "MOST_ROWS", rows)
    assert api_of(viewer).get(lines).status_code == 200
    monkeypatch.setattr(table_jobs, "MOST_ROWS", rows - 1)
    assert api_of(viewer).get(lines).status_code == 202


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_file_is_what_would_have_been_answered_at_once(
    form, lines, viewer, api_of, monkeypatch, worked_off
):
    client, address = api_of(viewer), lines.replace("csv", form)
    at_once = client.get(address)
    assert at_once.status_code == 200
    monkeypatch.setattr(table_jobs, "MOST_ROWS", 0)
    job = client.get(address).headers["Location"]
    worked_off()
    told = client.get(job).json()
    assert (told["state"], told["message"]) == ("done", "")
    result = client.get(told["result_url"])
    assert b"".join(result.streaming_content) == at_once.content
    assert result.headers["Content-Disposition"] == at_once.headers["Content-Disposition"]
    assert result.headers["Content-Type"] == at_once.headers["Content-Type"]
    assert result.headers["X-Content-Type-Options"] == "nosniff"
    assert result.headers["Cache-Control"] == "private, no-store"
    assert result.headers["Content-Length"] == str(len(at_once.content)) == str(told["size"])


def test_the_file_names_the_addresses_by_which_it_was_asked_for(
    long_tables, demo, viewer, api_of, worked_off
):
    client = api_of(viewer)
    address = f"/api/v1/portfolios/{demo.portfolio.pk}/rollup/?format=csv"
    job = client.get(address, headers={"Host": "localhost"}, secure=True).headers["Location"]
    assert job.startswith("https://localhost/api/v1/jobs/")
    stored = Job.objects.get()
    assert stored.parameters["base"] == "https://localhost/"


def test_who_follows_a_link_is_led_to_the_page_of_their_jobs(long_tables, lines, viewer, api_of):
    answer = api_of(viewer).get(lines, headers={"Sec-Fetch-Dest": "document"})
    job = Job.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/jobs/#job-{job.pk}")


def test_who_asks_again_meanwhile_is_told_of_the_same_job(asked, viewer, pmo, worked_off):
    first = asked(viewer)
    assert asked(viewer) == first
    assert asked(pmo) != first
    worked_off()
    assert asked(viewer) != first  # that one is done: figures may have moved since


def test_what_is_gone_when_its_turn_comes_is_said(asked, viewer, api_of, worked_off):
    job = asked(viewer)
    parameters = Job.objects.get().parameters
    path = parameters["path"].replace("actual_cost", "no_such_figure")
    Job.objects.update(parameters={**parameters, "path": path})
    worked_off()
    told = api_of(viewer).get(job).json()
    assert (told["state"], told["message"]) == ("failed", "There is no such metric.")


def test_parameters_that_are_no_table_of_ours_are_not_run(asked, viewer, api_of, worked_off):
    job = asked(viewer)
    parameters = Job.objects.get().parameters
    Job.objects.update(parameters={**parameters, "path": "/admin/"})
    worked_off()
    told = api_of(viewer).get(job).json()
    assert (told["state"], told["result_url"]) == ("failed", None)
