"""Links of the benefits map over REST: who may make them, what they may join, and no circles."""

from itertools import pairwise

import pytest
from django.db import IntegrityError, transaction
from rest_framework.test import APIClient

from benefits.models import Benefit, BenefitLink
from pmhub.models import User
from programmes.models import LedgerLine, RollupRequest
from projects.models import Output
from tests.admin.forms import entries, errors
from tests.admin.test_entering import address
from tests.benefits.conftest import errors_of, linked
from tests.faults.actors import Actor, ending, orders, play, step


@pytest.fixture
def ends(demo):
    """A programme, an output, and benefits by code."""
    return {
        "cam": demo.programme("CAM"),
        "output": Output.objects.get(code="O06"),
        **{code: demo.benefit(code) for code in ("B01", "B07", "B16", "B17")},
    }


# Allowed and refused


def test_who_may_link_and_who_may_not(ends, api, cam_manager, ssv_manager, viewer, stranger):
    body = {
        "programme": ends["cam"].pk,
        "from_output": ends["output"].pk,
        "to_benefit": ends["B16"].pk,
        "rationale": "People linger where there is something to look at.",
    }
    codes = [
        api(who).post("benefit-links/", body).status_code
        for who in (stranger, ssv_manager, viewer, cam_manager)
    ]
    assert codes == [400, 400, 403, 201]  # for the first two there is no such programme
    assert api(cam_manager).post("benefit-links/", body).status_code == 400  # linked already


def test_an_outcome_is_kept_and_has_a_history(ends, api, cam_manager, viewer):
    body = {"programme": ends["cam"].pk, "code": "OC9", "title": "Labs are booked, not owned"}
    assert api(viewer).post("outcomes/", body).status_code == 403
    made = api(cam_manager).post("outcomes/", body)
    assert made.status_code == 201
    path = f"outcomes/{made.json()['id']}/"
    ready = {"capability_ready_on": "2026-10-01"}
    changed = api(cam_manager).verb(f"{path}readiness/", ready)
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    wrong = api(cam_manager).patch(
        path, {"transition_start": "2028-01-01", "embedded_on": "2027-01-01"}
    )
    assert errors_of(wrong) == {"/embedded_on": "invalid"}
    told = api(viewer).get(f"{path}history/").json()["results"]
    assert [event["action"] for event in told] == ["changed", "created"]
    found = api(viewer).get(f"outcomes/?programme={ends['cam'].pk}&state=capability_ready").json()
    assert [row["code"] for row in found["results"]] == ["OC9"]
    assert api(cam_manager).delete(path).status_code == 204


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"to_benefit": "B16"}, {"/from_output": "invalid"}),
        ({"from_output": "output"}, {"/to_outcome": "invalid"}),
        (
            {"from_output": "output", "from_benefit": "B16", "to_benefit": "B01"},
            {"/from_output": "invalid"},
        ),
        ({"from_benefit": "B16", "to_benefit": "B16"}, {"/to_benefit": "invalid"}),
        ({"from_benefit": "B01", "to_benefit": "B16"}, {"/from_benefit": "invalid"}),
        ({"from_benefit": "B17", "to_benefit": "B01"}, {"/from_benefit": "invalid"}),
        ({"from_output": "output", "to_benefit": "B07"}, {"/to_benefit": "invalid"}),
    ],
    ids=[
        "no source", "no target", "two sources", "itself", "from an end benefit",
        "from elsewhere", "to elsewhere",
    ],
)  # fmt: skip
def test_what_cannot_be_linked_is_refused_at_its_field(ends, api, pmo, body, errors):
    given = {name: ends[value].pk for name, value in body.items()}
    refused = api(pmo).post("benefit-links/", {"programme": ends["cam"].pk, **given})
    assert (refused.status_code, errors_of(refused)) == (400, errors)


