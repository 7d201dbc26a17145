"""A table of more rows than one waits for becomes a job, and its file is that table."""

import pytest

from pmhub.api import exports

pytestmark = pytest.mark.django_db


def test_a_long_table_is_answered_with_the_address_of_a_job(long_tables, lines, viewer, api_of):
    client = api_of(viewer)
    answer = client.get(lines)
    assert answer.status_code == 202
    assert answer.headers["Content-Type"] == "application/json"
    job = client.get(answer.headers["Location"])
    assert job.status_code == 200
    told = job.json()
    assert answer.json() == {name: told[name] for name in ("id", "url", "state", "title")}
    assert (told["state"], told["progress"], told["total"]) == ("queued", 0, None)
    assert told["result_url"] is None


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_file_is_what_would_have_been_answered_at_once(
    form, lines, viewer, api_of, monkeypatch, worked_off
):
    client, address = api_of(viewer), lines.replace("csv", form)
    at_once = client.get(address)
    assert at_once.status_code == 200
    monkeypatch.setattr(exports, "MOST_ROWS", 0)
    job = client.get(address).headers["Location"]
    worked_off()
    told = client.get(job).json()
    assert (told["state"], told["message"]) == ("done", "")
    result = client.get(told["result_url"])
    assert b"".join(result.streaming_content) == at_once.content
    assert result.headers["Content-Disposition"] == at_once.headers["Content-Disposition"]
    assert result.headers["Content-Type"] == at_once.headers["Content-Type"]
    assert result.headers["X-Content-Type-Options"] == "nosniff"
    assert result.headers["Content-Length"] == str(len(at_once.content)) == str(told["size"])
