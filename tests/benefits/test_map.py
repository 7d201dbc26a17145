"""The benefits map: what it shows to whom, where it says that the way is missing, and then."""

from datetime import date

import pytest
from django.utils import timezone

from benefits.models import Benefit, BenefitLink
from pmhub.models import User
from programmes.models import Outcome, Programme
from programmes.queries import benefits_map
from projects.models import Output, Project
from tests import factories
from tests.benefits.conftest import linked


@pytest.fixture
def cam(demo):
    return demo.programme("CAM")


@pytest.fixture
def read(api, cam):
    """`read(user)`: the map of CAM."""
    return lambda user, query="": api(user).get(f"programmes/{cam.pk}/benefits-map/{query}").json()


def flags(found):
    """Return the flags of the nodes that lack something, by code."""
    return {node["code"]: node["flags"] for node in found["nodes"] if node["flags"]}


def test_the_map_of_the_demo(read, viewer):
    found = read(viewer)
    assert found["columns"] == ["output", "outcome", "intermediate", "end", "objective"]
    count = {name: sum(n["column"] == name for n in found["nodes"]) for name in found["columns"]}
    assert count == {"output": 9, "outcome": 5, "intermediate": 1, "end": 6, "objective": 4}
    assert flags(found) == {"O06": ["leads_to_no_benefit"], "SO5": ["no_benefit_serves_it"]}
    assert (found["orphans"], found["hidden"]) == (2, 0)
    by_key = {node["key"]: node for node in found["nodes"]}
    ways = {(by_key[e["source"]]["code"], by_key[e["target"]]["code"]) for e in found["links"]}
    assert {("O02", "OC1"), ("OC1", "B16"), ("B16", "B01"), ("B01", "SO1")} <= ways
    output = next(node for node in found["nodes"] if node["code"] == "O02")
    assert (output["project"], output["state"]) == ("CAM-02", "in_progress")
    assert output["url"].endswith(f"/api/v1/outputs/{output['id']}/")


def test_a_stranger_finds_no_map_where_a_viewer_finds_one(api, cam, viewer, stranger):
    path = f"programmes/{cam.pk}/benefits-map/"
    assert [api(who).get(path).status_code for who in (viewer, stranger)] == [200, 404]
    refused = api(viewer).get(f"{path}?x=1")
    assert refused.status_code == 400


def test_every_gap_has_its_flag(cam, read, viewer):
    Outcome.objects.create(programme=cam, code="X0", title="Alone")
    Benefit.objects.filter(code="B05").update(objective=None)
    Benefit.objects.get(code="B05").objectives.clear()
    BenefitLink.objects.filter(to_benefit__code="B05").delete()
    BenefitLink.objects.filter(from_benefit__code="B16").delete()
    found = flags(read(viewer))
    assert found["X0"] == ["leads_to_no_benefit", "nothing_leads_to_it"]
    assert found["B05"] == ["serves_no_objective", "nothing_leads_to_it"]
    assert found["OC5"] == ["leads_to_no_benefit"]
    assert found["B16"] == ["leads_to_no_end_benefit"]
    assert found["SO2"] == ["no_benefit_serves_it"]


def test_what_is_no_longer_pursued_leads_nowhere(cam, read, viewer):
    Benefit.objects.filter(code="B03").update(status="withdrawn")
    factories.descope(Output.objects.get(code="O08"))
    day = date(2026, 10, 30)
    Project.objects.filter(code="CAM-04").update(status="terminated", terminated_on=day)
    found = read(viewer)
    codes = {node["code"] for node in found["nodes"]}
    assert not codes & {"B03", "O08", "O04"}
    assert flags(found)["OC3"] == ["leads_to_no_benefit"]
    assert flags(found)["O09"] == ["leads_to_no_benefit"]
    assert flags(found)["OC4"] == ["nothing_leads_to_it"]


def test_outputs_out_of_sight_are_counted_and_not_named(cam, read, viewer, pmo, demo):
    """A project that moved away takes its outputs out of the sight of who sees CAM alone."""
    Project.objects.filter(code="CAM-07").update(programme=demo.programme("NZE"))
    seen, all_of_it = read(viewer), read(pmo)
    assert (seen["hidden"], all_of_it["hidden"]) == (1, 0)
    assert "O08" not in {node["code"] for node in seen["nodes"]}
    assert "O08" in {node["code"] for node in all_of_it["nodes"]}
    Project.objects.filter(code="CAM-02").update(programme=demo.programme("NZE"))
    # What only hidden outputs lead to is led to all the same.
    assert "OC5" not in flags(read(viewer))
    keys = {node["key"] for node in read(viewer)["nodes"]}
    assert all({link["source"], link["target"]} <= keys for link in read(viewer)["links"])


def test_the_map_as_it_was(read, viewer, outcomes, cam):
    BenefitLink.objects.filter(to_outcome__code="OC4").delete()
    then = timezone.now().isoformat().replace("+00:00", "Z")
    way = outcomes(2)
    linked(*way)
    now, was = read(viewer), read(viewer, f"?as_of={then}")
    assert {"X0", "X1"} <= {node["code"] for node in now["nodes"]}
    assert not {"X0", "X1"} & {node["code"] for node in was["nodes"]}
    assert was["known_at"]
    assert flags(was)["OC4"] == ["nothing_leads_to_it"]


def test_an_unchanged_map_is_not_sent_again(api, cam, viewer, outcomes):
    path = f"programmes/{cam.pk}/benefits-map/"
    tag = api(viewer).get(path).headers["ETag"]
    assert api(viewer).get(path, **{"If-None-Match": tag}).status_code == 304
    outcomes(1)
    assert api(viewer).get(path, **{"If-None-Match": tag}).status_code == 200


def test_a_larger_map_takes_no_more_queries(nothing, django_assert_num_queries):
    reader = factories.user()
    programme = factories.programme()
    factories.role(reader, "viewer", programme=programme)

    def grow(number):
        for n in range(number):
            output = factories.output(factories.project(programme=programme))
            code = f"X{Outcome.objects.count()}"
            outcome = Outcome.objects.create(programme=programme, code=code, title=f"{n}")
            benefit = factories.benefit(programme=programme)
            for ends in (
                {"from_output": output, "to_outcome": outcome},
                {"from_outcome": outcome, "to_benefit": benefit},
            ):
                BenefitLink.objects.create(programme=programme, **ends)

    for number in (1, 3):
        grow(number)
        fresh = User.objects.get(pk=reader.pk)
        Programme.objects.visible_to(fresh).first()  # whose roles are read once
        with django_assert_num_queries(7):
            benefits_map(programme, fresh)


def test_a_map_of_many_that_nothing_links_shows_the_first_and_folds_the_others(nothing, client_of):
    programme, reader = factories.programme(), factories.user()
    factories.role(reader, "viewer", programme=programme)
    for _ in range(15):
        factories.benefit(programme=programme)
    page = client_of(reader).get(f"/programmes/{programme.pk}/benefits/").content.decode()
    assert "3 more that nothing links" in page
    assert page.count('class="map-node') == 15
    governance = client_of(reader).get(f"/programmes/{programme.pk}/governance/")
    assert "10 more that serve no objective" in governance.content.decode()