def test_the_database_refuses_the_same_whoever_writes(ends, outcomes):
    cam, (outcome,) = ends["cam"], outcomes(1)
    for bad in (
        {"from_benefit": ends["B01"], "to_benefit": ends["B16"]},
        {"from_benefit": ends["B17"], "to_benefit": ends["B16"]},
        {"from_benefit": ends["B16"], "to_outcome": outcome},
        {"from_outcome": outcome},
        {"from_outcome": outcome, "to_outcome": outcome},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            BenefitLink.objects.create(programme=cam, **bad)


def test_a_link_moves_no_figure(ends, outcomes):
    RollupRequest.objects.all().delete()
    lines = LedgerLine.objects.count()
    linked(*outcomes(2))
    assert (RollupRequest.objects.count(), LedgerLine.objects.count()) == (0, lines)


# Circles


def test_a_circle_is_refused_and_its_way_named(api, pmo, outcomes):
    way = outcomes(4)
    linked(*way)
    body = {
        "programme": way[0].programme_id,
        "from_outcome": way[3].pk,
        "to_outcome": way[1].pk,
    }
    refused = api(pmo).post("benefit-links/", body)
    assert (refused.status_code, errors_of(refused)) == (400, {"/to_outcome": "cycle"})
    (error,) = refused.json()["errors"]
    assert error["detail"] == "This link would close a circle: X3 → X1 → X2 → X3."
    # Forwards, past one on the way, is no circle.
    past = body | {"from_outcome": way[0].pk, "to_outcome": way[3].pk}
    assert api(pmo).post("benefit-links/", past).status_code == 201


def test_a_circle_of_benefits_is_refused_too(demo, api, pmo):
    cam = demo.programme("CAM")
    first, second = (
        Benefit.objects.create(
            programme=cam, code=code, title="More", category="qualitative", unit="%",
            kind="stock", level="intermediate",
        )
        for code in ("B97", "B98")
    )  # fmt: skip
    there = {"programme": cam.pk, "from_benefit": first.pk, "to_benefit": second.pk}
    back = {"programme": cam.pk, "from_benefit": second.pk, "to_benefit": first.pk}
    assert api(pmo).post("benefit-links/", there).status_code == 201
    refused = api(pmo).post("benefit-links/", back)
    assert refused.json()["errors"][0]["detail"].endswith(": B98 → B97 → B98.")


def test_the_admin_pages_name_the_way_too(client_of, pmo, outcomes):
    one, other = outcomes(2)
    linked(one, other)
    admin = client_of(pmo)
    at = address(BenefitLink, "add")
    filled = entries(
        admin.get(at), programme=one.programme_id, from_outcome=other.pk, to_outcome=one.pk
    )
    page = admin.post(at, filled)
    assert errors(page)["__all__"] == ["This link would close a circle: X1 → X0 → X1."]
    assert BenefitLink.objects.filter(from_outcome=other).count() == 0


def test_many_links_at_once_are_looked_at_together(outcomes):
    way = outcomes(3)
    circle = [*way, way[0]]
    links = [
        BenefitLink(programme_id=one.programme_id, from_outcome=one, to_outcome=other)
        for one, other in pairwise(circle)
    ]
    with pytest.raises(IntegrityError, match=r"X\d → X\d → X\d → X\d"), transaction.atomic():
        BenefitLink.objects.bulk_create(links)
    assert BenefitLink.objects.bulk_create(links[:2])


def test_turning_a_link_round_is_looked_at_too(outcomes):
    way = outcomes(3)
    _, second = linked(*way)
    extra = BenefitLink.objects.create(
        programme_id=way[0].programme_id, from_outcome=way[0], to_outcome=way[2]
    )
    extra.from_outcome, extra.to_outcome = way[2], way[0]
    with pytest.raises(IntegrityError, match="would close a circle"), transaction.atomic():
        extra.save()
    second.delete()
    extra.save()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_sessions_with_half_a_circle_each_are_told_apart_in_every_order(outcomes):
    one, other = outcomes(2)
    writer = User.objects.get(username="pmo")
    answers = []

    def half(source, target):
        def body():
            step()
            client = APIClient()
            client.force_login(writer)
            with transaction.atomic():
                answer = client.post(
                    "/api/v1/benefit-links/",
                    {
                        "programme": one.programme_id,
                        "from_outcome": source.pk,
                        "to_outcome": target.pk,
                    },
                    format="json",
                )
                answers.append(answer)
                step()

        return body

    sessions = [Actor("there", half(one, other), 2), Actor("back", half(other, one), 2)]
    with ending(sessions):
        for order in orders((2, 2)):
            answers.clear()
            play(sessions, order, lambda actor: None)
            assert sorted(answer.status_code for answer in answers) == [201, 400], order
            (refused,) = (answer for answer in answers if answer.status_code == 400)
            (error,) = refused.json()["errors"]
            assert error["code"] == "cycle"
            assert error["detail"].split(": ")[1] in ("X0 → X1 → X0.", "X1 → X0 → X1.")
            links = BenefitLink.objects.filter(from_outcome__in=[one, other])
            assert links.count() == 1
            links.delete()


def test_a_preview_of_a_circle_is_refused_and_of_a_link_saves_nothing(api, pmo, outcomes):
    one, other = outcomes(2)
    body = {"programme": one.programme_id, "from_outcome": one.pk, "to_outcome": other.pk}
    before = BenefitLink.objects.count()
    assert api(pmo).post("benefit-links/?preview=1", body).status_code == 200
    assert BenefitLink.objects.count() == before
    linked(one, other)
    back = body | {"from_outcome": other.pk, "to_outcome": one.pk}
    assert api(pmo).post("benefit-links/?preview=1", back).status_code == 400


def test_the_same_key_makes_one_link(outcomes, api, pmo):
    one, other = outcomes(2)
    body = {"programme": one.programme_id, "from_outcome": one.pk, "to_outcome": other.pk}
    client = api(pmo).client
    sent = [
        client.post(
            "/api/v1/benefit-links/", body, format="json", headers={"Idempotency-Key": "map-1"}
        )
        for _ in range(2)
    ]
    assert [answer.status_code for answer in sent] == [201, 201]
    assert sent[0].json()["id"] == sent[1].json()["id"]
