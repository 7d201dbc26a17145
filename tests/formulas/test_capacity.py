from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from projects.capacity import Booking, load, monthly_load
from tests.formulas.worked import DEMO, by_id, worked

D = Decimal


@worked("RES-P01")
def test_the_basis_decides_what_is_over(example):
    loads = [
        [load(*pair) for pair in zip(case["capacity"], case["demand"], strict=True)]
        for case in example.inputs["cases"]
    ]
    example.agrees([[each.over for each in row] for row in loads], "over")
    example.agrees([[each.utilisation for each in row] for row in loads], "utilisation")
    assert [any(each.over for each in row) for row in loads] == example.expected["overallocated"]


def month(text):
    return date.fromisoformat(f"{text}-01")


def demo_bookings(resource, projects):
    for row in DEMO["allocations"]:
        if row["resource"] == resource:
            first = month(row["to"])
            end = first.replace(day=monthrange(first.year, first.month)[1])
            yield Booking(
                projects.index(row["project"]), row["units"], month(row["from"]), end, True
            )


def demo_over_allocation():
    projects = [row["id"] for row in DEMO["projects"]]
    return [
        {
            "resource": code,
            "month": f"{each.month:%Y-%m}",
            "demand": each.demand,
            "capacity": each.capacity,
        }
        for code, row in by_id("resources").items()
        for each in monthly_load(
            row["capacity"], demo_bookings(code, projects), date(2026, 10, 1), 36
        )
        if each.over
    ]


def test_demo_over_allocation():
    wanted = DEMO["expected"]["resource_overallocation"]
    listed = {row["resource"] for row in wanted}
    assert [row for row in demo_over_allocation() if row["resource"] in listed] == wanted


def test_demo_resources_that_the_expected_list_leaves_out_are_over_as_well():
    listed = {row["resource"] for row in DEMO["expected"]["resource_overallocation"]}
    left_out = [
        (row["resource"], row["month"], row["demand"])
        for row in demo_over_allocation()
        if row["resource"] not in listed
    ]
    assert left_out == [
        ("RS05", "2027-01", D("7.5")),
        ("RS05", "2027-02", D("7.5")),
        ("RS05", "2027-03", D("7.5")),
        ("RS07", "2027-05", D("3")),
        ("RS09", "2027-11", D("1.5")),
        ("RS09", "2027-12", D("1.5")),
        ("RS09", "2028-01", D("1.5")),
        ("RS09", "2028-02", D("1.5")),
        ("RS09", "2028-03", D("1.5")),
    ]


def test_part_of_a_month_counts_by_its_days():
    bookings = [
        Booking(1, D(2), date(2027, 1, 1), date(2027, 1, 10), True),
        Booking(2, D(2), date(2027, 1, 11), date(2027, 2, 14), True),
        Booking(3, D(9), date(2027, 1, 1), date(2027, 12, 31), False),
    ]
    january: Any
    february: Any
    january, february = monthly_load(D(1), bookings, date(2027, 1, 1), 2)
    assert (january.demand, january.over, january.projects) == (2, 1, (1, 2))
    assert (february.demand, february.utilisation, february.projects) == (1, 1, (2,))


def test_demand_without_capacity_is_over_but_has_no_utilisation():
    bookings = [Booking(1, D(3), date(2027, 1, 1), date(2027, 1, 31), True)]
    january: Any
    (january,) = monthly_load(D(0), bookings, date(2027, 1, 1), 1)
    assert (january.over, january.utilisation, january.reason) == (3, None, "no_capacity")


@st.composite
def bookings(draw):
    start = draw(st.dates(date(2026, 1, 1), date(2028, 12, 31)))
    end = start + timedelta(days=draw(st.integers(0, 500)))
    units = D(draw(st.integers(0, 40))) / 4
    return Booking(draw(st.integers(1, 5)), units, start, end, draw(st.booleans()))


@given(st.lists(bookings(), max_size=6))
def test_months_hold_every_booked_day_once(rows):
    months = monthly_load(D(1), rows, date(2026, 1, 1), 60)
    booked = sum(r.units * ((r.end - r.start).days + 1) for r in rows if r.counted)
    shown = sum(m.demand * monthrange(m.month.year, m.month.month)[1] for m in months)
    assert abs(shown - booked) < D("0.000001")
    for each in months:
        assert each.over == max(D(0), each.demand - each.capacity)
