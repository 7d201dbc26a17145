"""What programmes are asked for and are to become: mandates and operating models."""

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from pmhub.models import User
from programmes.models import Decision, OperatingModelState, Programme, ProgrammeMandate, Tranche
from projects.models import Gate
from tests import factories
from tests.api.conftest import errors_of

DAY = "2026-10-01"


@pytest.fixture
def manager(nothing: None) -> User:
    """Who leads a programme that is being identified."""
    return factories.user("manager")


@pytest.fixture
def programme(manager: User) -> Programme:
    """That programme; the office steers it."""
    return factories.programme(stage="identify", programme_manager=manager.person)


@pytest.fixture
def issued(programme: Programme, manager: User, api: Any) -> str:
    """`mandates/12/`: its mandate, written and issued by its manager."""
    body = {"programme": programme.pk, "drivers": "The halls are full"}
    made = api(manager).post("mandates/", body)
    assert made.status_code == 201, made.json()
    path = f"mandates/{made.json()['id']}/"
    answer = api(manager).verb(f"{path}issue/", {"issued_on": DAY})
    assert (answer.status_code, answer.json()["issued_by"]) == (200, manager.person.pk)
    return path


# Mandates


def test_a_programme_goes_on_from_identifying_once_its_mandate_is_approved(
    programme: Programme, issued: str, office: User, api: Any
) -> None:
    stage = f"programmes/{programme.pk}/stage/"
    refused = api(office).verb(stage, {"stage": "design"})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_prepared")
    assert "mandate" in refused.json()["detail"]
    with pytest.raises(IntegrityError, match="mandate"), transaction.atomic():
        factories.passed(programme, "identify", "design")
    approved = api(office).verb(f"{issued}approval/", {})
    assert (approved.json()["state"], approved.json()["approved_by"]) == (
        "approved", office.person.pk,
    )  # fmt: skip
    left = Decision.objects.get()
    assert (left.cause, left.programme, left.pk) == (
        "mandate", programme, approved.json()["decision"],
    )  # fmt: skip
    assert api(office).verb(stage, {"stage": "design"}).json()["stage"] == "design"


def test_a_programme_that_evaluates_is_designed_anew_without_another(
    office: User, api: Any
) -> None:
    person = factories.person()
    with transaction.atomic():
        late = factories.programme(stage="evaluate", sro=person, programme_manager=person)
        late.bcms.add(person)
    body = {"stage": "design", "reason": "The city grows"}
    assert api(office).verb(f"programmes/{late.pk}/stage/", body).json()["stage"] == "design"


def test_the_sponsor_it_names_approves_it_and_nobody_what_they_issued(
    programme: Programme, issued: str, manager: User, office: User, api: Any
) -> None:
    assert api(manager).verb(f"{issued}approval/", {}).status_code == 403
    factories.role(manager, "sro", programme=programme)
    assert api(manager).verb(f"{issued}approval/", {}).status_code == 403  # their own
    assert api(factories.user("stranger")).verb(f"{issued}approval/", {}).status_code == 404
    sponsor = factories.user("sponsor")
    factories.role(sponsor, "viewer", programme=programme)
    assert api(sponsor).verb(f"{issued}approval/", {}).status_code == 403
    assert api(office).verb(f"{issued}return/", {"reason": "Who pays?"}).json()["issued_on"] is None
    named = {"sponsor": sponsor.person.pk}
    assert api(manager).patch(issued, named).status_code == 200
    assert api(manager).verb(f"{issued}issue/", {"issued_on": DAY}).status_code == 200
    assert api(sponsor).verb(f"{issued}approval/", {}).json()["state"] == "approved"


def test_what_was_issued_stays_as_it_is(
    programme: Programme, issued: str, manager: User, office: User, api: Any
) -> None:
    assert api(manager).patch(issued, {"drivers": "Other"}).status_code == 409
    with pytest.raises(DatabaseError), transaction.atomic():
        ProgrammeMandate.objects.update(drivers="Other")
    assert api(office).verb(f"{issued}approval/", {}).status_code == 200
    assert api(office).delete(issued).status_code == 409
    withdrawn = api(office).verb(f"{issued}withdrawal/", {"reason": "Another need"})
    assert (withdrawn.json()["state"], withdrawn.json()["approved_by"]) == ("draft", None)
    assert api(manager).patch(issued, {"drivers": "Other"}).status_code == 200
    assert Decision.objects.count() == 1


def test_a_programme_has_one_mandate(
    programme: Programme, issued: str, manager: User, api: Any
) -> None:
    body = {"programme": programme.pk, "drivers": "Again"}
    assert api(manager).post("mandates/", body).status_code in (400, 409)
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.mandate(programme)


# Operating models


@pytest.fixture
def tranche(programme: Programme) -> Tranche:
    """A tranche of it that is being embedded."""
    return programme.tranches.create(code="T1", name="Core", state="embedding")


def test_a_tranche_ends_once_its_operating_model_is_reached(
    programme: Programme, tranche: Tranche, manager: User, office: User, api: Any
) -> None:
    body = {"programme": programme.pk, "tranche": tranche.pk, "dimension": "technology",
            "future": "Access by card"}  # fmt: skip
    made = api(manager).post("operating-model-states/", body)
    assert (made.status_code, made.json()["state"]) == (201, "described")
    end = f"tranches/{tranche.pk}/end/"
    refused = api(office).verb(end, {})
    assert (refused.status_code, "technology" in refused.json()["detail"]) == (409, True)
    with pytest.raises(IntegrityError, match="operating model"), transaction.atomic():
        factories.passed(tranche, "embedding", "ended")
    path = f"operating-model-states/{made.json()['id']}/"
    unshown = api(manager).verb(f"{path}attainment/", {"reached_on": DAY})
    assert errors_of(unshown) == {"/evidence": "required"}
    said = {"reached_on": DAY, "evidence": "Seen in use"}
    assert api(manager).verb(f"{path}attainment/", said).json()["state"] == "reached"
    assert api(office).verb(end, {}).json()["state"] == "ended"
    assert Gate.objects.get().decision == "proceed"


def test_what_does_not_last_is_reached_no_more(office: User, api: Any) -> None:
    row = factories.operating_model_state(state="reached", reached_on=DAY, evidence="Seen")
    path = f"operating-model-states/{row.pk}/"
    assert api(office).patch(path, {"state": "described"}).status_code == 409
    again = api(office).verb(f"{path}reopening/", {"reason": "It broke"})
    assert (again.json()["state"], again.json()["reached_on"]) == ("described", None)


def test_each_dimension_is_described_once_of_a_tranche_of_the_programme(
    programme: Programme, tranche: Tranche, manager: User, api: Any
) -> None:
    body = {"programme": programme.pk, "dimension": "processes", "future": "One pool"}
    for place in ({}, {"tranche": tranche.pk}):
        assert api(manager).post("operating-model-states/", body | place).status_code == 201
        twice = api(manager).post("operating-model-states/", body | place)
        assert twice.status_code in (400, 409)
    other = factories.programme().tranches.create(code="T2", name="Other")
    strange = api(manager).post("operating-model-states/", body | {"tranche": other.pk})
    assert strange.status_code in (400, 404)
    with pytest.raises(IntegrityError, match="another programme"), transaction.atomic():
        factories.operating_model_state(programme, tranche=other, dimension="information")
    assert OperatingModelState.objects.count() == 2
