"""Simulated exposure, finish and outturn: seeded, unbiased, and what correlation does to them."""

import math
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projects.risk import (
    Impact,
    distribution,
    expected_value,
    rows_of,
    variance,
    variances_of,
)
from projects.schedule import Dates, SupposedDays, propagate, schedule, timelines
from projects.simulation import (
    Delay,
    Prospect,
    Uncertainty,
    arriving,
    exposure,
    finish_range,
    outturn,
    tornado,
)
from projects.simulation.draws import (
    DEFAULT_DRAWS,
    Draws,
    normal_share,
    seed_of,
    stream,
    triangular,
)
from projects.simulation.outturn import sides
from projects.simulation.percentiles import summed_up
from tests.formulas.networks import link, networks, on, work

AS_OF = date(2026, 10, 31)
RUN = {"scope": ("programme", 1), "as_of": AS_OF, "engine": 1}


def impact(chance, low, likely, high, opportunity=False):
    return Impact(*(Decimal(str(each)) for each in (chance, low, likely, high)), opportunity)


IMPACTS = [
    impact(0.35, 800, 1900, 4200),
    impact(0.15, 1500, 3200, 6500),
    impact(0.4, 2000, 2000, 2000),
    impact(0.5, 300, 700, 1200, opportunity=True),
    impact(0.05, 5000, 9000, 20000),
]
ALONE = [""] * len(IMPACTS)
TOGETHER = ["prices"] * len(IMPACTS)
ANALYTIC = float(sum(expected_value(each) for each in IMPACTS))


def test_the_same_inputs_give_the_same_figures_in_any_order():
    found = exposure(IMPACTS, TOGETHER, **RUN)
    assert exposure(IMPACTS, TOGETHER, **RUN) == found
    assert exposure(IMPACTS[::-1], TOGETHER, **RUN) == found
    written_otherwise = [impact("0.350", "800.00", "1900.00", "4200.00"), *IMPACTS[1:]]
    assert exposure(written_otherwise, TOGETHER, **RUN) == found


@pytest.mark.parametrize(
    "changes",
    [
        {"scope": ("programme", 2)},
        {"as_of": AS_OF + timedelta(1)},
        {"engine": 2},
        {"draws": 19_999},
    ],
)
def test_other_inputs_give_other_draws(changes):
    assert exposure(IMPACTS, ALONE, **RUN).mean != exposure(IMPACTS, ALONE, **RUN | changes).mean


@pytest.mark.parametrize("causes", [ALONE, TOGETHER], ids=["alone", "together"])
def test_the_mean_stays_within_four_standard_errors_of_the_analytic_one(causes):
    missed = []
    for engine in range(40):
        found = exposure(IMPACTS, causes, **RUN | {"engine": engine}, loading=Decimal("0.7"))
        assert found.accepted
        missed.append((found.mean - ANALYTIC) / found.standard_error)
    # Unbiased: over forty seeds the misses average out, and are as large as they should be.
    assert abs(np.mean(missed)) < 4 / math.sqrt(40)
    assert 0.7 < np.std(missed) < 1.4


def test_a_shared_cause_widens_the_spread_and_never_moves_the_mean():
    found = [
        exposure(IMPACTS, TOGETHER, **RUN, loading=Decimal(loading), draws=50_000)
        for loading in ("0", "0.3", "0.6", "0.9")
    ]
    spreads = [each.sd for each in found]
    assert spreads == sorted(spreads)
    assert spreads[-1] > 1.3 * spreads[0]
    analytic = float(sum(variance(each) for each in IMPACTS).sqrt())
    assert spreads[0] == pytest.approx(analytic, rel=0.02)
    for each in found:
        assert abs(each.mean - ANALYTIC) <= 4 * each.standard_error


