"""What people do about money, in a browser; each walk counts what the person does."""

import re

import pytest
from playwright.sync_api import expect

from projects.models import ContingencyMovement, CostActual
from tests.pages.browser.conftest import ON_BOTH, Person
from tests.pages.browser.looks import open_sections, unfold
from tests.pages.browser.test_grid import cell, edit

pytestmark = pytest.mark.django_db(transaction=True)
GRID = 768  # pixels from which a register is a grid


@ON_BOTH
def test_a_programme_manager_draws_contingency_and_sees_what_is_left_move(
    visit, demo, cam_manager, drain
):
    """Six actions."""
    cam, manager = demo.programme("CAM"), Person()
    page = visit(cam_manager).new_page()
    page.goto(f"/programmes/{cam.pk}/money/")
    open_sections(page)
    expect(page.locator("pm-earned svg")).to_be_visible()
    left = page.get_by_role("region", name="Contingency left").locator(".value")
    expect(left).to_have_text("19,600")
    manager.click(page.locator("summary", has_text="Draw, return or transfer contingency"))
    form = page.get_by_role("form", name="Draw contingency")
    steel = form.get_by_label("Project").locator("option", has_text="CAM-02")
    manager.choose(form.get_by_label("Project"), steel.inner_text())
    manager.fill(form.get_by_label("Amount"), "£500k")
    manager.fill(form.get_by_label("Reason"), "Steel is dearer than tendered")
    manager.click(form.get_by_role("button", name="Preview"))
    preview = page.get_by_role("region", name="Preview")
    expect(preview.get_by_role("row", name="Contingency")).to_contain_text("19,100")
    drawn = ContingencyMovement.objects.filter(reason="Steel is dearer than tendered")
    assert not drawn.exists()
    manager.click(form.get_by_role("button", name="Draw contingency"))
    moved = page.get_by_role("region", name="Contingency that moved")
    expect(moved).to_contain_text("Steel is dearer than tendered")
    expect(preview).to_have_count(0)
    assert manager.actions == 6
    drain()
    expect(left).to_have_text("19,100")
    made = drawn.get()
    assert (made.project, made.amount, made.moved_on) == (
        demo.project("CAM-02"),
        500,
        demo.portfolio.as_of,
    )


@ON_BOTH
def test_a_project_manager_takes_back_a_wrong_posting(visit, demo, cam02_manager, drain):
    """Four actions, and one to look at the money again."""
    project, manager = demo.project("CAM-02"), Person()
    wrong = CostActual.objects.create(
        project=project, amount=900, posted_on="2026-10-30", description="Glass, twice"
    )
    drain()
    page = visit(cam02_manager).new_page()
    page.goto(f"/projects/{project.pk}/money/")
    open_sections(page)
    spent = page.get_by_role("region", name="Spent").locator(".value")
    expect(spent).to_have_text("40,800")
    posted = page.get_by_role("region", name="Posted")
    row = posted.get_by_role("row").filter(has_text="Glass, twice")
    manager.click(row.get_by_role("link"))
    manager.click(page.locator("summary", has_text="Take it back"))
    form = page.get_by_role("form", name="Take it back")
    manager.fill(form.get_by_label("Reason"), "The invoice was posted twice")
    manager.click(form.get_by_role("button", name="Take it back"))
    expect(page.locator("summary", has_text="Take it back")).to_have_count(0)
    assert manager.actions == 4
    assert wrong.reversed_by.amount == -900

    drain()
    page.goto(f"/projects/{project.pk}/money/")
    open_sections(page)
    expect(row).to_contain_text("Taken back")
    back = posted.get_by_role("row").filter(has_text="The invoice was posted twice")
    expect(back).to_contain_text("Takes back another")
    expect(spent).to_have_text("39,900")


@ON_BOTH
def test_a_programme_manager_returns_contingency_and_moves_it_between_projects(
    visit, demo, cam_manager
):
    """Five actions to return, six to move."""
    cam, manager = demo.programme("CAM"), Person()
    page = visit(cam_manager).new_page()
    page.goto(f"/programmes/{cam.pk}/money/")
    open_sections(page)

    def move(verb, reason, **projects):
        """Move 100 and say why; how many actions that is."""
        manager.actions = 0
        manager.click(page.locator("summary", has_text="Draw, return or transfer contingency"))
        form = page.get_by_role("form", name=verb)
        for name, code in projects.items():
            choice = form.locator(f"[name={name}]")
            manager.choose(choice, choice.locator("option", has_text=code).inner_text())
        manager.fill(form.get_by_label("Amount"), "100")
        manager.fill(form.get_by_label("Reason"), reason)
        manager.click(form.get_by_role("button", name=verb))
        moved = page.get_by_role("region", name="Contingency that moved")
        expect(moved).to_contain_text(reason)
        return manager.actions

    assert move("Return contingency", "The slab is cheaper", project="CAM-02") == 5
    page.reload()
    given = {"from_project": "CAM-02", "project": "CAM-03"}
    assert move("Transfer contingency", "The lab needs it", **given) == 6
    sums = ContingencyMovement.objects.filter(
        reason__in=["The slab is cheaper", "The lab needs it"]
    )
    assert sorted(sums.values_list("project__code", "amount")) == [
        ("CAM-02", -100), ("CAM-02", -100), ("CAM-03", 100),
    ]  # fmt: skip


@ON_BOTH
def test_a_project_manager_forecasts_a_line_and_the_page_follows(
    visit, demo, cam02_manager, drain, width
):
    """One click to the grid, one value typed; on a phone four actions by the form of the line."""
    project = demo.project("CAM-02")
    line = project.budget_lines.first()
    drain()
    page, manager = visit(cam02_manager).new_page(), Person()
    page.goto(f"/projects/{project.pk}/money/")
    open_sections(page)
    if width >= GRID:
        manager.click(page.get_by_role("link", name="Edit lines in a grid"))
        place = cell(page, line.code, "forecast")
        edit(page, place, "97,000")
        manager.actions += 1
        expect(place).to_have_class(re.compile("grid-saved"))
    else:
        lines = page.get_by_role("region", name="Budget lines")
        manager.click(lines.get_by_role("link", name=line.code).first)
        manager.click(page.get_by_role("link", name="Edit", exact=True))
        manager.fill(page.get_by_role("textbox", name="Forecast £k", exact=True), "97,000")
        manager.click(page.get_by_role("button", name="Save", exact=True))
        expect(page.locator(".toasts")).to_contain_text("Saved")
    assert manager.actions == (2 if width >= GRID else 4)
    line.refresh_from_db()
    assert line.forecast == 97_000
    page.goto(f"/projects/{project.pk}/money/")
    open_sections(page)
    row = page.get_by_role("region", name="Budget lines").get_by_role(
        "row", name=f"{line.code} Contract"
    )
    expect(row).to_contain_text("97,000")


def test_the_money_pages(visit, demo, cam_manager, defects):
    page = visit(cam_manager).new_page()
    for address in (
        f"/programmes/{demo.programme('CAM').pk}/money/",
        f"/projects/{demo.project('CAM-02').pk}/money/",
    ):
        page.goto(address)
        unfold(page)
        assert (address, defects(page)) == (address, [])
