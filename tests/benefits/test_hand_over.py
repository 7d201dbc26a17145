"""What a project brings is handed over: who asks, who accepts, and what stays."""

from datetime import date
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, InternalError, transaction
from django.urls import reverse

from benefits.models import Benefit, BenefitContribution, BenefitHandOver
from pmhub.accounts import mails
from pmhub.database.history import WritePath, through
from pmhub.models import User
from projects.models import Project
from tests import factories
from tests.admin.forms import errors
from tests.api.conftest import errors_of

pytestmark = pytest.mark.django_db
TERMS = {"measure": "Tuition income", "frequency": "year", "until": "2031-03-31"}


@pytest.fixture
def share(demo: Any) -> Any:
    """The contribution of CAM-02 to B06, for which no hand-over was asked yet."""
    return BenefitContribution.objects.get(project__code="CAM-02", benefit__code="B06")


@pytest.fixture
def asked(share: Any, cam02_manager: User, benefit_owner: User, api: Any) -> Any:
    """`asked(**changed)`: the answer to the manager of the project who asks the benefit owner."""

    def ask(**changed: Any) -> Any:
        body = {"contribution": share.pk, "owner": benefit_owner.person.pk, **TERMS, **changed}
        return api(cam02_manager).post("benefit-hand-overs/", body)

    return ask


@pytest.fixture
def row(asked: Any) -> Any:
    """The hand-over, asked."""
    answer = asked()
    assert answer.status_code == 201, answer.json()
    return BenefitHandOver.objects.get(pk=answer.json()["id"])


# Asking


def test_the_project_manager_asks_who_measures_the_benefit(
    asked: Any, share: Any, benefit_owner: User
) -> None:
    row = asked().json()
    assert (row["state"], row["asked_on"], row["answered_on"]) == ("asked", "2026-10-31", None)
    # Who manages the project alone is told no benefit of its programme.
    assert (row["benefit"], row["project"]) == (None, share.project_id)
    assert BenefitHandOver.objects.get(pk=row["id"]).benefit_id == share.benefit_id
    assert row["owner"] == benefit_owner.person.pk


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"measure": ""}, "/measure"),
        ({"until": None}, "/until"),
        ({"until": "2026-01-01"}, "/until"),
        ({"frequency": "daily"}, "/frequency"),
        ({"contribution": 999_999}, "/contribution"),
        ({"asked_on": "2026-01-01"}, "/asked_on"),
        ({"state": "accepted"}, "/state"),
    ],
)
def test_what_is_not_agreed_is_named(changed: Any, pointer: str, asked: Any) -> None:
    answer = asked(**changed)
    assert (answer.status_code, list(errors_of(answer))) == (400, [pointer])
    assert not BenefitHandOver.objects.filter(contribution__benefit__code="B06").exists()


@pytest.mark.parametrize("who", ["viewer", "pm_new", "cam02_manager"])
def test_nobody_is_asked_who_could_not_measure_it(
    who: str, asked: Any, request: pytest.FixtureRequest
) -> None:
    person = request.getfixturevalue(who).person
    answer = asked(owner=person.pk)
    assert (answer.status_code, list(errors_of(answer))) == (400, ["/owner"])


def test_of_a_contribution_one_is_asked_at_a_time(
    row: Any, asked: Any, cam02_manager: User, api: Any
) -> None:
    assert asked().status_code in (400, 409)
    body = {"reason": "Other terms"}
    path = f"benefit-hand-overs/{row.pk}/withdrawal/"
    assert api(cam02_manager).verb(path, {}).status_code == 400
    assert api(cam02_manager).verb(path, body).json()["reason"] == "Other terms"
    assert asked().status_code == 201