def test_a_cause_that_no_other_risk_shares_changes_nothing():
    own = [f"cause {n}" for n in range(len(IMPACTS))]
    lonely = exposure(IMPACTS, own, **RUN, loading=Decimal("0.9"))
    alone = exposure(IMPACTS, own, **RUN, loading=Decimal(0))
    assert lonely.sd == pytest.approx(alone.sd, rel=0.03)


def test_what_each_risk_may_cost_stays_as_it_is_under_correlation():
    draws = Draws(seed=7, count=100_000, loading=0.8)
    factor = draws.factors(["a", "a"])["a"]
    for each in IMPACTS:
        drawn = draws.contribution(0, rows_of([each])[0], factor)
        assert np.mean(drawn != 0) == pytest.approx(float(each.probability), abs=0.006)
        assert np.mean(drawn) == pytest.approx(float(expected_value(each)), rel=0.03)
        assert np.std(drawn) == pytest.approx(math.sqrt(variance(each)), rel=0.03)
        sizes = np.abs(drawn[drawn != 0])
        assert sizes.min() >= float(each.low) - 1e-6
        assert sizes.max() <= float(each.high) + 1e-6


def test_the_normal_share_is_read_off_closely():
    at = np.linspace(-9.5, 9.5, 1001)
    exact = [NormalDist().cdf(float(each)) for each in at]
    assert normal_share(at) == pytest.approx(exact, abs=2e-7)


def test_independent_percentiles_are_those_of_the_numeric_convolution():
    found, numeric = exposure(IMPACTS, ALONE, **RUN), distribution(IMPACTS)
    for name in ("p50", "p80", "p90"):
        assert getattr(found, name) == pytest.approx(float(getattr(numeric, name)), rel=0.04)


def test_nothing_at_risk_costs_nothing():
    found = exposure([], [], **RUN)
    assert (found.mean, found.sd, found.p80, found.none, found.accepted) == (0, 0, 0, 1, True)
    assert found.curve == ((0, 1),)


def test_a_risk_too_rare_to_be_drawn_is_no_error():
    rare = [impact("0.0001", 10, 20, 30)]
    assert all(exposure(rare, [""], **RUN | {"engine": n}).accepted for n in range(20))


def test_the_curve_rises_from_the_least_to_certainty():
    curve = exposure(IMPACTS, TOGETHER, **RUN).curve
    assert len(curve) == 60
    assert list(curve) == sorted(curve)
    assert curve[-1][1] == 1


# Tornado


RISKS = [
    Uncertainty(f"R{n}", f"P{n % 2}", each, "prices" if n < 2 else "")
    for n, each in enumerate(IMPACTS)
]


def test_the_tornado_is_of_the_same_draws_and_its_shares_sum_to_one():
    found = tornado(RISKS, **RUN)
    causes = [each.cause for each in RISKS]
    assert found.total == exposure(IMPACTS, causes, **RUN)
    for swings, number in ((found.risks, 5), (found.owners, 2)):
        assert sum(each.share for each in swings) == pytest.approx(1)
        assert sum(each.expected_value for each in swings) == pytest.approx(ANALYTIC)
        assert sum(each.number for each in swings) == 5
        assert len(swings) == number
    effects = [abs(each.p80_effect) for each in found.risks]
    assert effects == sorted(effects, reverse=True)


def test_an_opportunity_lowers_the_total():
    saved = next(each for each in tornado(RISKS, **RUN).risks if each.code == "R3")
    assert saved.p80_effect < 0
    assert (saved.p10 < 0, saved.p90) == (True, 0)


def test_swings_beyond_the_limit_are_one_rest():
    found = tornado(RISKS, **RUN, most=2)
    assert found.rest_of_risks
    assert (len(found.risks), found.rest_of_risks.number, found.rest_of_owners) == (2, 3, None)
    shares = sum(each.share for each in found.risks) + found.rest_of_risks.share
    assert shares == pytest.approx(1)


