"""A forecast that hangs on a milestone or an output: its owner is asked when that moves; nothing
moves by itself."""

from datetime import date

import pytest
from django.db import IntegrityError, InternalError, transaction
from django.urls import reverse

from benefits.models import BenefitAnchor, ProfileVersion
from benefits.services import propose_moves
from projects.models import Milestone
from tests import factories
from tests.admin.forms import entries
from tests.api.conftest import errors_of


@pytest.fixture
def people(nothing):
    """A benefit of 100 from April 2027 and of 200 from April 2028, with its owner, and a milestone
    a month before."""
    programme = factories.programme()
    users = {name: factories.user(name) for name in ("owner", "manager", "viewer", "stranger")}
    factories.role(users["manager"], "programme_manager", programme=programme)
    for name in ("viewer", "owner"):
        factories.role(users[name], "viewer", programme=programme)
    benefit = factories.benefit(programme=programme, owner=users["owner"].person)
    for year, value in ((2026, 50), (2027, 100), (2028, 200)):
        factories.entry(benefit, year, value, version_kind="forecast")
    milestone = factories.milestone(
        factories.project(programme=programme), forecast_on=date(2027, 3, 1)
    )
    return {**users, "benefit": benefit, "milestone": milestone}


@pytest.fixture
def hang(people, api):
    """Hang the benefit on the milestone, as the owner does."""

    def post(by="owner", **fields):
        body = {"benefit": people["benefit"].pk, "milestone": people["milestone"].pk}
        return api(people[by]).post("benefit-anchors/", body | {"offset_days": 31} | fields)

    return post


@pytest.fixture
def anchor(hang):
    """The benefit on its milestone, in step."""
    answer = hang()
    assert answer.status_code == 201, answer.json()
    assert answer.json()["state"] == "in_step"
    return BenefitAnchor.objects.get()


def moved(anchor, day):
    """Have the milestone move, and a worker look."""
    Milestone.objects.filter(pk=anchor.milestone_id).update(forecast_on=day)
    asked = propose_moves()
    anchor.refresh_from_db()
    return asked


def periods(people):
    """First day and value of each period of the forecast in force."""
    version = people["benefit"].profile_versions.get(kind="forecast", state="approved")
    return [*version.entries.order_by("period_start").values_list("period_start", "value")]


BEFORE = [(date(2026, 4, 1), 50), (date(2027, 4, 1), 100), (date(2028, 4, 1), 200)]


@pytest.mark.parametrize(
    ("who", "status"), [("owner", 201), ("manager", 201), ("viewer", 403), ("stranger", 400)]
)
def test_who_writes_the_benefit_says_what_it_hangs_on(who, status, hang):
    assert hang(by=who).status_code == status


def test_a_moved_milestone_asks_the_owner_and_moves_nothing(anchor, people, api):
    assert propose_moves() == 0
    assert moved(anchor, date(2027, 4, 15)) == 1
    assert (anchor.state, anchor.begins_on) == ("proposed", date(2027, 5, 16))
    assert periods(people) == BEFORE
    assert propose_moves() == 0  # asked once
    asked = {
        who: [row["rule"] for row in api(people[who]).get("waiting/").json()["results"]]
        for who in ("owner", "manager")
    }
    assert asked["owner"].count("forecast_to_move") == 1
    assert "forecast_to_move" not in asked["manager"]


def test_a_milestone_that_moves_back_takes_the_question_back(anchor, people):
    moved(anchor, date(2027, 4, 15))
    assert moved(anchor, date(2027, 3, 1)) == 0
    assert (anchor.state, anchor.begins_on) == ("in_step", None)


def test_accepted_a_new_version_of_the_forecast_moves_what_has_not_begun(anchor, people, api):
    moved(anchor, date(2027, 4, 15))
    path = f"benefit-anchors/{anchor.pk}/acceptance/"
    tried = api(people["owner"]).verb(f"{path}?preview=1", {})
    assert tried.status_code == 200, tried.json()
    assert periods(people) == BEFORE
    answer = api(people["owner"]).verb(path, {})
    assert (answer.status_code, answer.json()["state"]) == (200, "accepted")
    assert periods(people) == [
        (date(2026, 4, 1), 50), (date(2027, 5, 16), 100), (date(2028, 5, 16), 200)
    ]  # fmt: skip
    version = ProfileVersion.objects.get(state="approved", kind="forecast")
    assert version.number == 2
    assert version.reason == "45 days later with what it hangs on"
    assert ProfileVersion.objects.get(number=1).state == "superseded"
    # It goes on from there.
    assert moved(anchor, date(2027, 4, 16)) == 1


