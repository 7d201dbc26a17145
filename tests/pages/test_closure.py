"""The page of what is left before a project or a programme closes."""

from typing import Any

import pytest
from django.utils import timezone

from benefits.models import BenefitHandOver
from pmhub import views
from pmhub.database.cached_reads import CachedReads
from pmhub.models import User
from programmes.queries import closure
from projects.models import Project
from tests import factories
from tests.api.conftest import office

__all__ = ["office"]

pytestmark = pytest.mark.django_db
CLOSE = 'id="closure-form"'


@pytest.fixture
def page(client_of: Any) -> Any:
    """`page(user, record)`: the HTML of the page of what is left of a record."""

    def read(user: User, record: Any, status: int = 200, **asked: str) -> str:
        kind = record._meta.model_name
        answer = client_of(user).get(f"/{kind}s/{record.pk}/closure/", asked)
        assert answer.status_code == status
        return " ".join(answer.content.decode().split())

    return read


@pytest.fixture
def settled(office: User) -> Project:
    """A project of which nothing is left but a risk."""
    project = factories.project()
    factories.output(project, state="accepted", accepted_on="2026-10-01")
    factories.handed_over(project)
    factories.risk(project, code="R1", title="Claim")
    return project


def test_what_did_not_change_is_not_read_again(
    client_of: Any, demo: Any, cam_manager: User, django_assert_max_num_queries: Any
) -> None:
    address = f"/projects/{demo.project('CAM-02').pk}/closure/"
    reader = client_of(cam_manager)
    shown = [reader.get(address).content for _ in range(2)][-1]
    with django_assert_max_num_queries(8):
        assert len(reader.get(address).content) == len(shown)
    demo.project("CAM-02").outputs.update(title="Another hall")
    assert "Another hall" in reader.get(address).content.decode()


# Of a project


def test_each_line_leads_to_where_it_is_settled(page: Any, demo: Any, cam_manager: User) -> None:
    project = demo.project("CAM-02")
    html = page(cam_manager, project)
    output, issue = project.outputs.get(), demo.issue("I01")
    asked = BenefitHandOver.objects.get(contribution__benefit__code="B01", state="asked")
    share = project.contributions.get(benefit__code="B06")
    for address, words in (
        (f"/outputs/{output.pk}/", "In progress"),
        (f"/issues/{issue.pk}/", "Resolve or escalate its issues first (1)"),
        (f"/benefit-hand-overs/{asked.pk}/", "is asked to answer for it."),
        (f"/benefit-hand-overs/new/?contribution={share.pk}", "Nobody is asked yet"),
        ("/commitments/", "PO-20417"),
        ("/dependencies/", "Acknowledge that others will not get these"),
    ):
        assert f'href="{address}' in html, address
        assert words in html, words
    assert "B05" in html  # accepted, and no longer left
    assert "Hand over what it brings first (2)" in html
    assert CLOSE not in html


def test_of_a_benefit_out_of_sight_the_code_alone_is_told(
    page: Any, demo: Any, cam02_manager: User, viewer: User
) -> None:
    title = demo.benefit("B06").title
    html = page(cam02_manager, demo.project("CAM-02"))
    assert "B06" in html
    assert title not in html
    assert title in page(viewer, demo.project("CAM-02"))


def test_who_only_reads_is_offered_nothing(page: Any, demo: Any, viewer: User) -> None:
    html = page(viewer, demo.project("CAM-02"))
    assert "Nobody is asked yet" in html
    assert "/benefit-hand-overs/new/" not in html


@pytest.mark.parametrize("who", ["stranger", "ssv_manager", "pm_new"])
def test_for_whom_there_is_no_project_there_is_no_page(
    who: str, page: Any, demo: Any, request: pytest.FixtureRequest
) -> None:
    page(request.getfixturevalue(who), demo.project("CAM-02"), 404)


def test_once_nothing_is_left_the_closing_is_offered(
    page: Any, settled: Project, office: User
) -> None:
    html = page(office, settled)
    assert "Nothing stands against closing this project any more." in html
    assert "Answered in the closing" in html  # the risk
    assert CLOSE in html
    assert f'action="/api/v1/projects/{settled.pk}/closure/"' in html
    reader = factories.user("reader")
    factories.role(reader, "viewer", programme=settled.programme)
    html = page(reader, settled)
    assert CLOSE not in html
    assert "Whoever leads it closes it." in html