def test_ties_are_broken_by_code():
    same = [Uncertainty(code, "", impact(0.3, 100, 100, 100)) for code in ("B", "A", "C")]
    for order in (same, same[::-1]):
        none = [Uncertainty(each.code, "", impact(0.3, 0, 0, 0)) for each in order]
        assert [each.code for each in tornado(none, **RUN).risks] == ["A", "B", "C"]
    assert tornado(same, **RUN) == tornado(same[::-1], **RUN)


# Finishes


CHAIN = [
    work(1, 60, 160, baseline=(60, 160)),
    work(2, 161, 260, baseline=(161, 260)),
    work(3, -30, 250, started=True),
]
LINKS = [link(1, 2, lag_days=1)]


def declared(work):
    return work.finish.declared


@given(networks())
@settings(max_examples=60, deadline=None)
def test_without_risk_every_finish_is_the_propagated_one(network):
    works, links = network
    found, drawn = propagate(works, links), finish_range(works, links, [], {}, **RUN, draws=2_000)
    finishing = {each.id for each in works if each.ended != "terminated"}
    if not finishing:
        assert drawn is None
        return
    assert drawn.programme.p10 == drawn.programme.p90 == max(found[id].finish for id in finishing)
    assert {id: each.p80 for id, each in drawn.projects.items()} == {
        id: found[id].finish for id in finishing
    }


@given(networks(), st.lists(st.integers(0, 60), min_size=10, max_size=10))
@settings(max_examples=60, deadline=None)
def test_each_draw_is_a_propagation_of_longer_work(network, days):
    works, links = network
    plan = schedule(works, links)
    added = {each.id: days[each.id] for each in works if not each.ended}
    vectors = {id: np.array([0, each, 2 * each]) for id, each in added.items()}
    drawn = timelines(plan, {}, SupposedDays(added=vectors), np.maximum)
    for times in range(3):
        longer = {id: times * each for id, each in added.items()}
        alone = timelines(plan, {}, SupposedDays(added=longer))
        for id, timeline in alone.items():
            for name, event in timeline.events.items():
                computed = np.broadcast_to(drawn[id].events[name].computed, 3)
                assert computed[times] == event.computed


def test_a_delay_travels_to_whoever_waits():
    delay = Delay((1,), impact(0.4, 30, 30, 30))
    found = finish_range(CHAIN, LINKS, [delay], {}, **RUN)
    first, second, third = (found.projects[id] for id in (1, 2, 3))
    assert (first.p80 - first.p10).days == (second.p80 - second.p10).days == 30
    assert first.meets_declared == pytest.approx(0.6, abs=0.02)
    assert second.meets_declared == first.meets_declared == found.programme.meets_baseline
    assert (third.p10, third.meets_declared, third.sets_finish) == (declared(CHAIN[2]), 1, 0)
    assert (second.sets_finish, found.accepted) == (1, True)


def test_slack_absorbs_what_is_shorter():
    works = [work(1, 60, 160), work(2, 210, 260)]
    found = finish_range(works, LINKS, [Delay((1,), impact(0.9, 40, 40, 40))], {}, **RUN)
    assert found.projects[2].p90 == declared(works[1])


@pytest.mark.parametrize(
    ("fields", "later"),
    [
        ({"giver_milestone": 5}, 10),
        ({"forecast_on": on(161)}, 9),  # a day after the giver's declared finish
        ({"forecast_on": on(161), "status": "delivered"}, 0),
    ],
)
def test_what_is_owed_moves_with_its_giver_until_it_is_delivered(fields, later):
    giver = work(1, 60, 160, milestones={5: Dates(on(161))})
    delay = [Delay((1,), impact(0.9, 10, 10, 10))]
    found = finish_range([giver, CHAIN[1]], [link(1, 2, **fields)], delay, {}, **RUN)
    assert (found.projects[2].p50 - declared(CHAIN[1])).days == later


