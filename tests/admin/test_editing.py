"""Saving in the admin pages: who did it, over which version, and what is refused."""

from datetime import date
from decimal import Decimal

import pytest
from django.contrib.admin import site

from benefits.models import BenefitMeasurement
from pmhub.api.resources import has_view, view_of
from pmhub.models import RoleAssignment
from pmhub.queries import events
from projects.models import Baseline, ContingencyMovement, Milestone, Risk
from tests import factories
from tests.admin.forms import entries, errors, said
from tests.admin.test_entering import address


@pytest.fixture
def admin(client_of, pmo):
    """A client of the PMO."""
    return client_of(pmo)


# Who and which version


def test_a_save_says_by_whom_and_changes_only_what_was_changed(admin, demo, pmo):
    risk = demo.risk("R01")
    before, at = risk.version, address(Risk, "change", risk.pk)
    page = admin.get(at)
    assert admin.post(at, entries(page, title="Steel")).status_code == 302
    risk.refresh_from_db()
    assert (risk.title, risk.updated_by, risk.version) == ("Steel", pmo, before + 1)


def test_saving_without_a_change_changes_nothing(admin, demo):
    risk = demo.risk("R01")
    at = address(Risk, "change", risk.pk)
    assert admin.post(at, entries(admin.get(at))).status_code == 302
    assert demo.risk("R01").version == risk.version


def test_a_new_record_says_by_whom(admin, demo, pmo):
    page = admin.get(address(Risk, "add"))
    filled = entries(page, code="R99", title="New", programme=demo.programme("CAM").pk)
    assert admin.post(address(Risk, "add"), filled).status_code == 302
    risk = demo.risk("R99")
    assert (risk.created_by, risk.updated_by) == (pmo, pmo)


def test_a_stale_form_is_refused_and_keeps_what_was_typed(admin, demo, cam_manager):
    risk = demo.risk("R01")
    at = address(Risk, "change", risk.pk)
    mine = entries(admin.get(at), title="Mine")
    Risk.objects.filter(pk=risk.pk).update(title="Theirs", updated_by=cam_manager)
    page = admin.post(at, mine)
    [message] = errors(page)["__all__"]
    assert message.startswith("cam.manager changed R01")
    assert "the record says now: Title: Theirs." in message
    assert 'value="Mine"' in page.content.decode()
    assert demo.risk("R01").title == "Theirs"
    again = admin.post(at, mine)  # the same stale form, once more
    assert "__all__" in errors(again)
    assert demo.risk("R01").title == "Theirs"


def test_a_save_after_the_warning_replaces_what_was_shown(admin, demo):
    risk = demo.risk("R01")
    at = address(Risk, "change", risk.pk)
    mine = entries(admin.get(at), title="Mine")
    Risk.objects.filter(pk=risk.pk).update(title="Theirs")
    warned = admin.post(at, mine)
    assert admin.post(at, entries(warned)).status_code == 302
    assert demo.risk("R01").title == "Mine"


def test_lists_of_people_outlive_the_warning(admin, demo):
    programme = demo.programme("CAM")
    at = address(type(programme), "change", programme.pk)
    mine = entries(admin.get(at), name="Mine")
    type(programme).objects.filter(pk=programme.pk).update(name="Theirs")
    warned = admin.post(at, mine)
    assert admin.post(at, entries(warned)).status_code == 302
    programme = demo.programme("CAM")
    people = set(programme.bcms.values_list("code", flat=True))
    assert (programme.name, people) == ("Mine", {"PE07", "PE08"})


def test_a_stale_row_below_a_record_is_refused_too(admin, demo):
    project = demo.project("CAM-02")
    at = f"/admin/projects/project/{project.pk}/change/"
    page = admin.get(at)
    mine = entries(page)
    [name] = [key for key, value in mine.items() if value == "Watertight"]
    Milestone.objects.filter(code="M05").update(title="Theirs")
    page = admin.post(at, mine | {name: "Mine"})
    assert page.status_code == 200
    assert demo.milestone("M05").title == "Theirs"
    assert "after you opened it" in page.content.decode()


