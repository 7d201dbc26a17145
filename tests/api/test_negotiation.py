"""How the two sides of a dependency come to agree: requests, offers, notes, and each its steps."""

import re
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from projects.models import Dependency, DependencyMessage
from tests import factories
from tests.api.conftest import errors_of

DAY = "2026-10-01"


@pytest.fixture
def sides(nothing: None) -> dict[str, Any]:
    """The managers of a giver and of a receiver in another programme, who do not see each other's
    projects; somebody of the PMO; and what is between them."""
    people = {name: factories.user(name) for name in ("giver", "receiver", "office")}
    home = factories.portfolio()
    ends = {
        side: factories.project(
            programme=factories.programme(portfolio=home), project_manager=people[side].person
        )
        for side in ("giver", "receiver")
    }
    factories.role(people["office"], "pmo")
    link = factories.dependency(
        ends["giver"], ends["receiver"], status="identified", need_by="2027-03-01"
    )
    return {**people, "link": link}


@pytest.fixture
def path(sides: dict[str, Any]) -> str:
    """The address of the dependency."""
    return f"dependencies/{sides['link'].pk}"


def stored(sides: dict[str, Any]) -> Dependency:
    """The dependency as it is now."""
    return Dependency.objects.get(pk=sides["link"].pk)


def test_a_request_a_counter_offer_and_an_agreement_to_it(
    sides: dict[str, Any], path: str, api: Any
) -> None:
    giver, receiver = api(sides["giver"]), api(sides["receiver"])
    asked = receiver.post(f"{path}/proposal/", {"need_by": "2027-02-01", "text": "Power, please"})
    assert (asked.json()["status"], asked.json()["proposed_side"]) == ("proposed", "receiver")
    offered = giver.post(f"{path}/offer/", {"forecast_on": "2027-02-20", "text": "Not before"})
    assert (offered.json()["status"], offered.json()["proposed_side"]) == ("proposed", "giver")
    assert (stored(sides).agreed_on, stored(sides).forecast_on) == (None, None)  # until answered
    own = giver.post(f"{path}/agreement/", {})
    assert own.status_code == 403
    agreed = receiver.post(f"{path}/agreement/", {})
    assert agreed.json()["status"] == "agreed"
    assert agreed.json()["agreed_on"] == agreed.json()["forecast_on"] == "2027-02-20"
    rows = giver.get(f"dependency-messages/?dependency={sides['link'].pk}").json()["results"]
    assert [(row["side"], row["kind"], row["need_by"], row["forecast_on"]) for row in rows] == [
        ("receiver", "request", "2027-02-01", None),
        ("giver", "offer", None, "2027-02-20"),
    ]


def test_nobody_offers_a_day_that_has_passed(sides: dict[str, Any], path: str, api: Any) -> None:
    giver = api(sides["giver"])
    refused = giver.post(f"{path}/offer/", {"forecast_on": "2026-10-30"})
    assert (refused.status_code, errors_of(refused)) == (400, {"/forecast_on": "invalid"})
    refused = giver.post(f"{path}/proposal/", {"forecast_on": "2026-10-30"})
    assert (refused.status_code, errors_of(refused)) == (400, {"/forecast_on": "invalid"})
    assert (stored(sides).status, DependencyMessage.objects.count()) == ("identified", 0)
    assert giver.post(f"{path}/offer/", {"forecast_on": "2026-10-31"}).status_code == 200


def test_the_last_offer_of_the_other_side_is_taken(
    sides: dict[str, Any], path: str, api: Any
) -> None:
    giver, receiver = api(sides["giver"]), api(sides["receiver"])
    giver.post(f"{path}/proposal/", {"forecast_on": "2027-04-01"})
    giver.post(f"{path}/offer/", {"forecast_on": "2027-03-20"})
    receiver.post(f"{path}/note/", {"text": "I will ask"})
    wrong = receiver.post(f"{path}/agreement/", {"agreed_on": "2027-04-01"})
    assert errors_of(wrong) == {"/agreed_on": "invalid"}
    assert "20 Mar 2027" in wrong.json()["errors"][0]["detail"]
    receiver.post(f"{path}/offer/", {"need_by": "2027-03-10"})
    late = giver.post(f"{path}/agreement/", {"agreed_on": "2027-03-11"})
    assert errors_of(late) == {"/agreed_on": "invalid"}
    agreed = giver.post(f"{path}/agreement/", {}).json()
    assert [agreed[name] for name in ("agreed_on", "forecast_on", "need_by")] == ["2027-03-10"] * 3


