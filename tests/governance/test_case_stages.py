"""Business cases from stage to stage: which may be approved when, what a programme says of its own,
and how one goes on from another."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from pmhub.models import User
from pmhub.services import Conflict
from programmes.models import BusinessCase, CaseFlow, Programme
from programmes.queries.cases import case_in_force
from tests import factories
from tests.api.conftest import errors_of

OF_CASE = ("business_case_stage", "business_case_approved_on", "business_case_ref")


class Home:
    """A programme with who manages it and its SRO."""

    def __init__(self) -> None:
        self.manager, self.sro = factories.user("manager"), factories.user("sro")
        self.programme = factories.programme(
            programme_manager=self.manager.person, sro=self.sro.person
        )

    def case(self, kind: str, state: str = "draft", **fields: Any) -> BusinessCase:
        """A case of the programme."""
        return factories.business_case(self.programme, kind=kind, state=state, **fields)

    def said(self) -> tuple[Any, ...]:
        """What the programme says of its case."""
        return Programme.objects.values_list(*OF_CASE).get(pk=self.programme.pk)


@pytest.fixture
def home(db: Any) -> Home:
    """The programme with its manager and its SRO."""
    return Home()


def path_of(case: BusinessCase) -> str:
    """Where a case is read and written."""
    return f"business-cases/{case.pk}/"


def page_of(client_of: Any, user: User, case: BusinessCase) -> str:
    """The page of a case, on one line."""
    return " ".join(client_of(user).get(f"/{path_of(case)}").content.decode().split())


# Which goes further


def test_the_furthest_stage_is_in_force_and_the_earlier_stay_approved(home: Home) -> None:
    for kind in ("SOC", "OBC", "FBC"):
        case = home.case(kind, "approved")
        assert case_in_force(home.programme) == case
        assert home.said()[0] == kind
    assert BusinessCase.objects.filter(state="approved").count() == 3
    whole = home.case("PBC", "approved")
    assert (case_in_force(home.programme), home.said()[0]) == (whole, "PBC")


def test_who_says_again_that_a_passed_stage_is_approved_is_not_refused(home: Home) -> None:
    for kind in ("SOC", "OBC"):
        factories.business_case(home.programme, kind=kind, state="approved")
    assert BusinessCase.objects.update(state="approved") == 2


def test_a_stage_that_is_passed_is_neither_written_submitted_nor_approved(
    home: Home, api: Any
) -> None:
    early, late = home.case("SOC"), home.case("OBC", "submitted")
    home.case("FBC", "approved")
    body = {"programme": home.programme.pk, "kind": "SOC"}
    refused = api(home.manager).post("business-cases/", body)
    assert (refused.status_code, list(errors_of(refused))) == (400, ["/kind"])
    kept = api(home.manager).patch(path_of(early), {"kind": "SOC", "reason": "As it was"})
    assert kept.status_code == 200, kept.json()
    refused = api(home.manager).patch(path_of(early), {"kind": "OBC"})
    assert (refused.status_code, list(errors_of(refused))) == (400, ["/kind"])
    refused = api(home.manager).verb(f"{path_of(early)}submission/", {})
    assert (refused.status_code, list(errors_of(refused))) == (409, ["/kind"])
    refused = api(home.sro).verb(f"{path_of(late)}approval/", {})
    assert (refused.status_code, list(errors_of(refused))) == (409, ["/kind"])
    assert "write its next version" in refused.json()["detail"]
    with pytest.raises(DatabaseError), transaction.atomic():
        BusinessCase.objects.filter(pk=late.pk).update(state="approved", approved_on="2026-10-01")
    assert api(home.manager).post("business-cases/", body | {"kind": "FBC"}).status_code == 201
    assert api(home.manager).post("business-cases/", body | {"kind": "PBC"}).status_code == 201


def test_the_figures_compare_with_the_furthest_stage_whatever_its_day(
    home: Home, api: Any, drain: Any
) -> None:
    home.case("SOC", "approved")
    full = home.case("FBC", "submitted")
    earlier = {"approved_on": "2026-09-01"}  # than the outline case
    assert api(home.sro).verb(f"{path_of(full)}approval/", earlier).status_code == 200
    drain()
    name = "case_npsv_approved"
    lines = api(home.manager).get(f"programmes/{home.programme.pk}/rollup/{name}/").json()["lines"]
    assert [line["source"]["id"] for line in lines] == [full.pk]


def test_a_stage_that_the_programme_says_is_approved_elsewhere_is_not_passed_over(
    home: Home, api: Any
) -> None:
    Programme.objects.update(business_case_stage="OBC", business_case_approved_on="2026-01-01")
    refused = api(home.sro).verb(f"{path_of(home.case('FBC', 'submitted'))}approval/", {})
    assert refused.status_code == 200
    other = factories.programme(business_case_stage="FBC")
    with pytest.raises(Conflict, match="The programme says"), transaction.atomic():
        factories.business_case(other, kind="SOC", state="submitted")
    early = BusinessCase.objects.filter(pk=factories.business_case(other, kind="SOC").pk)
    values = dict.fromkeys(("npsv", "benefits_present_value", "costs_present_value"), 1)
    with pytest.raises(DatabaseError, match="The programme says"), transaction.atomic():
        early.update(state="submitted", **values)


# What a programme says of its case


@pytest.mark.parametrize(
    ("name", "value"),
    [("business_case_stage", "OBC"), ("business_case_approved_on", "2026-01-01"),
     ("business_case_ref", "Other")],
)  # fmt: skip
def test_what_a_programme_says_of_its_case_comes_from_the_approved_one(
    name: str, value: str, home: Home, office: User, api: Any, client_of: Any
) -> None:
    path = f"programmes/{home.programme.pk}/"
    assert api(office).patch(path, {name: value}).status_code == 200  # kept elsewhere so far
    Programme.objects.update(business_case_stage="none", business_case_approved_on=None)
    home.case("FBC", "approved")
    before = home.said()
    refused = api(office).patch(path, {name: value})
    assert (refused.status_code, list(errors_of(refused))) == (403, [f"/{name}"])
    with pytest.raises(DatabaseError, match="This comes from the approved"), transaction.atomic():
        Programme.objects.update(**{name: value})
    assert home.said() == before
    form = client_of(office).get(f"/programmes/{home.programme.pk}/edit/").content.decode()
    assert f'name="{name}"' not in form
    page = client_of(office).get(f"/admin/programmes/programme/{home.programme.pk}/change/")
    assert f'name="{name}"' not in page.content.decode()


# How one goes on from another


def test_the_next_stage_begins_with_the_texts_options_and_flows_of_the_one_before(
    home: Home, api: Any
) -> None:
    first = home.case("SOC", "approved", strategic="The roofs leak")
    body = {"programme": home.programme.pk, "kind": "OBC", "begun_from": first.pk}
    made = api(home.manager).post("business-cases/", body | {"economic": "Anew"})
    said = made.json()
    assert made.status_code == 201, said
    assert (said["strategic"], said["economic"], said["state"]) == (
        "The roofs leak", "Anew", "draft",
    )  # fmt: skip
    case = BusinessCase.objects.get(pk=said["id"])
    copied = [
        sorted(each.options.values_list("code", "kind", "flows__amount")) for each in (first, case)
    ]
    assert copied[0] == copied[1]
    assert CaseFlow.objects.count() == 6
    assert case.preferred_option
    assert first.preferred_option
    assert case.preferred_option.code == first.preferred_option.code
    assert case.preferred_option.pk != first.preferred_option_id
    assert api(home.manager).verb(f"{path_of(case)}submission/", {}).status_code == 200


def test_a_case_begins_from_one_of_its_own_place_and_once(home: Home, api: Any) -> None:
    foreign = factories.business_case(state="approved")
    own = home.case("SOC", "rejected")
    hidden = {"programme": home.programme.pk, "kind": "OBC", "begun_from": foreign.pk}
    refused = api(home.manager).post("business-cases/", hidden)
    assert (refused.status_code, list(errors_of(refused))) == (400, ["/begun_from"])
    draft = home.case("OBC")
    refused = api(home.manager).patch(path_of(draft), {"begun_from": own.pk})
    assert (refused.status_code, list(errors_of(refused))) == (403, ["/begun_from"])
    with pytest.raises(DatabaseError), transaction.atomic():
        BusinessCase.objects.filter(pk=draft.pk).update(begun_from=foreign)


def test_its_page_leads_to_the_next_stage_and_the_next_version(home: Home, client_of: Any) -> None:
    case = home.case("SOC", "approved")
    page = client_of(home.manager).get(f"/business-cases/{case.pk}/").content.decode()
    form = f"/business-cases/new/?programme={home.programme.pk}&amp;begun_from={case.pk}&amp;kind="
    assert (f'{form}OBC"' in page, f'{form}SOC"' in page) == (True, True)
    new = client_of(home.manager).get(f"{form.replace('&amp;', '&')}OBC").content.decode()
    assert "As was agreed." in new
    home.case("FBC", "approved")
    page = client_of(home.manager).get(f"/business-cases/{case.pk}/").content.decode()
    assert form not in page  # both are passed


# Submitting, taking back, turning down


def test_an_empty_case_is_not_submitted_and_names_what_it_lacks(home: Home, api: Any) -> None:
    body = {"programme": home.programme.pk, "kind": "SOC"}
    made = api(home.manager).post("business-cases/", body).json()
    path = f"business-cases/{made['id']}/"
    refused = api(home.manager).verb(f"{path}submission/", {})
    lacks = [*factories.CASE_TEXTS, "state", "preferred_option"]
    assert (refused.status_code, sorted(errors_of(refused))) == (
        409, sorted(f"/{name}" for name in lacks),
    )  # fmt: skip
    case = home.case("OBC", financial="")
    values = dict.fromkeys(("npsv", "benefits_present_value", "costs_present_value"), 1)
    with pytest.raises(DatabaseError, match="Write this"), transaction.atomic():
        BusinessCase.objects.filter(pk=case.pk).update(state="submitted", **values)


def test_its_page_says_what_a_draft_lacks_and_who_decides(home: Home, client_of: Any) -> None:
    case = home.case("SOC", financial="")
    page = client_of(home.manager).get(f"/business-cases/{case.pk}/").content.decode()
    assert "<strong>Financial</strong>: Write this before" in page
    case = home.case("OBC", "submitted")
    page = " ".join(client_of(home.manager).get(f"/{path_of(case)}").content.decode().split())
    assert f"Waits for the decision of {home.sro.person.name}" in page


def test_the_author_takes_a_submitted_case_back_and_changes_it(home: Home, api: Any) -> None:
    case = home.case("SOC", "submitted")
    taken = api(home.manager).verb(f"{path_of(case)}withdrawal/", {}).json()
    assert (taken["state"], taken["npsv"]) == ("draft", None)
    changed = api(home.manager).patch(path_of(case), {"strategic": "Otherwise"})
    assert changed.status_code == 200
    assert api(home.manager).verb(f"{path_of(case)}submission/", {}).status_code == 200
    assert api(home.sro).verb(f"{path_of(case)}approval/", {}).status_code == 200
    refused = api(home.manager).verb(f"{path_of(case)}withdrawal/", {})
    assert refused.status_code == 409


def test_a_rejected_case_says_why_and_by_whom(home: Home, api: Any, client_of: Any) -> None:
    case = home.case("SOC", "submitted")
    said = api(home.sro).verb(f"{path_of(case)}rejection/", {"reason": "Too dear"}).json()
    assert (said["state"], said["rejection_reason"]) == ("rejected", "Too dear")
    page = page_of(client_of, home.manager, case)
    for words in ("Too dear", f"by {home.sro.person.name}", "Write another version from this"):
        assert words in page
    refused = api(home.manager).patch(path_of(case), {"rejection_reason": "Other"})
    assert refused.status_code in (400, 409)


def test_why_it_is_preferred_stays_when_it_is_submitted_with_a_word(home: Home, api: Any) -> None:
    case = home.case("SOC", reason="It alone keeps the labs open")
    said = api(home.manager).verb(f"{path_of(case)}submission/", {"reason": "For May"}).json()
    assert said["reason"] == "It alone keeps the labs open"
    plain = api(home.manager).verb(f"{path_of(home.case('OBC'))}submission/", {"reason": "For May"})
    assert plain.json()["reason"] == ""  # the best is preferred: nothing is to be explained