def test_rows_below_a_record_say_by_whom(admin, demo, pmo):
    project = demo.project("CAM-02")
    at = f"/admin/projects/project/{project.pk}/change/"
    mine = entries(admin.get(at))
    [name] = [key for key, value in mine.items() if value == "Watertight"]
    assert admin.post(at, mine | {name: "Dry"}).status_code == 302
    milestone = demo.milestone("M05")
    assert (milestone.title, milestone.updated_by) == ("Dry", pmo)
    assert demo.project("CAM-02").version == project.version


# Refusals


def test_a_broken_constraint_shows_at_its_field(admin, demo):
    at = address(Risk, "change", demo.risk("R01").pk)
    page = admin.post(at, entries(admin.get(at), residual_probability="1"))
    assert errors(page) == {
        "residual_probability": [
            "Enter a probability between 0 and 1; what is certain is an issue."
        ]
    }


def test_numbers_that_are_none_are_refused(admin, demo):
    at = address(Risk, "change", demo.risk("R01").pk)
    for text in ("NaN", "Infinity", "1e99"):
        page = admin.post(at, entries(admin.get(at), residual_cost_max=text))
        assert list(errors(page)) == ["residual_cost_max"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cost_green_pct", "abc"),
        ("cost_green_pct", "NaN"),
        ("cost_green_pct", "1e999999"),
        ("schedule_green_days", "7.5"),
        ("risk_cause_loading", "1.5"),
    ],
)
def test_thresholds_that_would_stop_all_figures_are_refused(admin, demo, name, text):
    at = address(type(demo.portfolio), "change", demo.portfolio.pk)
    page = admin.post(at, entries(admin.get(at), **{f"rag_thresholds_{name}": text}))
    assert list(errors(page)) == ["rag_thresholds"]


def test_numbers_are_typed_as_pages_show_them(admin, demo):
    risk = demo.risk("R01")
    at = address(Risk, "change", risk.pk)
    typed = {
        "response_cost": "£1,250.50",
        "residual_probability": "40%",
        "residual_days_max": "1 250",
    }
    assert admin.post(at, entries(admin.get(at), **typed)).status_code == 302
    risk = demo.risk("R01")
    assert risk.response_cost == Decimal("1250.50")
    assert risk.residual_probability == Decimal("0.4")
    assert risk.residual_days_max == 1250


def test_thresholds_are_named_numbers_with_their_defaults(admin, demo):
    at = address(type(demo.portfolio), "change", demo.portfolio.pk)
    page = admin.get(at).content.decode()
    assert '<label for="id_rag_thresholds_cost_green_pct">Cost green per cent</label>' in page
    assert "default 5<" in page
    assert "{}" not in page
    mine = entries(
        admin.get(at),
        rag_thresholds_cost_green_pct="10",
        rag_thresholds_schedule_green_days="7",
        rag_thresholds_cost_bound_is_worse="on",
    )
    assert admin.post(at, mine).status_code == 302
    assert demo.portfolio.rag_thresholds == {"cost_green_pct": "10", "cost_bound_is_worse": True}
    mine = entries(admin.get(at), name="Other")
    assert mine["rag_thresholds_cost_green_pct"] == "10"
    assert admin.post(at, mine).status_code == 302
    assert demo.portfolio.rag_thresholds == {"cost_green_pct": "10", "cost_bound_is_worse": True}
    mine = entries(admin.get(at), rag_thresholds_cost_green_pct="")
    del mine["rag_thresholds_cost_bound_is_worse"]
    assert admin.post(at, mine).status_code == 302
    assert demo.portfolio.rag_thresholds == {}


def test_text_that_the_database_cannot_hold_is_refused(admin, demo):
    at = address(Risk, "change", demo.risk("R01").pk)
    page = admin.post(at, entries(admin.get(at), title="a\0b"))
    assert list(errors(page)) == ["title"]
    at = address(Baseline, "add")
    mine = {
        "project": demo.project("CAM-02").pk, "starts_on": "2025-06-02", "reason": "x",
        "finishes_on": "2028-02-25", "budget_at_completion": "1", "approved_on": "2026-10-20",
        "planned_value_profile": '[["\\u0000", "1"]]',
    }  # fmt: skip
    assert list(errors(admin.post(at, mine))) == ["planned_value_profile"]