def test_without_a_day_offered_the_agreement_names_one(
    sides: dict[str, Any], path: str, api: Any
) -> None:
    api(sides["receiver"]).post(f"{path}/proposal/", {"text": "Power, please"})
    giver = api(sides["giver"])
    assert errors_of(giver.post(f"{path}/agreement/", {})) == {"/agreed_on": "invalid"}
    agreed = giver.post(f"{path}/agreement/", {"agreed_on": "2027-05-01"})
    assert agreed.json()["agreed_on"] == "2027-05-01"


@pytest.mark.parametrize(
    ("who", "body", "pointer"),
    [
        ("giver", {"side": "receiver", "kind": "note", "text": "Agreed"}, "/side"),
        ("receiver", {"side": "giver", "kind": "offer", "forecast_on": DAY}, "/side"),
        ("office", {"kind": "note", "text": "Well"}, "/side"),
        ("giver", {"kind": "request", "text": "Please"}, "/kind"),
        ("giver", {"kind": "offer", "need_by": DAY}, "/need_by"),
        ("receiver", {"kind": "offer", "forecast_on": DAY}, "/forecast_on"),
        ("giver", {"kind": "note", "forecast_on": DAY, "text": "Then"}, "/forecast_on"),
        ("giver", {"kind": "note"}, "/text"),
    ],
)
def test_each_side_speaks_for_itself_of_its_own_day(
    who: str, body: dict[str, Any], pointer: str, sides: dict[str, Any], api: Any
) -> None:
    answer = api(sides[who]).post("dependency-messages/", {"dependency": sides["link"].pk, **body})
    assert answer.status_code in (400, 403), answer.json()
    assert set(errors_of(answer)) == {pointer}
    assert stored(sides).status == "identified"
    assert not DependencyMessage.objects.exists()


def test_who_acts_for_both_says_for_whom(sides: dict[str, Any], path: str, api: Any) -> None:
    office = api(sides["office"])
    assert errors_of(office.post(f"{path}/proposal/", {"text": "Well"})) == {"/side": "invalid"}
    body = {"dependency": sides["link"].pk, "side": "receiver", "kind": "request", "text": "Please"}
    assert office.post("dependency-messages/", body).status_code == 201
    assert (stored(sides).status, stored(sides).proposed_side) == ("proposed", "receiver")


def test_who_is_on_neither_side_says_nothing(sides: dict[str, Any], path: str, api: Any) -> None:
    viewer, stranger = factories.user(), factories.user()
    factories.role(viewer, "viewer", project=sides["link"].giver)
    body = {"text": "Hello", "side": "giver"}
    assert api(viewer).post(f"{path}/note/", body).status_code == 403
    assert api(stranger).post(f"{path}/note/", body).status_code == 404
    whole = {"dependency": sides["link"].pk, "kind": "note", **body}
    assert api(viewer).post("dependency-messages/", whole).status_code == 403
    assert api(stranger).get("dependency-messages/").json()["count"] == 0


def test_what_is_agreed_takes_no_offer_and_still_takes_notes(
    sides: dict[str, Any], path: str, api: Any
) -> None:
    giver, receiver = api(sides["giver"]), api(sides["receiver"])
    receiver.post(f"{path}/proposal/", {"need_by": "2027-02-01"})
    giver.post(f"{path}/agreement/", {})
    assert giver.post(f"{path}/offer/", {"forecast_on": "2027-05-01"}).status_code == 409
    assert giver.post(f"{path}/note/", {"text": "On its way"}).status_code == 200


