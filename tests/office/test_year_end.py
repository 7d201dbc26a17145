"""The end of a fiscal year over REST: what is approved and not spent, and what is open in it."""

import csv
import io
import re
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pmhub.models import User
from programmes.models import Programme
from projects.models import BudgetTransfer, CostActual, Project
from tests import factories
from tests.api.conftest import errors_of

IN_2025 = "2026-03-31"


@pytest.fixture
def path(project: Project) -> str:
    """The year's end of a portfolio: 62 left on a line of 2025, an order of 8, a transfer of 1."""
    old = project.budget_lines.create(code="L25", fiscal_year=2025, approved=100)
    coming = project.budget_lines.create(code="L26", fiscal_year=2026)
    CostActual.objects.create(project=project, budget_line=old, amount=30, posted_on=IN_2025)
    old.commitments.create(reference="PO1", amount=20, invoiced=12, placed_on=IN_2025)
    BudgetTransfer.objects.create(from_line=old, to_line=coming, amount=1, reason="Late")
    factories.measurement(factories.benefit(programme=project.programme), 2025, 5)
    return f"portfolios/{project.owner_portfolio.pk}/year-end/"


def test_it_says_what_is_open_with_a_link_to_each_record(
    path: str, project: Project, pmo: User, api: Any
) -> None:
    client = api(pmo)
    found = client.get(path).json()
    assert (found["fiscal_year"], found["over"], found["closed"]) == (2025, True, False)
    assert (found["left"], found["currency"]) == ("62.00", project.owner_portfolio.currency)
    [line] = found["lines"]
    amounts = [line[name] for name in ("approved", "spent", "ordered", "left")]
    assert amounts == ["100.00", "30.00", "8.00", "62.00"]
    assert (line["code"], line["next_line"]["code"]) == ("L25", "L26")
    assert line["project"]["code"] == project.code
    amount = {kind["collection"]: kind["records"][0]["amount"] for kind in found["open"]}
    assert amount == {"budget-transfers": "1.00", "commitments": "8.00", "measurements": "5.00"}
    records = [*found["lines"], *(row for kind in found["open"] for row in kind["records"])]
    for record in (*records, line["project"], line["next_line"]):
        answer = client.get(record["url"].partition("/api/v1/")[2])
        assert (record["url"], answer.status_code) == (record["url"], 200)
    assert client.get(f"{path}?year=2026").json()["over"] is False


def test_it_is_a_table_too(path: str, project: Project, pmo: User, api: Any) -> None:
    answer = api(pmo).get(f"{path}?format=csv")
    text = b"".join(answer.streaming_content) if answer.streaming else answer.content
    rows = [*csv.DictReader(io.StringIO(text.decode("utf-8-sig")))]
    assert [(row["collection"], row["code"]) for row in rows] == [
        ("budget-lines", "L25"), ("budget-transfers", ""), ("commitments", "PO1"),
        ("measurements", ""),
    ]  # fmt: skip
    assert (rows[0]["project"], rows[0]["left"], rows[0]["next_line"]) == (
        project.code, "62.00", "L26",
    )  # fmt: skip
    assert [row["amount"] for row in rows] == ["", "1.00", "8.00", "5.00"]
    assert "year-end-2025" in answer["Content-Disposition"]
    book = api(pmo).get(f"{path}?format=xlsx")
    assert book["Content-Type"].endswith("spreadsheetml.sheet")


@pytest.mark.parametrize("year", ["x", "", "1989", "2201", "99999", "020261", "-1", "²"])
def test_a_year_that_is_none_is_refused(year: str, path: str, pmo: User, api: Any) -> None:
    answer = api(pmo).get(f"{path}?year={quote(year)}")
    assert (answer.status_code, list(errors_of(answer))) == (400, ["/year"])
    assert api(pmo).get(f"{path}?colour=red").status_code == 400


def test_a_reader_of_a_part_finds_the_part_and_a_stranger_nothing(
    path: str, project: Project, api: Any
) -> None:
    reader = factories.user("reads.other")
    other = factories.project(programme=factories.programme(portfolio=project.owner_portfolio))
    factories.role(reader, "viewer", project=other)
    found = api(reader).get(f"{path}?year=2025").json()
    assert (found["lines"], found["open"], found["left"]) == ([], [], "0.00")
    assert api(factories.user("stranger")).get(path).status_code == 404


def test_a_line_out_of_sight_is_not_named_by_a_transfer(
    path: str, project: Project, api: Any, client_of: Any
) -> None:
    other = factories.project(programme=project.programme, code="SECRET")
    to = other.budget_lines.create(code="S26", fiscal_year=2026)
    mine = project.budget_lines.get(code="L25")
    BudgetTransfer.objects.create(from_line=mine, to_line=to, amount=2, reason="Late")
    reader = factories.user("reads.one")
    factories.role(reader, "viewer", project=project)
    found = api(reader).get(f"{path}?year=2025").json()
    [transfers] = [kind for kind in found["open"] if kind["collection"] == "budget-transfers"]
    names = [record["name"] for record in transfers["records"]]
    assert f"2.00 from {project.code} L25 to a line out of your sight" in names
    page = client_of(reader).get(f"/{path}?year=2025").content.decode()
    assert "a line out of your sight" in page
    assert "SECRET" not in page + str(found)


