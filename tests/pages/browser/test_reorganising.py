"""A programme is split, and another merged into it, in a browser: what goes along is read first."""

import pytest
from playwright.sync_api import expect

from programmes.models import Programme
from tests.pages.browser.conftest import Person

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_programme_is_split_and_merged_again(visit, watched, demo, pmo, violations):
    whole, who, page = demo.programme("NZE"), Person(), visit(pmo).new_page()
    alone = demo.project("NZE-02")
    projects = {*whole.projects.values_list("pk", flat=True)}
    page.goto(f"/programmes/{whole.pk}/governance/")
    who.click(page.get_by_role("link", name="Split the programme"))
    who.fill(page.get_by_label("Name of the new programme"), "Heat")
    who.fill(page.get_by_label("Its code"), "HEAT")
    who.fill(page.get_by_label("Reason"), "Heat is paid for by somebody else")
    who.click(page.get_by_label(f"{alone.code} {alone.name}"))
    assert violations(page) == []
    who.click(page.get_by_role("button", name="Preview"))
    preview = page.get_by_role("region", name="Preview")
    expect(preview).to_contain_text("Goes along: 1 project")
    expect(preview).to_contain_text("NZE, money in £k")
    expect(preview).to_contain_text("HEAT, money in £k")
    who.click(page.get_by_role("button", name="Split the programme"))
    page.wait_for_url(f"**/programmes/{whole.pk}/")
    part = Programme.objects.get(code="HEAT")
    assert part.projects.count() == 1

    page.goto(f"/programmes/{whole.pk}/merger/")
    who.choose(page.get_by_label("Programme that becomes a part"), "HEAT Heat")
    who.fill(page.get_by_label("Reason"), "It is one again")
    who.click(page.get_by_role("button", name="Preview"))
    expect(preview).to_contain_text("Goes along: 1 project")
    who.click(page.get_by_role("button", name="Merge a programme into this one"))
    page.wait_for_url(f"**/programmes/{whole.pk}/")
    assert {*whole.projects.values_list("pk", flat=True)} == projects
    page.goto(f"/programmes/{part.pk}/")
    page.wait_for_url(f"**/programmes/{whole.pk}/")
    assert watched.troubles == []


def test_a_project_is_taken_out_of_its_programme(visit, watched, demo, pmo):
    project, who, page = demo.project("NZE-02"), Person(), visit(pmo).new_page()
    page.goto(f"/projects/{project.pk}/")
    who.click(page.get_by_text("Take the project further, or end it"))
    form = page.locator("#move-form")
    offered = form.get_by_label("To programme").locator("option").all_inner_texts()
    assert offered[:2] == ["Not set", "None: it stands alone under the PMO"]
    assert not any(each.startswith("NZE ") for each in offered)
    who.choose(form.get_by_label("To programme"), "None: it stands alone under the PMO")
    who.fill(form.get_by_label("Reason"), "The estate runs it from now on")
    who.click(form.get_by_role("button", name="Move the project"))
    way = page.get_by_label("Breadcrumb")
    expect(way.get_by_role("link", name="NZE", exact=True)).to_have_count(0)
    project.refresh_from_db()
    assert (project.programme, project.portfolio) == (None, demo.portfolio)
    assert watched.troubles == []
