"""Benefits that may claim the same gain: found, warned of, resolved by others than their owners,
and subtracted once it is agreed."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from benefits.models import Benefit, OverlapCase
from benefits.queries.overlaps import new_overlaps
from benefits.services import move_benefit, open_overlaps
from benefits.services.overlaps import open_cases
from programmes.models import LedgerLine, MetricValue, valid
from programmes.rollup.verify import differences
from tests import factories
from tests.api.conftest import errors_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(nothing: None) -> Any:
    """Two benefits of a programme with one measure, to come to 200 and 80, and who may resolve."""
    manager, owner = factories.user("manager"), factories.user("owner")
    home = factories.programme(programme_manager=manager.person)
    first, second = (
        factories.benefit(programme=home, title=title, measure="Cost a year", owner=owner.person)
        for title in ("Lower energy cost", "Fewer repairs")
    )
    for benefit, value in ((first, 200), (second, 80)):
        factories.entry(benefit, 2026, value)
        factories.entry(benefit, 2026, value, version_kind="forecast")
    return SimpleNamespace(home=home, first=first, second=second, owner=owner, manager=manager)


@pytest.fixture
def case(two: Any) -> OverlapCase:
    """The open case of the two."""
    assert open_overlaps() == 1
    return OverlapCase.objects.get()


@pytest.fixture
def resolved(two: Any, case: OverlapCase, api: Any) -> Any:
    """`resolved(by=…, resolution=…)`: the answer to POST to its resolution/."""

    def resolve(by: Any = None, **body: Any) -> Any:
        path = f"overlap-cases/{case.pk}/resolution/"
        return api(by or two.manager).verb(path, {"reason": "Meters agree", **body})

    return resolve


@pytest.fixture
def figure(two: Any, drain: Any) -> Any:
    """`figure(name)`: a figure of the programme as it is now."""

    def read(name: str) -> Any:
        drain()
        return MetricValue.objects.get(valid(), programme=two.home, metric=name)

    return read


# Finding


def test_a_pair_is_asked_about_once(case: OverlapCase, two: Any) -> None:
    assert (case.first, case.second, case.cause) == (two.first, two.second, "same_measure")
    assert (case.programme, case.state, str(case.found_on)) == (two.home, "open", "2026-10-31")
    assert open_overlaps() == 0
    with pytest.raises(IntegrityError, match="overlapcase_one_open"), transaction.atomic():
        factories.overlap(two.first, two.second, cause="near_title")


@pytest.mark.parametrize("status", ["withdrawn", "missed", "superseded"])
def test_what_was_given_up_overlaps_with_nothing(status: str, two: Any) -> None:
    Benefit.objects.filter(pk=two.second.pk).update(status=status)
    assert open_overlaps() == 0


@pytest.mark.parametrize("fields", [{"level": "intermediate"}, {"monetised": False}])
def test_what_is_in_no_sum_is_counted_twice_in_none(fields: dict[str, Any], two: Any) -> None:
    Benefit.objects.filter(pk=two.second.pk).update(**fields)
    assert open_overlaps() == 0


def test_benefits_of_two_programmes_are_not_compared(two: Any) -> None:
    Benefit.objects.filter(pk=two.second.pk).update(programme=factories.programme())
    assert open_overlaps() == 0


def test_what_moves_elsewhere_while_it_is_found_is_asked_about_no_more(two: Any) -> None:
    found = list(new_overlaps())
    move_benefit(
        two.second, to_programme=factories.programme(portfolio=two.home.portfolio), by=two.manager
    )
    assert (len(found), open_cases(found)) == (1, 0)


def test_the_bridge_names_the_forecast_that_moved_what_is_agreed(
    resolved: Any, case: OverlapCase, two: Any, figure: Any, api: Any
) -> None:
    assert resolved(resolution="accepted", overlap_amount="60").status_code == 200
    since = figure("benefits_overlap").valid_from
    entry = {"period_start": "2026-04-01", "period_end": "2027-03-31", "value": "40"}
    body = {"benefit": two.second.pk, "kind": "forecast", "reason": "Less rain", "entries": [entry]}
    assert api(two.manager).post("profile-versions/", body).status_code == 201
    assert figure("benefits_overlap").value == 40
    query = urlencode({"metric": "benefits_overlap", "from": since.isoformat()})
    [part] = api(two.manager).get(f"programmes/{two.home.pk}/bridge/?{query}").json()["parts"]
    assert part["source"]["type"] == "overlapcase"
    assert part["by"]["id"] == two.manager.pk


def test_what_was_settled_is_asked_again_only_for_another_cause(resolved: Any, two: Any) -> None:
    assert resolved(resolution="none").status_code == 200
    assert open_overlaps() == 0
    Benefit.objects.filter(pk=two.second.pk).update(measure="Bills", title=two.first.title)
    assert open_overlaps() == 1
    assert OverlapCase.objects.get(state="open").cause == "near_title"


# The figure


def test_an_open_case_is_counted_and_subtracts_nothing(case: OverlapCase, figure: Any) -> None:
    found = figure("benefits_overlap")
    assert (found.value, found.included, found.missing) == (0, 0, 1)
    assert figure("benefits_net_of_overlap").value == 280
    line = LedgerLine.objects.get(valid(), metric="benefits_overlap")
    assert (line.source_type, line.source_id) == ("overlapcase", case.pk)
    assert (line.value, line.included, line.reason) == (None, False, "overlap_open")


def test_what_is_agreed_is_subtracted_as_a_line_of_its_own(
    resolved: Any, figure: Any, two: Any, api: Any
) -> None:
    assert resolved(resolution="accepted", overlap_amount="30").status_code == 200
    assert figure("benefits_forecast_outturn").value == 280
    assert figure("benefits_overlap").value == 30
    assert figure("benefits_net_of_overlap").value == 250
    path = f"programmes/{two.home.pk}/rollup/benefits_overlap/"
    [line] = api(two.manager).get(path).json()["lines"]
    assert (line["value"], line["source"]["code"], line["source"]["title"]) == (
        "30.00", two.first.code, two.second.code,
    )  # fmt: skip
    assert differences() == []


def test_what_is_given_up_later_is_subtracted_no_more(resolved: Any, figure: Any, two: Any) -> None:
    resolved(resolution="accepted", overlap_amount="30")
    Benefit.objects.filter(pk=two.second.pk).update(status="withdrawn")
    assert figure("benefits_overlap").value == 0
    line = LedgerLine.objects.get(valid(), metric="benefits_overlap")
    assert (line.included, line.reason) == (False, "withdrawn")


def test_two_losses_that_are_one_leave_one(two: Any, figure: Any) -> None:
    Benefit.objects.filter(programme=two.home).update(category="dis_benefit", polarity=-1)
    factories.overlap(
        two.first, two.second, state="resolved", resolution="accepted", overlap_amount=80
    )
    assert figure("benefits_forecast_outturn").value == -280
    assert figure("benefits_overlap").value == -80
    assert figure("benefits_net_of_overlap").value == -200


def test_no_more_is_subtracted_than_the_two_come_to_by_now(
    resolved: Any, figure: Any, two: Any
) -> None:
    assert resolved(resolution="accepted", overlap_amount="80").status_code == 200
    assert figure("benefits_net_of_overlap").value == 200
    two.second.profile_entries.filter(version_kind="forecast").update(value=20)
    assert figure("benefits_overlap").value == 20
    assert figure("benefits_net_of_overlap").value == 200
    assert differences() == []


def test_a_portfolio_sums_what_is_agreed(resolved: Any, figure: Any, two: Any, api: Any) -> None:
    resolved(resolution="accepted", overlap_amount="30")
    figure("benefits_overlap")
    factories.role(two.manager, "viewer", portfolio=two.home.portfolio)
    path = f"portfolios/{two.home.portfolio_id}/rollup/benefits_net_of_overlap/"
    assert api(two.manager).get(path).json()["value"] == "250.00"


# Resolving


def test_a_resolution_says_who_when_and_why(resolved: Any, case: OverlapCase, two: Any) -> None:
    told = resolved(resolution="accepted", overlap_amount="30").json()
    assert (told["state"], told["resolution"], told["overlap_amount"]) == (
        "resolved", "accepted", "30.00",
    )  # fmt: skip
    assert (told["reason"], told["resolved_on"]) == ("Meters agree", "2026-10-31")
    assert told["resolved_by"] == two.manager.person.pk
    again = resolved(resolution="none")
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({"resolution": "accepted"}, 400, "/overlap_amount"),
        ({"resolution": "accepted", "overlap_amount": "0"}, 400, "/overlap_amount"),
        ({"resolution": "accepted", "overlap_amount": "80.01"}, 400, "/overlap_amount"),
        ({"resolution": "none", "overlap_amount": "1"}, 400, "/overlap_amount"),
        ({"resolution": "none", "reason": ""}, 400, "/reason"),
        ({"resolution": "shrug"}, 400, "/resolution"),
        ({"resolution": "merged"}, 409, "/resolution"),
        ({"resolution": "reduced"}, 409, "/resolution"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(
    body: dict[str, Any], status: int, pointer: str, resolved: Any
) -> None:
    answer = resolved(**body)
    assert answer.status_code == status, answer.content
    assert pointer in {error["pointer"] for error in answer.json()["errors"]}


def test_of_three_that_are_one_no_more_is_agreed_than_leaves_one(
    resolved: Any, case: OverlapCase, two: Any
) -> None:
    third = factories.benefit(programme=two.home)
    factories.entry(third, 2026, 80, version_kind="forecast")
    agreed = {"state": "resolved", "resolution": "accepted", "overlap_amount": 80}
    factories.overlap(two.first, third, **agreed)
    factories.overlap(two.second, third, **agreed | {"overlap_amount": 50})
    refused = resolved(resolution="accepted", overlap_amount="30.01")
    assert (refused.status_code, "With what is agreed already" in refused.text) == (400, True)
    assert resolved(resolution="accepted", overlap_amount="30").status_code == 200


def test_the_most_is_what_is_forecast_where_that_is_less_than_was_planned(
    resolved: Any, two: Any
) -> None:
    two.second.profile_entries.filter(version_kind="forecast").update(value=20)
    assert resolved(resolution="accepted", overlap_amount="20.01").status_code == 400
    assert resolved(resolution="accepted", overlap_amount="20").status_code == 200


def test_what_was_done_about_it_is_looked_for(resolved: Any, two: Any, api: Any) -> None:
    body = {
        "benefit": two.second.pk, "kind": "forecast", "reason": "The other claims it",
        "entries": [{"period_start": "2026-04-01", "period_end": "2027-03-31", "value": "50"}],
    }  # fmt: skip
    assert api(two.manager).post("profile-versions/", body).status_code == 201
    assert resolved(resolution="reduced").status_code == 200


def test_two_are_merged_once_one_gave_way(resolved: Any, two: Any, api: Any) -> None:
    superseded = api(two.manager).verb(
        f"benefits/{two.second.pk}/supersession/", {"reason": "B1 says it"}
    )
    assert superseded.status_code == 200
    assert resolved(resolution="merged").status_code == 200


def test_who_owns_one_of_the_two_does_not_resolve_it(
    resolved: Any, case: OverlapCase, two: Any
) -> None:
    assert resolved(by=two.owner, resolution="none").status_code == 404
    factories.role(two.owner, "programme_manager", programme=two.home)
    assert resolved(by=two.owner, resolution="none").status_code == 403
    with pytest.raises(IntegrityError, match="does not resolve it"), transaction.atomic():
        OverlapCase.objects.filter(pk=case.pk).update(
            state="resolved", resolution="none", reason="Mine", resolved_on="2026-10-31",
            resolved_by=two.owner.person,
        )  # fmt: skip


def test_it_is_tried_before_it_is_done(
    resolved: Any, case: OverlapCase, figure: Any, two: Any, api: Any
) -> None:
    figure("benefits_overlap")
    path = f"overlap-cases/{case.pk}/resolution/?preview=1"
    body = {"resolution": "accepted", "overlap_amount": "30", "reason": "Meters agree"}
    seen = api(two.manager).verb(path, body).json()
    moved = {each["name"]: (each["from"], each["to"]) for each in figures_of(seen)}
    assert moved["benefits_net_of_overlap"] == ("280.00", "250.00")
    case.refresh_from_db()
    assert case.state == "open"


def figures_of(preview: Any) -> Any:
    """The figures of the one programme that a preview moves."""
    [programme] = preview["programmes"]
    return programme["metrics"]


# Who sees it, and where it is told


def test_a_viewer_sees_it_and_resolves_nothing(
    resolved: Any, case: OverlapCase, two: Any, api: Any
) -> None:
    viewer, stranger = factories.user("viewer"), factories.user("stranger")
    factories.role(viewer, "viewer", programme=two.home)
    assert api(viewer).get(f"overlap-cases/?benefit={two.second.pk}").json()["count"] == 1
    assert resolved(by=viewer, resolution="none").status_code == 403
    assert api(stranger).get("overlap-cases/").json()["count"] == 0
    assert resolved(by=stranger, resolution="none").status_code == 404
    assert api(two.manager).post("overlap-cases/", {}).status_code == 405


def test_sums_that_may_count_twice_warn(
    case: OverlapCase, figure: Any, two: Any, words: Any, client_of: Any
) -> None:
    figure("benefits_overlap")
    client = client_of(two.manager)
    page = words(client.get(f"/programmes/{two.home.pk}/benefits/"))
    assert "May be counted twice 1 pair of benefits may claim the same." in page
    OverlapCase.objects.filter(pk=case.pk).update(
        state="resolved", resolution="accepted", overlap_amount=Decimal(30), reason="Meters",
        resolved_on="2026-10-31",
    )  # fmt: skip
    figure("benefits_overlap")
    page = words(client.get(f"/programmes/{two.home.pk}/benefits/"))
    assert "May be counted twice" not in page
    assert "30 is agreed to be claimed twice" in page


def test_its_page_of_before_says_that_it_is_open(
    resolved: Any, case: OverlapCase, two: Any, client_of: Any, words: Any
) -> None:
    then = timezone.now().isoformat()
    resolved(resolution="none")
    address = f"/overlap-cases/{case.pk}/"
    assert "They do not overlap" in words(client_of(two.manager).get(address))
    page = words(client_of(two.manager).get(address, {"as_of": then}))
    assert "They do not overlap" not in page
    assert "They have the same measure and unit" in page


# Moving one of the two


def test_a_benefit_moves_once_the_overlap_is_resolved_and_who_sees_both_reads_of_it(
    resolved: Any, case: OverlapCase, two: Any, api: Any
) -> None:
    office, there = factories.user("office"), factories.programme(portfolio=two.home.portfolio)
    factories.role(office, "pmo")
    path = f"benefits/{two.second.pk}/move/"
    body = {"to_programme": there.pk, "reason": "Repairs are theirs"}
    refused = api(office).verb(path, body)
    assert (refused.status_code, str(case) in refused.text) == (409, True)
    assert resolved(resolution="none").status_code == 200
    assert api(office).verb(path, body).status_code == 200
    read = f"overlap-cases/{case.pk}/"
    assert [api(user).get(read).status_code for user in (office, two.manager)] == [200, 404]
    assert api(two.manager).get("overlap-cases/").json()["count"] == 0


def test_a_benefit_of_which_a_part_is_counted_once_does_not_move(
    resolved: Any, case: OverlapCase, two: Any, api: Any
) -> None:
    office, there = factories.user("office"), factories.programme(portfolio=two.home.portfolio)
    factories.role(office, "pmo")
    assert resolved(resolution="accepted", overlap_amount="30").status_code == 200
    body = {"to_programme": there.pk, "reason": "Repairs are theirs"}
    refused = api(office).verb(f"benefits/{two.second.pk}/move/", body)
    assert (refused.status_code, errors_of(refused).keys()) == (409, {"/to_programme"})
    two.second.refresh_from_db()
    assert two.second.programme == two.home
    # One that is elsewhere already goes back.
    Benefit.objects.filter(pk=two.second.pk).update(programme=there)
    back = {"to_programme": two.home.pk, "reason": "They belong together"}
    assert api(office).verb(f"benefits/{two.second.pk}/move/", back).status_code == 200


def test_two_that_move_together_are_asked_about_again_where_they_are(
    resolved: Any, two: Any
) -> None:
    resolved(resolution="accepted", overlap_amount="30")
    there = factories.programme(portfolio=two.home.portfolio)
    Benefit.objects.filter(pk__in=[two.first.pk, two.second.pk]).update(programme=there)
    assert open_overlaps() == 1
    assert OverlapCase.objects.get(state="open").programme == there
    assert open_overlaps() == 0
