"""Versions of profiles: proposed by one, approved by another, frozen; forecasts say why."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, InternalError, connection, transaction

from benefits.models import BenefitProfileEntry, ProfileVersion
from programmes.rollup.ranges import simulations as ranges
from tests import factories

PLANNED, OUTTURN = "benefits_whole_life_planned", "benefits_forecast_outturn"


def years(**values):
    """Periods of fiscal years: `years(y2025=5)`."""
    return [
        {
            "period_start": f"{name[1:]}-04-01",
            "period_end": f"{int(name[1:]) + 1}-03-31",
            "value": str(value),
        }
        for name, value in values.items()
    ]


@pytest.fixture
def people(nothing):
    """The people who have a part in one benefit, by their role."""
    programme = factories.programme()
    found = {}
    for role in ("programme_manager", "sro", "pmo", "bcm", "viewer", "assurer"):
        found[role] = factories.user()
        factories.role(found[role], role, programme=programme)
    for name in ("owner", "reporter", "project_manager", "stranger"):
        found[name] = factories.user()
    project = factories.project(
        programme=programme, project_manager=found["project_manager"].person
    )
    benefit = factories.benefit(
        programme=programme, owner=found["owner"].person, reporter=found["reporter"].person
    )
    factories.role(found["project_manager"], "viewer", programme=programme)
    benefit.contributions.create(project=project, weight=Decimal("0.5"))
    found["benefit"] = benefit
    return found


@pytest.fixture
def written(people, api):
    """`written("approved", y2025=5)`: a version that the owner has written down."""

    def write(kind="approved", by="owner", reason="", **values):
        body = {
            "benefit": people["benefit"].pk, "kind": kind, "reason": reason,
            "entries": years(**values or {"y2025": 5}),
        }  # fmt: skip
        return api(people[by]).post("profile-versions/", body)

    return write


@pytest.fixture
def figure(people, api, drain):
    """`figure(metric)` of the programme of the benefit, worked off."""

    def read(name):
        drain()
        path = f"programmes/{people['benefit'].programme_id}/rollup/{name}/"
        return api(people["pmo"]).get(path).json()["value"]

    return read


@pytest.mark.parametrize(
    ("who", "status"),
    [("owner", 201), ("bcm", 201), ("programme_manager", 201), ("sro", 201), ("pmo", 201),
     ("reporter", 403), ("project_manager", 403), ("viewer", 403), ("assurer", 403),
     ("stranger", 400)],
)  # fmt: skip
def test_a_profile_is_written_by_who_answers_for_the_benefit(who, status, written):
    assert written(by=who).status_code == status
    assert written("forecast", by=who).status_code == status


def test_a_plan_counts_once_another_has_approved_it(people, written, figure, api):
    first = written(y2025=5, y2026=7).json()
    assert (first["state"], first["number"], first["proposed_by"]) == ("draft", 1, None)
    assert figure(PLANNED) == "12.00"  # nothing is approved yet: the draft stands for it
    path = f"profile-versions/{first['id']}/"
    assert api(people["owner"]).post(f"{path}proposal/").json()["state"] == "proposed"
    row = api(people["programme_manager"]).post(f"{path}approval/").json()
    assert (row["state"], row["approved_by"]) == ("approved", people["programme_manager"].person.pk)
    second = written(y2025=50).json()
    assert (second["number"], figure(PLANNED)) == (2, "12.00")
    path = f"profile-versions/{second['id']}/"
    api(people["owner"]).post(f"{path}proposal/")
    assert figure(PLANNED) == "12.00"
    api(people["sro"]).post(f"{path}approval/")
    assert figure(PLANNED) == "50.00"
    states = people["benefit"].profile_versions.order_by("number").values_list("state", flat=True)
    assert list(states) == ["superseded", "approved"]


@pytest.mark.parametrize(
    ("who", "status"),
    [("programme_manager", 200), ("sro", 200), ("pmo", 200), ("owner", 403), ("bcm", 403),
     ("reporter", 403), ("project_manager", 403), ("viewer", 403), ("stranger", 404)],
)  # fmt: skip
def test_a_version_is_approved_by_who_sets_limits(who, status, people, written, api):
    path = f"profile-versions/{written().json()['id']}/"
    assert api(people["owner"]).post(f"{path}proposal/").status_code == 200
    assert api(people[who]).post(f"{path}approval/").status_code == status


def test_nobody_approves_what_they_have_proposed(people, written, api):
    made = written(by="programme_manager").json()
    path = f"profile-versions/{made['id']}/"
    api(people["programme_manager"]).post(f"{path}proposal/")
    answer = api(people["programme_manager"]).post(f"{path}approval/")
    assert (answer.status_code, answer.json()["detail"]) == (
        403, "Nobody approves what they have proposed.",
    )  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        ProfileVersion.objects.filter(pk=made["id"]).update(
            state="approved", approved_by=people["programme_manager"].person
        )
    assert api(people["sro"]).post(f"{path}approval/").status_code == 200


def test_what_is_proposed_or_approved_takes_no_changes(people, written, api):
    version = written(y2025=5).json()
    path, owner = f"profile-versions/{version['id']}/", api(people["owner"])
    entry = people["benefit"].profile_entries.get()
    more = {
        "benefit": people["benefit"].pk, "version_kind": "approved", "version_number": 1,
        "period_start": "2026-04-01", "period_end": "2027-03-31", "value": "1",
    }  # fmt: skip
    assert owner.patch(f"profile-entries/{entry.pk}/", {"value": "6"}).status_code == 200
    owner.post(f"{path}proposal/")
    for step in ("proposed", "approved"):
        answers = [
            owner.patch(f"profile-entries/{entry.pk}/", {"value": "7"}),
            owner.patch(f"profile-entries/{entry.pk}/", {"version_kind": "forecast"}),
            owner.post("profile-entries/", more),
            owner.delete(f"profile-entries/{entry.pk}/"),
            owner.patch(path, {"entries": years(y2025=9)}),
            owner.patch(path, {"reason": "Another"}),
            owner.delete(path),
        ]
        assert [each.status_code for each in answers] == [409] * 7, step
        api(people["sro"]).post(f"{path}approval/")
    for sql in (
        "UPDATE benefits_benefitprofileentry SET value = 9",
        "UPDATE benefits_benefitprofileentry SET version_number = 2",
        "DELETE FROM benefits_benefitprofileentry",
        "DELETE FROM benefits_profileversion",
        "UPDATE benefits_profileversion SET number = 2",
        "UPDATE benefits_profileversion SET approved_by_id = NULL WHERE state = 'approved'",
        "UPDATE benefits_profileversion SET proposed_by_id = NULL",
    ):
        refused = pytest.raises((IntegrityError, InternalError))
        with refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    entry.refresh_from_db()
    assert entry.value == 6


def test_a_draft_is_corrected_at_once_and_can_go(people, written, api):
    first = written(y2025=5).json()
    assert written(y2026=8, reason="Corrected").json()["id"] == first["id"]
    assert [each.value for each in people["benefit"].profile_entries.all()] == [8]
    path = f"profile-versions/{first['id']}/"
    assert api(people["owner"]).patch(path, {"entries": years(y2026=9)}).status_code == 200
    assert [each.value for each in people["benefit"].profile_entries.all()] == [9]
    assert api(people["owner"]).delete(path).status_code == 204
    assert not people["benefit"].profile_entries.exists()


def test_a_version_that_waits_for_approval_is_no_draft(people, written, api):
    path = f"profile-versions/{written().json()['id']}/"
    api(people["owner"]).post(f"{path}proposal/")
    answer = written(y2026=8)
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")
    assert "sent back" in answer.json()["detail"]
    assert api(people["sro"]).post(f"{path}return/", {}).status_code == 400  # says why
    row = api(people["sro"]).post(f"{path}return/", {"reason": "2026 is missing"}).json()
    assert (row["state"], row["proposed_by"]) == ("draft", None)
    assert written(y2026=8).status_code == 201


def test_a_forecast_is_in_force_at_once_and_says_why_it_changes(people, written, figure, api):
    first = written("forecast", y2027=10).json()
    assert (first["state"], first["number"]) == ("approved", 1)
    assert figure(OUTTURN) == "10.00"
    refused = written("forecast", y2027=8)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/reason")
    assert written("forecast", y2027=8, reason="  ").status_code == 400
    second = written("forecast", y2027=8, reason="The hall opens later").json()
    assert (second["number"], second["state"]) == (2, "approved")
    assert figure(OUTTURN) == "8.00"
    assert api(people["owner"]).get(f"profile-versions/{first['id']}/").json()["state"] == (
        "superseded"
    )
    with pytest.raises(IntegrityError, match="reason_said"), transaction.atomic():
        ProfileVersion.objects.create(benefit=people["benefit"], kind="forecast", number=3)


def test_a_preview_of_a_forecast_says_what_then_happens(people, written, figure, api):
    written("forecast", y2027=10)
    assert figure(OUTTURN) == "10.00"
    body = {
        "benefit": people["benefit"].pk, "kind": "forecast", "reason": "Later",
        "entries": years(y2027=8),
    }  # fmt: skip
    told = api(people["bcm"]).post("profile-versions/?preview=1", body).json()
    moved = {
        each["name"]: each["to"]
        for programme in told["programmes"]
        for each in programme["metrics"]
    }
    assert moved[OUTTURN] == "8.00"
    assert people["benefit"].profile_versions.count() == 1
    assert api(people["owner"]).post("profile-versions/", body).status_code == 201
    assert figure(OUTTURN) == "8.00"


@pytest.mark.parametrize(
    ("entries", "pointer"),
    [
        ([], "/entries"),
        ([{"period_start": "2025-04-01", "period_end": "2026-03-31"}], "/entries"),
        ([{"period_start": "2026-04-01", "period_end": "2026-03-31", "value": "1"}],
         "/entries/0/period_end"),
        (years(y2025=1) + years(y2025=2), "/entries/1/period_start"),
        (years(y2025=1) + years(y2026="much"), "/entries/1/value"),
        (years(y2025=1) + years(y2026="1e20"), "/entries/1/value"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_profile_is_refused_at_its_place(entries, pointer, people, api):
    body = {"benefit": people["benefit"].pk, "kind": "approved", "entries": entries}
    answer = api(people["owner"]).post("profile-versions/", body)
    assert answer.status_code == 400, answer.json()
    assert pointer in {each["pointer"] for each in answer.json()["errors"]}
    assert not people["benefit"].profile_versions.exists()


def test_entries_alone_make_their_version(people, api, figure):
    body = {
        "benefit": people["benefit"].pk, "version_kind": "forecast", "version_number": 1,
        "period_start": "2027-04-01", "period_end": "2028-03-31", "value": "10",
    }  # fmt: skip
    manager = api(people["programme_manager"])
    assert manager.post("profile-entries/", body).status_code == 201
    assert figure(OUTTURN) == "10.00"
    body |= {"version_number": 2, "value": "7"}
    assert manager.post("profile-entries/", body).status_code == 201
    assert figure(OUTTURN) == "7.00"
    states = people["benefit"].profile_versions.order_by("number").values_list("state", flat=True)
    assert list(states) == ["superseded", "approved"]
    frozen = people["benefit"].profile_entries.get(version_number=1)
    assert manager.patch(f"profile-entries/{frozen.pk}/", {"value": "9"}).status_code == 409


def test_an_entry_names_a_version_of_its_benefit(people):
    """Whoever deletes a version takes its entries along: none is left without."""
    benefit = people["benefit"]
    factories.entry(benefit, 2025, 5)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM benefits_profileversion WHERE benefit_id = %s", [benefit.pk])
    assert not BenefitProfileEntry.objects.filter(benefit=benefit).exists()


def test_finance_finds_the_money_right_and_is_another(people, written, api):
    path = f"profile-versions/{written(by='programme_manager').json()['id']}/"
    early = api(people["pmo"]).post(f"{path}validation/")
    assert (early.status_code, early.json()["code"]) == (409, "wrong_state")
    assert api(people["programme_manager"]).post(f"{path}proposal/").status_code == 200
    for role in ("sro", "bcm", "viewer"):
        assert api(people[role]).post(f"{path}validation/").status_code == 403
    assert api(people["owner"]).post(f"{path}validation/").status_code == 403
    own = api(people["programme_manager"]).post(f"{path}validation/")
    assert own.status_code == 403
    row = api(people["pmo"]).post(f"{path}validation/").json()
    assert row["finance_validated_by"] == people["pmo"].person.pk
    finance = factories.user()
    factories.role(finance, "finance", programme=people["benefit"].programme)
    row = api(finance).post(f"{path}validation/").json()
    assert row["finance_validated_by"] == finance.person.pk
    back = api(people["pmo"]).verb(f"{path}return/", {"reason": "Too high"}).json()
    assert (back["finance_validated_by"], back["finance_validated_on"]) == (None, None)


# Between which bounds a forecast lies


def bounded(people, api, low, high, by="owner"):
    entry = {"period_start": "2027-04-01", "period_end": "2028-03-31", "value": "100"}
    body = {
        "benefit": people["benefit"].pk, "kind": "forecast", "reason": "A range",
        "entries": [entry | {"low": low, "high": high}],
    }  # fmt: skip
    return api(people[by]).post("profile-versions/", body)


def simulated(people, api, drain):
    """The outturn of the programme as it is simulated, and its forecast."""
    drain()
    assert ranges.simulate_one(people["benefit"].programme_id)
    path = f"programmes/{people['benefit'].programme_id}/benefit-range/"
    found = api(people["programme_manager"]).get(path).json()
    return found["simulated"], found["forecast_outturn"]


def test_bounds_of_a_forecast_move_its_simulation_alone(people, api, drain):
    assert bounded(people, api, None, None).status_code == 201
    fixed, forecast = simulated(people, api, drain)
    assert Decimal(fixed["p10"]) == Decimal(fixed["p90"]) == 100
    assert bounded(people, api, "40", "120").status_code == 201
    ranged, same = simulated(people, api, drain)
    assert same == forecast
    assert 40 < Decimal(ranged["p10"]) < Decimal(ranged["p90"]) < 120
    entry = people["benefit"].profile_entries.get(version_number=2)
    assert (entry.low, entry.high) == (40, 120)


@pytest.mark.parametrize(
    ("low", "high"), [("110", "120"), ("40", "90"), ("40", None), (None, "120"), ("x", "120")]
)
def test_bounds_that_do_not_hold_the_forecast_are_refused(low, high, people, api):
    answer = bounded(people, api, low, high)
    assert answer.status_code == 400
    assert "/entries/0/low" in {error["pointer"] for error in answer.json()["errors"]}
    entry = factories.entry(people["benefit"], 2027, 100, version_kind="forecast")
    with pytest.raises(IntegrityError, match="profileentry_range"), transaction.atomic():
        BenefitProfileEntry.objects.filter(pk=entry.pk).update(low=110, high=120)


# Who measures, who stands by it, who verifies


MEASURED = {"period_start": "2025-04-01", "period_end": "2026-03-31", "value": "5"}


@pytest.fixture
def measured(people, api):
    """`measured("owner")`: a measurement that they have submitted."""

    def submit(by):
        body = {"benefit": people["benefit"].pk, **MEASURED}
        return api(people[by]).post("measurements/", body)

    return submit


@pytest.mark.parametrize(
    ("who", "status"),
    [("reporter", 201), ("owner", 201), ("bcm", 201), ("programme_manager", 201),
     ("project_manager", 403), ("viewer", 403), ("stranger", 400)],
)  # fmt: skip
def test_the_reporter_and_the_owner_submit(who, status, measured):
    assert measured(who).status_code == status


def test_the_owner_stands_by_what_the_reporter_has_submitted(people, measured, api):
    path = f"measurements/{measured('reporter').json()['id']}/"
    for who in ("reporter", "bcm", "programme_manager", "viewer"):
        assert api(people[who]).post(f"{path}confirmation/").status_code == 403
    row = api(people["owner"]).post(f"{path}confirmation/").json()
    assert (row["confirmed_by"], row["status"]) == (people["owner"].person.pk, "submitted")
    assert api(people["owner"]).post(f"{path}confirmation/").status_code == 409
    changed = api(people["reporter"]).patch(path, {"value": "6"}).json()
    assert changed["confirmed_by"] is None


@pytest.mark.parametrize(
    ("who", "status"),
    [("programme_manager", 200), ("pmo", 200), ("sro", 200), ("assurer", 200), ("owner", 403),
     ("reporter", 403), ("project_manager", 403), ("bcm", 403), ("viewer", 403),
     ("stranger", 404)],
)  # fmt: skip
@pytest.mark.parametrize("by", ["owner", "reporter"])
def test_a_measurement_is_verified_by_another_than_who_owns_or_reports(
    by, who, status, people, measured, api
):
    path = f"measurements/{measured(by).json()['id']}/verification/"
    assert api(people[who]).post(path).status_code == status


@pytest.mark.parametrize("side", ["owner", "reporter"])
@pytest.mark.parametrize("verb", ["verification", "rejection"])
def test_whatever_their_role_neither_the_owner_nor_the_reporter_verifies(
    side, verb, people, measured, api
):
    factories.role(people[side], "pmo", programme=people["benefit"].programme)
    made = measured("bcm").json()
    answer = api(people[side]).post(f"measurements/{made['id']}/{verb}/", {"reason": "Not mine"})
    assert answer.status_code == 403
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE benefits_benefitmeasurement SET status = 'verified', verified_by_id = %s",
            [people[side].person.pk],
        )
    assert date.fromisoformat(made["period_end"]) == date(2026, 3, 31)


def test_a_profiled_benefit_is_approved_with_its_plan(people, api, written):
    benefit = people["benefit"] = factories.benefit(
        programme=people["benefit"].programme, owner=people["owner"].person, status="profiled",
        measure="Rent", measurement_method="Invoices", baseline_value=1, baseline_on="2024-03-31",
        target_value=5, target_on="2027-03-31",
    )  # fmt: skip
    version = written().json()
    api(people["owner"]).verb(f"profile-versions/{version['id']}/proposal/", {})
    answer = api(people["sro"]).verb(f"profile-versions/{version['id']}/approval/", {})
    assert answer.status_code == 200, answer.json()
    benefit.refresh_from_db()
    assert benefit.status == "approved"


def test_who_approves_a_plan_sees_it_period_by_period(people, api, written, client_of):
    first = written(y2025=5).json()
    api(people["owner"]).verb(f"profile-versions/{first['id']}/proposal/", {})
    api(people["sro"]).verb(f"profile-versions/{first['id']}/approval/", {})
    second = written(y2025=7, y2026=9).json()
    page = client_of(people["sro"]).get(f"/profile-versions/{second['id']}/").content.decode()
    rows = re.findall(r"<tr>\s*<th scope=\"row\".*?</tr>", page, re.DOTALL)
    words = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]
    assert words[:3] == [
        "1 Apr 2025 to 31 Mar 2026 5 7",
        "1 Apr 2026 to 31 Mar 2027 – 9",
        "In all 5 16",
    ]


def test_a_plan_begins_with_the_years_until_its_target(people, client_of):
    benefit = people["benefit"]
    type(benefit).objects.filter(pk=benefit.pk).update(
        start_realising_on="2026-06-01", target_on="2029-03-31"
    )
    page = client_of(people["owner"]).get(f"/benefits/{benefit.pk}/").content.decode()
    days = re.findall(r'value="([^"]*)"\s+aria-label="Another period, (?:first|last) day"', page)
    plan = days[len(days) // 2 :]
    assert plan == [
        "2026-04-01", "2027-03-31", "2027-04-01", "2028-03-31", "2028-04-01", "2029-03-31",
        "", "", "", "",
    ]  # fmt: skip


def test_a_draft_of_a_plan_is_called_one_until_it_is_approved(people, written, client_of):
    version = written().json()
    page = client_of(people["owner"]).get(f"/benefits/{people['benefit'].pk}/").content.decode()
    assert f'href="/profile-versions/{version["id"]}/#proposal-form"' in page
    assert "planned: a draft, until a plan is approved" in page


def test_a_period_that_was_only_measured_is_not_offered_in_a_new_forecast(
    people, written, client_of
):
    written(y2025=5)
    factories.measurement(
        people["benefit"], 2025, 2, period_end="2025-09-30", status="verified",
        verified_by=factories.person(),
    )  # fmt: skip
    page = client_of(people["owner"]).get(f"/benefits/{people['benefit'].pk}/").content.decode()
    assert re.findall(r'id="forecast-value-(\d+)"\s+name="\S+" value="\S*"\s+aria-label="([^"]+)"',
                      page)[0] == ("0", "1 Apr 2025 to 31 Mar 2026")  # fmt: skip
    assert "1 Apr 2025 to 30 Sep 2025" not in page.partition('id="forecast-form"')[2]


@pytest.mark.parametrize(
    ("frequency", "measured_on", "after"),
    [("year", "2026-10-31", "2027-10-31"), ("quarter", "2026-10-31", "2027-01-31"),
     ("month", "2026-10-20", "2026-11-30"), ("year", "2026-10-01", "2026-10-31")],
)  # fmt: skip
def test_a_measurement_moves_the_day_of_the_next_one_on(frequency, measured_on, after, people, api):
    benefit = people["benefit"]
    type(benefit).objects.filter(pk=benefit.pk).update(
        frequency=frequency, next_measurement_on="2026-10-31"
    )
    body = {
        "benefit": benefit.pk, "period_start": "2026-04-01", "period_end": "2026-09-30",
        "value": "5", "measured_on": measured_on,
    }  # fmt: skip
    answer = api(people["reporter"]).post("measurements/", body)
    assert answer.status_code == 201, answer.json()
    benefit.refresh_from_db()
    assert benefit.next_measurement_on == date.fromisoformat(after)


def test_what_was_approved_is_withdrawn_by_another_than_its_owner_and_leaves_a_decision(
    people, api
):
    benefit, said = people["benefit"], {"reason": "The landlord gave notice"}
    benefit.owner = people["programme_manager"].person
    benefit.save()
    path = f"benefits/{benefit.pk}/withdrawal/"
    for who in ("bcm", "programme_manager"):
        assert api(people[who]).verb(path, said).status_code == 403
    assert api(people["sro"]).verb(path, said).status_code == 200
    made = benefit.programme.decisions.get(cause="benefit")
    assert (made.title, made.outcome, made.rationale, made.decided_by) == (
        f"Benefit given up: {benefit.code} {benefit.title}", "Withdrawn", said["reason"],
        people["sro"].person,
    )  # fmt: skip


def test_a_benefit_that_nobody_approved_is_withdrawn_by_who_may_write_it(people, api):
    benefit = factories.benefit(
        programme=people["benefit"].programme, owner=people["bcm"].person, status="identified"
    )
    answer = api(people["bcm"]).verb(f"benefits/{benefit.pk}/withdrawal/", {"reason": "Twice"})
    assert answer.status_code == 200, answer.json()
    assert not benefit.programme.decisions.exists()
