"""What was true on a day by what is known today, beside what was known then."""

from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from pmhub.caching import BoundedCache
from pmhub.database import past
from programmes import queries
from programmes.models import MetricValue, Programme, RuleSet
from programmes.queries.clocks import read_by
from programmes.queries.corrections import corrections
from programmes.rollup.bridge import difference
from programmes.rollup.compute import compute
from programmes.rollup.metrics import BY_NAME, OF_PORTFOLIOS, OF_PROJECTS
from programmes.rollup.true_then import KEPT
from projects.models import CostActual, Dependency, Milestone, Project
from tests import factories

DAY = date(2026, 10, 31)  # the status date


@pytest.fixture
def levels(demo, pmo):
    """What explains a figure at each level, and its figures."""
    programme, project, portfolio = demo.programme("CAM"), demo.project("CAM-02"), demo.portfolio
    return {
        "programme": (
            programme,
            BY_NAME,
            lambda name, at: queries.explanation(programme, name, pmo, at),
        ),
        "project": (
            project,
            OF_PROJECTS,
            lambda name, at: queries.project_explanation(project, name, pmo, at),
        ),
        "portfolio": (
            portfolio,
            OF_PORTFOLIOS,
            lambda name, at: queries.portfolio_explanation(portfolio, name, pmo, at),
        ),
    }


@pytest.fixture
def late(demo):
    """The moment at which the day ended; after it a cost of before was posted, another corrected,
    a milestone of before recorded, and what carries no date was changed."""
    ended, project = timezone.now(), demo.project("CAM-02")
    spent = {"source": "ledger", "source_ref": "late"}
    CostActual.objects.create(project=project, posted_on="2026-10-01", amount=120, **spent)
    CostActual.objects.create(
        project=project, posted_on="2026-11-15", amount=999, source="ledger", source_ref="next"
    )
    Milestone.objects.filter(project=project, code="M04").update(
        actual_on="2026-10-20", state="achieved"
    )
    Project.objects.filter(pk=project.pk).update(estimate_to_complete=1, name="Another")
    return ended


@contextmanager
def true(ended, owner, day=DAY):
    with read_by((ended, day), owner):
        yield


LEVELS = ("programme", "project", "portfolio")


@pytest.mark.parametrize("level", LEVELS)
def test_where_nothing_was_corrected_what_was_true_is_what_was_known(levels, level):
    owner, metrics, explain = levels[level]
    ended = timezone.now()
    known = {name: explain(name, None).reading for name in metrics}
    with true(ended, owner):
        for name in metrics:
            found = explain(name, ended)
            assert (found.reading.value, found.reading.reason) == (
                known[name].value,
                known[name].reason,
            ), name


@pytest.mark.parametrize("level", LEVELS)
def test_late_corrections_are_the_difference_by_record(levels, late, level):
    owner, metrics, explain = levels[level]
    for name in metrics:
        with true(late, owner):
            found = explain(name, late)
            with past.as_at(late):
                known = explain(name, late)
        told = corrections(known, found)
        assert told.difference == difference(known.reading.value, found.reading.value), name
        if found.metric.aggregate and told.difference is not None:
            assert sum((each.amount for each in told.parts), Decimal(0)) == told.difference, name
        if name == "actual_cost":
            assert told.difference == 120
            source = {"programme": "CAM-02", "portfolio": "CAM"}
            assert told.parts[0].source.code == source.get(level, told.parts[0].source.code)


def test_what_carries_a_date_counts_by_it_and_what_carries_none_by_history(demo, late):
    project, programme = demo.project("CAM-02"), demo.programme("CAM")
    with true(late, programme):
        refs = CostActual.objects.filter(project=project).values_list("source_ref", flat=True)
        assert "late" in refs
        assert "next" not in refs
        reached = Milestone.objects.get(project=project, code="M04")
        assert (reached.state, reached.actual_on) == ("achieved", date(2026, 10, 20))
        then = Project.objects.get(pk=project.pk)
        assert then.name == "Engineering and Materials Building"
        assert then.estimate_to_complete == 64300
    with true(late, programme, date(2026, 10, 19)):
        assert Milestone.objects.get(project=project, code="M04").state == "planned"
    with past.as_at(late):
        assert Milestone.objects.get(project=project, code="M04").actual_on is None


def test_what_was_known_then_stays_whatever_is_written_later(levels, late, demo, drain):
    _, metrics, explain = levels["programme"]

    def known():
        with past.as_at(late):
            found = {name: explain(name, late) for name in metrics}
            return {name: (each.reading.value, len(each.lines)) for name, each in found.items()}

    before = known()
    drain()
    CostActual.objects.create(project=demo.project("CAM-04"), posted_on="2026-09-01", amount=5)
    drain()
    assert known() == before


