"""Lists of what is no record: pages and files as of any collection, and no parameter unread."""

import csv
import io
from typing import Any

import pytest

from pmhub.api.routes import RESOURCES
from pmhub.models import User
from tests.api.conftest import errors_of

LISTS = (
    "audit", "data-quality", "deleted", "inbox", "jobs", "requests", "stages", "tokens", "waiting",
    "webhooks",
)  # fmt: skip


@pytest.fixture
def reader(demo: Any, pmo: User, api: Any) -> Any:
    """A client of the PMO who has a token, a job and a deleted record."""
    client = api(pmo)
    assert client.post("tokens/", {"name": "=Sheet"}).status_code == 201
    risk = client.get("risks/?page_size=1&ordering=-id").json()["results"][0]
    client.delete(f"risks/{risk['id']}/", risk["version"])
    assert client.get("status-reports/1/pdf/").status_code in (200, 202, 404)
    return client


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_a_page_and_a_file_of_the_same_rows(name: str, reader: Any) -> None:
    page = reader.get(f"{name}/?page_size=500").json()
    assert list(page) == ["count", "next", "previous", "results"]
    answer = reader.get(f"{name}/?format=csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    said = (b"".join(answer) if answer.streaming else answer.content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(said)))
    if name != "audit":  # it tells of the reading, too
        assert len(rows) == page["count"]
        for row, told in zip(rows, page["results"], strict=True):
            for member in ("id", "title", "url", "html_url", "created_at"):
                if member in told and member in row:
                    assert row[member] == str(told[member])
    sheet = reader.get(f"{name}/?format=xlsx")
    assert sheet.status_code == 200, sheet.content


def test_the_key_of_a_token_is_in_no_file(reader: Any) -> None:
    said = reader.get("tokens/?format=csv").content.decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(said))
    assert [*row] == [*reader.get("tokens/").json()["results"][0]]
    assert (row["name"], row["scopes"]) == ("'=Sheet", "read; write")
    assert "secret" not in reader.get("webhooks/?format=csv").content.decode()


@pytest.mark.parametrize("name", ["jobs", "tokens", "webhooks"])
def test_each_row_leads_to_itself_and_to_its_page(
    name: str, reader: Any, pmo: User, client_of: Any
) -> None:
    row = reader.get(f"{name}/").json()["results"][0]
    assert reader.client.get(row["url"]).json() == row
    assert client_of(pmo).get(row["html_url"].partition("#")[0]).status_code == 200


@pytest.mark.parametrize("name", ["tokens", "webhooks"])
def test_an_unknown_parameter_is_refused_before_anything_is_done(name: str, reader: Any) -> None:
    id = reader.get(f"{name}/").json()["results"][0]["id"]
    for ask in (reader.get, reader.delete):
        assert errors_of(ask(f"{name}/{id}/?flavour=red")) == {"/flavour": "unknown_parameter"}
    assert reader.get(f"{name}/{id}/").status_code == 200


def test_a_file_is_written_whatever_accept_says(reader: Any) -> None:
    answer = reader.get("risks/?format=csv", Accept="application/json")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"


def test_an_answer_of_the_search_is_sent_once(reader: Any) -> None:
    first, other = (reader.get(f"search/?q={word}") for word in ("campus", "library"))
    assert first.headers["ETag"] != other.headers["ETag"]
    tag = first.headers["ETag"]
    assert reader.get("search/?q=campus", **{"If-None-Match": tag}).status_code == 304
    assert reader.get("search/?q=library", **{"If-None-Match": tag}).status_code == 200


def test_the_scenarios_of_a_programme_are_sent_once(reader: Any) -> None:
    tag = reader.get("programmes/1/scenarios/").headers["ETag"]
    assert reader.get("programmes/1/scenarios/", **{"If-None-Match": tag}).status_code == 304


def test_a_filter_takes_each_number_as_it_is_answered(reader: Any) -> None:
    view: Any
    for name, view in RESOURCES.items():
        row: Any = next(iter(reader.get(f"{name}/?page_size=1").json()["results"]), {})
        for field in view.filterset_class.base_filters:
            if isinstance(value := row.get(field), str) and value.replace(".", "").isdecimal():
                answer = reader.get(f"{name}/?{field}={value}")
                assert answer.status_code == 200, (name, field, value)
