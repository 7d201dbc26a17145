"""How a programme begins, in a browser: its projects from templates, what is missing, a file."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from programmes.models import Programme
from projects.models import Dependency, Risk
from tests.pages.browser.conftest import ON_BOTH
from tests.pages.browser.looks import unfold

pytestmark = pytest.mark.django_db(transaction=True)
MOST = 40  # clicks


class Clicks:
    """Clicks, counted."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, on: Locator) -> None:
        on.click()
        self.count += 1


def above(page: Page, code: str) -> Locator:
    """The way up to what is called so."""
    crumbs = page.get_by_role("navigation", name="Breadcrumb")
    return crumbs.get_by_role("link", name=code, exact=True)


@ON_BOTH
def test_the_pmo_begins_a_programme_of_three_projects_in_under_forty_clicks(visit, demo, pmo):
    page, click = visit(pmo).new_page(), Clicks()
    page.goto("/programmes/")
    click(page.get_by_role("link", name="New programme"))
    page.get_by_label("Name").fill("Learning spaces")
    page.get_by_label("Code").fill("LEA")
    page.get_by_label("Contingency").fill("0.3m")
    click(page.get_by_role("button", name="Begin the programme"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Learning spaces")
    for number, name in enumerate(("Library", "Labs", "Studios"), 1):
        if number == 1:
            click(page.get_by_role("link", name="It has no project."))
        else:
            click(above(page, "LEA"))
            click(page.get_by_role("link", name="New project"))
        page.get_by_label("Name").fill(name)
        page.get_by_label("Approved budget").fill("1.2m")
        click(page.get_by_role("button", name="Begin the project"))
        expect(page.get_by_role("heading", level=1)).to_contain_text(f"LEA-0{number} {name}")
        missing = page.get_by_role("region", name="Still missing")
        click(missing.get_by_role("link", name="No risk is judged yet"))
        page.get_by_label("Title").fill(f"{name} cost more")
        click(page.get_by_role("button", name="Save"))
        expect(page.get_by_role("heading", level=1)).to_contain_text(f"{name} cost more")
        click(above(page, f"LEA-0{number}"))
        expect(page.get_by_role("region", name="Still missing")).not_to_contain_text("No risk")
    project = Programme.objects.get(code="LEA").projects.get(code="LEA-03")
    click(page.get_by_role("link", name="New dependency"))
    page.locator("#id_giver").select_option(label="LEA-01 Library")
    page.locator("#id_deliverable").fill("Shelves")
    click(page.get_by_role("button", name="Save"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Shelves")
    click(above(page, "LEA-03"))
    click(above(page, "LEA"))
    click(page.get_by_role("link", name="No benefit is expected of it."))
    page.locator("#id_title").fill("More books lent")
    page.locator("#id_unit").fill("loans")
    page.locator("#id_category").select_option(index=1)
    click(page.get_by_role("button", name="Save"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("More books lent")
    programme = Programme.objects.get(code="LEA")
    assert (programme.projects.count(), programme.benefits.count()) == (3, 1)
    assert Risk.objects.filter(project__programme=programme, status="open").count() == 3
    assert Dependency.objects.filter(receiver=project).count() == 1
    assert click.count < MOST, click.count


def test_the_pmo_edits_a_template_and_a_project_keeps_its_version(visit, demo, pmo):
    template = demo.portfolio.templates.get(code="SERVICE")
    project = demo.project("CAM-03")
    type(project).objects.filter(pk=project.pk).update(
        template=template, template_version=template.version
    )
    page, click = visit(pmo).new_page(), Clicks()
    page.goto("/templates/")
    click(page.get_by_role("link", name="SERVICE", exact=True))
    click(page.get_by_role("link", name="Everybody trained"))
    click(page.get_by_role("link", name="Edit", exact=True))
    page.get_by_label("Days from it").fill("-30")
    click(page.get_by_role("button", name="Save"))
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert template.milestones.get(title="Everybody trained").offset_days == -30
    assert type(template).objects.get(pk=template.pk).version > template.version
    page.goto(f"/projects/new/?template={template.pk}")
    expect(page.get_by_text(f"Version {template.version + 1}")).to_be_visible()
    project.refresh_from_db()
    assert project.template_version == template.version
    assert click.count < 10


def test_somebody_attaches_a_file_and_another_downloads_it(
    visit, demo, cam02_manager, viewer, tmp_path
):
    (tmp_path / "Case.txt").write_text("Why we do it")
    page = visit(cam02_manager).new_page()
    project = demo.project("CAM-02")
    page.goto(f"/projects/{project.pk}/")
    page.get_by_text("Attach a file or a link").click()
    page.get_by_label("File, at most 25 MB").set_input_files(tmp_path / "Case.txt")
    page.get_by_role("button", name="Attach", exact=True).click()
    expect(page.get_by_role("region", name="Files and links")).to_contain_text("Case.txt")
    other = visit(viewer).new_page()
    other.goto(f"/projects/{project.pk}/")
    with other.expect_download() as coming:
        other.get_by_role("link", name="Case.txt").click()
    assert coming.value.path().read_text() == "Why we do it"
    page.get_by_role("button", name="Remove Case.txt").click()
    expect(page.get_by_role("region", name="Files and links")).to_contain_text(
        "Nothing is attached"
    )


def test_the_pages_of_a_beginning(visit, demo, pmo, defects):
    page: Any = visit(pmo).new_page()
    programme, template = demo.programme("CAM").pk, demo.portfolio.templates.first().pk
    for address in (
        f"/projects/new/?programme={programme}",
        "/programmes/new/",
        f"/templates/{template}/",
        f"/attachments/programme/{programme}/",
        "/attachments/",
    ):
        page.goto(address)
        unfold(page)
        assert (address, defects(page)) == (address, [])
