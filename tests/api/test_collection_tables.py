"""Every collection as CSV and XLSX: what the list shows, all of it, and nothing else."""

import csv
import io
from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pmhub.api import collection_tables, table_jobs
from pmhub.api.collection_tables import columns_of
from pmhub.api.routes import RESOURCES
from pmhub.api.table_files import Xlsx
from pmhub.models import Job, User
from pmhub.tasks import run_job
from projects.models import Risk
from tests import factories
from tests.api.conftest import errors_of

NAMES = sorted(RESOURCES)
XLSX = Xlsx.media_type
DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", "＋1"]


def content(answer: Any) -> bytes:
    """All of a file."""
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def csv_of(answer: Any) -> list[dict[str, str]]:
    """The rows of a CSV answer."""
    return list(csv.DictReader(io.StringIO(content(answer).decode("utf-8-sig"), newline="")))


def xlsx_of(answer: Any) -> list[dict[str, Any]]:
    """The rows of a workbook."""
    sheet: Any = openpyxl.load_workbook(io.BytesIO(content(answer))).active
    heading, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(heading, row, strict=True)) for row in rows]


def all_of(client: Any, path: str) -> list[dict[str, Any]]:
    """The rows of all pages of a list."""
    rows, page = [], client.get(path).json()
    while True:
        rows += page["results"]
        if page["next"] is None:
            return rows
        page = client.get(page["next"].partition("/api/v1/")[2]).json()


@pytest.mark.parametrize("name", NAMES)
def test_a_file_holds_what_the_list_does(
    name: str, demo: Any, pmo: User, api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collection_tables, "BATCH", 7)
    listed = all_of(api(pmo), f"{name}/?page_size=500")
    answer = api(pmo).get(f"{name}/?format=csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    day = timezone.localdate().isoformat()
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}-{day}.csv"'
    rows, sheet = csv_of(answer), xlsx_of(api(pmo).get(f"{name}/", Accept=XLSX))
    assert len(rows) == len(sheet) == len(listed)
    for row, cells, shown in zip(rows, sheet, listed, strict=True):
        assert row.keys() == cells.keys()
        for key, value in shown.items():
            given = row.get(f"{key}_id", row.get(key))
            in_sheet = cells.get(f"{key}_id", cells.get(key))
            _check(key, value, given, in_sheet)


def _check(key: str, value: Any, given: Any, in_sheet: Any) -> None:
    """The JSON of a value beside its cells."""
    if value is None or value == "":
        assert (given, in_sheet) in (("", None), ("", "")), key
    elif isinstance(value, bool):
        assert (given, in_sheet) == (str(value).lower(), value), key
    elif isinstance(value, int | float):
        assert (Decimal(given), in_sheet) == (Decimal(str(value)), value), key
    elif isinstance(value, str) and isinstance(in_sheet, int | float):
        assert Decimal(given) == Decimal(value), key
        assert in_sheet == pytest.approx(float(value)), key
    elif isinstance(in_sheet, datetime):
        assert given == in_sheet.date().isoformat() == value, key
    elif isinstance(value, str) and value.endswith("Z"):
        assert datetime.fromisoformat(given) == datetime.fromisoformat(value), key
    elif isinstance(value, str):
        assert given.removeprefix("'") == in_sheet == value, key


@pytest.mark.parametrize("name", NAMES)
def test_a_file_shows_a_stranger_nothing(name: str, demo: Any, stranger: User, api: Any) -> None:
    assert csv_of(api(stranger).get(f"{name}/?format=csv")) == []
    assert api(stranger).get(f"{name}/?format=xlsx&nothing=1").status_code == 400


def test_references_are_codes_and_ids(demo: Any, viewer: User, api: Any) -> None:
    project = demo.project("CAM-02")
    rows = csv_of(api(viewer).get(f"risks/?format=csv&project={project.pk}&fields=code,project"))
    assert {(row["project"], row["project_id"]) for row in rows} == {("CAM-02", str(project.pk))}


def test_a_record_out_of_sight_is_named_by_no_code(
    demo: Any, cam02_manager: User, api: Any
) -> None:
    rows = csv_of(api(cam02_manager).get("people/?format=csv&fields=id"))
    known = {row["id"] for row in rows}
    risks = csv_of(api(cam02_manager).get("risks/?format=csv"))
    for row in risks:
        if row["owner_id"] and row["owner_id"] not in known:
            assert row["owner"] == ""


