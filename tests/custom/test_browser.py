"""Custom fields are filled in where people work: in the form of a record and in the grid."""

import re

import pytest
from playwright.sync_api import expect

from projects.models import Risk
from tests.pages.browser.test_grid import cell, edit, grid_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_they_are_filled_in_by_form_and_grid(visit, demo, cam_manager, defects, watched):
    risk = Risk.objects.get(code="R04")
    page = visit(cam_manager).new_page()
    page.goto(f"/risks/{risk.pk}/edit/")
    excess = page.get_by_label("Insurance excess")
    excess.fill("many")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".error-summary")).to_contain_text("Insurance excess")
    expect(excess).to_have_attribute("aria-invalid", "true")
    watched.troubles.clear()  # the console reports the 400 that was asked for
    excess.fill("1,030.50")
    page.get_by_label("Insured").select_option("No")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".toasts")).to_contain_text("Saved")
    risk.refresh_from_db()
    assert risk.custom == {"insured": False, "excess": "1030.50"}

    columns = "&".join(f"column={name}" for name in ("code", "custom.excess", "custom.insured"))
    grid_of(page, f"/risks/?view=grid&{columns}")
    place = cell(page, "R04", "custom.excess")
    edit(page, place, "40")
    expect(place).to_have_class(re.compile("grid-saved"))
    expect(place).to_contain_text("40")
    risk.refresh_from_db()
    assert risk.custom == {"insured": False, "excess": "40.00"}
    place.click()
    page.keyboard.press("Control+z")
    expect(place).to_contain_text("1,030.50")
    risk.refresh_from_db()
    assert risk.custom["excess"] == "1030.50"

    page.goto(f"/risks/{risk.pk}/edit/")
    assert defects(page) == []  # it leaves the page narrow


def test_a_file_is_imported_with_its_custom_fields(visit, demo, cam_manager, defects, watched):
    page = visit(cam_manager).new_page()
    page.goto("/risks/")
    page.get_by_role("link", name="Import", exact=True).click()
    rows = "code,title,project,custom.excess,custom.insured\nR90,Flood,CAM-02,{},false\n"

    def choose(excess):
        body = rows.format(excess).encode()
        file = {"name": "risks.csv", "mimeType": "text/csv", "buffer": body}
        page.get_by_label("CSV or XLSX").set_input_files(file)

    choose("many")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".error-summary")).to_contain_text("Row 2, custom.excess: ")
    watched.troubles.clear()  # the console reports the 400 that was asked for
    choose("12.50")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".preview")).to_contain_text("Nothing has been saved yet.")
    assert not Risk.objects.filter(code="R90").exists()
    page.get_by_role("button", name="Import").click()
    expect(page.locator(".imported")).to_contain_text("1 row written.")
    assert Risk.objects.get(code="R90").custom == {"excess": "12.50", "insured": False}
    assert defects(page) == []  # it leaves the page narrow
