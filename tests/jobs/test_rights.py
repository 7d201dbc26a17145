"""Rights are asked again when a job runs and when its file is fetched."""

from datetime import timedelta

import pytest
from django.utils import timezone

from pmhub.models import RoleAssignment, Token
from pmhub.tasks import run_job
from tests import factories
from tests.jobs.test_rest import bearer

pytestmark = pytest.mark.django_db
JOBS = "/api/v1/jobs/"


@pytest.fixture
def programme(nothing):
    return factories.programme()


@pytest.fixture
def project(programme):
    return factories.project(programme=programme)


@pytest.fixture
def ada(programme):
    made = factories.user("ada")
    factories.role(made, "viewer", programme=programme)
    return made


def result(client, job):
    return client.get(f"{JOBS}{job.pk}/result/").status_code


def test_who_lost_a_role_is_given_the_file_no_more(ada, project, slow, api_of):
    job = slow(ada)
    run_job()
    assert result(api_of(ada), job) == 200
    RoleAssignment.objects.all().delete()
    answer = api_of(ada).get(f"{JOBS}{job.pk}/result/")
    assert (answer.status_code, answer.json()["code"]) == (403, "rights_changed")
    assert not answer.streaming


def test_who_gained_a_role_is_given_it_still(ada, project, slow, api_of):
    job = slow(ada)
    run_job()
    factories.role(ada, "viewer", programme=factories.programme())
    assert result(api_of(ada), job) == 200
    factories.role(ada, "pmo")
    assert result(api_of(ada), job) == 200


def test_a_file_of_everything_is_not_given_to_who_sees_less(ada, slow, api_of):
    factories.role(ada, "pmo")
    job = slow(ada)
    run_job()
    assert result(api_of(ada), job) == 200
    RoleAssignment.objects.filter(role="pmo").delete()
    assert result(api_of(ada), job) == 403


def test_a_role_that_ends_by_its_date_ends_the_file(ada, project, slow, api_of):
    job = slow(ada)
    run_job()
    yesterday = timezone.localdate() - timedelta(days=1)
    RoleAssignment.objects.update(ends_on=yesterday)
    assert result(api_of(ada), job) == 403


def test_what_moved_out_of_sight_takes_the_file_along(ada, project, slow, api_of):
    job = slow(ada)
    run_job()
    type(project).objects.filter(pk=project.pk).update(programme=factories.programme())
    assert result(api_of(ada), job) == 403


def test_what_came_into_sight_does_not(ada, programme, slow, api_of):
    job = slow(ada)
    run_job()
    factories.project(programme=programme)
    assert result(api_of(ada), job) == 200


def test_a_table_holds_what_its_owner_sees_when_it_is_written(asked, viewer, api_of, worked_off):
    job = asked(viewer)
    RoleAssignment.objects.filter(person__user=viewer).delete()
    worked_off()
    told = api_of(viewer).get(job).json()
    assert told["state"] == "failed"
    assert told["message"] == "There is nothing here, or nothing you may see."


def test_a_deactivated_owner_s_job_is_cancelled(ada, slow):
    job = slow(ada)
    type(ada).objects.update(is_active=False)
    run_job()
    job.refresh_from_db()
    assert (job.state, job.message) == ("cancelled", "The account was deactivated.")


def test_the_job_of_a_token_that_has_ended_is_cancelled(long_tables, lines, viewer, worked_off):
    client = bearer(viewer)
    client.get(lines)
    Token.objects.update(expiry=timezone.now())
    worked_off()
    job = viewer.jobs.get()
    assert (job.state, job.size) == ("cancelled", None)