def test_it_says_what_was_open_at_a_moment_by_the_rights_of_now(
    path: str, project: Project, pmo: User, api: Any
) -> None:
    reader = factories.user("reads.home")
    factories.role(reader, "viewer", portfolio=project.owner_portfolio)
    before = timezone.now().isoformat()
    project.budget_lines.filter(code="L25").update(approved=50)
    then_asked = f"{path}?year=2025&as_of={quote(before)}"
    assert api(reader).get(f"{path}?year=2025").json()["left"] == "12.00"
    then = api(reader).get(then_asked).json()
    assert (then["left"], then["known_at"][:19]) == ("62.00", before[:19])
    Programme.objects.filter(projects=project).update(portfolio=factories.portfolio())
    assert api(reader).get(then_asked).json()["lines"] == []


def test_its_page_says_what_was_open_at_a_moment_and_offers_nothing_then(
    path: str, project: Project, pmo: User, client_of: Any
) -> None:
    before = timezone.now().isoformat()
    project.budget_lines.filter(code="L25").update(approved=50)
    browser = client_of(pmo)

    def shown(asked: str) -> tuple[str, bool, bool]:
        page = browser.get(f"/{path}?year=2025{asked}").content.decode()
        [left] = re.findall(r'data-label="Left">\s*([\d,.]+)\s*<', page)
        offers = "budget-transfers/new/" in page, "closed-years/new/" in page
        assert offers[0] == offers[1]
        return left, offers[0], 'id="past"' in page

    assert shown("") == ("12", True, False)
    assert shown(f"&as_of={quote(before)}") == ("62", False, True)
    today = timezone.localdate().isoformat()
    assert shown(f"&on={today}") == ("12", False, True)
    then = browser.get(f"/{path}?year=2025&as_of={quote(before)}").content.decode()
    ways = re.findall(r'href="([^"]*year=20(?:24|26)[^"]*)"', then)
    assert len(ways) == 2
    assert all("as_of=" in way for way in ways)
    assert browser.get(f"/{path}?as_of=0000-00-00").status_code == 400


def test_it_takes_as_many_queries_for_four_of_each_as_for_two(
    path: str, project: Project, pmo: User, api: Any
) -> None:
    client, taken = api(pmo), []
    for number in range(4):
        line = project.budget_lines.create(code=f"M{number}", fiscal_year=2025, approved=100)
        to = project.budget_lines.create(code=f"N{number}", fiscal_year=2026)
        BudgetTransfer.objects.create(from_line=line, to_line=to, amount=1, reason="Late")
        line.commitments.create(reference=f"Q{number}", amount=2, placed_on=IN_2025)
        factories.measurement(factories.benefit(programme=project.programme), 2025, 5)
        with CaptureQueriesContext(connection) as captured:
            assert f"M{number}" in str(client.get(path).json())
        taken.append(len(captured))
    assert taken[3] == taken[1]


def test_lines_of_no_year_are_counted_and_what_is_nothing_is_not_moved_on(
    path: str, project: Project, pmo: User, api: Any, client_of: Any
) -> None:
    assert api(pmo).get(path).json()["yearless"] == 0
    project.budget_lines.create(code="LX", approved=10)
    project.budget_lines.create(code="LY", approved=20)
    project.budget_lines.create(code="LZ", approved=0)
    assert api(pmo).get(f"{path}?year=2026").json()["yearless"] == 2
    html = client_of(pmo).get(f"/{path}?year=2031").content.decode()
    page = " ".join(re.sub(r"<[^>]*>", " ", html).split())
    assert "2 budget lines of projects that go on name no fiscal year" in page
    assert "FY2031 is not over. Nothing is open in FY2031 that you may see." in page


def test_its_page_is_drawn_again_for_what_it_shows_and_for_nothing_else(
    path: str, project: Project, pmo: User, client_of: Any
) -> None:
    client = client_of(pmo)

    def page() -> tuple[str, int]:
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(f"/{path}", headers={"HX-Request": "true"})
        return answer.headers["ETag"], len(asked)

    first, drawing = page()
    other = factories.project(programme=project.programme)
    other.estimate_to_complete = 5
    other.save()
    same, asking = page()
    assert (same, asking < drawing) == (first, True)
    project.budget_lines.filter(code="L25").update(approved=101)
    assert page()[0] != first
    assert b"63" in client.get(f"/{path}").content
