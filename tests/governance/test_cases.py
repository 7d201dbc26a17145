"""Business cases: what options come to, who submits and approves, how an approved one stands."""

import re
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pgtrigger
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pmhub.models import User
from programmes.models import (
    Board,
    BusinessCase,
    CaseFlow,
    CaseOption,
    Decision,
    MetricValue,
    Portfolio,
)
from programmes.rollup.verify import differences
from programmes.services import raise_exceptions, submit_case
from tests import factories
from tests.api.conftest import errors_of

DAY = "2026-10-31"
WRITTEN = dict.fromkeys(factories.CASE_TEXTS, "As was agreed.")


class Home:
    """A programme with who manages it, its SRO, who only reads it, and the PMO."""

    def __init__(self, office: User) -> None:
        self.office = office
        self.manager, self.sro = factories.user("manager"), factories.user("sro")
        self.reader, self.member = factories.user(), factories.user()
        self.finance = factories.user("finance")
        self.programme = factories.programme(
            programme_manager=self.manager.person, sro=self.sro.person
        )
        for user, role in ((self.reader, "viewer"), (self.member, "viewer"),
                           (self.finance, "finance")):  # fmt: skip
            factories.role(user, role, programme=self.programme)
        with transaction.atomic():
            board = Board.objects.create(
                programme=self.programme, name="Board", kind="programme_board"
            )
            board.members.add(self.member.person)


@pytest.fixture
def home(office: User) -> Home:
    """The programme with its people."""
    return Home(office)


@pytest.fixture
def drafted(home: Home, api: Any) -> str:
    """`business-cases/12/`: a case that the manager has written, with two options and their flows,
    of which the second is preferred."""
    made = api(home.manager).post(
        "business-cases/",
        {"programme": home.programme.pk, "kind": "FBC", "base_year": 2026} | WRITTEN,
    )
    assert made.status_code == 201, made.json()
    said = made.json()
    assert (said["state"], said["number"], said["price_base"]) == ("draft", 1, 2026)
    ids = [
        option(api, home, said["id"], code=code, kind=kind)
        for code, kind in (("A", "do_nothing"), ("B", "do_something"))
    ]
    flow(api, home, ids[0], fiscal_year=2026, amount="100")
    flow(api, home, ids[1], fiscal_year=2026, amount="100")
    flow(api, home, ids[1], fiscal_year=2027, amount="207", kind="benefit")
    path = f"business-cases/{said['id']}/"
    chosen = api(home.manager).patch(path, {"preferred_option": ids[1]})
    assert chosen.status_code == 200, chosen.json()
    return path


def option(api: Any, home: Home, case: int, **fields: Any) -> int:
    """Write an option of a case."""
    made = api(home.manager).post("case-options/", {"case": case, "title": "Go"} | fields)
    assert made.status_code == 201, made.json()
    return int(made.json()["id"])


def flow(api: Any, home: Home, option: int, **fields: Any) -> Any:
    """Write a flow of an option; a cost if nothing else is said."""
    return api(home.manager).post("case-flows/", {"option": option, "kind": "cost"} | fields)


def submitted(api: Any, home: Home, path: str) -> Any:
    """Have the manager submit a case."""
    return api(home.manager).verb(f"{path}submission/", {})


def approved(api: Any, home: Home, path: str, **said: Any) -> Any:
    """Have the manager submit a case and the SRO approve it."""
    assert submitted(api, home, path).status_code == 200
    return api(home.sro).verb(f"{path}approval/", said)


# What options come to


def test_a_ratio_is_not_shown_as_the_bound_that_it_does_not_reach(
    home: Home, api: Any, client_of: Any
) -> None:
    made = api(home.manager).post(
        "business-cases/",
        {"programme": home.programme.pk, "kind": "FBC", "base_year": 2026} | WRITTEN,
    )
    case = made.json()["id"]
    for code, benefit in (("A", "199996"), ("B", "149999"), ("C", "200000")):
        row = option(api, home, case, code=code, kind="do_something")
        flow(api, home, row, fiscal_year=2026, amount="100000")
        flow(api, home, row, fiscal_year=2026, amount=benefit, kind="benefit")
    told = {"A": ("1.99996", "medium"), "B": ("1.49999", "low"), "C": ("2.0000", "high")}
    rows = api(home.manager).get(f"case-options/?case={case}&ordering=code").json()["results"]
    assert {row["code"]: (row["bcr"], row["value_for_money"]) for row in rows} == told
    page = client_of(home.manager).get(f"/business-cases/{case}/").content.decode()
    shown = re.findall(r'data-label="Ratio">([^<]*)<', page)
    assert shown == ["1.99996", "1.49999", "2.00"]


