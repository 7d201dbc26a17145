"""What the admin pages show of the ledger, and asking it to recompute."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from programmes.models import LedgerLine, MetricValue, ProgrammeRollup, RollupRequest
from programmes.rollup import worker
from projects.models import Issue, ProjectForecast, Risk
from tests import factories
from tests.admin.forms import said
from tests.admin.test_entering import address


@pytest.fixture
def admin(client_of, pmo):
    """A client of the PMO."""
    return client_of(pmo)


def test_a_failing_programme_shows_its_error_and_the_next_try(admin, demo):
    ProgrammeRollup.objects.filter(programme__code="NZE").update(
        attempts=3,
        failed_since=timezone.now(),
        last_error="Traceback …\nCycleError: D09 → D10",
        stale_after=datetime(2026, 11, 22, 12, 34, tzinfo=UTC),
    )
    page = admin.get(address(ProgrammeRollup, "changelist"), {"state": "failing"})
    [rollup] = page.context["cl"].result_list
    assert rollup.programme.code == "NZE"
    text = page.content.decode()
    assert "CycleError: D09 → D10" in text
    assert "12:34 p.m." in text


def test_what_waits_is_what_a_request_for_it_or_for_a_project_of_it_asks_for(admin, demo):
    RollupRequest.objects.all().delete()
    RollupRequest.objects.create(kind="G", object_id=demo.programme("NZE").pk)
    RollupRequest.objects.create(kind="P", object_id=demo.project("CAM-02").pk)
    page = admin.get(address(ProgrammeRollup, "changelist"), {"state": "waiting"})
    assert {row.programme.code for row in page.context["cl"].result_list} == {"CAM", "NZE"}


def test_those_that_fail_come_first(admin, demo):
    ProgrammeRollup.objects.filter(programme__code="SSV").update(failed_since=timezone.now())
    page = admin.get(address(ProgrammeRollup, "changelist"))
    codes = [rollup.programme.code for rollup in page.context["cl"].result_list]
    assert codes == ["SSV", "CAM", "HID", "NZE"]


def test_recompute_leaves_requests(admin, demo):
    RollupRequest.objects.all().delete()
    programme = demo.programme("CAM")
    ticked = {"action": "recompute", "_selected_action": [programme.pk]}
    for model in (ProgrammeRollup, type(programme)):
        page = admin.post(address(model, "changelist"), ticked, follow=True)
        assert said(page) == ["1 asked for."]
    requests = RollupRequest.objects.values_list("kind", "object_id")
    assert list(requests) == [("G", programme.pk)] * 2


@pytest.mark.parametrize(
    "model", [ProgrammeRollup, MetricValue, LedgerLine, RollupRequest, ProjectForecast]
)
def test_nobody_types_figures(admin, demo, model):
    assert admin.get(address(model, "add")).status_code == 403
    record = model.objects.first() or RollupRequest.objects.create(kind="G", object_id=1)
    assert admin.post(address(model, "change", record.pk), {}).status_code == 403
    assert admin.post(address(model, "delete", record.pk), {"post": "yes"}).status_code == 403
    assert model.objects.filter(pk=record.pk).exists()


def test_values_shown_are_the_current_ones_unless_asked(admin, demo):
    now = MetricValue.objects.filter(programme__code="CAM", metric="risk_p80", valid_to=None)
    page = admin.get(address(MetricValue, "changelist"), {"q": "risk_p80 CAM"})
    assert list(page.context["cl"].result_list) == list(now)


def test_what_the_engine_wrote_goes_with_a_project(admin, demo):
    project = factories.project(programme=demo.programme("CAM"))
    worker.drain()
    page = admin.get(address(type(project), "delete", project.pk))
    assert page.status_code == 200
    assert page.context["perms_lacking"] == set()
    assert (
        admin.post(address(type(project), "delete", project.pk), {"post": "yes"}).status_code == 302
    )
    assert not type(project).objects.filter(pk=project.pk).exists()


def test_registers_are_filtered_by_programme_once_at_either_level(admin, demo):
    cam, nze = demo.programme("CAM"), demo.programme("NZE")
    own = factories.risk(cam, title="Own of the programme")
    for model in (Risk, Issue):
        page = admin.get(address(model, "changelist"))
        assert page.content.decode().count("By programme") == 1
    found = admin.get(address(Risk, "changelist"), {"programme": cam.pk}).context["cl"]
    codes = set(found.queryset.values_list("code", flat=True))
    assert {own.code, "R01"} <= codes
    assert not found.queryset.filter(project__programme=nze).exists()
