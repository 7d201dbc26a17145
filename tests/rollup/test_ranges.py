"""Ranges are simulated by workers, after the rollup, where what they rest on has changed."""

from datetime import date

import pytest
from django.db import connection, transaction

from pmhub.database.locks import Lock
from programmes.models import ProgrammeRanges, ProgrammeRollup, RollupRequest
from programmes.rollup import worker_cache
from programmes.rollup.ranges import simulations as ranges
from programmes.rollup.verify import differences, differing_ranges, rebuild
from projects.models import Dependency, Milestone, Project, Risk
from tests.rollup.test_worker import commits, elsewhere


@pytest.mark.django_db
def test_what_is_stored_is_what_the_facts_give(demo, drain, simulate):
    assert ProgrammeRanges.objects.count() == ProgrammeRollup.objects.count()
    assert (ranges.wanted(), differing_ranges()) == ([], [])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (lambda: Risk.objects.filter(code="R14").update(category="weather"), {"CAM"}),
        (lambda: Risk.objects.filter(code="R14").update(residual_days_max=999), {"CAM"}),
        (lambda: Milestone.objects.filter(project__code="CAM-04").update(
            forecast_on=date(2029, 1, 1)), {"CAM"}),
        (lambda: Project.objects.filter(code="CAM-04").update(declared_rag="red"), set()),
        (lambda: Project.objects.filter(code="CAM-04").update(percent_complete=99), set()),
    ],
    ids=["cause", "days", "milestone", "colour", "progress"],
)  # fmt: skip
def test_only_what_they_rest_on_asks_for_them(change, wanted, demo, drain, simulate):
    change()
    drain()
    ids = {demo.programme(code).pk for code in wanted}
    assert ids <= set(ranges.wanted())  # and whoever waits for one of its milestones
    assert bool(ranges.wanted()) == bool(wanted)
    simulate()
    assert (ranges.wanted(), differences(), differing_ranges()) == ([], [], [])


@pytest.mark.django_db
def test_a_batch_of_many_programmes_wants_of_each_what_it_wants_alone(demo, drain, simulate):
    """Givers of other programmes count as they stand, computed beside or stored before."""
    assert Dependency.objects.exclude(giver__programme=None).exists()
    before = dict(ProgrammeRollup.objects.values_list("pk", "ranges_wanted"))
    for id in before:
        RollupRequest.objects.create(kind="G", object_id=id)
        drain()
    assert dict(ProgrammeRollup.objects.values_list("pk", "ranges_wanted")) == before


@pytest.mark.django_db
def test_ranges_of_older_facts_are_known_to_be_and_those_of_newer_ones_wait(demo, drain):
    """A change after the rollup, and a worker that keeps nothing of it: simulated from what is
    read, wanted by the rollup that is due."""
    cam = demo.programme("CAM").pk
    Risk.objects.filter(code="R14").update(residual_probability="0.9")
    drain()
    worker_cache.forget()
    Risk.objects.filter(code="R14").update(residual_probability="0.8")
    assert ranges.simulate_one(cam)
    assert ranges.wanted() == [cam]
    assert not ranges.simulate_one(cam)  # nothing newer to simulate, and no circle
    drain()
    assert (ranges.wanted(), differing_ranges()) == ([], [])


@pytest.mark.django_db
def test_who_computed_the_figures_simulates_their_facts(demo, drain):
    cam = demo.programme("CAM").pk
    Risk.objects.filter(code="R14").update(residual_probability="0.9")
    drain()
    Risk.objects.filter(code="R14").update(residual_probability="0.8")
    assert ranges.simulate_one(cam)
    assert ranges.wanted() == []
    drain()
    assert ranges.wanted() == [cam]
    assert ranges.simulate_one(cam)
    assert (ranges.wanted(), differing_ranges()) == ([], [])


@pytest.mark.django_db
def test_a_programme_that_changes_all_the_time_is_simulated_now_and_then(demo, drain, simulate):
    Risk.objects.filter(code="R14").update(residual_probability="0.9")
    drain()
    assert simulate() == [demo.programme("CAM").pk]
    Risk.objects.filter(code="R14").update(residual_probability="0.8")
    drain()
    assert list(ranges.simulate(pause=ranges.PAUSE)) == []
    assert simulate() == [demo.programme("CAM").pk]


@pytest.mark.django_db
def test_what_was_altered_is_found_and_mended_by_a_rebuild(demo, simulate):
    stored = ProgrammeRanges.objects.get(programme=demo.programme("CAM"))
    stored.ranges["exposure"]["p80"] = 1
    stored.save()
    assert [each.key for each in differing_ranges()] == [f"{stored.pk} ranges"]
    rebuild()
    assert differing_ranges() == []


@commits
def test_a_programme_is_simulated_by_one_worker_at_a_time(demo):
    cam = demo.programme("CAM").pk
    ProgrammeRanges.objects.filter(pk=cam).delete()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [Lock.RANGES, cam])
        with elsewhere(lambda: list(ranges.simulate())):
            pass
        assert not ProgrammeRanges.objects.filter(pk=cam).exists()
    assert list(ranges.simulate()) == [cam]


@commits
def test_one_process_of_a_worker_simulates_at_a_time(demo):
    cam = demo.programme("CAM").pk
    ProgrammeRanges.objects.filter(pk=cam).delete()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [Lock.SIMULATION, 7])
        with elsewhere(lambda: list(ranges.simulate(worker=7))):
            pass
        assert not ProgrammeRanges.objects.filter(pk=cam).exists()
        with elsewhere(lambda: list(ranges.simulate(worker=8))):
            pass
        assert ProgrammeRanges.objects.filter(pk=cam).exists()