def test_an_option_says_what_it_comes_to(home: Home, drafted: str, api: Any) -> None:
    rows = api(home.manager).get("case-options/?ordering=code").json()["results"]
    nothing, go = rows
    assert (go["npsv"], go["bcr"], go["rank"]) == ("100.00", "2.0000", 1)
    assert (go["value_for_money"], go["payback_year"]) == ("high", 2027)
    assert (nothing["npsv"], nothing["bcr"], nothing["rank"]) == ("-100.00", "0.0000", 2)
    case = api(home.manager).get(drafted).json()
    assert (case["highest_npsv"], case["highest_bcr"]) == (go["id"], go["id"])


def test_what_an_option_came_to_then_is_read_of_the_past(
    home: Home, drafted: str, api: Any
) -> None:
    ids = api(home.manager).get("case-options/?ordering=-code&fields=id").json()["results"]
    path = f"case-options/{ids[0]['id']}/"
    before = api(home.manager).get(path).json()
    then = timezone.now().isoformat().replace("+00:00", "Z")
    flow(api, home, before["id"], fiscal_year=2026, amount="50")
    read = api(home.manager).get(f"{path}?as_of={then}")
    assert read.status_code == 200, read.json()
    figures = ("npsv", "bcr", "rank", "costs_present_value")
    assert [read.json()[name] for name in figures] == [before[name] for name in figures]
    assert api(home.manager).get(path).json()["npsv"] == "50.00"
    case = api(home.manager).get(f"{drafted}?as_of={then}").json()
    assert case["highest_npsv"] == before["id"]
    assert api(home.manager).get(f"{path}?as_of=2020-01-01").status_code == 400
    today = timezone.localdate()
    told = api(home.manager).get(f"{path}?on={today}")
    assert (told.status_code, told.json()["npsv"]) == (200, "50.00")
    told = api(home.manager).get(f"{drafted}?on={today}")
    assert (told.status_code, told.json()["highest_npsv"]) == (200, before["id"])
    for day in ("2020-01-01", "soon"):
        assert api(home.manager).get(f"{path}?on={day}").status_code == 400


def test_bias_raises_costs_and_not_on_top_of_priced_risks(
    home: Home, drafted: str, api: Any
) -> None:
    case = api(home.manager).get(drafted).json()["id"]
    body = {"code": "C", "bias_category": "standard_buildings", "mitigation": "0.5",
            "risk_cost": "10"}  # fmt: skip
    id = option(api, home, case, **body)
    flow(api, home, id, fiscal_year=2026, amount="100")
    row = api(home.manager).get(f"case-options/{id}/").json()
    assert (row["optimism_bias"], row["costs_present_value"]) == ("0.1200", "122.00")
    flow(api, home, id, fiscal_year=2026, amount="7", kind="risk")
    row = api(home.manager).get(f"case-options/{id}/").json()
    assert (row["optimism_bias"], row["costs_present_value"]) == ("0.0000", "117.00")
    assert [each.amount for each in CaseFlow.objects.filter(option=id)] == [100, 7]


def test_the_demo_s_case_comes_to_what_the_formula_gives(demo: Any, pmo: User, api: Any) -> None:
    case = BusinessCase.objects.get(programme=demo.programme("CAM"), state="approved")
    rows = api(pmo).get(f"case-options/?case={case.pk}").json()["results"]
    found = {row["code"]: (row["npsv"], row["bcr"]) for row in rows}
    assert found == {
        "A": ("-284140.93", "-0.0648"),
        "B": ("-222278.65", "0.0253"),
        "C": ("-213620.53", "0.1902"),
    }
    assert str(case.npsv) == "-213620.53"
    assert str(case.benefits_present_value) == "50173.63"  # that of the approved profiles


