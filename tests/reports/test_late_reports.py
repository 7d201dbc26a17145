"""Who has not reported by their day is named above the list of reports."""

import pytest

from programmes.models import ReportState, StatusReport
from projects.models import Project


@pytest.fixture
def late(client_of):
    """`late(user, address)`: the words of that part of a list of reports; empty without it."""

    def found(user, address="/status-reports/"):
        page = client_of(user).get(address).content.decode()
        _, _, part = page.partition("Not reported by their day")
        return part.partition("</details>")[0]

    return found


def test_projects_are_named_until_they_report(late, pmo, demo):
    project = demo.project("CAM-02")
    part = late(pmo)
    assert f">{project.code}<" in part
    assert project.project_manager.name in part
    assert f'href="/projects/{project.pk}/#comment-form"' in part
    assert "CAM-01" not in part  # it has ended
    StatusReport.objects.create(
        project=project, period_end=demo.portfolio.as_of, state=ReportState.PUBLISHED,
        approval_needed=False, achieved="Much", published_at="2026-10-31T09:00:00Z",
    )  # fmt: skip
    assert f">{project.code}<" not in late(pmo)


def test_each_reader_finds_what_they_see_and_a_programme_its_own(
    late, pmo, viewer, stranger, cam02_manager, demo
):
    nze = Project.objects.get(code="NZE-01")
    assert nze.code in late(pmo)
    assert nze.code not in late(viewer)
    assert "CAM-04" in late(viewer)
    assert "CAM-04" not in late(cam02_manager)
    assert late(stranger) == ""
    of_cam = late(pmo, f"/programmes/{demo.programme('CAM').pk}/status-reports/")
    assert "CAM-04" in of_cam
    assert nze.code not in of_cam
    assert late(pmo, f"/projects/{nze.pk}/status-reports/") == ""
