"""Lines and bridges as files."""

import csv
import io
from decimal import Decimal

import openpyxl
import pytest

from pmhub.api.table_files import Csv, Table, Xlsx, csv_pieces, xlsx_pieces
from programmes.rollup.metrics import METRICS
from projects.models import CostActual
from tests.factories import AS_OF

XLSX = Xlsx.media_type


def rows_of(response):
    """The rows of a CSV answer as dictionaries."""
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


def test_lines_add_up_to_the_last_row(demo, read, cam, viewer):
    answer = read(viewer, f"{cam}rollup/risk_mean/", format="csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="CAM-risk_mean.csv"'
    *lines, total = rows_of(answer)
    assert (total["source"], total["counted"]) == ("total", "6797.01")
    assert sum(Decimal(line["counted"]) for line in lines if line["counted"]) == Decimal("6797.01")
    left_out = [line for line in lines if line["included"] == "false"]
    assert [(line["code"], line["reason"], line["counted"]) for line in left_out] == [
        ("R06", "escalated", "")
    ]
    assert lines[0]["probability"]


@pytest.mark.parametrize("name", [metric.name for metric in METRICS])
def test_every_figure_and_its_bridge_is_a_file(demo, read, cam, viewer, name):
    for format in ("csv", "xlsx"):
        lines = read(viewer, f"{cam}rollup/{name}/", format=format)
        bridge = read(viewer, f"{cam}bridge/", metric=name, from_="2020-01-01", format=format)
        assert (lines.status_code, bridge.status_code) == (200, 200)


def test_a_workbook_by_accept_holds_numbers(demo, api, cam, viewer):
    answer = api(viewer).get(f"{cam}rollup/actual_cost/", Accept=XLSX)
    assert answer.headers["Content-Type"] == XLSX
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    *lines, total = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert sum(line[6] for line in lines) == total[6]
    again = api(viewer).get(
        f"{cam}rollup/actual_cost/",
        Accept=XLSX,
        **{"If-None-Match": answer.headers["ETag"]},
    )
    assert (again.status_code, again.content) == (304, b"")


def test_a_bridge_adds_up_to_its_last_row(demo, read, cam, viewer, now, drain):
    since = now()
    begun = demo.programme("CAM").projects.filter(actual_start__isnull=False)
    begun.filter(percent_complete__lt=50).update(percent_complete=50)
    drain()
    answer = read(viewer, f"{cam}bridge/", metric="earned_value", from_=since, format="csv")
    *parts, total = rows_of(answer)
    assert len(parts) > 1
    assert sum(Decimal(part["amount"]) for part in parts) == Decimal(total["amount"])
    assert Decimal(total["after"]) - Decimal(total["before"]) == Decimal(total["amount"])


def test_text_is_never_a_formula(demo, read, cam, viewer, drain):
    risk = demo.project("CAM-02").risks.filter(status="open").first()
    risk.title = "=HYPERLINK(A1)"
    risk.save()
    titles = [
        row["title"] for row in rows_of(read(viewer, f"{cam}rollup/risk_mean/", format="csv"))
    ]
    assert "'=HYPERLINK(A1)" in titles


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx", "\nx"])
def test_what_could_begin_a_formula_does_not(text):
    table = Table("t", ["a"], [[text], [Decimal("-1.50")]])
    rows = list(
        csv.reader(io.StringIO(b"".join(csv_pieces(table)).decode("utf-8-sig"), newline=""))
    )
    assert rows == [["a"], [f"'{text}"], ["-1.50"]]
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(xlsx_pieces(table)))).active
    assert [sheet["A2"].data_type, sheet["A3"].value] == ["s", -1.5]


def test_a_problem_is_told_as_one(demo, read, cam, viewer, stranger):
    refused = read(viewer, f"{cam}rollup/risk_mean/", format="csv", as_of="2999-01-01")
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_parameter")
    assert read(stranger, f"{cam}rollup/risk_mean/", format="csv").status_code == 404


def test_a_source_out_of_sight_has_no_title_in_a_file(demo, read, cam, viewer, now, drain):
    begin, project = now(), demo.project("CAM-02")
    project.programme, project.tranche = demo.programme("NZE"), None
    project.save()
    drain()
    answer = read(viewer, f"{cam}bridge/", metric="actual_cost", from_=begin, format="csv")
    assert "Engineering and Materials" not in answer.content.decode()
    told = f"not yours to open: ask {project.project_manager.name} ("  # what it owes and awaits
    assert [row["title"].startswith(told) for row in rows_of(answer)] == [True, False]
    portfolio = demo.portfolio
    portfolio.dependency_disclosure = "none"
    portfolio.save()
    answer = read(viewer, f"{cam}bridge/", metric="actual_cost", from_=begin, format="csv")
    assert "not yours to open" in [row["title"] for row in rows_of(answer)]


def test_the_media_types_are_told_apart():
    assert (Csv.format, Xlsx.format) == ("csv", "xlsx")


def test_amounts_that_a_line_rests_on_are_numbers_in_a_file(demo, read, cam, viewer, drain):
    CostActual.objects.create(
        project=demo.project("CAM-02"), posted_on=AS_OF, amount=-50_000, kind="reversal"
    )
    drain()
    path = f"{cam}rollup/estimate_at_completion/"
    [row] = [each for each in rows_of(read(viewer, path, format="csv")) if each["code"] == "CAM-02"]
    assert Decimal(row["actual_cost"]) == -10_100
    sheet = openpyxl.load_workbook(io.BytesIO(read(viewer, path, format="xlsx").content)).active
    heading, *rows = sheet.iter_rows(values_only=True)
    cells = [dict(zip(heading, each, strict=True)) for each in rows]
    assert [each["actual_cost"] for each in cells if each["code"] == "CAM-02"] == [-10_100]