def test_typed_by_hand_the_demo_s_case_comes_to_the_same(demo: Any, pmo: User, api: Any) -> None:
    known = BusinessCase.objects.get(programme=demo.programme("CAM"), state="approved")
    client = api(pmo)
    body = {"programme": known.programme_id, "kind": "FBC", "base_year": known.base_year}
    case = client.post("business-cases/", body).json()
    copied = ("code", "title", "kind", "bias_category", "mitigation", "risk_cost")
    for old in known.options.all():
        said = {name: str(getattr(old, name)) for name in copied}
        made = client.post("case-options/", said | {"case": case["id"]}).json()
        flows = [
            {"option": made["id"], "kind": each.kind, "fiscal_year": each.fiscal_year,
             "amount": str(each.amount)}
            for each in old.flows.all()
        ]  # fmt: skip
        assert client.post("case-flows/bulk/", flows).status_code == 201
    was = client.get(f"case-options/?case={known.pk}").json()["results"]
    now = client.get(f"case-options/?case={case['id']}").json()["results"]
    for old, new in zip(was, now, strict=True):
        for name in ("npsv", "bcr", "payback_year", "optimism_bias", "value_for_money", "rank"):
            assert new[name] == old[name], (old["code"], name)


FLOWS_THAT_CANNOT_BE: list[tuple[dict[str, Any], str]] = [
    ({"amount": "-1"}, "/amount"),
    ({"amount": "10", "low": "11"}, "/low"),
    ({"amount": "10", "high": "9"}, "/high"),
    ({"amount": "10", "fiscal_year": 12}, "/fiscal_year"),
    ({"amount": "10", "kind": "hope"}, "/kind"),
    ({"amount": "NaN"}, "/amount"),
]


def test_a_flow_that_cannot_be_is_refused(home: Home, drafted: str, api: Any) -> None:
    id = CaseOption.objects.get(code="A").pk
    for fields, at in FLOWS_THAT_CANNOT_BE:
        refused = flow(api, home, id, **{"fiscal_year": 2026} | fields)
        assert (fields, refused.status_code, list(errors_of(refused))) == (fields, 400, [at])