def test_weights_above_one_are_refused_by_the_database_and_kept_on_the_page(admin, demo):
    benefit = demo.benefit("B02")
    at = f"/admin/benefits/benefit/{benefit.pk}/change/"
    mine = entries(admin.get(at))
    total = int(mine["contributions-TOTAL_FORMS"])
    mine |= {
        "contributions-TOTAL_FORMS": total + 1,
        f"contributions-{total}-project": demo.project("CAM-02").pk,
        f"contributions-{total}-weight": "0.5",
    }
    page = admin.post(at, mine)
    assert errors(page) == {"__all__": ["The weights of a benefit sum to more than 1."]}
    assert benefit.contributions.count() == 1


def test_a_dependency_that_would_close_a_cycle_is_refused(admin, demo):
    at = "/admin/projects/dependency/add/"
    mine = entries(
        admin.get(at), code="D99", deliverable="Back again", drives_schedule="on",
        giver=demo.project("CAM-08").pk, receiver=demo.project("CAM-07").pk,
    )  # fmt: skip
    page = admin.post(at, mine)
    [text] = errors(page)["__all__"]
    words, path = text.split(": ")
    assert words == "Events would wait for themselves"
    assert set(path.split(" → ")) == {
        "CAM-07 start", "CAM-07 M16", "CAM-08 start", "CAM-08 finish",
    }  # fmt: skip


def test_a_role_is_held_once(admin, demo):
    person, programme = demo.person("PE27"), demo.programme("CAM")
    mine = {"person": person.pk, "role": "viewer", "programme": programme.pk}
    page = admin.post(address(RoleAssignment, "add"), mine)
    assert errors(page) == {"__all__": ["This person holds this role here already."]}


def test_what_others_stand_on_is_not_deleted(admin, demo):
    programme = demo.programme("CAM")
    page = admin.post(f"/admin/programmes/programme/{programme.pk}/delete/", {"post": "yes"})
    assert page.status_code in (200, 302)
    assert demo.programme("CAM") == programme
    ticked = {"action": "delete_selected", "_selected_action": [programme.pk], "post": "yes"}
    admin.post("/admin/programmes/programme/", ticked)
    assert demo.programme("CAM") == programme


# Verbs behind forms


def test_contingency_is_drawn_through_its_verb(admin, demo, pmo):
    at = address(ContingencyMovement, "add")
    mine = {
        "programme": demo.programme("CAM").pk, "project": demo.project("CAM-02").pk,
        "moved_on": "2026-10-30", "reference": "CR09", "reason": "Dewatering",
    }  # fmt: skip
    page = admin.post(at, mine | {"amount": "19601"})
    assert errors(page) == {"amount": ["Only £19,600,000 of the contingency remains."]}
    assert 'value="19601"' in page.content.decode()
    assert admin.post(at, mine | {"amount": "19600"}).status_code == 302
    movement = ContingencyMovement.objects.get(reference="CR09")
    assert (movement.amount, movement.created_by) == (Decimal(19600), pmo)


def test_a_baseline_is_the_next_one_and_never_changed(admin, demo):
    at, project = address(Baseline, "add"), demo.project("CAM-02")
    mine = {
        "project": project.pk, "starts_on": "2025-06-02", "finishes_on": "2028-02-25",
        "budget_at_completion": "97950", "approved_on": "2026-10-20", "reason": "",
        "planned_value_profile": '[["2025-06-02", "0"], ["2028-02-25", "97950"]]',
    }  # fmt: skip
    assert errors(admin.post(at, mine)) == {"reason": ["Say why the plan changes."]}
    assert admin.post(at, mine | {"reason": "Slab"}).status_code == 302
    baseline = project.baselines.get(number=2)
    assert admin.post(address(Baseline, "change", baseline.pk), mine).status_code == 403


# Actions


def tick(admin, model, action, *records, **typed):
    """Tick records and choose an action; answers the page that follows."""
    ticked = {"action": action, "_selected_action": [record.pk for record in records], **typed}
    return admin.post(address(model, "changelist"), ticked, follow=True)


def test_measurements_are_verified_through_the_verb(admin, demo, pmo, benefit_owner):
    benefit, year = demo.benefit("B03"), {"period_start": date(2026, 4, 1)}
    theirs, mine = (
        BenefitMeasurement.objects.create(
            benefit=benefit, period_end=date(2026, 9, 30), value=70, submitted_by=person, **year
        )
        for person in (benefit_owner.person, pmo.person)
    )
    page = tick(admin, BenefitMeasurement, "verification", theirs, mine, confirmed="1")
    assert said(page) == [
        "B03 2026-09-30: 70.00: Nobody verifies their own measurement.",
        "1 verified.",
    ]
    theirs.refresh_from_db()
    mine.refresh_from_db()
    assert (theirs.status, mine.status) == ("verified", "submitted")


