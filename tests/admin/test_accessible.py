"""The admin pages in a browser: nothing that axe finds, no error, nothing that leaves the site."""

import pytest

from pmhub.models import User
from programmes.models import ProgrammeRollup
from projects.models import Risk
from tests.admin.test_entering import address
from tests.pages.browser.looks import NARROW, WIDE


def test_admin_pages_have_nothing_that_axe_finds(visit, violations, pmo, demo):
    narrow = ["/admin/", "/admin/projects/risk/add/", "/admin/projects/project/"]
    paths = [
        *narrow,
        *(address(type(each), "change", each.pk) for each in (demo.programme("CAM"), pmo)),
        address(ProgrammeRollup, "changelist"),
        address(Risk, "history", demo.risk("R01").pk),
    ]
    page = visit(pmo).new_page()
    found = {}
    for path in paths:
        page.set_viewport_size({"width": WIDE, "height": 900})
        assert page.goto(path).status == 200
        found[path, WIDE] = violations(page)
        if path in narrow:
            page.set_viewport_size({"width": NARROW, "height": 900})
            found[path, NARROW] = violations(page)
    assert {where: seen for where, seen in found.items() if seen} == {}


@pytest.mark.parametrize(
    ("theme", "system", "dark"),
    [("system", "dark", True), ("system", "light", False), ("dark", "light", True),
     ("light", "dark", False)],
)  # fmt: skip
def test_admin_pages_have_the_theme_of_the_account(visit, violations, pmo, theme, system, dark):
    User.objects.filter(pk=pmo.pk).update(theme=theme)
    page = visit(pmo).new_page()
    page.emulate_media(color_scheme=system)
    for path in ("/admin/", "/admin/projects/risk/add/"):
        page.goto(path)
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert background == ("rgb(23, 30, 38)" if dark else "rgb(255, 255, 255)")
        assert violations(page) == []


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
