"""Who is to know of a decision: asked when it is made, each for themself, and in whose lists."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from pmhub import formats
from pmhub.models import Person, User
from programmes.models import Acknowledgement, Decision
from programmes.models.decision_triggers import spoken_day, spoken_money
from programmes.services import make_decision
from tests import factories
from tests.api.conftest import errors_of

SAID = {"outcome": "We go on", "rationale": "The case holds"}


@pytest.fixture
def told(demo: Any, cam_manager: User, cam02_manager: User) -> Callable[[], Decision]:
    """`told()`: a decision about CAM that its programme's manager and SRO are to know of."""

    def propose() -> Decision:
        row = factories.decision(demo.programme("CAM"))
        row.audience.set([cam_manager.person, demo.programme("CAM").sro])
        return row

    return propose


def asked_of(decision: Decision, user: User) -> str:
    """Where a person acknowledges a decision that was made."""
    row = Acknowledgement.objects.get(decision=decision, person=user.person)
    return f"acknowledgements/{row.pk}/"


def test_who_is_to_know_is_named_first_and_asked_once_it_is_made(
    demo: Any, pmo: User, cam_manager: User, api: Any
) -> None:
    people = [cam_manager.person.pk, demo.programme("CAM").sro.pk]
    body = {"programme": demo.programme("CAM").pk, "title": "Go on?", "audience": people}
    row = api(pmo).post("decisions/", body).json()
    listed = f"acknowledgements/?decision={row['id']}"
    assert api(pmo).get(listed).json()["count"] == 0
    assert api(pmo).verb(f"decisions/{row['id']}/making/", SAID).status_code == 200
    asked = api(pmo).get(listed).json()["results"]
    assert {each["person"] for each in asked} == set(people)
    assert {(each["outcome"], each["rationale"]) for each in asked} == {tuple(SAID.values())}
    assert {(each["state"], each["asked_on"], each["read_on"]) for each in asked} == {
        ("asked", "2026-10-31", None)
    }


def test_who_decides_names_who_is_to_know(
    told: Any, pmo: User, cam_manager: User, api: Any
) -> None:
    """Left out, whoever was named before is asked; who could not acknowledge it is refused."""
    alone = {cam_manager.person.pk}
    row, kept = told(), told()
    path = f"decisions/{row.pk}/making/"
    nobody = Person.objects.filter(user=None)[:1].get()  # signs in nowhere
    refused = api(pmo).verb(path, {**SAID, "audience": [nobody.pk]})
    assert (refused.status_code, [*errors_of(refused)]) == (400, ["/audience"])
    assert api(pmo).verb(path, {**SAID, "audience": [*alone]}).status_code == 200
    assert api(pmo).verb(f"decisions/{kept.pk}/making/", SAID).status_code == 200

    def asked(decision: Decision) -> set[int]:
        return {row.person_id for row in decision.acknowledgements.all()}

    assert asked(row) == alone
    assert asked(kept) == {person.pk for person in kept.audience.all()} != alone