def test_refused_the_forecast_stays_and_says_why_until_it_moves_again(anchor, people, api):
    moved(anchor, date(2027, 4, 15))
    path = f"benefit-anchors/{anchor.pk}/refusal/"
    assert errors_of(api(people["owner"]).verb(path, {})) == {"/reason": "required"}
    answer = api(people["owner"]).verb(path, {"reason": "We open in part"})
    assert answer.json()["reason"] == "We open in part"
    assert periods(people) == BEFORE
    assert propose_moves() == 0
    assert moved(anchor, date(2027, 6, 1)) == 1
    assert (anchor.reason, anchor.answered_on) == ("", None)


@pytest.mark.parametrize("noun", ["acceptance", "refusal"])
def test_nobody_but_the_owner_answers(noun, anchor, people, api):
    moved(anchor, date(2027, 4, 15))
    path = f"benefit-anchors/{anchor.pk}/{noun}/"
    for who, status in (("manager", 403), ("viewer", 403), ("stranger", 404)):
        assert api(people[who]).verb(path, {"reason": "So"}).status_code == status
    anchor.refresh_from_db()
    assert anchor.state == "proposed"


def test_what_would_begin_within_what_has_begun_is_written_by_hand(anchor, people, api):
    moved(anchor, date(2026, 11, 15))
    answer = api(people["owner"]).verb(f"benefit-anchors/{anchor.pk}/acceptance/", {})
    assert answer.status_code == 409
    assert "by hand" in answer.json()["detail"]
    assert periods(people) == BEFORE


def test_nothing_that_is_to_come_moves_into_the_past(people, api):
    benefit = factories.benefit(programme=people["benefit"].programme, owner=people["owner"].person)
    for year, value in ((2024, 50), (2027, 100)):  # what has begun is over
        factories.entry(benefit, year, value, version_kind="forecast")
    anchor = factories.anchor(people["milestone"], benefit=benefit)
    path = f"benefit-anchors/{anchor.pk}/acceptance/"
    moved(anchor, date(2026, 9, 30))  # 31 days before the status date
    assert anchor.begins_on == date(2026, 10, 31)
    answer = api(people["owner"]).verb(path, {})
    assert (answer.status_code, "by hand" in answer.json()["detail"]) == (409, True)
    moved(anchor, date(2026, 10, 1))
    assert api(people["owner"]).verb(path, {}).status_code == 200
    assert periods({"benefit": benefit}) == [(date(2024, 4, 1), 50), (date(2026, 11, 1), 100)]


def test_a_cancelled_milestone_and_a_benefit_that_is_over_ask_nobody(anchor, people):
    Milestone.objects.filter(pk=anchor.milestone_id).update(state="cancelled")
    assert moved(anchor, date(2027, 4, 15)) == 0
    Milestone.objects.filter(pk=anchor.milestone_id).update(state="planned")
    type(people["benefit"]).objects.filter(pk=people["benefit"].pk).update(status="withdrawn")
    assert propose_moves() == 0


ENDS = {"milestone": {"state": "cancelled"}, "benefit": {"status": "withdrawn"}}


@pytest.mark.parametrize("of", [*ENDS])
def test_a_proposal_is_taken_back_once_nothing_is_to_come_of_it(of, anchor, people, api):
    moved(anchor, date(2027, 4, 15))
    row = people[of]
    type(row).objects.filter(pk=row.pk).update(**ENDS[of])
    path = f"benefit-anchors/{anchor.pk}/acceptance/"
    refused = api(people["owner"]).verb(path, {})
    assert (refused.status_code, errors_of(refused).keys()) == (409, {"/state"})
    assert periods(people) == BEFORE
    assert propose_moves() == 0
    anchor.refresh_from_db()
    assert (anchor.state, anchor.begins_on) == ("in_step", None)
    told = api(people["owner"]).get("waiting/").json()["results"]
    assert "forecast_to_move" not in [row["rule"] for row in told]


def test_what_comes_after_all_is_proposed_anew(anchor, people, api):
    moved(anchor, date(2027, 4, 15))
    rows = Milestone.objects.filter(pk=anchor.milestone_id)
    rows.update(state="cancelled")
    assert propose_moves() == 0
    rows.update(state="planned")
    assert propose_moves() == 1
    path = f"benefit-anchors/{anchor.pk}/acceptance/"
    assert api(people["owner"]).verb(path, {}).status_code == 200


def test_a_proposal_is_taken_back_once_its_output_is_descoped(people, hang, api):
    output = factories.output(people["milestone"].project, forecast_on=date(2027, 3, 1))
    row = hang(milestone=None, output=output.pk).json()
    type(output).objects.filter(pk=output.pk).update(forecast_on=date(2027, 3, 2))
    assert propose_moves() == 1
    factories.descope(output)
    path = f"benefit-anchors/{row['id']}/"
    assert api(people["owner"]).verb(f"{path}acceptance/", {}).status_code == 409
    assert propose_moves() == 0
    assert api(people["owner"]).get(path).json()["state"] == "in_step"


