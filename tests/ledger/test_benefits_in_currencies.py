"""Benefits in other currencies: their values stay in their own; totals convert what is planned by
the budget rate of its year, and what is measured by the rate of the day its period ends."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benefits.models import Benefit, BenefitMeasurement, BenefitProfileEntry
from pmhub.models import User
from programmes.models import CurrencyRate, Programme
from programmes.queries.evidence import evidence
from programmes.queries.realisation import realisation_series
from programmes.rollup import worker
from programmes.rollup.verify import differences
from tests import factories
from tests.api.conftest import errors_of
from tests.registers.test_pages import text_of

PLANNED, ACTUAL = "benefits_planned_to_date", "benefits_actual_to_date"
WHOLE, OUTTURN = "benefits_whole_life_planned", "benefits_forecast_outturn"


@pytest.fixture
def office(nothing: None) -> User:
    """Somebody of the PMO."""
    user = factories.user("office")
    factories.role(user, "pmo")
    return user


@pytest.fixture
def programme(nothing: None) -> Programme:
    """A programme with a benefit of 100 pounds a year."""
    programme = factories.programme()
    pounds = factories.benefit(programme=programme)
    factories.entry(pounds, 2025, 100)
    return programme


@pytest.fixture
def benefit(programme: Programme) -> Benefit:
    """A benefit of 1000 euros a year, of which 900 were measured in the first."""
    benefit = factories.benefit(programme=programme, foreign_currency="EUR")
    for year in (2025, 2026):
        factories.entry(benefit, year, 1000)
    judged = {"status": "verified", "verified_by": factories.person()}
    factories.measurement(benefit, 2025, 900, **judged)
    return benefit


@pytest.fixture
def rates(programme: Programme) -> dict[str, CurrencyRate]:
    """A euro was planned to be 80 pence, and was 90 when the year ended."""
    home = programme.portfolio
    return {
        kind: factories.currency_rate(home, kind=kind, rate=Decimal(rate), valid_from=on)
        for kind, rate, on in (("budget", "0.8", "2025-04-01"), ("actual", "0.9", "2026-03-01"))
    }


@pytest.fixture
def figure(api: Any, office: User, programme: Programme) -> Any:
    """`figure(name)`: a figure of the programme with its lines."""

    def get(name: str) -> Any:
        return api(office).get(f"programmes/{programme.pk}/rollup/{name}/").json()

    return get


def test_totals_convert_what_stays_in_its_own_currency(
    rates: Any, benefit: Benefit, figure: Any, api: Any, office: User, drain: Any
) -> None:
    drain()
    found = {name: figure(name)["value"] for name in (PLANNED, ACTUAL, WHOLE)}
    assert found == {PLANNED: "900.00", ACTUAL: "810.00", WHOLE: "1700.00"}
    own = api(office).get(f"benefits/{benefit.pk}/realisation/").json()
    assert (own["currency"], own["planned_to_date"], own["actual_to_date"]) == (
        "EUR", "1000.00", "900.00",
    )  # fmt: skip
    row = api(office).get(f"profile-entries/?benefit={benefit.pk}").json()["results"][0]
    assert (row["currency"], row["value"], row["exchange_rate"]) == (
        "EUR", "1000.00", "0.800000000000",
    )  # fmt: skip
    row = api(office).get(f"measurements/?benefit={benefit.pk}").json()["results"][0]
    assert (row["currency"], row["exchange_rate"]) == ("EUR", "0.900000000000")
    years = realisation_series(benefit.programme)["periods"]
    assert [each["planned"] for each in years] == [900, 800]
    assert evidence(benefit.programme, office).realised == 810
    assert differences() == []


def test_a_benefit_without_a_rate_is_missing_in_totals_and_the_rate_is_named(
    rates: Any,
    benefit: Benefit,
    figure: Any,
    office: User,
    client_of: Any,
    drain: Any,
) -> None:
    rates["actual"].delete()
    drain()
    for name, value in ((PLANNED, "100.00"), (WHOLE, "100.00")):
        found = figure(name)
        assert (found["value"], found["coverage"]["missing"]) == (value, 1)
        [line] = [each for each in found["lines"] if each["source"]["id"] == benefit.pk]
        assert (line["value"], line["included"], line["reason"]) == (None, False, "no_rate")
        assert line["inputs"]["foreign_currency"] == "EUR"
        assert line["inputs"]["posted_on"] == "2026-03-31"
    assert realisation_series(benefit.programme)["periods"][0]["planned"] == 100
    page = client_of(office).get(f"/programmes/{benefit.programme_id}/benefits/")
    assert (page.status_code, benefit.code in page.content.decode()) == (200, True)
    assert differences() == []


def test_a_preview_of_a_rate_of_benefits_is_what_then_happens_and_a_bridge_names_it(
    rates: Any, benefit: Benefit, figure: Any, api: Any, office: User, drain: Any
) -> None:
    drain()
    since = figure(PLANNED)["computed_at"]
    path = f"currency-rates/{rates['budget'].pk}/"
    [tried] = api(office).patch(f"{path}?preview=1", {"rate": "0.7"}).json()["programmes"]
    ends = {each["name"]: each["to"] for each in tried["metrics"]}
    assert api(office).patch(path, {"rate": "0.7"}).status_code == 200
    drain()
    for name, value in ((PLANNED, "800.00"), (WHOLE, "1500.00")):
        assert ends[name] == figure(name)["value"] == value
    asked = f"metric={PLANNED}&from={since.replace('+', '%2B')}"
    bridge = api(office).get(f"programmes/{benefit.programme_id}/bridge/?{asked}").json()
    [part] = bridge["parts"]
    assert (part["amount"], part["cause"]) == ("-100.00", "exchange_rate")
    assert differences() == []


def test_a_benefit_follows_its_programme_to_another_portfolio_and_its_years(
    rates: Any, benefit: Benefit, programme: Programme
) -> None:
    def stands() -> list[Decimal | None]:
        rows = BenefitProfileEntry.objects.filter(benefit=benefit).order_by("period_start")
        measured = BenefitMeasurement.objects.get(benefit=benefit)
        return [*rows.values_list("exchange_rate", flat=True), measured.exchange_rate]

    home = programme.portfolio
    budget, actual = Decimal("0.8"), Decimal("0.9")
    assert stands() == [budget, budget, actual]
    programme.portfolio = factories.portfolio_at_half()
    programme.save()
    assert stands() == [Decimal("0.5")] * 3
    programme.portfolio = home
    programme.save()
    home.fiscal_year_start_month = 5  # its first period lies in the year that began in May 2024
    home.save()
    assert stands() == [None, budget, actual]


def test_what_is_approved_and_verified_stays_whatever_rates_do(
    rates: Any, benefit: Benefit, api: Any, office: User, drain: Any
) -> None:
    benefit.profile_versions.update(state="proposed", proposed_by=factories.person())
    benefit.profile_versions.update(state="approved", approved_by=factories.person())
    rates["budget"].rate = rates["actual"].rate = Decimal("0.5")
    for rate in rates.values():
        rate.save()
    drain()
    assert {*benefit.profile_entries.values_list("value", "exchange_rate")} == {
        (Decimal(1000), Decimal("0.5"))
    }
    assert benefit.measurements.get().value == 900
    assert differences() == []


def test_a_change_of_its_target_is_said_in_its_currency(
    benefit: Benefit, programme: Programme, api: Any, office: User
) -> None:
    body = {"programme": programme.pk, "name": "Less is saved"}
    scenario = api(office).post("scenarios/", body).json()
    path, pounds = f"scenarios/{scenario['id']}/benefits/", programme.benefits.first()
    assert pounds
    for its, words in ((benefit, "target 50 EUR"), (pounds, "target 50")):
        [write] = api(office).post(path, {"benefit": its.pk, "target_value": "50"}).json()
        assert write["title"].endswith(words)
        [write] = api(office).post(path, {"benefit": its.pk, "confidence": "0.5"}).json()
        assert write["title"].endswith("confidence 50%")


def test_its_currency_stays_once_something_is_planned_or_measured(
    rates: Any, programme: Programme, api: Any, office: User
) -> None:
    body = {"programme": programme.pk, "code": "B9", "title": "Lower cost", "unit": "EUR k"}
    body |= {"category": "cashable", "monetised": True, "foreign_currency": "EUR"}
    made = api(office).post("benefits/", body)
    assert (made.status_code, made.json()["currency"]) == (201, "EUR")
    path = f"benefits/{made.json()['id']}/"
    assert api(office).patch(path, {"foreign_currency": "USD"}).json()["currency"] == "USD"
    assert api(office).patch(path, {"foreign_currency": ""}).json()["currency"] == "GBP"
    assert api(office).patch(path, {"foreign_currency": "EUR"}).status_code == 200
    factories.entry(Benefit.objects.get(pk=made.json()["id"]), 2026, 10)
    refused = api(office).patch(path, {"foreign_currency": "USD"})
    assert (refused.status_code, [*errors_of(refused)]) == (409, ["/foreign_currency"])
    with pytest.raises(DatabaseError, match="stays"), transaction.atomic():
        Benefit.objects.filter(pk=made.json()["id"]).update(foreign_currency="")
    reader = factories.user("reader")
    factories.role(reader, "viewer", programme=programme)
    assert api(reader).patch(path, {"foreign_currency": "USD"}).status_code == 403


@pytest.mark.parametrize(
    "said", [{"foreign_currency": "EUX"}, {"monetised": False, "foreign_currency": "EUR"}]
)
def test_what_is_no_currency_of_a_benefit_is_refused(
    said: Any, programme: Programme, api: Any, office: User
) -> None:
    body = {"programme": programme.pk, "code": "B9", "title": "Lower cost", "unit": "EUR k"}
    answer = api(office).post(
        "benefits/", body | {"category": "cashable", "monetised": True} | said
    )
    assert (answer.status_code, [*errors_of(answer)]) == (400, ["/foreign_currency"])


def test_its_values_are_said_in_its_currency_on_its_page(
    rates: Any, benefit: Benefit, office: User, client_of: Any
) -> None:
    client = client_of(office)
    page = client.get(f"/benefits/{benefit.pk}/").content.decode()
    assert "Amounts in €k" in page
    listed = client.get(f"/profile-entries/?benefit={benefit.pk}").content.decode()
    assert ("1,000 €k" in listed, "1,000 £k" in listed) == (True, False)


def test_its_page_says_what_it_came_to_in_the_currency_of_the_totals(
    rates: Any, benefit: Benefit, programme: Programme, office: User, client_of: Any, drain: Any
) -> None:
    dozens = factories.benefit(programme=programme, monetised=False, unit="dozen")
    factories.entry(dozens, 2025, 12)
    drain()
    words = text_of(client_of(office).get(f"/benefits/{benefit.pk}/"))
    assert "Planned to date 800 £k Realised to date 810 £k" in words
    assert "Planned to date 12 dozen" in text_of(client_of(office).get(f"/benefits/{dozens.pk}/"))


def test_a_closed_year_keeps_the_rate_of_what_was_measured_in_it(
    rates: Any, benefit: Benefit, programme: Programme, api: Any, office: User
) -> None:
    rates["actual"].delete()
    home = programme.portfolio
    early, later = (
        factories.currency_rate(home, rate=Decimal("0.86"), valid_from=on)
        for on in ("2024-05-01", "2026-04-01")
    )
    factories.closed_year(home, fiscal_year=2025)
    path = f"currency-rates/{early.pk}/"
    refused = api(office).patch(path, {"rate": "0.9"})
    assert (refused.status_code, refused.json()["code"]) == (409, "year_closed"), refused.json()
    assert api(office).delete(path).status_code == 409
    with pytest.raises(DatabaseError, match="is closed"), transaction.atomic():
        CurrencyRate.objects.filter(pk=early.pk).update(rate=Decimal("0.9"))
    assert benefit.measurements.get().exchange_rate == Decimal("0.86")
    assert api(office).patch(f"currency-rates/{later.pk}/", {"rate": "0.9"}).status_code == 200


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["actual", "budget"]),
        st.sampled_from(["2024-04-01", "2025-04-01", "2026-03-31", "2026-04-01"]),
        st.sampled_from([None, "0.333", "0.86", "1.25"]),
    ),
    min_size=1,
    max_size=4,
)


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_totals_after_any_change_of_rates_are_those_of_a_recompute_from_nothing(
    benefit: Benefit, steps: Any
) -> None:
    home = benefit.programme.portfolio
    with transaction.atomic():
        for kind, day, value in steps:
            rates = CurrencyRate.objects.filter(portfolio=home, kind=kind, valid_from=day)
            if value is None:
                rates.delete()
            elif not rates.update(rate=value):
                factories.currency_rate(home, kind=kind, valid_from=day, rate=value)
            worker.drain()
            assert differences() == []
        transaction.set_rollback(True)
