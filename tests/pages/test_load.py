"""The load of resources: who is booked beyond what there is, and what hangs on it."""

import pytest

from benefits.models import BenefitContribution
from pmhub.models import Person
from programmes.models import LedgerLine
from projects.models import Allocation, Resource, ResourceCapacity
from tests import factories

ADDRESS = "/resources/load/"


def test_it_shows_load_by_month_and_what_is_contended(client_of, pmo, demo, words):
    page = words(client_of(pmo).get(f"{ADDRESS}?from=2027-01&months=36"))
    assert "RS02 Tower crane and gang" in page
    assert "O Over 2/1" in page
    assert "CAM-02" in page


def test_what_is_soft_or_asked_for_is_told_apart(client_of, pmo, demo, words):
    crane = Allocation.objects.filter(resource__code="RS09").first().resource
    Allocation.objects.filter(resource=crane).delete()
    project = demo.project("CAM-02")
    for units, firmness in ((1, "firm"), (0.5, "soft"), (0.25, "requested"), (9, "declined")):
        factories.allocation(crane, project, units, firmness=firmness)
    page = words(client_of(pmo).get(f"{ADDRESS}?from=2026-11&months=6"))
    assert "O Over 1.5/1 0.5 soft +0.25 asked" in page


def test_a_benefit_is_at_stake_once_by_the_share_of_the_projects(client_of, pmo, demo, words):
    response = client_of(pmo).get(f"{ADDRESS}?from=2026-11&months=36")
    row = next(each for each in response.context["contended"] if each["resource"].code == "RS02")
    codes = {each.code for each in row["projects"]}
    links = BenefitContribution.objects.filter(project__code__in=codes)
    worth = dict(
        LedgerLine.objects.filter(
            metric="benefits_whole_life_planned", included=True, valid_to=None
        ).values_list("source_id", "amount")
    )
    wanted = sum(each.weight * worth[each.benefit_id] for each in links if each.benefit_id in worth)
    assert wanted > 0
    assert row["value"] == wanted
    assert len({each.benefit for each in row["stakes"]}) == len(row["stakes"])


def test_capacity_of_a_period_is_what_it_is_held_against(client_of, pmo, demo, words):
    crane = Allocation.objects.filter(resource__code="RS02").first().resource
    ResourceCapacity.objects.create(
        resource=crane, period_start="2027-01-01", period_end="2028-12-31", capacity=3
    )
    page = client_of(pmo).get(f"{ADDRESS}?from=2027-01&months=12")
    assert "RS02" not in {each["resource"].code for each in page.context["contended"]}


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("programme={SSV}", {"RS05", "RS06"}),
        ("project={CAM-06}", {"RS02"}),
        ("from=2027-13&months=5&project=x", {"RS01"}),
    ],
)
def test_it_is_narrowed_and_what_is_no_filter_is_left_out(client_of, pmo, demo, query, kept):
    ids = {each: demo.programme(each).pk for each in ("SSV",)}
    ids["CAM-06"] = demo.project("CAM-06").pk
    response = client_of(pmo).get(f"{ADDRESS}?{query.format(**ids)}")
    assert response.status_code == 200
    assert kept <= {each["resource"].code for each in response.context["rows"]}


def test_who_owns_a_resource_answers_and_others_look(client_of, demo, pmo, viewer, words):
    owner = factories.user("owner")
    crane = Allocation.objects.get(firmness="requested").resource
    type(crane).objects.filter(pk=crane.pk).update(owner=owner.person)
    assert "Answer : RS02 for Another project" in words(client_of(owner).get(ADDRESS))
    assert "Look : RS02 for CAM-06" in words(client_of(viewer).get(ADDRESS))


def test_a_stranger_sees_no_resource(client_of, stranger, words):
    assert "No resource is booked here." in words(client_of(stranger).get(ADDRESS))


def test_queries_do_not_grow_with_resources(client_of, pmo, demo, queries_of):
    some = queries_of(client_of(pmo), f"{ADDRESS}?programme={demo.programme('CAM').pk}&months=36")
    every = queries_of(client_of(pmo), f"{ADDRESS}?months=36")
    assert some == every


def test_whose_time_is_a_resource_has_their_load_on_their_page(client_of, viewer, demo, words):
    aisha, peter = (Person.objects.get(code=code) for code in ("PE18", "PE19"))
    page = words(client_of(viewer).get(f"/people/{aisha.pk}/"))
    assert "Load by month" in page
    assert "RS11 Aisha Rahman FTE 1/1" in page
    assert "Booked beyond capacity" not in page
    assert "Load by month" not in words(client_of(viewer).get(f"/people/{peter.pk}/"))
    time = Resource.objects.get(code="RS11")
    factories.allocation(time, demo.project("CAM-03"), 1, ends_on="2026-12-31")
    page = words(client_of(viewer).get(f"/people/{aisha.pk}/"))
    assert "O Over 2/1" in page
    assert (
        "Booked beyond capacity Nov 2026 to Dec 2026 by CAM-02 CAM-03 CAM-05 · Benefits behind them"
        in page
    )


def test_a_resource_has_its_load_on_its_page(client_of, viewer, demo, words):
    crane = Resource.objects.get(code="RS02")
    page = words(client_of(viewer).get(f"/resources/{crane.pk}/"))
    assert "RS02 Tower crane and gang unit 1/1" in page
