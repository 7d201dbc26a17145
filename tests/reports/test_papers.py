"""Reports and packs on paper: as PDF by a job, and where a machine makes none, a plain word."""

import io
import re

import pytest
from pypdf import PdfReader

from pmhub import pdf
from pmhub.jobs import worker
from pmhub.models import Job

needs_pango = pytest.mark.skipif(not pdf.is_available(), reason="This machine has no Pango")


@pytest.fixture
def published(publish):
    """The path of a published report with long words."""
    long = "\n\n".join(f"## Heading {number}\n\n" + "Many words. " * 60 for number in range(20))
    return f"status-reports/{publish(achieved=long)['id']}/"


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """The hold is not renewed: another connection does not see this test's rows."""
    monkeypatch.setattr(worker, "RENEW", worker.LONGEST)


def made(api, user, path):
    """The PDF that a job makes, as its owner takes it."""
    asked = api(user).get(f"{path}pdf/")
    assert asked.status_code == 202
    assert worker.work()
    job = Job.objects.get(pk=asked.json()["id"])
    assert (job.state, job.message) == ("done", "")
    answer = api(user).get(f"jobs/{job.pk}/result/")
    assert answer["Content-Type"] == "application/pdf"
    assert "attachment" in answer["Content-Disposition"]
    return PdfReader(io.BytesIO(b"".join(answer.streaming_content)))


@needs_pango
def test_a_pdf_has_page_numbers_contents_and_no_heading_alone(published, api, viewer):
    paper = made(api, viewer, published)
    pages = [page.extract_text() for page in paper.pages]
    count = len(pages)
    assert count > 3
    for number, text in enumerate(pages, start=1):
        assert f"Page {number} of {count}" in text
    assert "Contents" in pages[0]
    begins = next(
        number
        for number, text in enumerate(pages, start=1)
        if number > 1 and "Next milestones" in text
    )
    assert re.search(rf"Next milestones[ .]* {begins}\n", pages[0])
    titles = [each.title for each in paper.outline if not isinstance(each, list)]
    assert titles == ["Status report CAM"]
    for text in pages:
        lines = [line for line in text.splitlines() if line.strip()]
        body = [line for line in lines if not line.startswith(("Page ", "Status report CAM"))]
        assert not body[-1].startswith("Heading ")
    assert paper.metadata.title == "Status report CAM"
    assert paper.trailer["/Root"]["/MarkInfo"]["/Marked"]


@needs_pango
def test_a_pdf_of_a_pack_holds_its_programmes(api, sponsor, demo):
    path = f"board-packs/{demo.portfolio.board_packs.get().pk}/"
    text = "\n".join(page.extract_text() for page in made(api, sponsor, path).pages)
    for said in ("Change board, fourth quarter", "At a glance", "NZE Net Zero Estate Programme"):
        assert said in text


@needs_pango
def test_a_pdf_is_made_with_the_rights_of_its_owner(published, api, viewer):
    job = api(viewer).get(f"{published}pdf/").json()["id"]
    viewer.person.roles.all().delete()
    assert worker.work()
    assert Job.objects.get(pk=job).state == "failed"


@needs_pango
def test_nothing_is_fetched_for_a_pdf():
    html = (
        '<html lang="en"><title>x</title><p>Text<img src="file:///etc/passwd" alt="x"></p></html>'
    )
    paper = PdfReader(io.BytesIO(pdf.pdf_of(html)))
    assert [image for page in paper.pages for image in page.images] == []


def test_a_machine_without_pango_says_so_and_offers_the_print_view(
    published, api, viewer, client_of, words, monkeypatch
):
    monkeypatch.setattr(pdf, "is_available", lambda: False)
    refused = api(viewer).get(f"{published}pdf/")
    assert (refused.status_code, refused.json()["code"]) == (503, "no_pdf")
    assert "print view" in refused.json()["detail"]
    assert not Job.objects.exists()
    page = client_of(viewer).get(f"/{published}")
    assert "This installation makes no PDF" in words(page)
    assert f'href="/{published}paper/"' in page.content.decode()
    assert "This installation makes no PDF" in words(client_of(viewer).get(f"/{published}paper/"))


def test_the_print_view_is_for_who_sees_the_report(
    write, publish, client_of, viewer, stranger, cam_manager
):
    draft, report = write(period_end="2026-09-30").json()["id"], publish()["id"]
    for who, pk, code in (
        (viewer, report, 200), (stranger, report, 404), (viewer, draft, 404),
        (cam_manager, draft, 200),
    ):  # fmt: skip
        assert client_of(who).get(f"/status-reports/{pk}/paper/").status_code == code


def test_paper_draws_benefits_what_moved_and_the_colours_of_projects(
    publish, client_of, words, viewer, demo, drain
):
    publish(period_end="2026-09-30")
    project = demo.project("CAM-02")
    project.estimate_to_complete += 250
    project.save()
    drain()
    page = client_of(viewer).get(f"/status-reports/{publish()['id']}/paper/")
    (part,) = page.context["parts"]
    assert [line["dashes"] for line in part["curve"]["lines"]] == ["5 3", "none", "none"]
    moved = {row["label"]: row["rows"] for row in part["moved"]}
    assert [(row["name"], row["words"]) for row in moved["Forecast cost of projects"]][-1] == (
        "Now", "286,060",
    )  # fmt: skip
    assert {tile["code"] for tile in part["colours"]["tiles"]} == {
        each.code for each in demo.programme("CAM").projects.all()
    }
    text = page.content.decode()
    assert text.count('<svg class="picture"') == text.count('role="img"') >= 3
    assert "Red: CAM-02" in words(page)


def test_paper_says_how_far_a_report_is_and_which_finish_is_expected(
    write, approve, client_of, words, cam_manager, api
):
    report = write(declared_finish="2029-10-31").json()["id"]
    paper = f"/status-reports/{report}/paper/"
    drafted = words(client_of(cam_manager).get(paper))
    assert "Draft: it is not handed over yet." in drafted
    assert "Finish expected 31 Oct 2029" in drafted
    api(cam_manager).post(f"status-reports/{report}/submission/")
    assert "Submitted: it is not approved yet." in words(client_of(cam_manager).get(paper))
    approved = words(client_of(cam_manager).get(f"/{approve(period_end='2026-09-30')}paper/"))
    assert "Approved: it is not published yet." in approved