def test_nothing_hangs_on_what_will_not_come(people, hang):
    Milestone.objects.filter(pk=people["milestone"].pk).update(state="cancelled")
    assert errors_of(hang()) == {"/milestone": "wrong_state"}


def test_what_is_out_of_step_from_the_first_is_asked_at_once(hang):
    assert hang(offset_days=61).json()["state"] == "proposed"


def test_an_output_holds_a_forecast_too(people, hang):
    output = factories.output(people["milestone"].project, forecast_on=date(2027, 3, 1))
    answer = hang(milestone=None, output=output.pk)
    assert (answer.status_code, answer.json()["state"]) == (201, "in_step")
    type(output).objects.filter(pk=output.pk).update(forecast_on=date(2027, 3, 2))
    assert propose_moves() == 1


def test_what_cannot_hold_a_forecast_is_refused(people, hang):
    output = factories.output(people["milestone"].project)
    assert errors_of(hang(output=output.pk)) == {"/milestone": "invalid"}
    assert errors_of(hang(milestone=None)) == {"/milestone": "invalid"}
    assert "/output" in errors_of(hang(milestone=None, output=output.pk))  # it has no day
    hidden = factories.milestone(factories.project())
    assert "/milestone" in errors_of(hang(milestone=hidden.pk))
    assert hang().status_code == 201
    assert hang().status_code in (400, 409)


def test_plain_sql_changes_neither_what_it_hangs_on_nor_leaps_to_an_answer(anchor, people):
    rows = BenefitAnchor.objects.filter(pk=anchor.pk)
    for fields in (
        {"offset_days": 3},
        {"state": "accepted", "begins_on": date(2027, 5, 1), "answered_on": date(2026, 10, 1)},
        {"state": "proposed"},
    ):
        with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
            rows.update(**fields)


def test_days_that_are_left_out_are_those_there_are_and_far_ones_are_refused(hang, people):
    assert errors_of(hang(offset_days=10**9)).keys() == {"/offset_days"}
    bare = factories.benefit(programme=people["benefit"].programme)
    assert errors_of(hang(by="manager", benefit=bare.pk, offset_days=None)) == {
        "/offset_days": "invalid"
    }
    assert hang(offset_days=None).json()["offset_days"] == 31


def test_pages_name_what_hangs_on_what(anchor, people, client_of):
    moved(anchor, date(2027, 4, 15))
    client = client_of(people["viewer"])
    of_benefit = client.get(f"/benefits/{people['benefit'].pk}/").content.decode()
    assert people["milestone"].code in of_benefit
    assert "To be moved" in of_benefit
    of_milestone = client.get(f"/milestones/{people['milestone'].pk}/").content.decode()
    assert people["benefit"].code in of_milestone


def beside(benefit):
    """Return a project of another programme of the portfolio of a benefit."""
    return factories.project(programme=factories.programme(portfolio=benefit.programme.portfolio))


def test_who_sees_the_benefit_alone_is_not_told_the_milestone(people, anchor, client_of, api):
    home = beside(people["benefit"])
    elsewhere = factories.milestone(home, title="Hidden from here", code="MHID")
    row = factories.anchor(elsewhere, benefit=people["benefit"])
    client = client_of(people["viewer"])
    for path in (f"/benefits/{people['benefit'].pk}/", f"/benefit-anchors/{row.pk}/"):
        page = client.get(path).content.decode()
        assert "Hidden from here" not in page
        assert "MHID" not in page


def test_a_version_of_the_forecast_names_nothing_that_its_readers_may_not_see(people, api):
    home, day = beside(people["benefit"]), date(2027, 3, 1)
    elsewhere = factories.milestone(home, title="Hidden from here", code="MHID", forecast_on=day)
    moved(anchor := factories.anchor(elsewhere, benefit=people["benefit"]), date(2027, 4, 15))
    path = f"benefit-anchors/{anchor.pk}/acceptance/"
    assert api(people["owner"]).verb(path, {}).status_code == 200
    told = api(people["viewer"]).get("profile-versions/").content.decode()
    assert "45 days later" in told
    assert "Hidden from here" not in told
    assert "MHID" not in told


def test_the_admin_pages_hang_it_on(people, client_of):
    admin = client_of(factories.user("root", is_staff=True, is_superuser=True))
    address = reverse("admin:benefits_benefitanchor_add")
    form = entries(
        admin.get(address), benefit=people["benefit"].pk, milestone=people["milestone"].pk,
        offset_days=31,
    )  # fmt: skip
    assert admin.post(address, form).status_code == 302
    assert BenefitAnchor.objects.get().state == "in_step"
