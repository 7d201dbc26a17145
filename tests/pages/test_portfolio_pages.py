"""The pages of a portfolio beside its list: roadmap, bubbles, confidence."""

from datetime import date

import pytest

from tests import factories
from tests.ledger.conftest import errors_of

PAGES = ("roadmap", "bubbles", "confidence", "trend")


@pytest.fixture
def of(demo):
    """`of("roadmap")`: the address of a page of the demo's portfolio."""
    return lambda page: f"/portfolios/{demo.portfolio.pk}/{page}/"


@pytest.fixture
def read(client_of):
    """`read(user, path)`: the answer of a GET below /api/v1/."""
    return lambda user, path: client_of(user).get(f"/api/v1/{path}")


@pytest.mark.parametrize("tab", PAGES)
def test_it_shows_what_the_reader_may_see_and_no_more(
    client_of, of, pmo, viewer, stranger, words, tab
):
    whole, part = (words(client_of(who).get(of(tab))) for who in (pmo, viewer))
    assert "you may see" not in whole
    assert "you may see" in part
    assert "NZE" not in part
    assert client_of(stranger).get(of(tab)).status_code == 404


@pytest.mark.parametrize("tab", PAGES)
def test_it_shows_the_past_and_an_empty_portfolio(client_of, of, pmo, tab, nothing_in):
    for past in ("as_of=2020-01-01", "on=2026-10-31"):
        assert client_of(pmo).get(f"{of(tab)}?{past}").status_code == 200
    assert client_of(pmo).get(f"/portfolios/{nothing_in.pk}/{tab}/").status_code == 200


@pytest.fixture
def nothing_in(demo):
    """A portfolio without a programme or a project, and without a PMO."""
    return factories.portfolio(pmo_type="none")


def test_the_roadmap_has_a_line_for_each_programme_with_its_days(client_of, of, pmo, cells, demo):
    page = client_of(pmo).get(of("roadmap"))
    home = demo.programme("CAM")
    row = cells(page, f"/programmes/{home.pk}/")
    assert row["Slip"] == "+28 d"
    assert row["Health"].endswith("Red")
    text = page.content.decode()
    assert text.count('class="road-way"') == 5
    assert (
        text.count('class="road-step"')
        == home.portfolio.programmes.filter(
            tranches__starts_on__isnull=False, tranches__ends_on__isnull=False
        ).count()
    )


def test_a_bubble_stands_where_its_programme_brings_and_risks_most(client_of, of, pmo):
    drawn = client_of(pmo).get(of("bubbles")).context["picture"]["bubbles"]
    by_code = {bubble["code"]: bubble for bubble in drawn}
    assert set(by_code) == {"CAM", "HID", "NZE", "SSV"}

    def place(code, axis):
        return float(by_code[code][axis].rstrip("%"))

    assert place("CAM", "x") == max(place(code, "x") for code in by_code)
    assert place("CAM", "y") == min(place(code, "y") for code in by_code)  # from the top
    assert float(by_code["CAM"]["radius"]) == max(float(each["radius"]) for each in drawn)


def test_what_has_no_figure_is_told_and_not_drawn(client_of, nothing, words):
    home = factories.programme()
    reader = factories.user()
    factories.role(reader, "viewer", programme=home)
    page = words(client_of(reader).get(f"/portfolios/{home.portfolio_id}/bubbles/"))
    assert "1 programme you may see" in page
    assert "No programme has both a benefit and an exposure" in page
    assert home.name in page


def test_people_and_figures_that_are_apart_are_listed(client_of, of, pmo, words, read, demo):
    page = words(client_of(pmo).get(of("confidence")))
    apart, alike = page.split("Self-assessments against figures", 1)
    assert "HID Health Innovation District Programme" in apart
    assert "People are more confident" in apart
    assert "SSV Shared Services" in alike
    found = read(pmo, f"portfolios/{demo.portfolio.pk}/confidence/").json()
    by_code = {row["code"]: row for row in found["judgements"] if row["kind"] == "self"}
    assert (by_code["HID"]["above"], by_code["HID"]["disagrees"]) == (4, True)
    assert (by_code["SSV"]["above"], by_code["SSV"]["disagrees"]) == (0, False)


def test_only_the_latest_judgement_of_a_kind_counts(client_of, nothing, read):
    project = factories.project()
    for day, value in ((1, "red"), (2, "amber_green")):
        factories.confidence(project, value=value, scale=5, on=date(2026, 10, day))
    factories.confidence(project, value="amber", kind="independent", on=date(2026, 10, 1))
    reader = factories.user()
    factories.role(reader, "viewer", project=project)
    found = read(reader, f"portfolios/{project.programme.portfolio_id}/confidence/").json()
    assert [(row["kind"], row["value"]) for row in found["judgements"]] == [
        ("independent", "amber"), ("self", "amber_green"),
    ]  # fmt: skip
    assert found["whole"] is False


