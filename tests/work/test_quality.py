"""What is checked before an output is accepted: passed, failed, or waived by name."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from pmhub.models import User
from projects.models import Output, Project, QualityRecord
from tests import factories
from tests.api.conftest import errors_of

DAY = "2026-10-01"


@pytest.fixture
def output(project: Project) -> Output:
    """An output that the project has delivered, and nobody has accepted yet."""
    return factories.output(project, state="delivered", title="Frame")


@pytest.fixture
def welds(output: Output) -> QualityRecord:
    """A check of it that nobody has made yet."""
    return factories.check(output, code="QC01", title="Welds")


def accept(api: Any, user: User, output: Output) -> Any:
    """Accept an output, as somebody."""
    return api(user).verb(f"outputs/{output.pk}/acceptance/", {"accepted_on": DAY})


def test_an_output_without_checks_is_accepted_as_before(
    output: Output, manager: User, api: Any
) -> None:
    assert accept(api, manager, output).json()["state"] == "accepted"


@pytest.mark.parametrize("result", ["open", "fail"])
def test_a_check_that_has_not_passed_holds_the_acceptance_on_every_path(
    output: Output, manager: User, api: Any, result: str
) -> None:
    factories.check(output, code="QC00", result="pass")
    held = factories.check(output, code="QC01", title="Welds", result=result)
    refused = accept(api, manager, output)
    assert (refused.status_code, refused.json()["errors"]) == (
        409,
        [{
            "pointer": "/state",
            "code": "output_unchecked",
            "detail": "A check has neither passed nor been waived: QC01 Welds.",
        }],
    )  # fmt: skip
    many = api(manager).post(
        "outputs/bulk/acceptance/",
        [{"id": output.pk, "version": output.version, "accepted_on": DAY}],
    )
    assert [*errors_of(many)] == ["/0/state"]
    with pytest.raises(DatabaseError, match="QC01 Welds"), transaction.atomic():
        Output.objects.filter(pk=output.pk).update(state="accepted", accepted_on=DAY)
    QualityRecord.objects.filter(pk=held.pk).update(result="pass", checked_on=DAY)
    assert accept(api, manager, output).status_code == 200


def test_who_writes_the_project_checks_its_outputs_and_a_reader_none(
    welds: QualityRecord, output: Output, manager: User, member: User, api: Any
) -> None:
    path = f"quality-records/{welds.pk}/"
    body = {"output": output.pk, "code": "QC02", "title": "Paint"}
    assert api(member).get(path).status_code == 200
    assert api(member).post("quality-records/", body).status_code == 403
    assert api(factories.user("stranger")).get(path).status_code == 404
    failed = api(manager).verb(f"{path}failure/", {"checked_on": DAY, "defects": 2}).json()
    assert (failed["result"], failed["checked_by"]) == ("fail", manager.person.pk)
    passed = api(manager).verb(f"{path}passing/", {"checked_on": DAY}).json()
    assert (passed["result"], passed["defects"]) == ("pass", 2)
    assert api(manager).patch(path, {"title": "Bolts"}).status_code == 409
    anew = api(manager).verb(f"{path}reopening/", {"reason": "Welded again"}).json()
    assert (anew["result"], anew["checked_by"], anew["defects"]) == ("open", None, None)


def test_a_check_is_waived_by_name_and_never_by_who_manages_the_project(
    welds: QualityRecord, manager: User, office: User, api: Any
) -> None:
    path = f"quality-records/{welds.pk}/waiver/"
    body = {"checked_on": DAY, "waiver_reason": "The supplier did"}
    assert api(manager).verb(path, body).status_code == 403
    assert [*errors_of(api(office).verb(path, {"checked_on": DAY}))] == ["/waiver_reason"]
    waived = api(office).verb(path, body).json()
    assert (waived["result"], waived["checked_by"]) == ("waived", office.person.pk)
    bare = factories.check(welds.output)
    for person in (None, manager.person):
        with pytest.raises(DatabaseError, match="waives no check"), transaction.atomic():
            QualityRecord.objects.filter(pk=bare.pk).update(
                result="waived", checked_on=DAY, checked_by=person, waiver_reason="Late"
            )


def test_the_pmo_waives_nothing_of_a_project_that_it_manages(
    welds: QualityRecord, output: Output, office: User, api: Any
) -> None:
    Project.objects.filter(pk=output.project_id).update(project_manager=office.person)
    body = {"checked_on": DAY, "waiver_reason": "Late"}
    refused = api(office).verb(f"quality-records/{welds.pk}/waiver/", body)
    assert (refused.status_code, [*errors_of(refused)]) == (403, ["/result"])


def test_what_is_accepted_stays_checked(
    output: Output, manager: User, office: User, api: Any
) -> None:
    passed = factories.check(output, result="pass")
    assert accept(api, manager, output).status_code == 200
    path = f"quality-records/{passed.pk}/"
    refused = api(manager).verb(f"{path}reopening/", {"reason": "Doubts"})
    assert (refused.status_code, [*errors_of(refused)]) == (409, ["/output"])
    late = {"output": output.pk, "code": "QC09", "title": "Paint"}
    assert [*errors_of(api(manager).post("quality-records/", late))] == ["/output"]
    assert api(office).delete(path).status_code == 409
    with pytest.raises(DatabaseError, match="quality_output"), transaction.atomic():
        QualityRecord.objects.update(output=factories.output(output.project))
