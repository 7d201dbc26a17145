"""Another programme claims a share of a benefit: the owner agrees, and it is counted once."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from benefits.models import SharedBenefitClaim
from pmhub.database.deferred_checks import check_deferred
from pmhub.models import User
from programmes.models import Programme
from tests import factories
from tests.api.conftest import api, errors_of

__all__ = ["api"]

SHARE = {"share": "0.25", "rationale": "Its heat network lowers the same bills"}


@pytest.fixture
def house(nothing: None) -> dict[str, Any]:
    """A benefit of one programme, another beside it, and who manages each of them."""
    benefit = factories.benefit()
    owner = benefit.programme
    other = factories.programme(portfolio=owner.portfolio)
    mia, noor = factories.user("mia"), factories.user("noor")
    for user, programme in ((mia, owner), (noor, other)):
        factories.role(user, "programme_manager", programme=programme)
    return {"benefit": benefit, "owner": owner, "other": other, "mia": mia, "noor": noor}


def claimed(api: Any, house: dict[str, Any], **more: Any) -> Any:
    """The other programme claims a share."""
    if not house["noor"].person.roles.filter(programme=house["owner"]).exists():
        factories.role(house["noor"], "viewer", programme=house["owner"])
    body = {"benefit": house["benefit"].pk, "programme": house["other"].pk} | SHARE | more
    return api(User.objects.get(pk=house["noor"].pk)).post("shared-claims/", body)


def test_one_claims_and_the_owner_agrees(house: dict[str, Any], api: Any) -> None:
    made = claimed(api, house)
    assert (made.status_code, made.json()["state"]) == (201, "proposed"), made.json()
    path = f"shared-claims/{made.json()['id']}/"
    assert api(house["noor"]).verb(f"{path}agreement/", {}).status_code == 403
    agreed = api(house["mia"]).verb(f"{path}agreement/", {})
    assert (agreed.status_code, agreed.json()["state"]) == (200, "agreed")
    assert api(house["noor"]).patch(path, {"share": "0.5"}).status_code == 409
    ended = api(house["mia"]).verb(f"{path}refusal/", {"reason": "It is ours alone"})
    assert (ended.status_code, ended.json()["state"]) == (200, "withdrawn")
    # Withdrawn, another claim can be made.
    assert claimed(api, house).status_code == 201


def test_who_sees_no_benefit_claims_none(house: dict[str, Any], api: Any) -> None:
    body = {"benefit": house["benefit"].pk, "programme": house["other"].pk} | SHARE
    assert errors_of(api(house["noor"]).post("shared-claims/", body)).keys() == {"/benefit"}
    assert api(house["mia"]).post("shared-claims/", body).status_code in (400, 403)
    claim = factories.claim(house["benefit"], programme=house["other"])
    stranger = factories.user("sue")
    assert api(stranger).get(f"shared-claims/{claim.pk}/").status_code == 404
    # Both sides see it: the claimant by its programme, the owner by its benefit.
    for name in ("mia", "noor"):
        assert api(house[name]).get(f"shared-claims/{claim.pk}/").status_code == 200


@pytest.mark.parametrize(
    ("more", "field"),
    [({"share": "0"}, "/share"), ({"share": "1.5"}, "/share"), ({"benefit": 0}, "/benefit")],
)
def test_a_claim_that_makes_no_sense_names_the_field(
    more: dict[str, Any], field: str, house: dict[str, Any], api: Any
) -> None:
    refused = claimed(api, house, **more)
    assert (refused.status_code, errors_of(refused).keys()) == (400, {field})


def test_nobody_claims_what_is_their_own_or_of_another_portfolio(house: dict[str, Any]) -> None:
    for programme in (house["owner"], factories.programme()):
        with pytest.raises(IntegrityError, match="another programme"), transaction.atomic():
            factories.claim(house["benefit"], programme=programme)


def ask_for_more() -> None:
    """Write another share by plain SQL."""
    SharedBenefitClaim.objects.update(share="0.25")
    check_deferred()


def test_claims_and_contributions_come_to_the_whole_at_most(
    house: dict[str, Any], api: Any
) -> None:
    benefit = house["benefit"]
    share = factories.contribution(
        factories.project(programme=house["owner"]), benefit=benefit, weight="0.8"
    )
    pm, contribution = api(house["mia"]), f"contributions/{share.pk}/"
    much = claimed(api, house)
    assert (much.status_code, errors_of(much).keys()) == (409, {"/share"})
    made = claimed(api, house, share="0.2")  # what is proposed takes nothing yet
    assert made.status_code == 201, made.json()
    path = f"shared-claims/{made.json()['id']}/"
    more = api(house["noor"]).patch(path, {"share": "0.25"})
    assert (more.status_code, errors_of(more).keys()) == (409, {"/share"})
    with pytest.raises(IntegrityError, match="more than the whole"), transaction.atomic():
        ask_for_more()
    assert pm.patch(contribution, {"weight": "0.85"}).status_code == 200
    refused = pm.verb(f"{path}agreement/", {})
    assert (refused.status_code, errors_of(refused).keys()) == (409, {"/share"})
    assert pm.patch(contribution, {"weight": "0.8"}).status_code == 200
    assert pm.verb(f"{path}agreement/", {}).status_code == 200
    assert pm.patch(contribution, {"weight": "0.85"}).status_code in (400, 409)


def test_a_claim_that_is_agreed_at_once_takes_its_share_once(house: dict[str, Any]) -> None:
    with transaction.atomic():
        claim = factories.claim(house["benefit"], programme=house["other"], share="0.6")
        SharedBenefitClaim.objects.filter(pk=claim.pk).update(share="0.5")
        SharedBenefitClaim.objects.filter(pk=claim.pk).update(share="0.6", state="agreed")
        check_deferred()
    assert SharedBenefitClaim.objects.get(pk=claim.pk).state == "agreed"


def test_the_value_is_counted_once(house: dict[str, Any], drain: Any, api: Any) -> None:
    factories.entry(house["benefit"], 2026, 1000)
    drain()

    def planned(programme: Programme, who: str) -> Any:
        found = api(house[who]).get(f"programmes/{programme.pk}/rollup/").json()["metrics"]
        return found["benefits_whole_life_planned"]["value"]

    before = planned(house["owner"], "mia"), planned(house["other"], "noor")
    factories.claim(house["benefit"], programme=house["other"], state="agreed")
    assert drain() == 0
    assert (planned(house["owner"], "mia"), planned(house["other"], "noor")) == before


def test_a_claim_ends_where_the_benefit_becomes_the_claimant_s_own(
    house: dict[str, Any], api: Any
) -> None:
    pmo = factories.user("olive")
    factories.role(pmo, "pmo", portfolio=house["owner"].portfolio)
    claim = factories.claim(house["benefit"], programme=house["other"], state="agreed")
    body = {"to_programme": house["other"].pk, "reason": "It is theirs"}
    moved = api(pmo).verb(f"benefits/{house['benefit'].pk}/move/", body)
    assert moved.status_code == 200, moved.json()
    claim.refresh_from_db()
    assert claim.state == "withdrawn"


def test_a_merger_of_two_that_claim_of_one_benefit_leaves_one_claim(
    house: dict[str, Any], api: Any
) -> None:
    home = house["owner"].portfolio
    pmo = factories.user("olive")
    factories.role(pmo, "pmo", portfolio=home)
    third = factories.benefit(programme=factories.programme(portfolio=home))
    kept, ended = (
        factories.claim(third, programme=house[name], share=share, state="agreed")
        for name, share in (("owner", "0.4"), ("other", "0.6"))
    )
    body = {"other": house["other"].pk, "reason": "One roof"}
    merged = api(pmo).verb(f"programmes/{house['owner'].pk}/merger/", body)
    assert merged.status_code == 200, merged.json()
    told = [each for each in merged.json()["along"] if "claim" in each["kind"]]
    assert [(each["fate"], each["count"]) for each in told] == [("ends", 1)]
    for claim, state in ((kept, "agreed"), (ended, "withdrawn")):
        claim.refresh_from_db()
        assert claim.state == state
    # What was claimed twice can be claimed by another.
    factories.claim(third, programme=factories.programme(portfolio=home), share="0.6",
                    state="agreed")  # fmt: skip


def test_a_merger_ends_what_one_claims_of_the_other(house: dict[str, Any], api: Any) -> None:
    pmo = factories.user("olive")
    factories.role(pmo, "pmo", portfolio=house["owner"].portfolio)
    factories.claim(house["benefit"], programme=house["other"])
    third = factories.benefit(programme=factories.programme(portfolio=house["owner"].portfolio))
    factories.claim(third, programme=house["other"], state="agreed")
    body = {"other": house["other"].pk, "reason": "One roof"}
    merged = api(pmo).verb(f"programmes/{house['owner'].pk}/merger/", body)
    assert merged.status_code == 200, merged.json()
    states = {
        row.benefit_id: (row.state, row.programme) for row in SharedBenefitClaim.objects.all()
    }
    assert states == {
        house["benefit"].pk: ("withdrawn", house["other"]),
        third.pk: ("agreed", house["owner"]),
    }
