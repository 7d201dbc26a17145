"""A new database is made in one step and the few after it; an older one goes step by step."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pgtrigger
import pytest
from django.apps import apps
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.operations import BtreeGistExtension
from django.core.management import call_command
from django.db import connection, models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AddConstraint, RunSQL
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ModelState, ProjectState
from django.db.models.signals import pre_migrate

from pmhub.management.commands import migrate
from programmes.models import CustomField, Portfolio, ProgrammeRollup, RollupRequest
from projects.models import Proposal
from tests import factories, tables
from tests.tables import APPS, WHOLE, Key

REPLACED = tables.replaced()
# It needs the tables of another app, which need those of the whole.
APART = ("pmhub", "0031_factors_audited")


def of(app: str, keys: Any) -> list[Key]:
    """The steps of an app, in their order."""
    return sorted(key for key in keys if key[0] == app)


@pytest.fixture(scope="module")
def new() -> MigrationLoader:
    """What leads from nothing to now."""
    return MigrationLoader(None)


@pytest.fixture
def estate(monkeypatch: pytest.MonkeyPatch) -> Callable[..., MigrationExecutor]:
    """What migrates a database to which these steps were applied."""

    def found(applied: list[Key]) -> MigrationExecutor:
        monkeypatch.setattr(
            MigrationRecorder, "applied_migrations", lambda _: dict.fromkeys(applied)
        )
        return MigrationExecutor(connection)

    return found


def steps(executor: MigrationExecutor) -> list[Key]:
    """The steps of our apps that are to be applied."""
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [(step.app_label, step.name) for step, _ in plan if step.app_label in APPS]


@pytest.mark.parametrize("app", APPS)
def test_what_the_whole_replaces_is_all_of_an_app_up_to_a_step(
    new: MigrationLoader, app: str
) -> None:
    replaced = of(app, REPLACED)
    on_disk = [key for key in of(app, new.disk_migrations) if key not in (WHOLE, APART)]
    assert replaced == on_disk[: len(replaced)]


def test_nothing_that_the_whole_replaces_is_applied_to_a_new_database(
    new: MigrationLoader, estate: Callable[..., MigrationExecutor]
) -> None:
    ours = {key for key in new.disk_migrations if key[0] in APPS}
    planned = steps(estate([]))
    assert planned[0] == WHOLE
    assert len(planned) == len(set(planned))
    assert set(planned) == ours - set(REPLACED)


@pytest.mark.django_db
def test_this_database_was_made_by_the_whole() -> None:
    executor = MigrationExecutor(connection)
    assert WHOLE in executor.recorder.applied_migrations()
    assert steps(executor) == []


@pytest.mark.parametrize("app", APPS)
def test_every_app_has_one_last_step_for_the_next_to_follow(new: MigrationLoader, app: str) -> None:
    assert len(new.graph.leaf_nodes(app)) == 1


@pytest.mark.parametrize("begun", [[], [WHOLE]], ids=["by steps", "by a whole of fewer steps"])
@pytest.mark.parametrize("missing", [1, 30, len(REPLACED) - 1])
def test_an_estate_in_between_goes_on_step_by_step(
    new: MigrationLoader,
    estate: Callable[..., MigrationExecutor],
    missing: int,
    begun: list[Key],
) -> None:
    old = MigrationLoader(None, replace_migrations=False)
    way = [
        key
        for key in old.graph._generate_plan([tables.last(app) for app in APPS], at_end=True)
        if key in REPLACED
    ]
    others = [key for key in new.disk_migrations if key[0] not in APPS]
    planned = steps(estate([*others, *begun, *way[:-missing]]))
    assert set(way[-missing:]) < set(planned)
    assert set(planned).isdisjoint([WHOLE, *way[:-missing]])


def test_an_estate_that_went_the_old_way_has_nothing_more_to_do(
    new: MigrationLoader, estate: Callable[..., MigrationExecutor]
) -> None:
    assert steps(estate([key for key in new.disk_migrations if key != WHOLE])) == []


def test_what_keeps_periods_apart_is_installed_before_it_is_used() -> None:
    """No two lead to each other by luck: an estate of before goes in an order of its own."""
    old = MigrationLoader(None, replace_migrations=False)
    for key, step in old.disk_migrations.items():
        if any(isinstance(each, AddConstraint) and is_exclusion(each) for each in step.operations):
            before = [old.graph.nodes[each] for each in old.graph.forwards_plan(key)]
            operations = [each for one in before for each in one.operations]
            assert any(isinstance(each, BtreeGistExtension) for each in operations), key


def is_exclusion(step: AddConstraint) -> bool:
    return isinstance(step.constraint, ExclusionConstraint)


def told(state: ModelState) -> tuple[Any, ...]:
    """What a model is, its columns in their order, without the options that it leaves empty."""
    options = {name: value for name, value in state.options.items() if value not in ([], set())}
    read = MigrationAutodetector(ProjectState(), ProjectState()).deep_deconstruct
    return state.name, read(list(state.fields.items())), options, state.bases


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("ignored", "is_ignored"), [(None, False), ("", False), ("{a}", True), ("{b,c}", False)]
)
def test_a_trigger_is_ignored_where_the_session_names_it(
    ignored: str | None, is_ignored: bool
) -> None:
    with connection.cursor() as cursor:
        if ignored is not None:
            cursor.execute("SELECT set_config('pgtrigger.ignore', %s, true)", [ignored])
        cursor.execute("SELECT _pgtrigger_should_ignore('a')")
        assert cursor.fetchone() == (is_ignored,)


@pytest.mark.django_db
def test_what_every_trigger_asks_raises_no_error_on_the_way() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lanname FROM pg_proc JOIN pg_language l ON l.oid = prolang"
            " WHERE proname = '_pgtrigger_should_ignore'"
        )
        assert cursor.fetchall() == [("sql",)]


def test_both_ways_lead_to_the_same_models(new: MigrationLoader) -> None:
    one, many = new.project_state(WHOLE), tables.state()
    assert one.models.keys() == many.models.keys()
    for key, model in many.models.items():
        assert told(one.models[key]) == told(model)


BEGINNINGS = """
SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_class it ON it.oid = i.indexrelid JOIN pg_am m ON m.oid = it.relam
WHERE m.amname = 'btree' AND t.relname ~ %s AND i.indpred IS NULL AND NOT i.indisunique
    AND 0 <> ALL (i.indkey::smallint[]) AND EXISTS (
        SELECT FROM pg_index other JOIN pg_class ot ON ot.oid = other.indexrelid
        WHERE other.indrelid = i.indrelid AND other.indexrelid <> i.indexrelid
            AND ot.relam = it.relam AND other.indpred IS NULL
            AND starts_with(other.indkey::text || ' ', i.indkey::text || ' ')
            AND starts_with(other.indclass::text || ' ', i.indclass::text || ' '))