def test_plain_sql_keeps_ranges(home: Home, drafted: str) -> None:
    for change in ({"low": 500}, {"high": 1}, {"amount": -1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            CaseFlow.objects.update(**change)


# From draft to approval


def test_a_case_is_submitted_and_approved_and_leaves_a_decision(
    home: Home, drafted: str, api: Any
) -> None:
    answer = approved(api, home, drafted)
    said = answer.json()
    assert (answer.status_code, said["state"], said["npsv"]) == (200, "approved", "100.00")
    assert (said["approved_on"], said["approved_by"]) == (DAY, home.sro.person.pk)
    left = Decision.objects.get(programme=home.programme)
    assert (left.cause, left.outcome) == ("case", "Approved: B Go")
    assert (left.decided_by, str(left.decided_on)) == (home.sro.person, DAY)
    home.programme.refresh_from_db()
    assert home.programme.business_case_stage == "FBC"
    assert str(home.programme.business_case_approved_on) == DAY
    assert home.programme.business_case_ref == said["code"]


def test_nobody_else_approves(home: Home, drafted: str, api: Any) -> None:
    submitted(api, home, drafted)
    told = {
        who: api(getattr(home, who)).verb(f"{drafted}approval/", {}).status_code
        for who in ("manager", "reader", "finance", "member")
    }
    assert told == {"manager": 403, "reader": 404, "finance": 403, "member": 403}
    assert not Decision.objects.exists()


def test_a_case_that_weighs_nothing_is_not_submitted(home: Home, drafted: str, api: Any) -> None:
    path = f"case-options/{CaseOption.objects.get(code='A').pk}/"
    assert api(home.manager).patch(path, {"kind": "do_something"}).status_code == 200
    refused = submitted(api, home, drafted)
    assert (refused.status_code, list(errors_of(refused))) == (409, ["/state"])
    api(home.manager).patch(path, {"kind": "do_minimum"})
    api(home.manager).patch(drafted, {"preferred_option": None})
    refused = submitted(api, home, drafted)
    assert (refused.status_code, list(errors_of(refused))) == (409, ["/preferred_option"])
    with pytest.raises(IntegrityError), transaction.atomic():
        BusinessCase.objects.update(state="submitted", npsv=1, benefits_present_value=1,
                                    costs_present_value=1)  # fmt: skip


def test_choosing_another_than_the_best_takes_a_reason(home: Home, drafted: str, api: Any) -> None:
    other = CaseOption.objects.get(code="A").pk
    api(home.manager).patch(drafted, {"preferred_option": other})
    refused = submitted(api, home, drafted)
    assert (refused.status_code, list(errors_of(refused))) == (409, ["/reason"])
    assert "B has the highest net present value" in refused.json()["detail"]
    assert "B has the highest benefit-cost ratio" in refused.json()["detail"]
    api(home.manager).patch(drafted, {"reason": "Nothing else can be afforded"})
    assert submitted(api, home, drafted).status_code == 200


def test_the_reason_is_given_with_the_submission_too(home: Home, drafted: str, api: Any) -> None:
    api(home.manager).patch(drafted, {"preferred_option": CaseOption.objects.get(code="A").pk})
    given = {"reason": "Nothing else can be afforded"}
    said = api(home.manager).verb(f"{drafted}submission/", given).json()
    assert (said["state"], said["reason"]) == ("submitted", "Nothing else can be afforded")


def test_the_preferred_option_is_one_of_its_own(home: Home, drafted: str, api: Any) -> None:
    foreign = factories.case_option(factories.business_case(home.programme, kind="SOC"))
    refused = api(home.manager).patch(drafted, {"preferred_option": foreign.pk})
    assert (refused.status_code, list(errors_of(refused))) == (400, ["/preferred_option"])
    with pytest.raises(IntegrityError), transaction.atomic():
        BusinessCase.objects.filter(kind="FBC").update(preferred_option=foreign)


def test_what_was_submitted_is_changed_on_no_path(home: Home, drafted: str, api: Any) -> None:
    submitted(api, home, drafted)
    client = api(home.manager)
    row, go = BusinessCase.objects.get(), CaseOption.objects.get(code="B")
    assert client.patch(drafted, {"strategic": "Other"}).status_code == 409
    assert client.delete(drafted).status_code == 409
    assert client.patch(f"case-options/{go.pk}/", {"title": "Other"}).status_code == 409
    assert client.delete(f"case-options/{go.pk}/").status_code == 409
    assert flow(api, home, go.pk, fiscal_year=2030, amount="5").status_code == 409
    late = {"case": row.pk, "code": "Z", "title": "Late"}
    assert client.post("case-options/", late).status_code == 409
    for change in (
        lambda: CaseFlow.objects.update(amount=1),
        lambda: CaseFlow.objects.all().delete(),
        lambda: CaseOption.objects.update(mitigation=1),
        lambda: BusinessCase.objects.update(npsv=1),
        lambda: BusinessCase.objects.update(base_year=2020),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_the_next_of_a_kind_takes_the_place_of_the_one_before(
    home: Home, drafted: str, api: Any
) -> None:
    approved(api, home, drafted)
    body = {"programme": home.programme.pk, "kind": "FBC", "base_year": 2026} | WRITTEN
    made = api(home.manager).post("business-cases/", body).json()
    assert made["number"] == 2
    second = BusinessCase.objects.get(pk=made["id"])
    factories.case_option(second, kind="do_nothing")
    second.preferred_option = factories.case_option(second, benefits={2026: 5})
    second.save()
    assert approved(api, home, f"business-cases/{second.pk}/").status_code == 200
    states = dict(BusinessCase.objects.values_list("number", "state"))
    assert states == {1: "superseded", 2: "approved"}
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.business_case(home.programme, kind="FBC", number=3, state="approved")


def test_one_that_is_rejected_stays_and_another_follows(home: Home, drafted: str, api: Any) -> None:
    submitted(api, home, drafted)
    assert api(home.sro).verb(f"{drafted}rejection/", {}).status_code == 400
    refused = api(home.sro).verb(f"{drafted}rejection/", {"reason": "Too dear"})
    assert refused.json()["state"] == "rejected"
    assert submitted(api, home, drafted).status_code == 409
    assert not Decision.objects.exists()


def test_a_draft_shows_to_who_writes_or_decides_and_an_approved_one_to_all(
    home: Home, drafted: str, api: Any
) -> None:
    id = BusinessCase.objects.get().pk
    option, cost = CaseOption.objects.first(), CaseFlow.objects.first()
    assert option
    assert cost
    paths = (drafted, f"case-options/{option.pk}/", f"case-flows/{cost.pk}/", f"{drafted}history/")
    for user in (home.manager, home.sro, home.member, home.finance, home.office):
        assert {api(user).get(path).status_code for path in paths} == {200}, user
    for path in paths:
        assert api(home.reader).get(path).status_code == 404
    assert api(home.reader).get("business-cases/").json()["count"] == 0
    approved(api, home, drafted)
    assert api(home.reader).get("business-cases/").json()["results"][0]["id"] == id
    assert {api(home.reader).get(path).status_code for path in paths} == {200}


def test_a_project_that_stands_alone_has_its_own(home: Home, api: Any) -> None:
    alone = factories.project(portfolio=home.programme.portfolio)
    inside = factories.project(programme=home.programme)
    body = {"project": alone.pk, "kind": "SOC"}
    assert api(home.office).post("business-cases/", body).status_code == 201
    refused = api(home.office).post("business-cases/", body | {"project": inside.pk})
    assert (refused.status_code, list(errors_of(refused))) == (400, ["/project"])
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.business_case(inside)


# How it stands now


def test_a_changed_risk_moves_now_and_not_what_was_approved(
    demo: Any, pmo: User, api: Any, drain: Any
) -> None:
    case = BusinessCase.objects.get(programme=demo.programme("CAM"), state="approved")
    path, client = f"business-cases/{case.pk}/", api(pmo)
    drain()
    before = client.get(path).json()
    risk = demo.project("CAM-02").risks.get(code="R01")
    raised = {"residual_probability": str(risk.residual_probability + Decimal("0.1"))}
    assert client.patch(f"risks/{risk.pk}/", raised).status_code == 200
    drain()
    after = client.get(path).json()
    assert after["npsv"] == before["npsv"] == "-213620.53"
    moved = Decimal(after["npsv_now"]) - Decimal(before["npsv_now"])
    assert moved.quantize(Decimal("0.1")) == Decimal("-230.0")  # a tenth of its mean impact, 2300
    assert Decimal(after["npsv_change"]) == Decimal(after["npsv_now"]) - Decimal(after["npsv"])


def test_the_ratio_now_stands_beside_that_of_the_case(
    demo: Any, pmo: User, api: Any, client_of: Any
) -> None:
    programme = demo.programme("CAM")
    case = BusinessCase.objects.get(programme=programme, state="approved")
    names = (
        "case_bcr_now", "benefits_forecast_present_value", "case_costs_present_value", "risk_mean",
    )  # fmt: skip
    ratio, benefits, costs, risk = (
        Decimal(api(pmo).get(f"programmes/{programme.pk}/rollup/{name}/").json()["value"])
        for name in names
    )
    assert ratio.quantize(Decimal("0.0001")) == (benefits / (costs + risk)).quantize(
        Decimal("0.0001")
    )
    page = " ".join(client_of(pmo).get(f"/business-cases/{case.pk}/").content.decode().split())
    row = page.split("Benefit-cost ratio</th>")[1].split("</tr>")[0]
    assert (">0.19<" in row, f"{ratio:.2f}" in row) == (True, True)


@pytest.mark.parametrize(
    "rules",
    [
        {"discount_base_year": 2027},
        {"discount_base_year": 2020, "discount_schedule": "fixed", "discount_rate": "0.2"},
    ],
)
def test_a_portfolio_that_discounts_otherwise_moves_no_approved_case(
    rules: dict[str, Any], home: Home, api: Any, drain: Any
) -> None:
    case = factories.business_case(home.programme, state="approved")
    factories.project(
        programme=home.programme, estimate_to_complete=103, forecast_finish=date(2027, 12, 31)
    )
    home.programme.lines.create(code="L1", kind="programme_office", estimate_to_complete=50)
    benefit = factories.benefit(programme=home.programme, monetised=True)
    periods = {"period_start": date(2027, 4, 1), "period_end": date(2028, 3, 31)}
    benefit.profile_entries.create(version_kind="forecast", value=200, **periods)
    drain()
    before = api(home.manager).get(f"business-cases/{case.pk}/").json()
    lost = max(Decimal(0), -Decimal(before["npsv_change"]))
    factories.tolerance(home.programme, kind="npsv", side="under", value=lost + 1)
    portfolio = Portfolio.objects.filter(pk=home.programme.portfolio_id)
    portfolio.update(**rules)
    drain()
    after = api(home.manager).get(f"business-cases/{case.pk}/").json()
    assert after["npsv_change"] == before["npsv_change"]
    figures = api(home.manager).get(f"programmes/{home.programme.pk}/rollup/").json()
    told = {name: each["value"] for name, each in figures["metrics"].items()}
    assert told["costs_present_value"] != told["case_costs_present_value"]
    assert (Decimal(told["case_breaches"]), raise_exceptions()) == (0, 0)
    assert [*differences()] == []


def test_a_case_that_discounts_otherwise_moves_no_date(home: Home, api: Any, drain: Any) -> None:
    factories.project(
        programme=home.programme, estimate_to_complete=103, forecast_finish=date(2027, 12, 31)
    )
    home.programme.lines.create(code="L1", kind="programme_office", estimate_to_complete=50)
    first = factories.business_case(home.programme, state="approved", base_year=2024)
    second = factories.business_case(home.programme, number=2, base_year=2026)
    drain()
    since = timezone.now().isoformat()
    BusinessCase.objects.filter(pk=first.pk).update(state="superseded")
    submit_case(second, by=None)
    BusinessCase.objects.filter(pk=second.pk).update(state="approved", approved_on=DAY)
    drain()
    query = urlencode({"metric": "case_costs_present_value", "from": since})
    bridge = api(home.manager).get(f"programmes/{home.programme.pk}/bridge/?{query}").json()
    assert Decimal(bridge["difference"]) > 0
    assert [part["cause"] for part in bridge["parts"]] == ["value_edited"] * 2
    assert [*differences()] == []


def test_a_programme_without_a_case_has_nothing_to_compare_with(
    home: Home, api: Any, drain: Any
) -> None:
    factories.business_case(home.programme)
    drain()
    for name in ("case_npsv_approved", "case_npsv_change"):
        said = api(home.manager).get(f"programmes/{home.programme.pk}/rollup/{name}/").json()
        assert (said["value"], said["reason"]) == (None, "no_approved_case")


def test_a_case_says_how_long_it_has_not_been_true(home: Home, api: Any, drain: Any) -> None:
    case = factories.business_case(home.programme, state="approved")
    benefit = factories.benefit(programme=home.programme, monetised=True)
    periods = {"period_start": date(2026, 4, 1), "period_end": date(2027, 3, 31)}
    entry = benefit.profile_entries.create(version_kind="forecast", value=1_000_000, **periods)
    drain()
    path = f"business-cases/{case.pk}/"
    said = api(home.manager).get(path).json()
    assert (said["last_true_on"], said["days_since_true"]) == (DAY, 0)
    entry.value = 1
    entry.save()
    drain()
    said = api(home.manager).get(path).json()
    assert Decimal(said["npsv_change"]) < 0
    assert said["days_since_true"] == (date(2026, 10, 31) - date.fromisoformat(
        said["last_true_on"])).days  # fmt: skip


@pytest.mark.parametrize(
    ("zone", "moment", "day", "days"),
    [("Pacific/Auckland", "2026-10-24T11:30Z", "2026-10-25", 6),  # past midnight by summer time
     ("Europe/London", "2026-10-24T23:30Z", "2026-10-25", 6),
     ("Europe/London", "2026-10-25T23:30Z", "2026-10-25", 6),  # the day on which clocks go back
     ("America/New_York", "2026-10-25T03:30Z", "2026-10-24", 7)],
)  # fmt: skip
def test_the_day_it_was_last_true_is_that_of_its_portfolio(
    zone: str, moment: str, day: str, days: int, home: Home, api: Any
) -> None:
    Portfolio.objects.filter(pk=home.programme.portfolio_id).update(time_zone=zone)
    case = factories.business_case(home.programme, state="approved")
    said = {"programme": home.programme, "metric": "case_npsv_change"}
    MetricValue.objects.create(amount=1, valid_from="2026-09-01T08:00Z", valid_to=moment, **said)
    MetricValue.objects.create(amount=-1, valid_from=moment, **said)
    row = api(home.manager).get(f"business-cases/{case.pk}/").json()
    assert (row["last_true_on"], row["days_since_true"]) == (day, days)


def test_one_that_was_never_true_counts_from_its_approval(home: Home, api: Any, drain: Any) -> None:
    case = factories.business_case(home.programme, state="approved")
    drain()
    said = api(home.manager).get(f"business-cases/{case.pk}/").json()
    assert (said["last_true_on"], said["days_since_true"]) == ("2026-10-01", 30)


def test_its_page_compares_options_and_says_how_it_stands(
    demo: Any, pmo: User, client_of: Any, drain: Any
) -> None:
    drain()
    case = BusinessCase.objects.get(programme=demo.programme("CAM"), state="approved")
    page = client_of(pmo).get(f"/business-cases/{case.pk}/").content.decode()
    for words in ("Options compared", "Business case, approved and now", "Highest value",
                  "Preferred", "Renew the campus"):  # fmt: skip
        assert words in page


def test_its_page_says_how_it_is_discounted_where_the_case_says_so(
    home: Home, client_of: Any, drain: Any
) -> None:
    case, says = factories.business_case(home.programme, state="approved"), "discounted alike, to"
    drain()

    def said() -> bool:
        page = client_of(home.manager).get(f"/business-cases/{case.pk}/").content.decode()
        assert "Approved and now" in page
        return says in " ".join(page.split())

    assert said()
    with pgtrigger.ignore("programmes.BusinessCase:case_holds"):  # as before they said so
        BusinessCase.objects.update(discount_schedule="", discount_rate=None)
    assert not said()


def test_reads_do_not_grow_with_cases(home: Home, api: Any, client_of: Any) -> None:
    alone = factories.project(programme=None, portfolio=home.programme.portfolio)
    factories.role(home.manager, "project_manager", project=alone)
    for place in (home.programme, alone):
        factories.business_case(place, state="approved")
    places = (
        (api(home.manager).get, "business-cases/"),
        (client_of(home.manager).get, "/business-cases/"),
    )

    def counts() -> list[int]:
        found = []
        for read, place in places:
            with CaptureQueriesContext(connection) as queries:
                assert read(place).status_code == 200
            found.append(len(queries))
        return found

    def settled() -> list[int]:
        for _ in range(3):  # of what has changed much is read again, once
            counts()
        return counts()

    before = settled()
    for number in (2, 3):
        factories.business_case(home.programme, number=number, state="submitted")
    factories.business_case(alone, number=2, state="submitted")
    assert settled() == before


def test_the_money_page_says_how_the_approved_case_stands(
    demo: Any, viewer: User, client_of: Any
) -> None:
    programme = demo.programme("CAM")
    case = BusinessCase.objects.get(programme=programme, state="approved")
    page = client_of(viewer).get(f"/programmes/{programme.pk}/money/").content.decode()
    for words in ("Business case, approved and now", f'href="/business-cases/{case.pk}/"',
                  "Benefit-cost ratio"):  # fmt: skip
        assert words in page, words
    bare = client_of(viewer).get(f"/programmes/{programme.pk}/money/?as_of=2026-11-01")
    assert "Business case, approved and now" not in bare.content.decode()


def test_a_draft_is_in_the_lists_of_who_may_read_it_alone(
    home: Home, api: Any, client_of: Any
) -> None:
    """One board has a member without an account, as many have."""
    programme = home.programme
    reader, member = factories.user(), factories.user()
    factories.role(reader, "viewer", programme=programme)
    factories.role(member, "viewer", programme=programme)
    factories.board(programme).members.add(member.person)
    case = factories.business_case(programme, state="draft")
    addresses = (
        "/business-cases/", f"/programmes/{programme.pk}/business-cases/",
    )  # fmt: skip
    for user, sees in ((home.manager, True), (member, True), (reader, False)):
        assert (api(user).get(f"business-cases/{case.pk}/").status_code == 200) is sees
        for address in addresses:
            page = client_of(user).get(address).content.decode()
            assert (case.code in page) is sees, (user.username, address)
