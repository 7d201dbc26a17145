"""Work packages and iterations on pages: where there are some, and for whom."""

from typing import Any

from django.test import Client

from pmhub.models import User
from projects.models import Project, ProjectForecast
from tests import factories


def page(client: Client, path: str) -> str:
    """Return the HTML of a page, in one line."""
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_a_project_without_them_shows_and_loses_nothing(
    project: Project, manager: User, client_of: Any, drain: Any
) -> None:
    Project.objects.filter(pk=project.pk).update(percent_complete=40)
    drain()
    before = ProjectForecast.objects.get(project=project, valid_to=None)
    shown = page(client_of(manager), f"/projects/{project.pk}/")
    assert 'id="work-packages"' not in shown
    assert 'id="burn-up"' not in shown
    # Those of a project that is judged are looked at, and move no figure.
    factories.work_package(project, percent=10)
    factories.iteration(project, points_done=1)
    drain()
    after = ProjectForecast.objects.get(project=project, valid_to=None)
    assert (after.pk, after.figures) == (before.pk, before.figures)


def test_who_may_write_marks_a_package_on_the_page_of_its_project(
    project: Project, manager: User, member: User, client_of: Any
) -> None:
    package = factories.work_package(project, code="WP1", percent=60)
    Project.objects.filter(pk=project.pk).update(percent_method="work_packages")
    path = f"/projects/{project.pk}/"
    shown = page(client_of(manager), path)
    assert f'action="/api/v1/work-packages/{package.pk}/progress/"' in shown
    assert 'aria-label="WP1 is 75% done"' in shown
    assert 'aria-label="WP1 is 50% done"' not in shown
    shown = page(client_of(member), path)
    assert 'id="work-packages"' in shown
    assert "/progress/" not in shown


def test_whoever_answers_for_a_package_marks_it_on_the_list(
    project: Project, member: User, client_of: Any
) -> None:
    package = factories.work_package(project, owner=member.person)
    other = factories.work_package(project)
    for path in ("/work-packages/", f"/projects/{project.pk}/work-packages/"):
        shown = page(client_of(member), path)
        assert f"/work-packages/{package.pk}/progress/" in shown
        assert f"/work-packages/{other.pk}/progress/" not in shown


def test_what_is_counted_is_asked_in_no_form(
    project: Project, manager: User, client_of: Any
) -> None:
    paths = [f"/projects/{project.pk}/", f"/projects/{project.pk}/update/"]
    assert all('percent_complete"' in page(client_of(manager), path) for path in paths)
    factories.iteration(project, points_done=4)
    Project.objects.filter(pk=project.pk).update(percent_method="iterations")
    assert not any(
        'name="percent_complete"' in page(client_of(manager), path)
        or 'name="project.percent_complete"' in page(client_of(manager), path)
        for path in paths
    )


def test_the_burn_up_tells_what_was_in_the_scope_and_done(
    project: Project, manager: User, client_of: Any
) -> None:
    factories.iteration(project, state="closed", points_done=6)
    factories.iteration(project, points_carried=4, points_done=1)
    shown = page(client_of(manager), f"/projects/{project.pk}/")
    assert '<td class="num" data-label="Scope by then">16</td>' in shown
    assert '<td class="num" data-label="Done by then">7</td>' in shown
    assert "<pm-curve" in shown


def test_the_page_costs_the_same_queries_however_many_there_are(
    project: Project, manager: User, client_of: Any, queries_of: Any
) -> None:
    client, path = client_of(manager), f"/projects/{project.pk}/"
    factories.work_package(project, owner=manager.person)
    factories.iteration(project)
    one = queries_of(client, path)
    for _ in range(3):
        factories.work_package(project, owner=factories.person())
        factories.iteration(project)
    assert queries_of(client, path) == one
