"""What a worker keeps of its last computation is used for what did not change, and for no more."""

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from benefits.models import (
    Benefit,
    BenefitContribution,
    BenefitMeasurement,
    BenefitProfileEntry,
    BenefitReview,
)
from pmhub.database import touches
from pmhub.database.touches import touched
from programmes.models import LedgerLine, RollupBasis, RollupRequest
from programmes.rollup import worker, worker_cache
from programmes.rollup.compute import Results
from programmes.rollup.verify import differences, rebuild
from programmes.services import request_recompute
from projects.models import (
    Baseline,
    BudgetLine,
    ComplianceItem,
    ContingencyMovement,
    CostActual,
    Dependency,
    Issue,
    Milestone,
    Project,
    Risk,
)
from tests.prepared_statements import text_behind
from tests.wexmoor import Demo


@pytest.fixture
def cam(demo: Demo) -> int:
    """The id of Campus Renewal, of which this worker keeps the last computation."""
    edit(demo, "CAM-02")
    worker.drain()
    return demo.programme("CAM").pk


def edit(demo: Demo, code: str, **changes: object) -> None:
    """Change an estimate, or what else is given."""
    changes = changes or {"estimate_to_complete": F("estimate_to_complete") + 1}
    Project.objects.filter(pk=demo.project(code).pk).update(**changes)


def results(programme: int) -> Results:
    """Return the cached results of the programme."""
    return worker_cache._kept[programme].results


@pytest.mark.django_db
@pytest.mark.parametrize("between", ["after_projects", "after_tables"])
def test_what_is_written_between_two_readings_of_stamps_is_read_again(
    demo, cam, monkeypatch, between
):
    risks = Risk.objects.filter(project__programme=cam, status="open", aggregated_into=None)
    risk = risks.filter(residual_cost_max__isnull=False).exclude(project__code="CAM-02").first()
    assert risk
    where, name = {
        "after_projects": (worker_cache, "stamps_of"),
        "after_tables": (touches, "stamps_of_tables"),
    }[between]
    read = getattr(where, name)

    def then_written(*args: object) -> object:
        stamps = read(*args)
        monkeypatch.setattr(where, name, read)  # once
        more = F("residual_cost_max") + 1000
        Risk.objects.filter(pk=risk.pk).update(residual_cost_max=more)
        return stamps

    monkeypatch.setattr(where, name, then_written)
    edit(demo, "CAM-02")
    worker.drain()
    worker.drain()
    assert differences() == []


@pytest.mark.django_db
def test_the_forecast_of_an_unrelated_project_is_not_computed_again(demo, cam):
    before = results(cam).projects
    edit(demo, "CAM-03")
    worker.drain()
    after = results(cam).projects
    again = [each.facts.code for id, each in after.items() if each is not before[id]]
    assert again == ["CAM-03"]


@pytest.mark.django_db
def test_who_waits_for_what_moved_is_computed_again(demo, cam):
    link = Dependency.objects.filter(
        giver__programme=cam, receiver__programme=cam, giver__actual_finish=None,
        drives_schedule=True, receiver__status="active", giver__status="active",
    ).first()  # fmt: skip
    before = results(cam).projects
    edit(demo, link.giver.code, forecast_finish=F("forecast_finish") + 7)
    worker.drain()
    after = results(cam).projects
    assert after[link.receiver_id] is not before[link.receiver_id]
    assert differences() == []


@pytest.mark.django_db
def test_a_new_name_is_read_and_nothing_is_computed(demo, cam):
    before = results(cam).projects
    edit(demo, "CAM-03", name="Estates, renamed")
    edit(demo, "CAM-02")
    worker.drain()
    after = results(cam).projects
    assert [each.facts.code for id, each in after.items() if each is not before[id]] == ["CAM-02"]


@pytest.mark.django_db
def test_what_another_worker_stored_since_is_found(demo, cam):
    mine, before = worker_cache._kept[cam], results(cam).projects
    edit(demo, "CAM-03")
    worker.drain()
    worker_cache._kept[cam] = mine  # as a process has it that did not compute this
    edit(demo, "CAM-04")
    worker.drain()
    assert differences() == []
    after = results(cam).projects
    again = {each.facts.code for id, each in after.items() if each is not before[id]}
    assert again == {"CAM-03", "CAM-04"}


@pytest.mark.django_db
def test_what_another_worker_computed_under_other_rules_is_told_apart(demo, cam):
    """This worker keeps the rules that were before and that are again."""
    mine, portfolio = worker_cache._kept[cam], demo.portfolio
    bases = RollupBasis.objects.filter(programme=cam)
    before = bases.count()
    for schedule in ("none", portfolio.discount_schedule):
        portfolio.discount_schedule = schedule
        portfolio.save()
        if schedule == "none":
            worker.drain()
    worker_cache._kept[cam] = mine
    edit(demo, "CAM-04", estimate_to_complete=1)
    worker.drain()
    assert differences() == []
    assert bases.count() == before + 2


