"""The what-if page in a browser: composed, tried, adopted; both themes, wide and narrow."""

from typing import Any

import pytest
from playwright.sync_api import expect

from programmes.models import ScenarioChange
from projects.models import Project
from tests.pages.browser.conftest import Person
from tests.pages.browser.looks import unfold

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_looks_right_with_scenarios_in_it(
    visit: Any, demo: Any, cam_manager: Any, defects: Any, draft: Any, drain: Any
) -> None:
    drain()
    programme = demo.programme("CAM")
    for name, days in (("Sooner", -30), ("A good deal later than anybody had hoped", 200)):
        scenario = draft(cam_manager, programme, name)
        body = {"project": demo.project("CAM-02").pk, "days": days}
        assert scenario.client.post(f"{scenario.path}delays/", body).status_code == 201
        assert scenario.try_it().status_code == 200
    draft(cam_manager, programme, "Empty")
    page = visit(cam_manager).new_page()
    page.goto(f"/programmes/{programme.pk}/what-if/")
    expect(page.locator("#figures-title")).to_be_visible()
    assert defects(page) == []
    unfold(page)
    assert defects(page) == []


def test_nothing_in_it(visit: Any, demo: Any, cam_manager: Any, defects: Any) -> None:
    page = visit(cam_manager).new_page()
    page.goto(f"/programmes/{demo.programme('CAM').pk}/what-if/")
    expect(page.get_by_role("heading", name="No scenario yet")).to_be_visible()
    assert defects(page) == []


def test_a_scenario_from_its_first_word_to_its_adoption(
    visit: Any, demo: Any, cam_manager: Any, drain: Any, watched: Any
) -> None:
    drain()
    project = demo.project("CAM-02")
    page = visit(cam_manager).new_page()
    page.goto(f"/programmes/{project.programme_id}/what-if/")
    page.get_by_label("Name").fill("Later")
    page.get_by_role("button", name="Make the scenario").click()
    expect(page.get_by_role("heading", name="Later", exact=True)).to_be_visible()
    expect(page.get_by_text("No change in it yet.")).to_be_visible()

    page.locator("#compose-delays > summary").click()
    form = page.locator("#delays-form")
    form.locator("[name=project]").select_option(str(project.pk))
    form.locator("[name=days]").fill("0")
    form.get_by_role("button", name="Add to the scenario").click()
    expect(form.get_by_role("alert")).to_contain_text("other than 0")
    watched.troubles.clear()  # the console reports the 400 that was asked for
    form.locator("[name=days]").fill("90")
    form.get_by_role("button", name="Add to the scenario").click()
    # The project, with what others wait for from it and the milestone that dates that.
    changes = page.locator(".changes > li")
    expect(changes).to_have_count(3)
    first = changes.first
    expect(first).to_contain_text(
        "CAM-02 Engineering and Materials Building finishes 90 days later"
    )

    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("Up to date")).to_be_visible()
    row = page.get_by_role("row", name="CAM-02 Engineering").first
    expect(row).to_contain_text("d worse")
    assert Project.objects.get(pk=project.pk).version == project.version

    first.get_by_role("button", name="Later").click()
    moved = changes.nth(1)
    expect(moved).to_contain_text("CAM-02 Engineering")
    moved.locator("summary").first.click()
    moved.get_by_role("button", name="Adopt it now").click()
    expect(moved).to_contain_text("by Daniel Roe")
    assert Project.objects.get(pk=project.pk).version == project.version + 1

    changes.first.get_by_role("button", name="Remove").click()
    expect(changes).to_have_count(2)
    page.locator(".scenario summary").filter(has_text="Delete").click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_text("A change that was adopted stays in the list.")).to_be_visible()
    watched.troubles.clear()  # the console reports the 409 that was asked for


def test_a_form_that_is_in_the_page_before_what_it_holds_writes_once(
    visit: Any, demo: Any, cam_manager: Any, watched: Any
) -> None:
    """So a refresh puts one in whose fields were elsewhere; it may be moved later."""
    programme = demo.programme("CAM")
    page = visit(cam_manager).new_page()
    page.goto(f"/programmes/{programme.pk}/what-if/")
    page.evaluate(
        """programme => {
            const made = document.createElement("rest-form");
            made.setAttribute("action", "/api/v1/scenarios/");
            made.setAttribute("saved", "Made.");
            document.querySelector("main").append(made);
            made.innerHTML = `<form><input type="hidden" name="programme" value="${programme}">
                <input type="hidden" name="name" value="Later"><button>Put in</button></form>`;
            document.querySelector("main").prepend(made);
        }""",
        str(programme.pk),
    )
    page.get_by_role("button", name="Put in").click()
    expect(page.locator(".toasts")).to_contain_text("Made.")
    assert programme.scenarios.get().name == "Later"
    assert watched.troubles == []


def test_what_a_trial_refuses_is_said_at_the_scenario(
    visit: Any, demo: Any, cam_manager: Any, draft: Any, watched: Any
) -> None:
    programme = demo.programme("CAM")
    scenario = draft(cam_manager, programme)
    path = f"projects/{demo.project('CAM-02').pk}/"
    scenario.add("PATCH", path, {"forecast_finish": "soon"}, title="A typing error")
    page = visit(cam_manager).new_page()
    page.goto(f"/programmes/{programme.pk}/what-if/")
    page.get_by_role("button", name="Try it").click()
    alert = page.get_by_role("alert")
    expect(alert).to_be_focused()
    expect(alert).to_contain_text("Change 1, A typing error: Date has wrong format")
    watched.troubles.clear()  # the console reports the 400 that was asked for


def test_an_edit_of_a_project_is_kept_in_a_scenario(
    visit: Any, demo: Any, cam_manager: Any, draft: Any
) -> None:
    """Three actions: the form, the day, the button."""
    manager = Person()
    project = demo.project("CAM-02")
    draft(cam_manager, demo.programme("CAM"), "Later")
    page = visit(cam_manager).new_page()
    page.goto(f"/projects/{project.pk}/")
    manager.click(page.get_by_text("Update dates, progress and status"))
    form = page.locator("#project-form")
    manager.fill(form.locator("[name=forecast_finish]"), "2031-12-31")
    manager.click(form.get_by_role("button", name="Keep in a scenario"))
    expect(page.locator(".toasts")).to_contain_text("Kept in Later. Nothing was saved here.")
    expect(form.locator("[name=forecast_finish]")).to_have_value("2028-02-25")
    change = ScenarioChange.objects.get()
    assert (change.method, change.path) == ("PATCH", f"projects/{project.pk}/")
    assert (change.body, change.seen_version) == (
        {"forecast_finish": "2031-12-31"},
        project.version,
    )
    assert manager.actions == 3
    assert change.title == f"{project}: forecast finish 2031-12-31"
    assert Project.objects.get(pk=project.pk).version == project.version
