"""The admin pages in a browser: nothing that axe finds, no error, nothing that leaves the site."""

import pytest

from programmes.models import ProgrammeRollup
from projects.models import Risk
from tests.admin.test_entering import address


@pytest.mark.parametrize("width", [1400, 360])
def test_admin_pages_have_nothing_that_axe_finds(visit, violations, pmo, demo, width):
    paths = ["/admin/", "/admin/projects/risk/add/", "/admin/projects/project/"]
    if width == 1400:
        forms = [demo.programme("CAM"), pmo]
        paths += [address(type(each), "change", each.pk) for each in forms]
        paths.append(address(ProgrammeRollup, "changelist"))
        paths.append(address(Risk, "history", demo.risk("R01").pk))
    page = visit(pmo, width=width).new_page()
    found = {}
    for path in paths:
        assert page.goto(path).status == 200
        if seen := violations(page):
            found[path] = seen
    assert found == {}


def test_the_sign_in_of_the_admin_pages_too(visit, violations):
    page = visit().new_page()
    page.goto("/admin/login/")
    assert violations(page) == []


def test_a_person_is_found_by_typing_and_a_risk_is_saved(visit, pmo, demo):
    page = visit(pmo).new_page()
    page.goto(address(type(demo.risk("R01")), "change", demo.risk("R01").pk))
    page.get_by_label("Title").fill("Steel")
    page.locator(".field-owner .select2-selection").click()
    page.locator(".select2-search__field").fill("Lindqvist")
    page.get_by_role("option", name="Peter Lindqvist").click()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("was changed successfully").wait_for()
    assert (demo.risk("R01").title, demo.risk("R01").owner.name) == ("Steel", "Peter Lindqvist")