def test_what_was_turned_down_is_agreed_anew_by_a_new_offer(
    sides: dict[str, Any], path: str, api: Any
) -> None:
    giver, receiver = api(sides["giver"]), api(sides["receiver"])
    receiver.post(f"{path}/proposal/", {"need_by": "2027-02-01"})
    giver.post(f"{path}/agreement/", {})
    giver.post(f"{path}/delivery/", {"delivered_on": DAY})
    receiver.post(f"{path}/rejection/", {"reason": "It leaks"})
    # What was agreed once is offered no more.
    assert errors_of(giver.post(f"{path}/agreement/", {})) == {"/agreed_on": "invalid"}
    giver.post(f"{path}/offer/", {"forecast_on": "2027-03-15"})
    assert stored(sides).status == "rejected"
    assert receiver.post(f"{path}/agreement/", {}).json()["agreed_on"] == "2027-03-15"


def test_who_wrote_is_told_to_who_may_see_that_side(
    sides: dict[str, Any], path: str, api: Any
) -> None:
    api(sides["giver"]).post(f"{path}/note/", {"text": "Hello"})
    author = sides["giver"].person
    for who, told in (("giver", author.pk), ("office", author.pk), ("receiver", None)):
        (row,) = api(sides[who]).get("dependency-messages/").json()["results"]
        assert (row["author"], row["by"]) == (told, told and author.name)
        assert row["text"] == "Hello"
        one = api(sides[who]).get(f"dependency-messages/{row['id']}/")
        assert one.json()["author"] == told


def test_what_was_said_stays(sides: dict[str, Any], path: str, api: Any) -> None:
    api(sides["giver"]).post(f"{path}/note/", {"text": "Hello"})
    message = DependencyMessage.objects.get()
    place = f"dependency-messages/{message.pk}/"
    assert api(sides["office"]).patch(place, {"text": "Bye"}).status_code == 405
    assert api(sides["office"]).delete(place).status_code == 405
    for write in (
        lambda: DependencyMessage.objects.update(text="Bye"),
        lambda: DependencyMessage.objects.all().delete(),
        message.dependency.delete,
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            write()


def test_an_offer_is_previewed_and_not_made(sides: dict[str, Any], path: str, api: Any) -> None:
    api(sides["receiver"]).post(f"{path}/proposal/", {"need_by": "2027-02-01"})
    body = {"forecast_on": "2027-02-20"}
    seen = api(sides["giver"]).post(f"{path}/offer/?preview=1", body)
    assert seen.json()["object"]["proposed_side"] == "giver"
    assert stored(sides).proposed_side == "receiver"
    assert DependencyMessage.objects.count() == 1


@pytest.mark.parametrize(
    ("who", "asks"),
    [
        ("giver", ["forecast_on", "text"]),
        ("receiver", ["need_by", "text"]),
        ("office", ["text", "side", "need_by", "forecast_on"]),
    ],
)
def test_the_form_of_an_offer_asks_what_its_side_can_say(
    who: str, asks: list[str], sides: dict[str, Any], client_of: Any
) -> None:
    sides["link"].status, sides["link"].proposed_side = "proposed", "giver"
    sides["link"].save()
    page = client_of(sides[who]).get(f"/dependencies/{sides['link'].pk}/").content.decode()
    form = page.split('id="offer-form"')[1].split("</form>")[0]
    asked = re.findall(r'name="(\w+)"', form)
    assert sorted(asked) == sorted(asks)


def test_for_a_giver_outside_the_portfolio_the_receiver_writes_both(
    sides: dict[str, Any], client_of: Any
) -> None:
    project = sides["link"].receiver
    link = factories.dependency(
        "The grid operator", project, status="proposed", proposed_side="receiver"
    )
    page = client_of(sides["receiver"]).get(f"/dependencies/{link.pk}/").content.decode()
    form = page.split('id="offer-form"')[1].split("</form>")[0]
    assert {"side", "need_by", "forecast_on"} <= {*re.findall(r'name="(\w+)"', form)}
