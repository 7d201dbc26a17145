"""By whichever path a record changes, the programme's figures follow: REST, admin, bulk, SQL."""

import os

import psycopg2
import pytest
from django.db import connection

from programmes.models import MetricValue
from programmes.rollup.verify import differences
from projects.models import Project, Risk
from tests.admin.forms import entries
from tests.admin.test_editing import tick
from tests.admin.test_entering import address


def figure(demo, metric, code="CAM"):
    """A stored figure of a programme."""
    values = MetricValue.objects.filter(programme=demo.programme(code), valid_to=None)
    return values.get(metric=metric).value


@pytest.mark.django_db
def test_an_edit_on_the_project_page_or_by_another_system(demo, cam02_manager, api_of, drain):
    """Pages write over REST as other systems do."""
    project = demo.project("CAM-02")
    answer = api_of(cam02_manager).patch(
        f"/api/v1/projects/{project.pk}/",
        {"estimate_to_complete": "65300.00"},
        format="json",
        headers={"If-Match": f'"v{project.version}"'},
    )
    assert answer.status_code == 200
    drain()
    assert figure(demo, "estimate_at_completion") == 286_810


@pytest.mark.django_db
def test_an_edit_in_the_admin_pages(demo, pmo, client_of, drain):
    admin = client_of(pmo)
    at = address(Project, "change", demo.project("CAM-02").pk)
    saved = admin.post(at, entries(admin.get(at), estimate_to_complete="65300"))
    assert saved.status_code == 302
    drain()
    assert figure(demo, "estimate_at_completion") == 286_810


@pytest.mark.django_db
def test_a_bulk_action_of_the_admin_pages(demo, pmo, client_of, drain):
    assert figure(demo, "risk_open_count") == 16
    tick(client_of(pmo), Risk, "escalate", demo.risk("R13"), demo.risk("R12"))
    drain()
    # Both count once, at the programme now; what they cost in all is the same.
    assert figure(demo, "risk_open_count") == 16
    lines = demo.programme("CAM").ledger_lines.filter(metric="risk_mean", valid_to=None)
    assert set(lines.filter(reason="escalated").values_list("source_id", flat=True)) == {
        demo.risk(code).pk for code in ("R06", "R12", "R13")
    }


@pytest.mark.django_db(transaction=True)
def test_an_update_typed_into_psql(demo, drain):
    with (
        psycopg2.connect(
            os.environ["DATABASE_URL"], dbname=connection.settings_dict["NAME"]
        ) as session,
        session.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE projects_project SET estimate_to_complete = 65300 WHERE code = 'CAM-02'"
        )
    session.close()
    drain()
    assert figure(demo, "estimate_at_completion") == 286_810
    assert differences() == []