def test_filters_order_search_and_fields_are_those_of_the_list(
    demo: Any, viewer: User, api: Any
) -> None:
    asked = "status=open&ordering=-code&fields=id,code,title"
    listed = all_of(api(viewer), f"risks/?{asked}&page_size=500")
    rows = csv_of(api(viewer).get(f"risks/?{asked}&format=csv&page_size=2"))  # the whole filter
    assert [row["code"] for row in rows] == [row["code"] for row in listed]
    assert len(rows) > 2
    assert rows[0].keys() == {"id", "code", "title"}
    some = csv_of(api(viewer).get("risks/?search=asbestos&format=csv"))
    assert len(some) == api(viewer).get("risks/?search=asbestos").json()["count"] < len(rows)


@pytest.mark.parametrize(
    "query", ["nothing=1", "ordering=nothing", "fields=nothing", "expand=project", "status=nothing"]
)
def test_a_file_refuses_what_the_list_refuses(
    query: str, demo: Any, viewer: User, api: Any
) -> None:
    answer = api(viewer).get(f"risks/?format=csv&{query}")
    assert (answer.status_code, list(errors_of(answer))) == (400, [f"/{query.partition('=')[0]}"])


def test_numbers_and_dates_are_numbers_and_dates(demo: Any, viewer: User, api: Any) -> None:
    [row] = xlsx_of(api(viewer).get("projects/?format=xlsx&code=CAM-02"))
    assert isinstance(row["approved_budget"], int | float)
    assert (row["currency"], row["code"]) == ("GBP", "CAM-02")
    assert isinstance(row["forecast_finish"], datetime | date)


@pytest.mark.parametrize("text", DANGEROUS)
def test_text_that_could_be_a_formula_is_text(text: str, office: User, api: Any) -> None:
    risk = factories.risk(factories.project(), title=text)
    [row] = csv_of(api(office).get("risks/?format=csv"))
    assert row["title"] == f"'{text}"
    sheet: Any = openpyxl.load_workbook(
        io.BytesIO(content(api(office).get("risks/?format=xlsx&fields=title")))
    ).active
    assert (sheet["A2"].value, sheet["A2"].data_type) == (text, "s")
    assert Risk.objects.get(pk=risk.pk).title == text


def test_a_file_that_the_client_has_is_not_sent_again(office: User, api: Any) -> None:
    risk = factories.risk(factories.project())
    client = api(office)
    first = client.get("risks/?format=csv")
    held = {"If-None-Match": first.headers["ETag"]}
    again = client.get("risks/?format=csv", **held)
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("risks/?format=xlsx", **held).status_code == 200
    Risk.objects.filter(pk=risk.pk).update(title="Another")
    later = client.get("risks/?format=csv", **held)
    assert csv_of(later)[0]["title"] == "Another"


