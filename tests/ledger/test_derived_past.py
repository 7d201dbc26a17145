"""Whatever is derived answers of a moment what it answered at that moment."""

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benefits.models import BenefitProfileEntry
from programmes.models import ClosedYear, Portfolio, YearState
from projects.models import Dependency, Milestone, Project, Risk
from tests.ledger.conftest import errors_of, written

DERIVED = [
    "rollup/", "rollup/total_forecast/", "rollup/risk_mean/", "roadmap/", "series/",
    "series/?metric=risk_p80", "risk-matrix/", "risk-distribution/",
    "risk-distribution/?loading=0.5", "tornado/", "finish-range/", "benefit-range/",
]  # fmt: skip
SIMULATED = ["risk-matrix/", "risk-distribution/", "tornado/", "finish-range/", "benefit-range/"]
FIGURES = ("effective_forecast", "lateness_days", "remaining_float_days", "status_derived")
# Of a past moment, what is said of the state of the figures.
ABOUT = {"known_at", "state", "sensitivity", "computed_at", "engine_version"}


def told(answer):
    """What an answer says, but for which moment it speaks of and whether it is worked out anew."""
    assert answer.status_code == 200, answer.content

    def plain(value):
        if isinstance(value, dict):
            return {name: plain(each) for name, each in value.items() if name not in ABOUT}
        return [plain(each) for each in value] if isinstance(value, list) else value

    return plain(answer.json())


def later(demo):
    """Every kind of fact changed: edited, moved, deleted, made."""
    cam = demo.programme("CAM")
    Risk.objects.filter(code="R06").update(
        title="Another", residual_probability="0.9", residual_cost_most_likely=9000,
        residual_cost_max=9000,
    )  # fmt: skip
    Risk.objects.filter(code="R07").delete()
    Project.objects.filter(code="CAM-03").update(programme=demo.programme("NZE"), tranche=None)
    Project.objects.filter(code="CAM-02").update(name="Another", forecast_finish="2028-06-30")
    Milestone.objects.update(title="Another")
    cam.tranches.update(name="Another")
    waited_for = Dependency.objects.exclude(status="accepted")
    waited_for.update(need_by="2026-01-01", deliverable="Another")
    BenefitProfileEntry.objects.filter(version_kind="forecast").update(value=1)
    ClosedYear.objects.update(state=YearState.REOPENED)
    Portfolio.objects.update(status_date="2027-03-31", fiscal_year_start_month=8)
    type(cam).objects.filter(pk=cam.pk).update(name="Another")


def test_the_past_is_what_was_answered_then(demo, pmo, api, cam, drain):
    client = api(pmo)
    before = {answer: told(client.get(cam + answer)) for answer in DERIVED}
    moment = timezone.now()
    later(demo)
    drain()
    for answer in DERIVED:
        sign = "&" if "?" in answer else "?"
        path = f"{cam}{answer}{sign}as_of={written(moment).replace('+', '%2B')}"
        then = client.get(path)
        assert told(client.get(cam + answer)) != before[answer], answer
        assert told(then) == before[answer], answer
        if answer not in DERIVED[:3] and "metric" not in answer:
            assert then.json()["known_at"] == written(moment).replace("+00:00", "Z"), answer
        assert client.get(path).content == then.content, answer


@pytest.mark.parametrize("code", ["D03", "D08"])
def test_a_dependency_stood_as_it_stood(demo, pmo, read, drain, code):
    path = f"dependencies/{Dependency.objects.get(code=code).pk}/"
    before, moment = read(pmo, path).json(), written(timezone.now())
    later(demo)
    drain()
    then = read(pmo, path, as_of=moment).json()
    assert {name: then[name] for name in FIGURES} == {name: before[name] for name in FIGURES}
    assert (then["deliverable"], then["need_by"]) == (before["deliverable"], before["need_by"])
    assert read(pmo, path).json()["deliverable"] == "Another"


@settings(
    max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["R02", "R06", "R11", "R20"]), st.decimals("0.05", "0.95", places=2)
        ),
        min_size=2,
        max_size=5,
    )
)
def test_each_moment_has_its_own_answers(demo, pmo, api, cam, drain, chances):
    client, answers = api(pmo), []
    for code, chance in chances:
        Risk.objects.filter(code=code).update(residual_probability=chance)
        drain()
        found = [told(client.get(f"{cam}{each}")) for each in ("roadmap/", *SIMULATED)]
        answers.append((written(timezone.now()).replace("+", "%2B"), found))
    for moment, found in answers:
        paths = [f"{cam}{each}?as_of={moment}" for each in ("roadmap/", *SIMULATED)]
        assert [told(client.get(path)) for path in paths] == found


@pytest.mark.parametrize("answer", ["roadmap/", "series/", *SIMULATED])
@pytest.mark.parametrize(
    ("text", "code"),
    [("2999-01-01", "future"), ("long ago", "invalid"), ("2020-01-01", "not_there_then")],
)
def test_no_such_moment_is_refused(demo, viewer, read, cam, answer, text, code):
    assert errors_of(read(viewer, cam + answer, as_of=text)) == {"/as_of": code}


@pytest.mark.parametrize("answer", ["roadmap/", "series/", *SIMULATED])
def test_a_stranger_finds_no_past_of_it(demo, viewer, stranger, read, cam, now, answer):
    found = [read(who, cam + answer, as_of=now()).status_code for who in (viewer, stranger)]
    assert found == [200, 404]


def test_records_that_have_figures_have_a_past(demo, pmo, viewer, stranger, read, now):
    moment, project = now(), demo.project("CAM-02")
    Project.objects.filter(pk=project.pk).update(name="Another", percent_complete=99)
    path = f"projects/{project.pk}/"
    then = read(viewer, path, as_of=moment, fields="name,percent_complete").json()
    assert then == {"name": project.name, "percent_complete": f"{project.percent_complete}"}
    assert read(viewer, path).json()["name"] == "Another"
    assert read(stranger, path, as_of=moment).status_code == 404
    assert errors_of(read(viewer, path, as_of="2999-01-01")) == {"/as_of": "future"}
