"""Deputies: what somebody who stands in may do, for how long, in whose name, and what never."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from pmhub.models import AuditEntry, Delegation, User
from programmes.models import Programme
from tests import factories
from tests.api.conftest import errors_of

DAY = timedelta(days=1)

SAID = {"outcome": "Yes", "rationale": "It pays"}


@pytest.fixture
def lent(demo: Any, cam_manager: User, cam02_manager: User) -> Delegation:
    """The manager of CAM-02 stands in for that of the programme CAM."""
    return factories.delegation(
        cam_manager, cam02_manager, "programme_manager", programme=demo.programme("CAM"),
        created_by=cam_manager,
    )  # fmt: skip


def asked(demo: Any, deputy: User, **fields: Any) -> dict[str, Any]:
    """What is sent to lend the management of CAM for two days."""
    today = timezone.localdate()
    return {
        "deputy": deputy.person.pk, "role": "programme_manager",
        "programme": demo.programme("CAM").pk, "starts_on": today.isoformat(),
        "ends_on": (today + DAY).isoformat(), "reason": "Leave",
    } | fields  # fmt: skip


def may_rename(api: Any, user: User, programme: Programme) -> bool:
    """Whether the user may change what the programme is called."""
    answer = api(user).patch(f"programmes/{programme.pk}/", {"name": f"Renamed by {user}"})
    assert answer.status_code in (200, 404)  # without the role it is out of sight
    return bool(answer.status_code == 200)


def test_a_holder_lends_their_role_and_ends_it(
    demo: Any, cam_manager: User, cam02_manager: User, api: Any
) -> None:
    programme = demo.programme("CAM")
    assert not may_rename(api, cam02_manager, programme)
    made = api(cam_manager).post("delegations/", asked(demo, cam02_manager))
    assert made.status_code == 201, made.json()
    assert made.json()["giver"] == cam_manager.person.pk
    assert may_rename(api, cam02_manager, programme)
    path = f"delegations/{made.json()['id']}/"
    assert api(cam02_manager).verb(f"{path}end/", {}).status_code == 403
    assert api(cam_manager).verb(f"{path}end/", {}).json()["state"] == "ended"
    assert not may_rename(api, cam02_manager, programme)


def test_the_pmo_ends_what_others_lend(lent: Delegation, pmo: User, sro: User, api: Any) -> None:
    path = f"delegations/{lent.pk}/end/"
    assert [api(each).verb(path, {}).status_code for each in (sro, pmo)] == [403, 200]


@pytest.mark.parametrize("role", ["sro", "pmo", "sponsor", "project_manager"])
def test_nobody_lends_what_they_do_not_hold(
    role: str, demo: Any, cam_manager: User, cam02_manager: User, api: Any
) -> None:
    refused = api(cam_manager).post("delegations/", asked(demo, cam02_manager, role=role))
    assert (refused.status_code, list(errors_of(refused))) == (403, ["/role"])


def test_nobody_lends_it_elsewhere_nor_to_themself_nor_to_who_is_put_away(
    demo: Any, cam_manager: User, cam02_manager: User, api: Any
) -> None:
    elsewhere = asked(demo, cam02_manager, programme=demo.programme("NZE").pk)
    assert api(cam_manager).post("delegations/", elsewhere).status_code in (400, 404)
    own = api(cam_manager).post("delegations/", asked(demo, cam_manager))
    assert (own.status_code, list(errors_of(own))) == (400, ["/deputy"])
    gone = factories.user("gone")
    gone.person.archived_at = timezone.now()
    gone.person.save()
    refused = api(cam_manager).post("delegations/", asked(demo, gone))
    assert (refused.status_code, list(errors_of(refused))) == (400, ["/deputy"])


@pytest.mark.parametrize(
    ("fields", "counts"),
    [
        ({}, True),
        ({"starts_on": DAY}, False),
        ({"ends_on": -DAY}, False),
        ({"starts_on": 0 * DAY, "ends_on": 0 * DAY}, True),
        ({"state": "ended"}, False),
    ],
)
def test_it_counts_from_its_first_day_to_its_last(
    fields: dict[str, Any], counts: bool, demo: Any, cam_manager: User, cam02_manager: User,
    api: Any,
) -> None:  # fmt: skip
    programme = demo.programme("CAM")
    fields = factories.from_today(fields)
    factories.delegation(
        cam_manager, cam02_manager, "programme_manager", programme=programme, **fields
    )
    assert may_rename(api, cam02_manager, programme) is counts


def test_it_ends_with_the_post_of_who_lends_it(
    lent: Delegation, demo: Any, cam02_manager: User, api: Any
) -> None:
    programme = demo.programme("CAM")
    assert may_rename(api, cam02_manager, programme)
    Programme.objects.filter(pk=programme.pk).update(programme_manager=factories.person())
    assert not may_rename(api, cam02_manager, programme)


def test_what_is_held_above_is_lent_below_and_nowhere_else(
    demo: Any, pmo: User, stranger: User, api: Any
) -> None:
    somebody = factories.user("somebody")
    factories.delegation(pmo, somebody, "pmo", project=demo.project("CAM-02"))
    risks = {row["project"] for row in api(somebody).get("risks/").json()["results"]}
    assert risks == {demo.project("CAM-02").pk}
    assert api(somebody).get(f"programmes/{demo.programme('NZE').pk}/").status_code == 404


def test_a_deputy_has_no_deputy_and_gives_no_role(
    lent: Delegation, demo: Any, cam02_manager: User, api: Any
) -> None:
    third = factories.user("third")
    programme = demo.programme("CAM")
    refused = api(cam02_manager).post("delegations/", asked(demo, third))
    assert (refused.status_code, list(errors_of(refused))) == (403, ["/role"])
    factories.delegation(cam02_manager, third, "programme_manager", programme=programme)
    assert api(third).get(f"programmes/{programme.pk}/").status_code == 404
    role = {"person": third.person.pk, "role": "project_manager", "programme": programme.pk}
    assert api(cam02_manager).post("role-assignments/", role).status_code == 403


def test_what_a_deputy_does_is_recorded_for_whom(
    lent: Delegation, demo: Any, cam_manager: User, cam02_manager: User, api: Any
) -> None:
    programme = demo.programme("CAM")
    row = factories.decision(demo.project("CAM-03"))
    may_rename(api, cam02_manager, programme)
    assert api(cam02_manager).verb(f"decisions/{row.pk}/making/", SAID).status_code == 200
    for path in (f"programmes/{programme.pk}/", f"decisions/{row.pk}/"):
        (latest, *_) = api(cam_manager).get(f"{path}history/").json()["results"]
        assert (latest["by"]["id"], latest["for"]) == (cam02_manager.pk, cam_manager.person.name)
    entry = AuditEntry.objects.filter(object_type="decision", object_id=str(row.pk)).latest("pk")
    assert (entry.actor, entry.acting_for) == (cam02_manager.pk, f"person {cam_manager.person.pk}")


def test_what_a_deputy_may_by_themself_they_do_for_nobody(
    lent: Delegation, demo: Any, cam02_manager: User, api: Any
) -> None:
    risk = factories.risk(demo.project("CAM-02"))
    assert api(cam02_manager).patch(f"risks/{risk.pk}/", {"title": "Wetter"}).status_code == 200
    (latest, *_) = api(cam02_manager).get(f"risks/{risk.pk}/history/").json()["results"]
    assert latest["for"] is None


# Never both sides of one act


def test_a_deputy_does_not_decide_what_they_have_put(
    lent: Delegation, demo: Any, cam02_manager: User, api: Any
) -> None:
    body = {"project": demo.project("CAM-03").pk, "title": "More money?"}
    made = api(cam02_manager).post("decisions/", body).json()
    path = f"decisions/{made['id']}/making/"
    refused = api(cam02_manager).verb(path, SAID)
    assert (refused.status_code, "not as a deputy" in refused.json()["detail"]) == (403, True)


def test_who_leads_a_project_sets_and_judges_nothing_there_as_a_deputy(
    lent: Delegation, demo: Any, cam02_manager: User, api: Any
) -> None:
    own, other = demo.project("CAM-02"), demo.project("CAM-03")
    decision = factories.decision(own)
    for project, status in ((own, 403), (other, 200)):
        path, easier = f"projects/{project.pk}/", {"complexity": 1}
        assert api(cam02_manager).patch(path, easier).status_code == status
    limit = {"project": own.pk, "kind": "cost_pct", "value": "50"}
    assert api(cam02_manager).post("tolerances/", limit).status_code == 403
    path = f"decisions/{decision.pk}/making/"
    assert api(cam02_manager).verb(path, SAID).status_code == 403
    assert api(cam02_manager).patch(f"projects/{own.pk}/", {"objective": "x"}).status_code == 200


def test_a_deputy_has_a_part_in_the_portfolio_unless_the_pmo_brings_them_in(
    demo: Any, cam_manager: User, cam02_manager: User, stranger: User, pmo: User, api: Any
) -> None:
    outsider = stranger if hasattr(stranger, "person") else factories.user("outsider")
    refused = api(cam_manager).post("delegations/", asked(demo, outsider))
    assert (refused.status_code, list(errors_of(refused))) == (403, ["/deputy"])
    assert api(outsider).get(f"programmes/{demo.programme('CAM').pk}/").status_code == 404
    lends = asked(demo, outsider, role="pmo")
    assert api(pmo).post("delegations/", lends).status_code == 201


@pytest.mark.parametrize("author", ["cam_manager", "cam02_manager"])
def test_neither_verifies_what_the_other_measured(
    author: str, lent: Delegation, demo: Any, cam_manager: User, cam02_manager: User, api: Any,
) -> None:  # fmt: skip
    pair = {"cam_manager": cam_manager, "cam02_manager": cam02_manager}
    measured = factories.measurement(
        demo.benefit("B03"), 2019, 70, submitted_by=pair.pop(author).person
    )
    (other,) = pair.values()
    path = f"measurements/{measured.pk}/verification/"
    refused = api(other).verb(path, {})
    assert refused.status_code in (400, 403)
    lent.state = "ended"
    lent.save()
    if other == cam_manager:
        assert api(other).verb(path, {}).status_code == 200


# Written by nobody else


def test_nobody_lends_in_the_name_of_another(
    demo: Any, pmo: User, cam_manager: User, cam02_manager: User, lent: Delegation, api: Any
) -> None:
    named = asked(demo, cam02_manager, giver=cam_manager.person.pk)
    assert api(pmo).post("delegations/", named).status_code == 400
    path = f"delegations/{lent.pk}/"
    assert api(pmo).patch(path, {"reason": "Other"}).status_code == 403
    assert api(cam_manager).patch(path, {"reason": "Longer leave"}).status_code == 200
    with pytest.raises(DatabaseError), transaction.atomic():
        Delegation.objects.filter(pk=lent.pk).update(giver=factories.person())


def test_what_has_ended_is_given_anew(lent: Delegation, cam_manager: User, api: Any) -> None:
    path = f"delegations/{lent.pk}/"
    assert api(cam_manager).verb(f"{path}end/", {}).status_code == 200
    again = api(cam_manager).patch(path, {"state": "given"})
    assert (again.status_code, list(errors_of(again))) == (409, ["/state"])


def test_what_its_giver_wrote_they_change_and_what_was_imported_the_pmo(
    lent: Delegation, pmo: User, cam_manager: User, cam02_manager: User, api: Any
) -> None:
    path, reason = f"delegations/{lent.pk}/", {"reason": "A longer leave"}
    assert api(pmo).patch(path, reason).status_code == 403
    assert api(cam_manager).patch(path, reason).status_code == 200
    Delegation.objects.update(created_by=None)
    assert api(cam02_manager).patch(path, {"reason": "For ever"}).status_code == 403
    assert api(pmo).patch(path, {"reason": "Two weeks"}).status_code == 200
    lent.refresh_from_db()
    assert (lent.reason, lent.giver) == ("Two weeks", cam_manager.person)


@pytest.mark.parametrize(
    ("starts", "ends", "standing", "words"),
    [(-9, -1, "over", "Over"), (-1, 0, "in_force", "In force"), (1, 2, "to_come", "Not begun")],
)
def test_a_delegation_says_how_it_stands_today(
    lent: Delegation, cam_manager: User, api: Any, client_of: Any,
    starts: int, ends: int, standing: str, words: str,
) -> None:  # fmt: skip
    today = timezone.localdate()
    days = {"starts_on": today + starts * DAY, "ends_on": today + ends * DAY}
    Delegation.objects.filter(pk=lent.pk).update(**days)
    assert api(cam_manager).get(f"delegations/{lent.pk}/").json()["standing"] == standing
    listed = api(cam_manager).get(f"delegations/?standing={standing}").json()["results"]
    assert lent.pk in [row["id"] for row in listed]
    assert {row["standing"] for row in listed} == {standing}
    page = client_of(cam_manager).get(f"/delegations/{lent.pk}/").content.decode()
    heading = page[page.index("<h1") : page.index("</h1>") + 200]
    assert words in heading
    assert "Given" not in heading
    assert ">Given<" not in page
    assert ("End it" in page) is (standing != "over")


def test_a_delegation_that_was_ended_says_so(lent: Delegation, cam_manager: User, api: Any) -> None:
    assert api(cam_manager).verb(f"delegations/{lent.pk}/end/", {}).json()["standing"] == "ended"