def test_of_a_project_that_has_ended_it_says_who_answers(page: Any, demo: Any, sro: User) -> None:
    html = page(sro, demo.project("CAM-01"))
    assert "This project has ended." in html
    assert "Dr Farah Siddiqui" in html
    assert "End report" in html
    assert CLOSE not in html


def test_an_end_report_shows_what_was_planned_and_what_came(
    client_of: Any, demo: Any, sro: User
) -> None:
    project = demo.project("CAM-01")
    report = project.status_reports.get(kind="end")
    answer = client_of(sro).get(f"/status-reports/{report.pk}/")
    html = " ".join(answer.content.decode().split())
    for words in ("Planned and actual", "First baseline", "10 Apr 2026", "Survey buried services"):
        assert words in html, words
    factories.role(other := factories.user(), "viewer", programme=demo.programme("SSV"))
    assert client_of(other).get(f"/status-reports/{report.pk}/").status_code == 404


def test_what_was_left_then_can_be_read(page: Any, settled: Project, office: User) -> None:
    output = factories.output(settled, code="O9", state="planned")
    then = timezone.now().isoformat()
    output.delete()
    assert "O9" not in page(office, settled)
    html = page(office, settled, as_of=then)
    assert "O9" in html
    assert CLOSE not in html


def test_its_queries_do_not_grow_with_rows(
    queries_of: Any, client_of: Any, office: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name in ((views, "contents"), (closure, "cache")):
        monkeypatch.setattr(module, name, CachedReads(0))  # what is kept would not be read
    project = factories.project()

    def count(more: int) -> int:
        for _ in range(more):
            factories.output(project)
            factories.issue(project)
            factories.contribution(project)
            factories.hand_over(factories.contribution(project))
            factories.risk(project)
            factories.action(project)
        found: int = queries_of(client_of(office), f"/projects/{project.pk}/closure/")
        return found

    assert count(1) == count(2) > 15


# Of a programme


def test_a_programme_is_left_with_projects_and_benefits_nobody_measures(
    page: Any, demo: Any, cam_manager: User, viewer: User
) -> None:
    cam = demo.programme("CAM")
    benefit, project = demo.benefit("B01"), demo.project("CAM-02")
    type(benefit).objects.filter(pk=benefit.pk).update(next_measurement_on=None)
    html = page(cam_manager, cam)
    assert f'href="/benefits/{benefit.pk}/edit/"' in html
    assert f'href="/projects/{project.pk}/closure/"' in html
    assert "End or move its projects first (7)" in html
    assert f'href="/benefits/{benefit.pk}/"' in page(viewer, cam)
    page(factories.user(), cam, 404)


def test_a_programme_is_closed_from_its_last_stage(page: Any, office: User) -> None:
    programme = factories.led_programme(stage="evaluate")
    html = page(office, programme)
    assert "move it there" in html
    assert CLOSE not in html
    last = factories.led_programme(stage="close")
    assert CLOSE in page(office, last)
    reader = factories.user("reader")
    factories.role(reader, "viewer", programme=last)
    assert CLOSE not in page(reader, last)


def test_of_many_records_a_page_is_shown_and_a_sentence_names_the_first(
    page: Any, office: User, api_of: Any
) -> None:
    programme = factories.led_programme(stage="close")
    projects = [
        factories.project(programme=programme, code=f"Q{number}") for number in range(1, 28)
    ]
    ways = [f"/projects/{project.pk}/closure/" for project in projects]

    def listed(**asked: str) -> list[int]:
        html = page(office, programme, **asked)
        assert "End or move its projects first (27)" in html
        return [number for number, way in enumerate(ways, 1) if f'href="{way}"' in html]

    assert listed() == [*range(1, 26)]
    assert 'href="?projects=2"' in page(office, programme)
    assert listed(projects="2") == [26, 27]
    assert listed(projects="9") == listed(projects="nine") == listed()  # there are not that many
    path = f"/api/v1/programmes/{programme.pk}/"
    answer = api_of(office).get(f"{path}closing/").json()
    assert [len(group["records"]) for group in answer["left"]] == [27]
    match = {"If-Match": api_of(office).get(path).headers["ETag"]}
    body = {"actual_end_on": "2026-10-30", "lessons": "None"}
    refused = api_of(office).post(f"{path}closure/", body, headers=match, format="json")
    assert "Q20 and 7 more." in refused.content.decode()