def test_who_corrects_a_measurement_here_does_not_verify_it(admin, demo, pmo, benefit_owner):
    measured = factories.measurement(
        demo.benefit("B03"), 2024, 70, submitted_by=benefit_owner.person
    )
    at = address(BenefitMeasurement, "change", measured.pk)
    said(admin.post(at, entries(admin.get(at), value="700"), follow=True))
    measured.refresh_from_db()
    assert (measured.value, measured.submitted_by) == (700, pmo.person)
    page = tick(admin, BenefitMeasurement, "verification", measured, confirmed="1")
    assert said(page) == [f"{measured}: Nobody verifies their own measurement."]


def test_no_form_asks_for_what_nobody_writes_over_rest(admin, demo, pmo, rf):
    request = rf.get("/")
    request.user = pmo
    asked = {
        f"{model.__name__}.{name}"
        for model, page in site._registry.items()
        if has_view(model)
        for allowed, form in (
            (page.has_add_permission(request), page.get_form(request)),
            (page.has_change_permission(request), page.get_form(request, model(), change=True)),
        )
        if allowed
        for name in form.base_fields
        if name in view_of(model).serializer_class.read_only_names()
    }
    # Where these pages have no other way: REST makes them by verbs that ask for more.
    assert asked == {
        "Dependency.proposed_side", "ProfileVersion.number", "BenefitReview.decision",
        "BenefitReview.findings",
    }  # fmt: skip


def test_a_measurement_is_rejected_with_the_reason_that_its_history_keeps(admin, demo):
    measured = factories.measurement(demo.benefit("B03"), 2024, 70)
    for typed in ({}, {"confirmed": "1"}, {"confirmed": "1", "reason": " "}):
        page = tick(admin, BenefitMeasurement, "rejection", measured, **typed)
        assert "Reject it" in page.content.decode()
        measured.refresh_from_db()
        assert measured.status == "submitted"
    typed = {"confirmed": "1", "reason": "Half of it is missing"}
    assert said(tick(admin, BenefitMeasurement, "rejection", measured, **typed)) == ["1 rejected."]
    (latest, *_) = events(BenefitMeasurement, measured.pk)
    told = (latest.status, latest.pgh_context["reason"])
    assert told == ("rejected", "Half of it is missing")


def test_risks_are_closed_where_that_loses_no_threat(admin, demo):
    page = tick(admin, Risk, "close", demo.risk("R01"), demo.risk("R37"))
    assert said(page) == [
        f"{demo.risk('R37')}: Return the risks counted in it first: R06.",
        "1 closed.",
    ]
    assert (demo.risk("R01").status, demo.risk("R37").status) == ("closed", "open")


def test_risks_are_escalated_and_returned(admin, demo):
    tick(admin, Risk, "escalate", demo.risk("R01"))
    assert demo.risk("R01").escalated_to.code == "R01-P"
    tick(admin, Risk, "give_back", demo.risk("R01"))
    assert demo.risk("R01").status == "open"


def test_a_status_is_declared_for_several_projects(admin, demo, pmo):
    projects = [demo.project("CAM-05"), demo.project("CAM-06")]
    tick(admin, type(projects[0]), "declare_amber", *projects)
    for project in projects:
        project.refresh_from_db()
        assert (project.declared_rag, project.declared_on) == ("amber", date(2026, 10, 31))
        assert project.updated_by == pmo


def test_a_project_is_closed_only_with_nothing_left_to_settle(admin, demo):
    project = demo.project("CAM-03")
    done = {"confirmed": "1", "finished_on": "2026-10-31", "lessons": "Order early"}
    page = tick(admin, type(project), "closure", project, **done)
    [refused] = said(page)
    for what in ("outputs first: O03", "B03, B04, B06", "R04", "R05", "CAM-07 waits for D21"):
        assert what in refused
    factories.handed_over(project)
    factories.descope(*project.outputs.all())
    project.risks.update(status="closed")
    project.dependencies_out.update(status="withdrawn")
    tick(admin, type(project), "closure", project, **done)
    assert demo.project("CAM-03").status == "closed"
