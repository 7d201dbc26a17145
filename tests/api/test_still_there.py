"""What is archived, cancelled or over is named by nothing new; what named it before keeps it."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from benefits.models import Benefit
from pmhub.models import User
from projects.models import Project
from tests import factories
from tests.api.conftest import errors_of


def test_what_is_put_away_or_over_is_named_by_nothing_new(office: User, api: Any) -> None:
    client, programme = api(office), factories.programme()
    project, portfolio = factories.project(programme=programme), programme.portfolio
    now = timezone.now()
    discipline = factories.discipline(portfolio)
    service, board = factories.service(portfolio), factories.board(programme)
    milestone = factories.milestone(project)
    benefit = factories.benefit(programme=factories.programme(portfolio=portfolio))
    ask = {"portfolio": portfolio.pk, "code": "H1", "title": "Help", "question": "How?"}
    link = {"code": "D1", "deliverable": "Keys", "external_giver": "City", "receiver": project.pk}
    plan = {"project": project.pk, "code": "IP1", "title": "Roof"}
    claim = {"programme": programme.pk, "share": "0.1"}
    own = f"projects/{project.pk}/"
    named = [
        ("patch", own, {"discipline": discipline.pk}, "discipline"),
        ("post", "help-requests/", {**ask, "service": service.pk}, "service"),
        ("post", "board-meetings/", {"board": board.pk, "on": "2026-12-01"}, "board"),
        ("post", "dependencies/", {**link, "receiver_milestone": milestone.pk},
         "receiver_milestone"),
        ("post", "inspection-plans/", {**plan, "milestone": milestone.pk}, "milestone"),
        ("post", "shared-claims/", {**claim, "benefit": benefit.pk}, "benefit"),
    ]  # fmt: skip
    for row in (discipline, service, board):
        type(row).objects.filter(pk=row.pk).update(archived_at=now)
    type(milestone).objects.filter(pk=milestone.pk).update(state="cancelled")
    Benefit.objects.filter(pk=benefit.pk).update(status="withdrawn")
    for verb, path, body, field in named:
        answer = getattr(client, verb)(path, body)
        assert (path, answer.status_code, [*errors_of(answer)]) == (path, 409, [f"/{field}"])
    for row in (discipline, service, board):
        type(row).objects.filter(pk=row.pk).update(archived_at=None)
    for verb, path, body, field in named:
        if field in ("discipline", "service", "board"):
            assert (path, getattr(client, verb)(path, body).status_code // 100) == (path, 2)
    type(discipline).objects.filter(pk=discipline.pk).update(archived_at=now)
    assert client.patch(own, {"name": "As before"}).status_code == 200


def test_a_project_that_is_archived_is_restored_before_it_goes_on(office: User, api: Any) -> None:
    client = api(office)
    project = factories.project(
        status="closed",
        actual_start="2026-01-05",
        actual_finish="2026-10-30",
        project_manager=factories.person(),
    )
    path = f"projects/{project.pk}/"
    assert client.verb(f"{path}archive/", {}).status_code == 200
    answer = client.verb(f"{path}reopening/", {"reason": "Too early"})
    assert (answer.status_code, [*errors_of(answer)]) == (409, ["/archived_at"])
    assert not Project.objects.get(pk=project.pk).live
    assert client.verb(f"{path}restoration/", {}).status_code == 200
    again = {"reason": "Too early", "percent_complete": "90"}
    assert client.verb(f"{path}reopening/", again).status_code == 200


def test_a_retired_objective_is_chosen_for_nothing_new(
    office: User, api: Any, client_of: Any
) -> None:
    client, portfolio = api(office), factories.portfolio()
    programme = factories.programme(portfolio=portfolio)
    lives, retired, kept = (factories.objective(portfolio=portfolio) for _ in range(3))
    programme.objectives.add(kept)
    benefit = factories.benefit(programme=programme)
    for row in (retired, kept):
        type(row).objects.filter(pk=row.pk).update(status="retired")
    proposal = factories.proposal(portfolio)
    for path, name, value in (
        (f"benefits/{benefit.pk}/", "objective", retired.pk),
        (f"benefits/{benefit.pk}/", "objectives", [retired.pk]),
        (f"programmes/{programme.pk}/", "objectives", [kept.pk, retired.pk]),
        (f"proposals/{proposal.pk}/", "objectives", [retired.pk]),
    ):
        refused = client.patch(path, {name: value})
        assert (path, refused.status_code, [*errors_of(refused)]) == (path, 409, [f"/{name}"])
        assert "is retired: choose another" in refused.json()["detail"]
    page = client_of(office).get(f"/benefits/{benefit.pk}/edit/").content.decode()
    assert lives.code in page
    assert retired.code not in page
    assert client.patch(f"programmes/{programme.pk}/", {"objectives": [kept.pk, lives.pk]}).json()
    assert client.patch(f"benefits/{benefit.pk}/", {"objective": lives.pk}).status_code == 200
    for write in (
        lambda: Benefit.objects.filter(pk=benefit.pk).update(objective=retired),
        lambda: benefit.objectives.add(retired),
        lambda: programme.objectives.add(retired),
        lambda: proposal.objectives.add(retired),
    ):
        with pytest.raises(IntegrityError, match="is retired"), transaction.atomic():
            write()


def test_what_is_cancelled_or_out_of_scope_is_named_by_nothing_new(office: User, api: Any) -> None:
    project: Any = factories.project()
    tranche = project.programme.tranches.create(code="T9", name="Over", state="cancelled")
    output = factories.output(project, state="descoped")
    meeting = factories.board_meeting(factories.board(project.programme), state="cancelled")
    person = factories.person(archived_at=timezone.now())
    work = {"project": project.pk, "code": "W9", "title": "Dig", "output": output.pk}
    asked = {"programme": project.programme_id, "title": "Why?", "question": "Why?"}
    link = {"programme": project.programme_id, "from_output": output.pk}
    link |= {"to_benefit": factories.benefit(programme=project.programme).pk}
    rows = [
        ("patch", f"projects/{project.pk}/", {"tranche": tranche.pk}, "tranche"),
        ("post", "work-packages/", work, "output"),
        ("post", "decisions/", {**asked, "meeting": meeting.pk}, "meeting"),
        ("post", "people/", {"code": "M1", "name": "Mo", "mentor": person.pk}, "mentor"),
        ("post", "benefit-links/", link, "from_output"),
    ]
    for verb, path, body, name in rows:
        answer = getattr(api(office), verb)(path, body)
        assert (path, answer.status_code // 100) == (path, 4)
        assert f"/{name}" in errors_of(answer), (path, answer.json())