@pytest.mark.parametrize(
    ("who", "status"),
    [("cam_manager", 200), ("sro", 403), ("pmo", 403), ("viewer", 403), ("stranger", 404)],
)
def test_each_acknowledges_for_themself_alone(
    who: str, status: int, told: Any, pmo: User, cam_manager: User, api: Any,
    request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    row = make_decision(told(), outcome="Yes", by=pmo)
    path = asked_of(row, cam_manager)
    answer = api(request.getfixturevalue(who)).verb(f"{path}reading/", {})
    assert answer.status_code == status
    found = api(pmo).get(path).json()
    read = ("acknowledged", "2026-10-31") if status == 200 else ("asked", None)
    assert (found["state"], found["read_on"]) == read


def test_it_is_acknowledged_once_and_changed_on_no_path(
    told: Any, pmo: User, cam_manager: User, api: Any
) -> None:
    path = asked_of(make_decision(told(), outcome="Yes", by=pmo), cam_manager)
    assert api(pmo).post("acknowledgements/", {}).status_code == 405
    assert api(pmo).patch(path, {"state": "acknowledged"}).status_code == 405
    assert api(pmo).delete(path).status_code == 405
    assert api(cam_manager).verb(f"{path}reading/", {}).status_code == 200
    assert api(cam_manager).verb(f"{path}reading/", {}).status_code == 409
    id = int(path.split("/")[1])
    for statement in (
        "UPDATE programmes_acknowledgement SET state = 'asked', read_on = NULL WHERE id = %s",
        "UPDATE programmes_acknowledgement SET person_id = person_id + 1 WHERE id = %s",
        "DELETE FROM programmes_acknowledgement WHERE id = %s",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [id])


def test_who_is_to_know_is_settled_once_it_is_made(told: Any, pmo: User, api: Any) -> None:
    row = told()
    path = f"decisions/{row.pk}/"
    assert api(pmo).patch(path, {"audience": []}).status_code == 200
    make_decision(row, outcome="Yes", by=pmo)
    assert not row.acknowledgements.exists()
    late = api(pmo).patch(path, {"audience": [pmo.person.pk]})
    assert (late.status_code, list(errors_of(late))) == (409, ["/audience"])
    with pytest.raises(IntegrityError), transaction.atomic():
        row.audience.add(factories.person())


def test_nobody_is_to_know_of_what_they_do_not_see(
    demo: Any, pmo: User, stranger: User, api: Any
) -> None:
    nobody = factories.person()
    unseen = factories.user("unseen").person
    for person in (nobody, unseen):
        body = {"programme": demo.programme("CAM").pk, "title": "Go on?", "audience": [person.pk]}
        refused = api(pmo).post("decisions/", body)
        assert (refused.status_code, list(errors_of(refused))) == (400, ["/audience"])
        assert person.name in refused.json()["errors"][0]["detail"]


def test_a_preview_asks_nobody(told: Any, pmo: User, api: Any) -> None:
    row = told()
    tried = api(pmo).verb(f"decisions/{row.pk}/making/?preview=1", SAID)
    assert (tried.status_code, row.acknowledgements.count()) == (200, 0)


def test_it_stands_in_the_lists_of_who_is_asked_until_they_have_read_it(
    told: Any, pmo: User, cam_manager: User, viewer: User, api: Any, client_of: Any
) -> None:
    row = make_decision(told(), outcome="Yes", by=pmo)
    path = asked_of(row, cam_manager)

    def waiting(user: User) -> tuple[int, bool]:
        page = client_of(user).get("/decisions/").content.decode()
        count = api(user).get("acknowledgements/?mine=true").json()["count"]
        return count, "You are to know of these" in page

    assert (waiting(cam_manager), waiting(viewer)) == ((1, True), (0, False))
    api(cam_manager).verb(f"{path}reading/", {})
    assert waiting(cam_manager) == (0, False)


# What a page offers of what stands as it is


@pytest.mark.parametrize(("state", "offered"), [("proposed", True), ("made", False)])
def test_only_what_is_proposed_is_offered_to_be_edited(
    state: str, offered: bool, demo: Any, pmo: User, client_of: Any
) -> None:
    done = {"outcome": "Yes", "decided_on": "2026-10-01"} if state == "made" else {}
    row = factories.decision(demo.programme("CAM"), state=state, **done)
    page = f"/decisions/{row.pk}/"
    edit = client_of(pmo).get(f"{page}edit/")
    assert (f'href="{page}edit/"' in client_of(pmo).get(page).content.decode()) is offered
    assert (edit.status_code, edit.headers.get("Location")) == (
        (200, None) if offered else (302, page)
    )


def test_what_another_has_confirmed_is_not_offered_to_be_edited(
    demo: Any, pmo: User, client_of: Any
) -> None:
    override = factories.override(
        demo.programme("CAM"), state="approved", by=factories.person(),
        approved_by=factories.person(),
    )  # fmt: skip
    measured = factories.measurement(demo.benefit("B03"), 2019, 70, status="verified",
                                     verified_by=factories.person())  # fmt: skip
    rules = demo.portfolio.rule_sets.first()
    for page in (f"/health-overrides/{override.pk}/", f"/measurements/{measured.pk}/",
                 f"/rule-sets/{rules.pk}/"):  # fmt: skip
        assert f'href="{page}edit/"' not in client_of(pmo).get(page).content.decode()


# The words of what an act leaves


def test_a_baseline_leaves_its_decision_in_words(nothing: None) -> None:
    portfolio = factories.portfolio(currency="GBP", money_unit=1000)
    project = factories.project(programme=factories.programme(portfolio=portfolio))
    factories.baseline(
        project, starts_on="2026-01-05", finishes_on="2027-12-17", budget_at_completion="96500",
        planned_value_profile=[["2026-01-05", "0"], ["2027-12-17", "96500"]],
        approved_on="2026-01-01",
    )  # fmt: skip
    outcome = Decision.objects.get(project=project).outcome
    assert outcome == "From 5 Jan 2026 to 17 Dec 2027, for £96.5m"


@pytest.mark.parametrize("unit", [1, 1000, 1_000_000])
def test_the_database_speaks_of_days_and_money_as_pages_do(nothing: None, unit: int) -> None:
    portfolio = factories.portfolio(currency="EUR", money_unit=unit)
    project = factories.project(programme=factories.programme(portfolio=portfolio))
    amounts = (
        "0", "0.25", "0.99", "1", "12.5", "99.94", "99.95", "999.49", "999.5", "1000", "1049.99",
        "1050", "99949", "99950", "96500", "999500", "1234567.89", "48300000",
    )  # fmt: skip
    for amount in amounts:
        sql = spoken_money(f"{amount}::numeric", project=str(project.pk))
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {sql}, {spoken_day('%s::date')}", ["2029-05-05"])
            assert cursor.fetchone() == (formats.spoken(amount, portfolio), "5 May 2029")