@pytest.mark.parametrize(
    ("who", "status"),
    [("pmo", 201), ("cam_manager", 201), ("sro", 201), ("cam02_manager", 201),
     ("benefit_owner", 403), ("viewer", 403), ("ssv_manager", 400), ("stranger", 400)],
)  # fmt: skip
def test_who_asks(
    who: str, status: int, share: Any, benefit_owner: User, api: Any,
    request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    body = {"contribution": share.pk, "owner": benefit_owner.person.pk, **TERMS}
    answer = api(request.getfixturevalue(who)).post("benefit-hand-overs/", body)
    assert answer.status_code in (status, 403 if status == 400 else status), answer.json()


def test_of_what_is_not_waited_for_nothing_is_handed_over(asked: Any, share: Any) -> None:
    Benefit.objects.filter(pk=share.benefit_id).update(status="withdrawn")
    answer = asked()
    assert (answer.status_code, list(errors_of(answer))) == (409, ["/contribution"])


def test_a_project_that_was_stopped_hands_nothing_over(asked: Any, share: Any) -> None:
    day = {"terminated_on": "2026-10-01", "actual_finish": "2026-10-01"}
    Project.objects.filter(pk=share.project_id).update(status="terminated", **day)
    assert asked().status_code == 409


def test_asking_may_be_tried(
    share: Any, cam02_manager: User, benefit_owner: User, api: Any
) -> None:
    body = {"contribution": share.pk, "owner": benefit_owner.person.pk, **TERMS}
    answer = api(cam02_manager).post("benefit-hand-overs/?preview=1", body)
    assert answer.status_code == 200
    assert not share.hand_overs.exists()


# Answering


def test_who_is_asked_accepts_and_the_benefit_says_what_was_agreed(
    row: Any, benefit_owner: User, api: Any
) -> None:
    answer = api(benefit_owner).verb(f"benefit-hand-overs/{row.pk}/acceptance/", {})
    assert answer.status_code == 200, answer.json()
    assert (answer.json()["state"], answer.json()["answered_on"]) == ("accepted", "2026-10-31")
    benefit = Benefit.objects.get(pk=row.contribution.benefit_id)
    assert benefit.sustain_until == date(2031, 3, 31)


def test_what_a_benefit_says_already_stays(row: Any, benefit_owner: User, api: Any) -> None:
    Benefit.objects.filter(pk=row.contribution.benefit_id).update(measure="Its own")
    api(benefit_owner).verb(f"benefit-hand-overs/{row.pk}/acceptance/", {})
    assert Benefit.objects.get(pk=row.contribution.benefit_id).measure == "Its own"


@pytest.mark.parametrize("noun", ["acceptance", "refusal"])
@pytest.mark.parametrize(
    ("who", "status"),
    [("pmo", 403), ("cam_manager", 403), ("cam02_manager", 403), ("viewer", 403),
     ("ssv_manager", 404), ("stranger", 404)],
)  # fmt: skip
def test_nobody_answers_for_another(
    noun: str, who: str, status: int, row: Any, api: Any, request: pytest.FixtureRequest
) -> None:
    user = request.getfixturevalue(who)
    answer = api(user).verb(f"benefit-hand-overs/{row.pk}/{noun}/", {"reason": "So"})
    assert answer.status_code == status
    row.refresh_from_db()
    assert row.state == "asked"


def test_who_declines_says_why(row: Any, benefit_owner: User, api: Any) -> None:
    path = f"benefit-hand-overs/{row.pk}/refusal/"
    assert api(benefit_owner).verb(path, {}).status_code == 400
    answer = api(benefit_owner).verb(path, {"reason": "Ask Estates"}).json()
    assert (answer["state"], answer["reason"]) == ("declined", "Ask Estates")


def test_one_finds_what_one_is_asked(row: Any, benefit_owner: User, pmo: User, api: Any) -> None:
    for query in ("mine=true", f"project={row.contribution.project_id}", "state=asked"):
        found = api(benefit_owner).get(f"benefit-hand-overs/?{query}").json()
        assert row.pk in [each["id"] for each in found["results"]], query
    assert api(pmo).get("benefit-hand-overs/?mine=true").json()["count"] == 0


def test_both_sides_are_told_by_mail(
    row: Any, cam02_manager: User, benefit_owner: User, api: Any, settings: Any
) -> None:
    settings.EMAIL_URL = "smtp://localhost"
    for user in (cam02_manager, benefit_owner):
        User.objects.filter(pk=user.pk).update(email=f"{user.pk}@example.org")
    api(cam02_manager).verb(f"benefit-hand-overs/{row.pk}/withdrawal/", {"reason": "No"})
    body = {"contribution": row.contribution_id, "owner": benefit_owner.person.pk, **TERMS}
    again = api(cam02_manager).post("benefit-hand-overs/", body).json()
    api(benefit_owner).verb(f"benefit-hand-overs/{again['id']}/acceptance/", {})
    assert mails.send_due() == 2
    texts = [f"{each.subject} {each.body}" for each in mail.outbox]
    assert any("asked to answer for a benefit" in text for text in texts)
    assert any("has accepted" in text and "B06" in text for text in texts)


# On every path


def test_what_was_asked_is_never_changed(row: Any, cam_manager: User, api: Any) -> None:
    path = f"benefit-hand-overs/{row.pk}/"
    assert api(cam_manager).patch(path, {"measure": "Less"}).status_code == 409
    with pytest.raises(InternalError, match="asked_holds"), transaction.atomic():
        BenefitHandOver.objects.filter(pk=row.pk).update(measure="Less")


def test_sql_that_says_who_accepts_for_no_other(share: Any, pmo: User) -> None:
    row = factories.hand_over(share)
    rows = BenefitHandOver.objects.filter(pk=row.pk)
    with pytest.raises(IntegrityError, match="benefithandover_answered"), transaction.atomic():
        rows.update(state="accepted")
    with (
        pytest.raises(IntegrityError, match="themself"),
        transaction.atomic(),
        through(WritePath.IMPORT, by=pmo),
    ):
        rows.update(state="accepted", answered_on=date(2026, 10, 31))


def test_who_manages_the_project_takes_nothing_over(share: Any, cam02_manager: User) -> None:
    with pytest.raises(IntegrityError, match="ends with it"), transaction.atomic():
        factories.hand_over(share, owner=cam02_manager.person)


def test_the_pmo_asks_in_the_admin(
    share: Any, pmo: User, benefit_owner: User, client_of: Any
) -> None:
    address = reverse("admin:benefits_benefithandover_add")
    body = {"contribution": share.pk, "owner": benefit_owner.person.pk, **TERMS}
    answer = client_of(pmo).post(address, body)
    assert answer.status_code == 302, errors(answer)
    assert share.hand_overs.get().created_by == pmo


def test_how_it_came_to_be_is_in_its_history(row: Any, benefit_owner: User, api: Any) -> None:
    path = f"benefit-hand-overs/{row.pk}/"
    api(benefit_owner).verb(f"{path}acceptance/", {"reason": "Agreed with Estates"})
    last, _ = api(benefit_owner).get(f"{path}history/").json()["results"]
    assert (last["reason"], last["by"]["name"]) == (
        "Agreed with Estates", benefit_owner.person.name,
    )  # fmt: skip


def test_only_who_declines_is_asked_why(row: Any, client_of: Any) -> None:
    page = client_of(row.owner.user).get(f"/benefit-hand-overs/{row.pk}/").content.decode()
    forms = {
        noun: page[page.index(f'id="{noun}-form"') :].partition("</rest-form>")[0]
        for noun in ("acceptance", "refusal")
    }
    assert "Why declined" not in forms["acceptance"]
    assert ">Reason<" in forms["acceptance"]
    assert "Why declined or taken back" in forms["refusal"]