def test_what_was_planned_before_the_start_is_not_delayed_by_the_work():
    giver = work(1, 60, 160, baseline=(60, 160), milestones={5: Dates(on(40)), 6: Dates(on(90))})
    delay = [Delay((1,), impact(0.9, 10, 10, 10))]
    for milestone, later in ((5, 0), (6, 10)):
        receiver = work(2, (giver.milestones[milestone].baseline - AS_OF).days, 200)
        owed = link(1, 2, giver_milestone=milestone)
        found = finish_range([giver, receiver], [owed], delay, {}, **RUN)
        assert (found.projects[2].p50 - declared(receiver)).days == later


def test_finished_work_is_not_delayed():
    works = [work(1, -100, -10, started=True, ended="closed")]
    found = finish_range(works, [], [Delay((1,), impact(0.9, 40, 40, 40))], {}, **RUN)
    assert found.programme.p90 == declared(works[0])


def test_a_terminated_project_neither_finishes_nor_has_a_baseline_to_meet():
    stopped = work(1, -100, 900, started=True, ended="terminated", baseline=(-100, 900))
    found = finish_range([stopped, CHAIN[1]], [], [], {}, **RUN)
    assert [*found.projects] == [2]
    assert (found.programme.p10, found.programme.meets_baseline) == (declared(CHAIN[1]), 1)
    assert finish_range([stopped], [], [], {}, **RUN) is None


@given(networks(), st.integers(1, 90))
@settings(max_examples=40, deadline=None)
def test_no_day_before_the_tenth_percentile_is_likely(network, days):
    works, links = network
    delays = [Delay((each.id,), impact(0.5, days, days, 2 * days)) for each in works]
    found = finish_range(works, links, delays, {}, **RUN, draws=2_000)
    by_number = {each.id: each for each in works}
    for id, each in found.projects.items() if found else ():
        baseline = by_number[id].finish.baseline
        if baseline and baseline < each.p10:
            assert each.meets_baseline < 0.1
        if declared(by_number[id]) < each.p10:
            assert each.meets_declared < 0.1


def test_which_project_sets_the_finish():
    works = [work(1, 60, 160), work(2, 60, 170)]
    found = finish_range(works, [], [Delay((1,), impact(0.25, 30, 30, 30))], {}, **RUN)
    assert found.projects[1].sets_finish == pytest.approx(0.25, abs=0.02)
    assert found.projects[1].sets_finish + found.projects[2].sets_finish == 1


def test_one_risk_delays_all_its_projects_in_the_same_draws():
    shared = finish_range([work(1), work(2)], [], [Delay((1, 2), impact(0.5, 9, 9, 9))], {}, **RUN)
    assert shared.programme.meets_declared == shared.projects[1].meets_declared


def test_delays_are_seeded_from_their_inputs():
    delays = [Delay((1,), impact(0.4, 5, 30, 60), "x"), Delay((2,), impact(0.4, 5, 30, 60), "x")]
    found = finish_range(CHAIN, LINKS, delays, {}, **RUN)
    assert finish_range(CHAIN[::-1], LINKS, delays[::-1], {}, **RUN) == found
    assert finish_range([], [], [], {}, **RUN) is None


# Outturn


@given(st.floats(0, 1))
def test_the_share_that_arrives_has_the_confidence_as_its_mean(confidence):
    low, mode, high = arriving(confidence)
    assert -1e-12 <= low <= mode + 1e-12
    assert mode <= high + 1e-12 <= 1 + 2e-12
    assert (low + mode + high) / 3 == pytest.approx(confidence, abs=1e-12)


PROSPECTS = [
    Prospect(Decimal(48), Decimal(900), Decimal("0.8")),
    Prospect(Decimal(-300), Decimal(-200), Decimal("0.5")),
    Prospect(Decimal(0), Decimal(4000), Decimal("0.2")),
    Prospect(Decimal(10), Decimal(70), Decimal(1)),
]