ORDER BY 1
"""


@pytest.mark.django_db
def test_no_index_is_the_beginning_of_another_one() -> None:
    """Every write would keep up both."""
    with connection.cursor() as cursor:
        cursor.execute(BEGINNINGS, [f"^({'|'.join(APPS)})_"])
        assert cursor.fetchall() == []


@pytest.mark.django_db
def test_fields_of_one_label_are_told_apart_before_labels_are_asked_to_differ(
    nothing: None,
) -> None:
    migration = import_module("programmes.migrations.0092_still_there")
    told, constrained = migration.Migration.operations[:2]
    home, long = factories.portfolio(), "x" * 80
    labels = ["Region", "Region 2", "region", "REGION", long, long.upper()]
    with connection.schema_editor() as editor:
        editor.remove_constraint(CustomField, constrained.constraint)
    fields = [
        factories.custom_field(home, name=f"f{place}", label=label)
        for place, label in enumerate(labels)
    ]
    fields.append(factories.custom_field(home, entity="risk", name="other", label="Region"))
    fields.append(factories.custom_field(factories.portfolio(code="P2"), label="Region"))
    with connection.schema_editor() as editor:
        editor.execute(told.sql)
        editor.add_constraint(CustomField, constrained.constraint)
    now = dict(CustomField.objects.values_list("pk", "label"))
    assert [now[field.pk] for field in fields] == [
        "Region", "Region 2", "region 3", "REGION 4", long, f"{long[:78].upper()} 2",
        "Region", "Region",
    ]  # fmt: skip


@pytest.mark.django_db
def test_low_and_high_of_a_proposal_are_exchanged_before_they_are_compared(nothing: None) -> None:
    migration = import_module("projects.migrations.0106_what_waits_ends").Migration
    exchanged = next(step for step in migration.operations if isinstance(step, RunSQL))
    names = [f"proposal_{of}_low_{of}_high_order" for of in ("cost", "benefit")]
    orders = [each for each in Proposal._meta.constraints if each.name in names]
    with connection.schema_editor() as editor:
        for order in orders:
            editor.remove_constraint(Proposal, order)
    unlikely = {"cost_likely": None, "benefit_likely": None}
    author, office = factories.user(), factories.user()
    ideas = [
        factories.proposal(cost_low=500, cost_high=100, updated_by=author, **unlikely),
        factories.proposal(benefit_low=500, benefit_high=100, updated_by=author, **unlikely),
    ]
    right = factories.proposal(cost_low=100, cost_high=500)
    Proposal.objects.update(updated_by=office)
    with connection.schema_editor() as editor:
        editor.execute(str(exchanged.sql))
        for order in orders:
            editor.add_constraint(Proposal, order)
    fields = ("cost_low", "cost_high", "benefit_low", "benefit_high", "written_by")
    read = Proposal.objects.in_bulk()
    assert [[getattr(read[row.pk], name) for name in fields] for row in (*ideas, right)] == [
        [100, 500, None, None, author.person],
        [None, None, 100, 500, author.person],
        [100, 500, None, None, None],
    ]
    said: Any = apps.get_model("projects.ProposalEvent").objects.filter(id=ideas[0].pk)
    assert "exchanged" in said.latest("pgh_id").pgh_context["reason"]


@pytest.mark.django_db
def test_what_was_open_of_what_had_ended_falls_away(nothing: None) -> None:
    programme = factories.programme()
    stopped, goes_on = (factories.project(programme=programme) for _ in range(2))
    issues = [factories.issue(each) for each in (stopped, goes_on)]
    findings = [
        factories.finding(factories.inspection(each, state="held", result="pass_with_findings"))
        for each in (stopped, goes_on)
    ]
    said = factories.communication(stopped)
    believed = factories.assumption(stopped)
    change, gate = factories.change_request(stopped), factories.gate(stopped)
    held = ("ends_with_it", "ends_with_it_always", "left_behind")
    with pgtrigger.ignore(*(f"projects.Project:{name}" for name in held)):
        type(stopped).objects.filter(pk=stopped.pk).update(
            status="terminated", terminated_on="2026-10-20", ended_reason="No funding"
        )
    migration = import_module("benefits.migrations.0057_what_had_ended").Migration
    with connection.cursor() as cursor:
        cursor.execute(migration.operations[0].sql)
    rows: list[Any] = [*issues, *findings, said, believed, change, gate]
    for row in rows:
        row.refresh_from_db()
    assert [row.state for row in rows] == [
        "resolved", "in_progress", "lapsed", "open", "cancelled", "retired", "withdrawn",
        "cancelled",
    ]  # fmt: skip
    assert str(believed.settled_on) == "2026-10-20"
    told: Any = apps.get_model("projects.IssueEvent").objects.filter(id=issues[0].pk)
    assert told.latest("pgh_id").pgh_context["reason"] == "What it is about has ended."


def test_a_field_may_lead_to_a_model_that_is_newer_than_the_copy_of_a_state() -> None:
    """Django migrates a copy of what it drew of an estate. Its classes know the models that were
    there when they were drawn; a field that leads to a newer one is found all the same."""
    state = ProjectState()
    state.add_model(ModelState("shop", "Chair", [("id", models.BigAutoField(primary_key=True))]))
    assert state.apps.get_model("shop", "chair")
    copied: Any = state.clone()
    with migrate.quickly():
        copied.add_model(
            ModelState("shop", "Room", [("id", models.BigAutoField(primary_key=True))])
        )
        room = models.ForeignKey("shop.Room", models.CASCADE, null=True)
        copied.add_field("shop", "chair", "room", room, True)
    chair = copied.apps.get_model("shop", "chair")
    assert chair._meta.get_field("room").related_model is copied.apps.get_model("shop", "room")
    assert chair._meta.get_field("room").db_parameters(connection)["type"] == "bigint"


@pytest.mark.django_db
def test_a_migration_takes_as_long_as_a_large_table_needs() -> None:
    """Requests are broken off after 15 seconds; what rewrites a large table is not."""
    bounds = f"SELECT {', '.join(f'current_setting({name!r})' for name in migrate.BOUNDS)}"
    meanwhile = []

    def note(**_: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(bounds)
            meanwhile.append(cursor.fetchone())

    note()
    pre_migrate.connect(note, sender=apps.get_app_config("pmhub"))
    try:
        call_command("migrate", verbosity=0, skip_checks=True)
    finally:
        pre_migrate.disconnect(note, sender=apps.get_app_config("pmhub"))
    note()
    assert meanwhile[1] == ("0", "0", "0")
    assert meanwhile[0] == meanwhile[2] != meanwhile[1]


@pytest.mark.django_db
def test_figures_that_earlier_rules_made_wait_to_be_computed_anew_after_an_upgrade(
    demo: Any,
) -> None:
    RollupRequest.objects.all().delete()
    call_command("migrate", verbosity=0, skip_checks=True)
    assert not RollupRequest.objects.exists()
    ProgrammeRollup.objects.update(engine_version=1)
    call_command("migrate", verbosity=0, skip_checks=True)
    assert set(RollupRequest.objects.values_list("kind", "object_id")) == {
        ("F", id) for id in Portfolio.objects.values_list("pk", flat=True)
    }