def test_a_long_file_is_a_job_of_the_same_rows(
    demo: Any, viewer: User, api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = api(viewer)
    at_once = content(client.get("risks/?format=csv"))
    monkeypatch.setattr(table_jobs, "MOST_ROWS", 3)
    answer = client.get("risks/?format=csv")
    assert answer.status_code == 202
    run_job()
    job = Job.objects.get()
    assert (job.state, job.progress, job.total) == (
        "done",
        job.total,
        Risk.objects.visible_to(viewer).count(),
    )
    result = client.get(f"jobs/{job.pk}/result/")
    assert content(result) == at_once
    assert job.file_name == f"risks-{timezone.localdate():%Y-%m-%d}.csv"


def test_a_file_takes_as_many_queries_for_three_rows_as_for_one(office: User, api: Any) -> None:
    project = factories.project()
    client = api(office)
    factories.risk(project, owner=factories.person())
    content(client.get("risks/?format=csv"))  # what a process reads once
    counts = []
    for many in (1, 3):
        for _ in range(many):
            factories.risk(project, owner=factories.person())
        with CaptureQueriesContext(connection) as asked:
            content(client.get("risks/?format=csv"))
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(("currency", "unit"), [("KWD", 1000), ("JPY", 1), ("GBP", 1_000_000)])
def test_a_file_says_in_which_unit_its_amounts_are(
    currency: str, unit: int, office: User, api: Any
) -> None:
    home = factories.portfolio(currency=currency, money_unit=unit)
    project = factories.project(programme=factories.programme(portfolio=home))
    alone = factories.project(portfolio=home)
    for place in (project, alone):
        factories.risk(place)
    client = api(office)
    for path in ("risks/", f"projects/?portfolio={home.pk}"):
        separator = "&" if "?" in path else "?"
        for row in csv_of(client.get(f"{path}{separator}format=csv")):
            assert (row["currency"], row["money_unit"]) == (currency, str(unit))
    heading = [*csv_of(client.get("risks/?format=csv&fields=id,title"))[0]]
    assert heading == ["id", "title"]
    (row,) = xlsx_of(client.get(f"portfolios/?code={home.code}&format=xlsx"))
    assert row["money_unit"] == unit
    sent = content(client.get("risks/?format=csv"))
    read = client.client.post("/api/v1/risks/bulk/", sent, content_type="text/csv")
    assert read.status_code == 201, read.content


def test_a_sheet_is_called_as_its_file_and_can_be_filtered(demo: Any, pmo: User, api: Any) -> None:
    book = openpyxl.load_workbook(io.BytesIO(content(api(pmo).get("risks/?format=xlsx"))))
    sheet: Any = book.active
    assert sheet.title == f"risks-{timezone.localdate():%Y-%m-%d}"
    assert sheet.auto_filter.ref == sheet.dimensions
    long = content(api(pmo).get("assurance-recommendations/?format=xlsx"))
    assert openpyxl.load_workbook(io.BytesIO(long)).sheetnames == [
        f"assurance-recommendations-{timezone.localdate():%Y}-"
    ]


def test_a_number_with_decimals_shows_them_in_a_sheet(demo: Any, pmo: User, api: Any) -> None:
    answer = api(pmo).get("budget-lines/?format=xlsx&fields=id,approved")
    sheet: Any = openpyxl.load_workbook(io.BytesIO(content(answer))).active
    heading = [cell.value for cell in sheet[1]]
    formats = dict(zip(heading, (cell.number_format for cell in sheet[2]), strict=True))
    assert formats["approved"] == "#,##0.00"
    assert formats["id"] == "General"


def test_no_column_is_called_as_another(demo: Any, pmo: User, api: Any) -> None:
    for name, view in RESOURCES.items():
        made: Any = view(basename=name, request=SimpleNamespace(user=pmo))
        made.__dict__["chosen"] = view.shape().names
        titles = [column.title for column in columns_of(made)]
        assert len(titles) == len(set(titles)), name


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("application/json;q=0, text/csv", "text/csv"),
        ("application/json;q=0.5, text/csv", "text/csv"),
        ("text/csv;q=0.5, application/json", "application/json"),
        ("text/csv;q=0.2, application/json;q=0.1", "text/csv"),
        (f"text/csv;q=0.2, {XLSX};q=0.9, application/json;q=0.1", XLSX),
        ("*/*;q=0.1, text/*;q=0.9", "text/csv"),
        ("application/json;q=0, */*", "text/csv"),
        ("text/html, */*;q=0.8", "application/json"),
        ("text/csv, application/json", "application/json"),
        ("application/json;indent=2, text/csv;q=0.5", "application/json"),
        ("application/pdf, text/csv;q=0.001", "text/csv"),
        ("application/json;q=much", "application/json"),
    ],
)
def test_a_list_is_answered_as_accept_likes_it_best(
    accept: str, kind: str, office: User, api: Any
) -> None:
    answer = api(office).get("projects/", Accept=accept)
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (200, kind)


@pytest.mark.parametrize(
    "accept",
    [
        "application/pdf", "application/pdf;q=0.5", "*/*;q=0", "application/json;q=0",
        f"application/json;q=0, text/csv;q=0, {XLSX};q=0", "*/*;q=0, application/pdf",
        "application/json;q=nan",
    ],
)  # fmt: skip
def test_what_accept_takes_none_of_is_not_acceptable(accept: str, office: User, api: Any) -> None:
    answer = api(office).get("projects/", Accept=accept)
    assert answer.status_code == 406
    errors_of(answer)


def test_a_format_is_chosen_before_what_accept_likes(office: User, api: Any) -> None:
    liked = "application/json, text/csv;q=0.1"
    answer = api(office).get("projects/?format=csv", Accept=liked)
    assert answer.headers["Content-Type"].startswith("text/csv")
    only = api(office).get("projects/?format=csv", Accept="text/csv;q=0")
    assert only.headers["Content-Type"].startswith("text/csv")
    wrong = api(office).get("projects/?format=pdf", Accept="*/*;q=0.5")
    assert errors_of(wrong) == {"/format": "invalid_choice"}