def test_the_outturn_averages_the_confidence_weighted_one():
    weighted = sum(each.realised + each.confidence * each.remaining for each in PROSPECTS)
    for engine in range(20):
        found = outturn(PROSPECTS, **RUN | {"engine": engine})
        assert (found.analytic_mean, found.accepted) == (float(weighted), True)
        assert found.p10 < found.p50 < found.p90
    assert outturn(PROSPECTS[::-1], **RUN | {"engine": 19}) == found


BOUNDED = Prospect(Decimal(0), Decimal(900), Decimal("0.8"), (Decimal(500), Decimal(1000)))


def test_bounds_of_a_forecast_widen_its_outturn_about_the_mean_of_its_triangle():
    """Computed apart: 0.8 of a triangle 500, 900, 1000 whose mean is 800."""
    fixed = Prospect(Decimal(0), Decimal(800), Decimal("0.8"))
    for engine in range(20):
        found = outturn([BOUNDED], **RUN | {"engine": engine})
        assert (found.analytic_mean, found.accepted) == (640, True)
    assert found.sd > outturn([fixed], **RUN | {"engine": 19}).sd


def test_bounds_alone_make_a_range_of_what_is_sure_to_come():
    found = outturn([replace(BOUNDED, confidence=Decimal(1))], **RUN)
    assert found.accepted
    assert 500 < found.p10 < found.p50 < found.p90 < 1000
    assert found.sd == pytest.approx(math.sqrt(sides(500, 900, 1000) / 18), rel=0.02)


def test_without_bounds_each_draw_is_what_it_was():
    """The total as it was drawn before there were bounds."""
    ranked = sorted(PROSPECTS, key=lambda each: each.parts)
    told = [tuple(str(part.normalize()) for part in each.parts) for each in ranked]
    seed = seed_of(RUN["scope"], AS_OF.isoformat(), RUN["engine"], DEFAULT_DRAWS, told)
    total = np.full(DEFAULT_DRAWS, float(sum((each.realised for each in ranked), Decimal(0))))
    spread = 0.0
    for index, each in enumerate(ranked):
        low, mode, high = arriving(float(each.confidence))
        size = float(each.remaining)
        if size and high > low:
            shares = stream(seed, index).random(DEFAULT_DRAWS)
            total += size * triangular(shares, low, mode, high)
            squares = low * low + mode * mode + high * high
            spread += size * size * (squares - low * mode - low * high - mode * high) / 18
        else:
            total += size * high
    expected = float(sum((each.expected for each in ranked), Decimal(0)))
    assert outturn(PROSPECTS, **RUN) == summed_up(total, expected, math.sqrt(spread))


@pytest.mark.parametrize(
    ("low", "mode", "high"),
    [("250000000", "250000000", "250000001"), ("3333333333.33", "3333333333.33", "3333333340")],
)
def test_a_narrow_triangle_of_large_amounts_keeps_its_variance(low, mode, high):
    """Computed apart, exactly: width² / 18 of a triangle that begins at its mode."""
    exact = (Decimal(high) - Decimal(low)) ** 2 / 18
    assert sides(float(low), float(mode), float(high)) / 18 == pytest.approx(float(exact))
    certain = Prospect(Decimal(0), Decimal(mode), Decimal(1), (Decimal(low), Decimal(high)))
    found = outturn([certain], **RUN)
    assert found.accepted
    assert found.sd == pytest.approx(math.sqrt(exact), rel=0.02)
    impact = Impact(Decimal(1), Decimal(low), Decimal(mode), Decimal(high))
    assert variances_of(rows_of([impact]))[0] == pytest.approx(float(variance(impact)))


def test_what_is_certain_has_no_range():
    found = outturn([PROSPECTS[3]], **RUN)
    assert (found.p10, found.p90, found.sd, found.accepted) == (80, 80, 0, True)


# Refusal


def test_draws_that_miss_their_analytic_mean_are_not_accepted():
    drawn = np.random.default_rng(3).normal(100, 10, 20_000)
    assert summed_up(drawn, 100).accepted
    assert not summed_up(drawn, 101).accepted
