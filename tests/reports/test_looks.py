"""Reports and packs in a browser: written, approved, published, frozen; accessible; on paper."""

import io
import re

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from pmhub import pdf
from pmhub.jobs import worker
from pmhub.models import Person, User
from programmes.models import BoardPack, StatusReport
from programmes.services import submit_report
from tests import factories
from tests.pages.browser.conftest import Person as Doer
from tests.pages.browser.conftest import defects, site, violations, visit, watched, width
from tests.pages.browser.looks import unfold

__all__ = ["defects", "site", "violations", "visit", "watched", "width"]

pytestmark = pytest.mark.django_db(transaction=True)


def begun(demo, cam_manager):
    """A draft of CAM's manager that can be handed over."""
    return StatusReport.objects.create(
        programme=demo.programme("CAM"), period_end="2026-10-31", author=cam_manager.person,
        created_by=cam_manager, achieved="The library opened.", declared_rag="amber",
    )  # fmt: skip


def test_the_pages_of_reports(visit, cam_manager, demo, defects):
    report, page = begun(demo, cam_manager), visit(cam_manager).new_page()
    for address in ("", f"{report.pk}/"):
        page.goto(f"/programmes/{report.programme_id}/reports/{address}")
        unfold(page)
        assert (address, defects(page)) == (address, [])


def test_a_programme_without_reports(visit, nothing, violations):
    programme, reader = factories.programme(), factories.user()
    factories.role(reader, "viewer", programme=programme)
    page = visit(reader, 360, "dark").new_page()
    page.goto(f"/programmes/{programme.pk}/reports/")
    expect(page.get_by_text("No report yet.")).to_be_visible()
    assert violations(page) == []


def test_a_report_from_the_first_word_to_its_readers(visit, cam_manager, pmo, viewer, demo):
    """Four actions of who writes it, two of who approves and publishes it."""
    programme = demo.programme("CAM").pk
    author, approver = Doer(), Doer()
    page = visit(cam_manager).new_page()
    page.goto(f"/programmes/{programme}/reports/")
    author.fill(page.get_by_label("Achieved"), "The library opened.")
    author.choose(page.get_by_label("Declared status"), "Amber")
    author.click(page.get_by_role("button", name="Save the draft"))
    # The draft is opened: saving it again goes on with it.
    author.click(page.get_by_role("button", name="Submit for approval"))
    expect(page.locator(".page-title .tag")).to_have_text("Submitted")
    approving = visit(pmo).new_page()
    approving.goto(page.url)
    approver.click(approving.get_by_role("button", name="Approve"))
    expect(approving.locator(".page-title .tag")).to_have_text("Approved")
    approver.click(approving.get_by_role("button", name="Publish"))
    expect(approving.locator(".page-title .tag")).to_have_text("Published")
    assert (author.actions, approver.actions) == (4, 2)
    reading = visit(viewer).new_page()
    reading.goto(page.url)
    expect(reading.get_by_text("The library opened.")).to_be_visible()
    paper = reading.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page[^s]", paper)) <= 3
    assert set(re.findall(rb"/MediaBox\s*\[0 0 (\d+)", paper)) == {b"594"}


@pytest.fixture
def sro(demo):
    """The SRO of CAM, who signs in."""
    user = User.objects.create_user("cam.sro")
    Person.objects.filter(pk=demo.programme("CAM").sro_id).update(user=user)
    return user


def test_an_sro_reads_approves_and_prints_on_a_phone(visit, cam_manager, sro, demo, defects):
    """Four actions from Home: the report, its approval, the button, the print view."""
    report = submit_report(begun(demo, cam_manager), by=cam_manager)
    reader, page = Doer(), visit(sro, 360).new_page()
    page.goto("/")
    reader.click(page.locator(f'a[href*="/status-reports/{report.pk}/"]').first)
    expect(page.get_by_text("The library opened.").first).to_be_visible()
    expect(page.get_by_text(f"Waits for the approval of {sro.person.name}")).to_be_visible()
    reader.click(page.get_by_text("Approve it", exact=True).first)
    reader.click(page.get_by_role("button", name="Approve it"))
    expect(page.locator(".page-title .tag").first).to_have_text("Approved")
    reader.click(page.get_by_role("link", name="Print view"))
    expect(page.get_by_role("heading", name="Status report CAM")).to_be_visible()
    assert defects(page) == []
    pages = [sheet.extract_text() for sheet in PdfReader(io.BytesIO(page.pdf())).pages]
    assert reader.actions == 4
    assert "The library opened." in pages[0]
    assert "Back to its page" not in "".join(pages)


def test_the_pmo_makes_a_board_pack(visit, pmo, demo, defects):
    page = visit(pmo).new_page()
    page.goto(f"/board-packs/new/?portfolio={demo.portfolio.pk}")
    page.get_by_label("Title").fill("Change board, November")
    page.get_by_label("Day of the board").fill("2026-11-26")
    for code in ("CAM", "SSV"):
        page.locator("label", has_text=f"{code} ").get_by_role("checkbox").check()
    page.get_by_label("Foreword").fill("Read **CAM** first.")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile(r"/board-packs/\d+/$"))
    assert defects(page) == []
    page.get_by_text("Freeze it").first.click()
    page.get_by_role("button", name="Freeze it").click()
    expect(page.locator(".page-title .tag").first).to_have_text("Frozen")
    pack = BoardPack.objects.get(title="Change board, November")
    assert [part["report"] for part in pack.parts] == [None, None]
    if pdf.is_available():
        page.get_by_role("link", name="PDF").click()
        page.wait_for_url(re.compile("/jobs/"))
        assert worker.work()
        with page.expect_download() as taken:
            page.get_by_role("link", name="Change board, November").click()
        sheets = PdfReader(taken.value.path()).pages
        assert "Read CAM first." in "".join(sheet.extract_text() for sheet in sheets)


def test_a_page_prints_without_its_frame_and_no_heading_is_alone(visit, pmo, demo):
    page, programme = visit(pmo).new_page(), demo.programme("CAM").pk
    page.goto(f"/programmes/{programme}/risk/")
    page.wait_for_load_state("networkidle")
    headings = set(page.locator("h2, h3").all_inner_texts())
    sheets = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    texts = [sheet.extract_text() for sheet in sheets]
    assert "Find a programme" not in "".join(texts)
    assert "Search" not in "".join(texts)
    last = [text.strip().splitlines()[-1] for text in texts if text.strip()]
    assert not headings & set(last)
