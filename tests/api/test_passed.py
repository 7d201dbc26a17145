"""What is over takes nothing more: posts of what has ended, promises by days that have passed."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from pmhub.models import User
from programmes.models import ExceptionReport, Programme
from projects.models import Project
from tests import factories
from tests.api.conftest import errors_of

PAST = "2026-10-30"  # the status date is the day after
ENDED = {
    "projects": {"status": "terminated", "terminated_on": PAST},
    "programmes": {"stage": "closed", "actual_end_on": PAST},
}


def over(collection: str) -> Any:
    """A project or a programme that has ended, as its row says."""
    if collection == "projects":
        made: Any = factories.project()
        Project.objects.filter(pk=made.pk).update(**ENDED[collection])
    else:
        made = factories.programme(stage="close", sro=factories.person(),
                                   programme_manager=factories.person())  # fmt: skip
        made.status_reports.create(kind="end", period_end=PAST, lessons="Dig first")
        Programme.objects.filter(pk=made.pk).update(**ENDED[collection])
    made.refresh_from_db()
    return made


def put(row: Any, field: str, person: Any) -> None:
    """Put a person into a post by plain SQL."""
    if field == "bcms":
        row.bcms.add(person)
    else:
        type(row).objects.filter(pk=row.pk).update(**{field: person})


@pytest.mark.parametrize(
    ("collection", "role", "field"),
    [("projects", "project_manager", "project_manager"),
     ("projects", "project_executive", "executive"),
     ("programmes", "sro", "sro"),
     ("programmes", "programme_manager", "programme_manager"),
     ("programmes", "bcm", "bcms")],
)  # fmt: skip
def test_nobody_comes_to_a_post_of_what_has_ended(
    collection: str, role: str, field: str, office: User, api: Any
) -> None:
    row, comes = over(collection), factories.person()
    body = {"role": role, "person": comes.pk, "reason": "They know it"}
    path = f"{collection}/{row.pk}/"
    appointed = api(office).post(f"{path}appointments/", body)
    assert (appointed.status_code, [*errors_of(appointed)]) == (409, ["/person"])
    value = [comes.pk] if field == "bcms" else comes.pk
    changed = api(office).patch(path, {field: value})
    assert (changed.status_code, [*errors_of(changed)]) == (409, [f"/{field}"])
    with pytest.raises(IntegrityError, match="has ended"), transaction.atomic():
        put(row, field, comes)
    role_given = {"person": comes.pk, "role": "viewer", collection[:-1]: row.pk}
    assert api(office).post("role-assignments/", role_given).status_code == 201


def test_a_project_that_goes_on_again_has_another_manager(office: User, api: Any) -> None:
    row = factories.project()
    comes = factories.person()
    body = {"role": "project_manager", "person": comes.pk, "reason": "They know it"}
    assert api(office).post(f"projects/{row.pk}/appointments/", body).status_code == 200


def test_an_exception_goes_on_until_a_day_to_come(nothing: None) -> None:
    report = factories.exception()
    with pytest.raises(IntegrityError, match="has passed"), transaction.atomic():
        ExceptionReport.objects.filter(pk=report.pk).update(
            state="decided", decision="continue", until=PAST, decided_on=PAST
        )


def test_nothing_is_lent_until_a_day_that_has_passed(office: User, api: Any) -> None:
    deputy, portfolio = factories.user("dora"), factories.portfolio()
    factories.role(deputy, "viewer", portfolio=portfolio)
    today, day = timezone.localdate(), timedelta(days=1)
    body = {
        "deputy": deputy.person.pk, "role": "pmo", "portfolio": portfolio.pk, "reason": "Leave",
        "starts_on": str(today - 3 * day),
    }  # fmt: skip
    refused = api(office).post("delegations/", body | {"ends_on": str(today - day)})
    assert (refused.status_code, [*errors_of(refused)]) == (400, ["/ends_on"])
    assert api(office).post("delegations/", body | {"ends_on": str(today)}).status_code == 201