def test_a_rule_and_a_delivery_count_from_their_day_on(demo, late):
    programme = demo.programme("CAM")
    RuleSet.objects.create(
        portfolio=demo.portfolio,
        kind="thresholds",
        values={"cover_green": 2},
        valid_from="2026-10-30",
        reason="Late",
    )
    link = Dependency.objects.filter(receiver__programme=programme, status="agreed").first()
    Dependency.objects.filter(pk=link.pk).update(delivered_on="2026-10-30", status="delivered")
    for day, cover, status in ((DAY, 2, "delivered"), (DAY - timedelta(2), 1, "agreed")):
        with true(late, programme, day):
            then = Programme.objects.select_related("portfolio").get(pk=programme.pk)
            assert then.portfolio.thresholds.cover_green == cover
            assert then.portfolio.as_of == day
            assert Dependency.objects.get(pk=link.pk).status == status


def test_nothing_is_stored_of_it(demo, late):
    before = MetricValue.objects.count()
    with true(late, demo.programme("CAM")):
        assert MetricValue.objects.exclude(valid_from=late).count() == 0
    assert MetricValue.objects.count() == before


# Over REST and on pages


@pytest.fixture
def addresses(demo):
    return {
        "programmes": demo.programme("CAM").pk,
        "projects": demo.project("CAM-02").pk,
        "portfolios": demo.portfolio.pk,
    }


def test_each_level_is_asked_by_either_clock(client_of, pmo, demo, addresses):
    today = demo.today.isoformat()
    for name, id in addresses.items():
        for asked in ({"on": today}, {"as_of": today}):
            for path in (
                f"/api/v1/{name}/{id}/rollup/",
                f"/api/v1/{name}/{id}/rollup/actual_cost/",
                f"/{name}/{id}/",
                f"/{name}/{id}/explain/actual_cost/",
            ):
                answer = client_of(pmo).get(path, asked)
                assert answer.status_code == 200, (path, asked)
        page = client_of(pmo).get(f"/{name}/{id}/explain/actual_cost/", {"on": today})
        assert b"Late corrections" in page.content
        assert b"As it was true on" in page.content
        assert f"?on={today}".encode() in page.content


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"on": "2999-01-01"}, "future"),
        ({"on": "2026-10-31T10:00:00Z"}, "invalid"),
        ({"on": ""}, "invalid"),
        ({"on": "2026-10-31", "as_of": "2026-10-31"}, "two_clocks"),
        ({"on": "2020-01-01"}, "not_there_then"),
    ],
)
def test_what_is_no_day_is_refused_by_name(client_of, viewer, addresses, asked, code):
    id = addresses["programmes"]
    answer = client_of(viewer).get(f"/api/v1/programmes/{id}/", asked)
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/on", code)


def test_a_stranger_sees_no_past_by_any_clock(client_of, stranger, demo, addresses):
    today = demo.today.isoformat()
    for name, id in addresses.items():
        for asked in ({"on": today}, {"as_of": today}):
            for path in (f"/{name}/{id}/", f"/api/v1/{name}/{id}/rollup/"):
                assert client_of(stranger).get(path, asked).status_code == 404


def test_the_control_leads_to_the_clock_that_is_chosen(client_of, viewer, addresses):
    address = f"/programmes/{addresses['programmes']}/"
    asked = {"clock": "on", "day": "2026-11-01", "as_of": "2026-10-01", "since": "week"}
    answer = client_of(viewer).get(address, asked)
    assert (answer.status_code, answer["Location"]) == (302, f"{address}?since=week&on=2026-11-01")


def test_a_programme_that_waits_for_too_many_is_told_so(client_of, pmo, demo, monkeypatch, words):
    project = factories.project(programme=factories.programme(portfolio=demo.portfolio))
    factories.dependency(project, demo.project("CAM-02"))
    monkeypatch.setattr("programmes.rollup.true_then.MOST", 1)
    today = demo.today.isoformat()
    page = client_of(pmo).get(f"/programmes/{demo.programme('CAM').pk}/", {"on": today})
    assert page.status_code == 400
    assert "ask for a single programme" in words(page)


def test_the_figures_of_a_day_are_computed_once_until_something_is_written(demo, monkeypatch):
    programme, made = demo.programme("CAM"), []

    def counted(facts):
        made.append(1)
        return compute(facts)

    monkeypatch.setattr("programmes.rollup.true_then.compute", counted)
    monkeypatch.setattr(
        "programmes.rollup.true_then._cache", BoundedCache(KEPT)
    )  # nothing of before
    ended = timezone.now()
    for after, writes in ((1, False), (1, True), (2, False), (2, False)):
        with true(ended, programme):
            assert MetricValue.objects.filter(programme=programme).exists()
        assert len(made) == after
        if writes:
            CostActual.objects.create(
                project=demo.project("CAM-02"), posted_on="2026-10-01", amount=1, source_ref="late"
            )


def test_a_list_of_what_has_no_figures_computes_none(client_of, viewer, demo, monkeypatch):
    def refuse(facts):
        raise AssertionError

    monkeypatch.setattr("programmes.rollup.true_then.compute", refuse)
    asked, project = {"on": demo.today.isoformat()}, demo.project("CAM-02")
    risk = project.risks.first()
    for path in (f"/projects/{project.pk}/risks/", f"/risks/{risk.pk}/"):
        page = client_of(viewer).get(path, asked)
        assert page.status_code == 200
        assert risk.code in page.content.decode()