@pytest.mark.parametrize("tab", PAGES)
def test_more_programmes_take_no_more_queries(client_of, nothing, queries_of, tab, drain):
    portfolio = factories.portfolio()
    client = client_of(factories.user(is_superuser=True))
    counts = set()
    for number in (1, 2):
        for _ in range(number):
            home = factories.programme(portfolio=portfolio)
            factories.confidence(home)
            factories.baseline(factories.project(programme=home))
            alone = factories.project(programme=None, portfolio=portfolio)
            factories.confidence(alone)
            factories.baseline(alone)
        drain()
        counts.add(queries_of(client, f"/portfolios/{portfolio.pk}/{tab}/"))
    assert len(counts) == 1


def test_columns_are_chosen_in_their_order(client_of, pmo, words, cells, demo):
    page = client_of(pmo).get("/portfolio/?column=finish&column=cost&column=manager&column=nothing")
    row = cells(page, f"/programmes/{demo.programme('CAM').pk}/")
    assert list(row) == ["Finish", "Cost forecast", "Manager"]
    assert row["Cost forecast"] == "285,810"
    assert "Together 446,380" in words(page)


def test_projects_are_ordered_with_the_programmes(client_of, nothing, words, drain):
    portfolio = factories.portfolio()
    for name, amount in (("Dear", 300), ("Cheap", 20)):
        project = factories.project(programme=None, portfolio=portfolio, name=name)
        factories.budget(project, amount)
        project.estimate_to_complete = amount
        project.save()
    drain()
    client = client_of(factories.user(is_superuser=True))
    for order, first in (("-cost", "Dear"), ("cost", "Cheap"), ("-approved", "Dear"), ("over", "")):
        page = words(client.get(f"/portfolio/?sort={order}", headers={"HX-Request": "true"}))
        places = sorted(("Dear", "Cheap"), key=page.index)
        assert first in ("", places[0])
    assert "2 projects outside them" in page


@pytest.mark.parametrize(("picture", "rows"), [("roadmap", "lines"), ("bubbles", "programmes")])
def test_a_picture_is_data_of_what_the_reader_may_see(
    client_of, read, of, pmo, viewer, stranger, picture, rows
):
    path = of(picture).removeprefix("/")
    whole, part = (read(who, path).json() for who in (pmo, viewer))
    assert (whole["whole"], part["whole"]) == (True, False)
    assert [row["code"] for row in part[rows]] == ["CAM"]
    assert {row["code"] for row in whole[rows]} > {"CAM", "NZE"}
    assert read(stranger, path).status_code == 404
    assert read(pmo, f"{path}?as_of=soon").status_code == 400
    assert errors_of(read(pmo, f"{path}?colour=red")) == {"/colour": "unknown_parameter"}
    table = read(pmo, f"{path}?format=csv").content.decode()
    assert "Campus Renewal Programme" in table
    again = {"If-None-Match": read(pmo, path).headers["ETag"]}
    assert client_of(pmo).get(f"/api/v1/{path}", headers=again).status_code == 304


def test_the_data_of_a_picture_are_the_figures_of_its_page(read, of, pmo, demo):
    home = demo.programme("CAM")
    lines = read(pmo, of("roadmap").removeprefix("/")).json()["lines"]
    by_code = {row["code"]: row for row in lines}
    assert by_code["CAM"]["slip_days"] == 28
    assert [row["code"] for row in by_code["CAM"]["tranches"]] == [
        tranche.code for tranche in home.tranches.order_by("sequence")
    ]
    assert by_code["PMO-01"]["type"] == "project"
    bubble = read(pmo, of("bubbles").removeprefix("/")).json()["programmes"][0]
    figures = read(pmo, f"programmes/{home.pk}/rollup/").json()["metrics"]
    for name in ("benefits_forecast_outturn", "risk_p80", "estimate_at_completion", "health"):
        assert bubble[name] == figures[name]["value"], name


def test_a_bubble_and_a_point_open_what_explains_them(client_of, of, pmo, demo):
    home, portfolio = demo.programme("CAM").pk, demo.portfolio.pk
    drawn = client_of(pmo).get(of("bubbles")).content.decode()
    assert f'<a href="/programmes/{home}/explain/benefits_forecast_outturn/" data-explain' in drawn
    assert f'href="/programmes/{home}/explain/risk_p80/" data-explain' in drawn
    trend = client_of(pmo).get(f"{of('trend')}?metric=actual_cost")
    now = f"/portfolios/{portfolio}/explain/actual_cost/"
    assert trend.context["picture"]["points"][-1]["address"] == now


def test_a_portfolio_says_what_it_comes_to_beside_what_that_is_compared_with(
    client_of, pmo, viewer, demo, words
):
    address = f"/portfolios/{demo.portfolio.pk}/"
    told = words(client_of(pmo).get(address))
    assert "112,073 95% of plan Planned, whole life 117,920" in told
    assert "446,380 over by 18,580 Approved 427,800 Spent 118,250" in told
    assert "27 Jul 2029 Baseline 27 Jul 2029 Declared by projects 27 Jul 2029" in told
    assert "Planned, whole life" not in words(client_of(viewer).get(address))