def of_benefits(programme: int) -> list[int]:
    """The benefits that are kept of the programme: which objects they are."""
    [facts] = results(programme).facts.programmes
    return [id(each) for each in facts.benefits]


@pytest.mark.django_db
def test_benefits_are_read_again_only_where_one_was_touched(demo, cam):
    before = of_benefits(cam)
    edit(demo, "CAM-03")
    worker.drain()
    assert of_benefits(cam) == before
    Benefit.objects.filter(programme=cam, code="B03").update(confidence="0.5")
    worker.drain()
    assert set(of_benefits(cam)).isdisjoint(before)
    assert differences() == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE benefits_benefitprofileentry SET value = value + 1 WHERE version_kind = 'forecast'",
        "UPDATE benefits_benefitcontribution SET weight = weight / 2",
        "UPDATE benefits_benefit SET programme_id = {other} WHERE programme_id = {cam}",
    ],
)
def test_no_change_of_a_benefit_is_missed(demo, cam, change):
    with connection.cursor() as cursor:
        cursor.execute(change.format(cam=cam, other=demo.programme("NZE").pk))
        assert cursor.rowcount
    worker.drain()
    assert differences() == []


@pytest.mark.django_db
def test_what_was_rolled_back_is_not_taken_for_what_is_stored(demo, cam):
    with transaction.atomic():
        edit(demo, "CAM-03")
        worker.drain()
        transaction.set_rollback(True)
    edit(demo, "CAM-04")
    worker.drain()
    assert differences() == []


@pytest.fixture
def past_the_triggers(demo: Demo, cam: int) -> None:
    """A risk and a line of the ledger that were changed with the triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        Risk.objects.filter(project__programme=cam).update(residual_cost_max=99_999)
        lines = LedgerLine.objects.filter(programme=cam, metric="earned_value", valid_to=None)
        lines.update(amount=7)
        cursor.execute("SET LOCAL session_replication_role = origin")
    edit(demo, "CAM-02")
    worker.drain()
    assert differences()


@pytest.mark.django_db
def test_a_rebuild_uses_nothing_that_is_kept(past_the_triggers):
    rebuild()
    assert differences() == []


@pytest.mark.django_db
def test_what_is_asked_for_by_hand_is_computed_from_nothing(demo, past_the_triggers):
    request_recompute([demo.programme("CAM")])
    worker.drain()
    assert differences() == []


@pytest.mark.django_db
def test_where_something_else_is_stored_than_is_known_all_is_computed(demo, cam):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        LedgerLine.objects.filter(
            programme=cam, metric="estimate_at_completion", valid_to=None
        ).delete()
        cursor.execute("SET LOCAL session_replication_role = origin")
    edit(demo, "CAM-02")
    worker.drain()
    assert differences() == []


@pytest.mark.django_db
def test_a_table_that_nobody_touched_is_not_read_again(demo, cam):
    edit(demo, "CAM-03")
    with CaptureQueriesContext(connection) as made:
        worker.drain()
    read = [text_behind(each["sql"]) for each in made.captured_queries]
    for table in ("projects_milestone", "projects_risk", "projects_costactual"):
        assert not any(f'FROM "{table}"' in sql for sql in read), table
    Milestone.objects.filter(project=demo.project("CAM-03")).update(baseline_on="2027-03-01")
    with CaptureQueriesContext(connection) as made:
        worker.drain()
    read = [text_behind(each["sql"]) for each in made.captured_queries]
    assert any('FROM "projects_milestone"' in sql for sql in read)
    assert differences() == []


@pytest.mark.django_db
def test_a_truncated_table_is_computed_from_nothing(demo, cam):
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE projects_issue CASCADE")
    worker.drain()
    assert not RollupRequest.objects.exists()
    assert differences() == []


@pytest.mark.django_db
def test_of_too_many_projects_the_programme_longest_out_of_use_goes(demo, cam, monkeypatch):
    monkeypatch.setattr(worker_cache, "MOST", 1)
    edit(demo, "NZE-01")
    worker.drain()
    assert [*worker_cache._kept] == [demo.programme("NZE").pk]


@pytest.mark.parametrize(
    "model",
    [
        Project, Baseline, BudgetLine, ComplianceItem, ContingencyMovement, CostActual, Dependency,
        Issue, Milestone, Risk,
    ],
)  # fmt: skip
def test_what_is_read_of_a_project_touches_it(model):
    """Or else a project would be taken for unchanged."""
    assert model in touched
    assert model is Project or {"project", "receiver"} & set(model.visible_through)


@pytest.mark.parametrize(
    "model", [BenefitContribution, BenefitMeasurement, BenefitProfileEntry, BenefitReview]
)
def test_what_is_read_of_a_benefit_touches_it(model):
    """Or else the benefits of a programme would be taken for unchanged."""
    assert {model, Benefit} <= touched
    assert Benefit.grant_kind
    assert "benefit" in model.visible_through
