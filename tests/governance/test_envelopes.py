"""Envelopes: set from the top, never more than there is, beside what is approved below."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from pmhub.models import User
from programmes.models import ClosedYear, Envelope, Portfolio, ProgrammeLine
from projects.models import BudgetLine
from tests import factories
from tests.api.conftest import errors_of
from tests.api.test_every_door import written

YEAR = {"fiscal_year": 2026, "treatment": "capital"}


@pytest.fixture
def estate(nothing: None) -> Any:
    """A programme of a portfolio that may approve 1,000 in a year, of which it has 600."""
    programme = factories.programme()
    with transaction.atomic():
        factories.envelope(programme.portfolio, 1000)
        factories.envelope(programme, 600)
    return programme


@contextmanager
def lowered(programme: Any, to: int) -> Iterator[None]:
    """What is written inside stands above the envelope of a programme, which is lowered then."""
    envelope = Envelope.objects.filter(programme=programme)
    with written():
        envelope.update(amount=1000)
        yield
    envelope.update(amount=to)


def row_of(place: Any) -> Envelope:
    whole = isinstance(place, Portfolio)
    return Envelope.objects.get(**({"programme": None} if whole else {"programme": place}))


@pytest.mark.parametrize(
    ("who", "status"),
    [("pmo", 201), ("sponsor", 201), ("sro", 403), ("cam_manager", 403), ("viewer", 403)],
)
def test_it_is_set_by_who_stands_above_all_programmes(
    who: str, status: int, demo: Any, api: Any, request: pytest.FixtureRequest
) -> None:
    client = api(request.getfixturevalue(who))
    whole = {"portfolio": demo.portfolio.pk, "fiscal_year": 2031, "amount": "100"}
    assert client.post("envelopes/", whole).status_code == status
    given = Envelope.objects.get(programme__code="CAM", treatment="capital")
    assert client.patch(f"envelopes/{given.pk}/", {"amount": "1"}).status_code == (
        200 if status == 201 else 403
    )


def test_who_set_it_and_when_is_noted(estate: Any, office: User, api: Any) -> None:
    path = f"envelopes/{row_of(estate).pk}/"
    answer = api(office).patch(path, {"amount": "700"}).json()
    assert (answer["approved_by"], answer["approved_on"]) == (office.person.pk, "2026-10-01")
    made = api(office).post(
        "envelopes/", {"portfolio": estate.portfolio_id, "fiscal_year": 2027, "amount": "1"}
    ).json()  # fmt: skip
    assert (made["approved_by"], made["approved_on"]) == (office.person.pk, "2026-10-31")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"amount": "1000"}, 200),
        ({"amount": "1000.01"}, 409),
        ({"fiscal_year": 2027}, 409),  # of that the portfolio has none
        ({"treatment": "revenue"}, 409),
        ({"amount": "NaN"}, 400),
        ({"amount": "-1"}, 400),
        ({"fiscal_year": 1066}, 400),
    ],
)
def test_programmes_have_no_more_than_the_portfolio(
    body: dict[str, Any], status: int, estate: Any, office: User, api: Any
) -> None:
    answer = api(office).patch(f"envelopes/{row_of(estate).pk}/", body)
    assert answer.status_code == status
    if status != 200:
        assert errors_of(answer).keys() <= {"/amount", "/fiscal_year"}
        assert row_of(estate).amount == 600


def test_nor_is_the_portfolio_s_taken_from_under_them(estate: Any, office: User, api: Any) -> None:
    path = f"envelopes/{row_of(estate.portfolio).pk}/"
    assert api(office).patch(path, {"amount": "600"}).status_code == 200
    refused = api(office).patch(path, {"amount": "599.99"})
    assert (refused.status_code, list(errors_of(refused))) == (409, ["/amount"])
    assert "600" in refused.json()["detail"]
    assert api(office).delete(path).status_code == 409
    assert api(office).delete(f"envelopes/{row_of(estate).pk}/").status_code == 204
    assert api(office).delete(path).status_code == 204


def test_two_programmes_share_what_there_is_in_plain_sql_too(estate: Any) -> None:
    other = factories.programme(portfolio=estate.portfolio)
    with written():
        factories.envelope(other, 400)
    for write in (
        lambda: Envelope.objects.filter(programme=other).update(amount=401),
        lambda: Envelope.objects.filter(programme=None).update(amount=999),
        Envelope.objects.filter(programme=None).delete,
        lambda: factories.envelope(factories.programme(portfolio=estate.portfolio), 1),
    ):
        with pytest.raises(IntegrityError) as error, written():
            write()
        cause: Any = error.value.__cause__
        assert (cause.diag.constraint_name, cause.diag.column_name) == (
            "envelopes_shared",
            "amount",
        )


def test_it_is_of_a_programme_of_its_portfolio_once(estate: Any, office: User, api: Any) -> None:
    place = {"portfolio": estate.portfolio_id, "programme": estate.pk, "amount": "1", **YEAR}
    assert api(office).post("envelopes/", place).status_code in (400, 409)
    foreign = place | {"programme": factories.programme().pk}
    assert errors_of(api(office).post("envelopes/", foreign)) == {"/programme": "invalid"}
    with pytest.raises(IntegrityError), transaction.atomic():
        Envelope.objects.create(
            portfolio=estate.portfolio, programme=factories.programme(), amount=1,
            approved_on="2026-10-01", **YEAR,
        )  # fmt: skip


def test_it_stands_beside_what_is_approved_and_asked_for(
    estate: Any, office: User, api: Any
) -> None:
    project = factories.project(programme=estate)
    alone = factories.project(portfolio=estate.portfolio)
    with lowered(estate, 600):
        for home, amount in ((project, 450), (alone, 70)):
            factories.budget(home, amount, **YEAR)
        factories.budget(project, 5, fiscal_year=2027)
        factories.line(programme=estate, approved_budget=200, **YEAR)
    factories.budget_request(project, amount=30, state="submitted")
    factories.budget_request(alone, amount=9, state="submitted")
    factories.budget_request(project, amount=8)  # a draft
    names = ("amount", "shared_out", "approved", "requested", "left")
    shown = {
        row["programme"]: tuple(row[name] for name in names)
        for row in api(office).get("envelopes/").json()["results"]
    }
    assert shown == {
        None: ("1000.00", "600.00", "720.00", "39.00", "280.00"),
        estate.pk: ("600.00", "0.00", "650.00", "30.00", "-50.00"),
    }


def test_no_line_is_lifted_above_an_envelope(estate: Any, office: User, api: Any) -> None:
    project = factories.project(programme=estate)
    factories.line(programme=estate, approved_budget=200, **YEAR)
    lines = {
        "budget-lines": ({"project": project.pk, "code": "B1"}, "approved"),
        "programme-lines": ({"programme": estate.pk, "code": "L1", "kind": "other"},
                            "approved_budget"),
    }  # fmt: skip
    client = api(office)
    for resource, (owner, field) in lines.items():
        body = {**owner, **YEAR}
        refused = client.post(f"{resource}/", body | {field: "400.01"})
        assert (refused.status_code, list(errors_of(refused))) == (409, [f"/{field}"])
        assert str(row_of(estate)) in refused.json()["detail"]
        other = body | {field: "5000", "code": "X1"}
        assert client.post(f"{resource}/", other | {"fiscal_year": 2027}).status_code == 201
        path = f"{resource}/{client.post(f'{resource}/', body | {field: '400'}).json()['id']}/"
        assert client.patch(path, {field: "401"}).status_code == 409
        Envelope.objects.filter(programme=estate).update(amount=550)
        assert client.patch(path, {field: "400", "code": "C1"}).status_code == 200
        assert client.patch(path, {field: "399"}).status_code == 200  # less, and still above
        assert client.patch(path, {"treatment": "revenue"}).status_code == 200
        moved = client.patch(path, {"treatment": "capital"})
        assert (moved.status_code, list(errors_of(moved))) == (409, [f"/{field}"])
        assert client.patch(path, {field: "0"}).status_code == 200
        Envelope.objects.filter(programme=estate).update(amount=600)


def test_income_of_a_programme_makes_room_that_is_not_taken_back(
    estate: Any, office: User, api: Any
) -> None:
    client, line = api(office), {"programme": estate.pk, "kind": "other", **YEAR}
    income = client.post("programme-lines/", line | {"code": "I", "approved_budget": "-100"})
    spent = client.post("programme-lines/", line | {"code": "L", "approved_budget": "700"})
    assert (income.status_code, spent.status_code) == (201, 201)
    path = f"programme-lines/{income.json()['id']}/"
    assert client.patch(path, {"approved_budget": "-99"}).status_code == 409
    assert client.patch(path, {"approved_budget": "-101"}).status_code == 200
    for away in (
        {"fiscal_year": 2027},
        {"fiscal_year": None},
        {"treatment": "revenue"},
        {"programme": factories.programme(portfolio=estate.portfolio).pk},
        {"fiscal_year": 2027, "approved_budget": "-200"},
    ):
        refused = client.patch(path, away)
        assert (refused.status_code, [*errors_of(refused)]) == (409, ["/approved_budget"]), away
    spent_path = f"programme-lines/{spent.json()['id']}/"
    assert client.patch(spent_path, {"approved_budget": "600"}).status_code == 200
    assert client.patch(path, {"fiscal_year": 2027}).status_code == 200


def test_income_makes_room_that_plain_sql_does_not_take_back_either(estate: Any) -> None:
    with written():
        income = factories.line(programme=estate, approved_budget=-100, **YEAR)
        factories.line(programme=estate, approved_budget=690, **YEAR)
    rows = ProgrammeLine.objects.filter(pk=income.pk)
    elsewhere = factories.programme(portfolio=estate.portfolio)
    for away in (
        {"approved_budget": -89},
        {"approved_budget": -1},
        {"fiscal_year": 2027},
        {"fiscal_year": None},
        {"treatment": "revenue"},
        {"programme": elsewhere},
    ):
        with pytest.raises(IntegrityError, match="above an envelope"), written():
            rows.update(**away)
    with written():
        rows.update(approved_budget=-90)
        ProgrammeLine.objects.filter(approved_budget=690).update(approved_budget=600)
        rows.update(programme=elsewhere)


def test_a_line_in_another_currency_is_refused_at_its_own_amount(
    estate: Any, office: User, api: Any
) -> None:
    factories.currency_rate(
        estate.portfolio, kind="budget", rate="0.5", valid_from="2026-01-01", currency="EUR"
    )
    body = {"project": factories.project(programme=estate).pk, "code": "E", **YEAR}
    body |= {"foreign_currency": "EUR", "foreign_approved": "1200"}
    path = f"budget-lines/{api(office).post('budget-lines/', body).json()['id']}/"
    refused = api(office).patch(path, {"foreign_approved": "1201"})
    assert (refused.status_code, list(errors_of(refused))) == (409, ["/foreign_approved"])
    assert api(office).patch(path, {"foreign_approved": "1100"}).json()["approved"] == "550.00"


def test_another_currency_lifts_no_line_above_an_envelope_by_plain_sql(estate: Any) -> None:
    for currency, rate in (("EUR", "0.5"), ("KWD", "2.5")):
        factories.currency_rate(
            estate.portfolio, kind="budget", rate=rate, valid_from="2026-01-01", currency=currency
        )
    said = {"foreign_currency": "EUR", **YEAR}
    with written():
        line = factories.budget(
            factories.project(programme=estate), 0, foreign_approved=300, **said
        )
        own = factories.line(
            programme=estate, approved_budget=0, foreign_approved_budget=300, **said
        )
    for row in (line, own):
        with pytest.raises(IntegrityError, match="above an envelope"), written():
            type(row).objects.filter(pk=row.pk).update(foreign_currency="KWD")
    with written():
        Envelope.objects.filter(programme=estate).update(amount=900)
        BudgetLine.objects.filter(pk=line.pk).update(foreign_currency="KWD")


def test_a_line_of_a_closed_project_is_entered_as_it_was(
    estate: Any, office: User, api: Any
) -> None:
    project = factories.project(
        programme=estate, status="closed", actual_start="2026-04-01", actual_finish="2026-09-30"
    )
    body = {"project": project.pk, "code": "B1", "approved": "5000", **YEAR}
    assert api(office).post("budget-lines/", body).status_code == 201


def test_pages_reconcile_from_the_top_with_the_bottom(
    estate: Any, office: User, client_of: Any, drain: Any
) -> None:
    project = factories.project(programme=estate)
    with lowered(estate, 600):
        factories.budget(project, 650, **YEAR)
    factories.budget_request(project, amount=30, state="submitted")
    drain()
    client = client_of(office)
    money = client.get(f"/programmes/{estate.pk}/money/").content.decode()
    part = money.partition('id="envelopes"')[2].partition("</section>")[0]
    assert [each in part for each in ("600", "650", "−50", "Exceeded", "30")] == [True] * 5
    portfolio = client.get(f"/portfolios/{estate.portfolio_id}/").content.decode()
    part = portfolio.partition('id="envelopes"')[2].partition("</section>")[0]
    assert [each in part for each in ("1,000", "600", "650", "350")] == [True] * 4


def test_a_page_follows_what_is_set_and_asked_for(
    estate: Any, office: User, client_of: Any, api: Any, drain: Any
) -> None:
    drain()
    client, address = client_of(office), f"/programmes/{estate.pk}/money/"
    assert ">600<" in client.get(address).content.decode()
    api(office).patch(f"envelopes/{row_of(estate).pk}/", {"amount": "800"})
    assert ">800<" in client.get(address).content.decode()
    factories.budget_request(estate, amount=77, state="submitted")
    assert ">77<" in client.get(address).content.decode()


def test_who_holds_a_role_below_sees_no_total_of_the_portfolio(
    estate: Any, client_of: Any, drain: Any
) -> None:
    project = factories.project(programme=estate)
    manager = factories.user("manager")
    factories.role(manager, "project_manager", project=project)
    drain()
    page = client_of(manager).get(f"/portfolios/{estate.portfolio_id}/").content.decode()
    assert 'id="envelopes"' not in page


# Whoever writes


def test_no_line_goes_above_an_envelope_by_plain_sql(estate: Any) -> None:
    project = factories.project(programme=estate)
    with written():
        line = factories.budget(project, 500, **YEAR)
        own = factories.line(programme=estate, approved_budget=100, **YEAR)
    rows = BudgetLine.objects.filter(pk=line.pk)
    lines = ProgrammeLine.objects.filter(pk=own.pk)
    for write in (
        lambda: rows.update(approved=501),
        lambda: lines.update(approved_budget=101),
        lambda: factories.budget(project, 1, **YEAR),
        lambda: factories.line(programme=estate, approved_budget=1, **YEAR),
    ):
        with pytest.raises(IntegrityError, match="above an envelope"), written():
            write()
    with written():
        rows.update(approved=450)
        lines.update(approved_budget=150)
        factories.budget(project, 0, **YEAR)
        factories.budget(project, 99, fiscal_year=2027)


def test_what_stands_above_an_envelope_may_stay_and_fall(estate: Any) -> None:
    project = factories.project(programme=estate)
    with lowered(estate, 500):
        line = factories.budget(project, 600, **YEAR)
    rows = type(line).objects.filter(pk=line.pk)
    with written():
        rows.update(code="B9")
        rows.update(approved=590)
    with pytest.raises(IntegrityError, match="above an envelope"), written():
        rows.update(approved=591)


def test_no_project_comes_to_a_programme_of_which_it_exceeds_an_envelope(
    estate: Any, office: User, api: Any
) -> None:
    home = factories.programme(portfolio=estate.portfolio)
    project = factories.project(programme=home)
    with written():
        factories.budget(project, 700, **YEAR)
    path, move = f"projects/{project.pk}/move/", {"to_programme": estate.pk, "reason": "It fits"}
    for way in (path, f"{path}?preview=1"):
        refused = api(office).verb(way, move)
        assert (refused.status_code, [*errors_of(refused)]) == (409, ["/to_programme"])
        assert "£100k above the envelope" in refused.json()["detail"]
    rows = type(project).objects.filter(pk=project.pk)
    with pytest.raises(IntegrityError, match="of this programme"), transaction.atomic():
        rows.update(programme=estate)
    with written():
        Envelope.objects.filter(programme=estate).update(amount=700)
    assert api(office).verb(path, move).status_code == 200


def test_a_programme_comes_to_no_portfolio_of_which_it_exceeds_an_envelope(
    estate: Any, office: User, api: Any
) -> None:
    there = factories.portfolio(code="B")
    with written():
        factories.envelope(there, 400)
        factories.line(programme=estate, approved_budget=-100, **YEAR)
        factories.budget(factories.project(programme=estate), 600, **YEAR)
    path, body = f"programmes/{estate.pk}/", {"portfolio": there.pk}
    rows = type(estate).objects.filter(pk=estate.pk)
    for text in ("Its envelopes", "above an envelope of this portfolio"):
        refused = api(office).patch(path, body)
        assert (refused.status_code, [*errors_of(refused)]) == (409, ["/portfolio"])
        assert text in refused.json()["detail"]
        with pytest.raises(IntegrityError, match=text), transaction.atomic():
            rows.update(portfolio=there)
        with written():
            Envelope.objects.filter(programme=estate).delete()
    with written():
        Envelope.objects.filter(portfolio=there).update(amount=500)
    assert api(office).patch(path, body).status_code == 200


def test_an_envelope_of_a_closed_year_keeps_a_programme_until_that_is_opened(
    estate: Any, office: User, api: Any
) -> None:
    with written():
        for home in (estate.portfolio, estate):
            factories.envelope(home, 5, fiscal_year=2025)
    closed = ClosedYear.objects.create(portfolio=estate.portfolio, fiscal_year=2025)
    move = {"portfolio": factories.portfolio(code="B").pk}
    path, said = f"programmes/{estate.pk}/", "fiscal year 2025, which is closed"
    for query in ("?preview=1", ""):
        refused = api(office).patch(f"{path}{query}", move)
        assert (refused.status_code, [*errors_of(refused)]) == (409, ["/portfolio"])
        assert said in refused.json()["detail"]
    with pytest.raises(IntegrityError, match=said), transaction.atomic():
        type(estate).objects.filter(pk=estate.pk).update(portfolio_id=move["portfolio"])
    reason = {"reason": "It goes"}
    reopened = api(office).verb(f"closed-years/{closed.pk}/reopening/", reason)
    assert reopened.status_code == 200, reopened.json()
    with written():
        Envelope.objects.filter(programme=estate).delete()
    assert api(office).patch(path, move).status_code == 200


def test_a_programme_whose_income_makes_room_stays(estate: Any) -> None:
    there = factories.portfolio(code="B")
    giver = factories.programme(portfolio=estate.portfolio)
    with written():
        factories.line(programme=giver, approved_budget=-100, **YEAR)
        alone = factories.project(portfolio=estate.portfolio)
        line = factories.budget(alone, 1050, **YEAR)
    rows = type(giver).objects.filter(pk=giver.pk)
    with pytest.raises(IntegrityError, match="Without its income"), transaction.atomic():
        rows.update(portfolio=there)
    with written():
        BudgetLine.objects.filter(pk=line.pk).update(approved=1000)
        rows.update(portfolio=there)


def test_a_project_comes_to_no_portfolio_of_which_it_exceeds_an_envelope(estate: Any) -> None:
    there = factories.portfolio(code="B")
    with written():
        factories.envelope(there, 400)
        project = factories.project(portfolio=estate.portfolio)
        line = factories.budget(project, 401, **YEAR)
    rows = type(project).objects.filter(pk=project.pk)
    inside = factories.programme(portfolio=there)
    for place in ({"portfolio": there}, {"portfolio": None, "programme": inside}):
        with pytest.raises(IntegrityError, match="above an envelope"), transaction.atomic():
            rows.update(**place)
    with written():
        BudgetLine.objects.filter(pk=line.pk).update(approved=400)
        rows.update(portfolio=there)


def test_programmes_that_become_one_make_room_by_their_income_first(
    estate: Any, office: User, api: Any
) -> None:
    other = factories.programme(portfolio=estate.portfolio)
    with written():
        for home, amount in ((estate, 560), (other, 70)):
            factories.budget(factories.project(programme=home), amount, **YEAR)
        factories.line(programme=other, approved_budget=-40, **YEAR)
    path, body = f"programmes/{estate.pk}/merger/", {"other": other.pk, "reason": "One aim"}
    with written():
        income = ProgrammeLine.objects.filter(programme=other)
        income.update(approved_budget=-29)
        assert api(office).verb(path, body).status_code == 409
        income.update(approved_budget=-40)
    assert api(office).verb(path, body).status_code == 200


def test_income_goes_with_what_it_made_room_for(estate: Any, office: User, api: Any) -> None:
    other = factories.programme(portfolio=estate.portfolio)
    with written():
        factories.envelope(other, 100)
        factories.line(programme=other, approved_budget=-40, **YEAR)
        factories.budget(factories.project(programme=other), 140, **YEAR)
    path = f"programmes/{estate.pk}/merger/"
    merged = api(office).verb(path, {"other": other.pk, "reason": "One aim"})
    assert merged.status_code == 200, merged.json()
    assert not {"stays"} & {row["fate"] for row in merged.json().get("along", [])}
    assert estate.lines.get().approved_budget == -40


def test_programmes_that_become_one_have_the_envelopes_of_both(
    estate: Any, office: User, api: Any
) -> None:
    other, poor = (factories.programme(portfolio=estate.portfolio) for _ in range(2))
    with written():
        factories.envelope(other, 300)
        for home, amount in ((estate, 500), (other, 300), (poor, 101)):
            factories.budget(factories.project(programme=home), amount, **YEAR)
    path = f"programmes/{estate.pk}/merger/"
    merged = api(office).verb(path, {"other": other.pk, "reason": "One aim"})
    assert merged.status_code == 200, merged.json()
    assert row_of(estate).amount == 900
    refused = api(office).verb(path, {"other": poor.pk, "reason": "One aim"})
    assert (refused.status_code, [*errors_of(refused)]) == (409, ["/other"])
    assert "£1.0k above the envelope" in refused.json()["detail"]


def test_amounts_are_said_as_elsewhere(estate: Any, office: User, api: Any) -> None:
    refused = api(office).patch(f"envelopes/{row_of(estate).pk}/", {"amount": "1000.5"})
    assert "come to £1,000,500 and that of the portfolio" in refused.json()["detail"]
