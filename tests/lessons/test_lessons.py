"""Lessons: handed in, validated by others, cleared of their source, and answered where they fit."""

from typing import Any

import pytest
from django.db import IntegrityError, InternalError, transaction
from django.utils import timezone

from pmhub.models import AuditEntry, User
from projects.models import Action, Lesson, LessonUse, Project, Risk
from tests import factories
from tests.api.conftest import errors_of

BODY = {
    "code": "L01",
    "title": "Book the tower crane early",
    "what_happened": "The crane came three weeks late.",
    "recommendation": "Book the crane before the steel is ordered.",
}
CLEAR = {"title": "Book plant early", "what_happened": "It came late.", "recommendation": "Book it"}


@pytest.fixture
def lesson(project: Project) -> Lesson:
    """A lesson of the project that was validated."""
    return factories.lesson(project)


@pytest.fixture
def risk(project: Project) -> Risk:
    """A risk of the project."""
    return factories.risk(project, title="The tower crane may not be free")


def test_somebody_else_validates_a_lesson(
    project: Project, lead: User, steers: User, api: Any
) -> None:
    made = api(lead).post("lessons/", BODY | {"project": project.pk}).json()
    path = f"lessons/{made['id']}/"
    api(lead).verb(f"{path}submission/", {})
    assert api(lead).patch(path, {"title": "Other"}).status_code == 409
    assert api(lead).verb(f"{path}validation/", {}).status_code == 403
    shown = api(steers).verb(f"{path}validation/", {}).json()
    assert (shown["state"], shown["validated_by"]) == ("validated", steers.person.pk)


def test_one_that_leads_its_programme_does_not_validate_their_own(
    project: Project, steers: User, pmo: User, api: Any
) -> None:
    made = api(steers).post("lessons/", BODY | {"programme": project.programme_id}).json()
    path = f"lessons/{made['id']}/"
    api(steers).verb(f"{path}submission/", {})
    refused = api(steers).verb(f"{path}validation/", {})
    assert errors_of(refused) == {"/state": "permission_denied"}
    assert api(pmo).verb(f"{path}validation/", {}).json()["state"] == "validated"


def test_a_lesson_is_seen_by_who_may_see_its_source(
    lesson: Lesson, lead: User, elsewhere: User, api: Any
) -> None:
    assert api(lead).get(f"lessons/{lesson.pk}/").status_code == 200
    assert api(elsewhere).get(f"lessons/{lesson.pk}/").status_code == 404
    assert api(elsewhere).get("lessons/").json()["count"] == 0


def test_a_version_cleared_of_its_source_is_the_whole_portfolios(
    lesson: Lesson, lead: User, steers: User, pmo: User, elsewhere: User, api: Any
) -> None:
    with pytest.raises(IntegrityError, match="codes of their own"), transaction.atomic():
        factories.lesson(lesson.owner_portfolio, code=lesson.code, cleared_from=lesson)
    path = f"lessons/{lesson.pk}/clearance/"
    assert api(steers).verb(path, CLEAR).status_code == 403
    assert api(pmo).verb(path, CLEAR).status_code == 200
    assert api(pmo).verb(path, CLEAR).status_code == 409  # once
    cleared = Lesson.objects.get(portfolio__isnull=False)
    assert (cleared.state, cleared.validated_by) == ("submitted", None)
    assert cleared.code != lesson.code
    validation, other = f"lessons/{cleared.pk}/validation/", factories.user("other")
    factories.role(other, "pmo")
    assert errors_of(api(pmo).verb(validation, {})) == {"/state": "permission_denied"}
    assert api(other).verb(validation, {}).status_code == 200
    (shown,) = api(elsewhere).get("lessons/").json()["results"]
    assert (shown["title"], shown["state"]) == ("Book plant early", "validated")
    names = api(elsewhere).get("lessons/?fields=cleared_from,project").json()["results"]
    assert names == [{"cleared_from": None, "project": None}]
    assert api(lead).get(f"lessons/{cleared.pk}/").json()["cleared_from"] == lesson.pk


def test_a_source_does_not_take_the_code_of_its_cleared_version(
    project: Project, pmo: User, api: Any
) -> None:
    source = factories.lesson(project, state="draft")
    factories.lesson(project.owner_portfolio, code="L77SS", cleared_from=source)
    for same in ("l77ss", "L77ß"):
        answer = api(pmo).patch(f"lessons/{source.pk}/", {"code": same})
        assert (answer.status_code, [*errors_of(answer)]) == (409, ["/code"])
    assert api(pmo).patch(f"lessons/{source.pk}/", {"code": "L78"}).status_code == 200


@pytest.mark.parametrize("put_away", [True, False])
def test_it_names_the_discipline_while_that_is_in_use(
    put_away: bool, project: Project, pmo: User, api: Any
) -> None:
    discipline = factories.discipline(project.owner_portfolio)
    lesson = factories.lesson(project, discipline=discipline)
    if put_away:
        type(discipline).objects.filter(pk=discipline.pk).update(archived_at=timezone.now())
    answer = api(pmo).verb(f"lessons/{lesson.pk}/clearance/", CLEAR)
    assert answer.status_code == 200, answer.json()
    cleared = Lesson.objects.get(cleared_from=lesson)
    assert cleared.discipline == (None if put_away else discipline)


def test_why_a_version_was_cleared_is_not_told_to_all(
    lesson: Lesson, pmo: User, elsewhere: User, api: Any
) -> None:
    body = CLEAR | {"reason": "Crane Ltd failed us"}
    assert api(pmo).verb(f"lessons/{lesson.pk}/clearance/", body).status_code == 200
    cleared = Lesson.objects.get(cleared_from=lesson)
    told = api(elsewhere).get(f"lessons/{cleared.pk}/history/")
    assert told.status_code == 200
    assert "Crane Ltd" not in told.content.decode()
    assert AuditEntry.objects.filter(object_id=str(lesson.pk), reason=body["reason"]).exists()


def test_who_rewrote_a_lesson_does_not_validate_it(
    project: Project, lead: User, steers: User, pmo: User, api: Any
) -> None:
    path = f"lessons/{api(lead).post('lessons/', BODY | {'project': project.pk}).json()['id']}/"
    assert api(steers).patch(path, {"recommendation": "Book two cranes."}).status_code == 200
    api(lead).verb(f"{path}submission/", {})
    refused = api(steers).verb(f"{path}validation/", {})
    assert errors_of(refused) == {"/state": "permission_denied"}
    rows = Lesson.objects.filter(project=project)
    with pytest.raises(IntegrityError, match="Nobody decides"), transaction.atomic():
        rows.update(state="validated", validated_by=steers.person)
    with pytest.raises(InternalError, match="changed no more"), transaction.atomic():
        rows.update(discipline=factories.discipline(project.owner_portfolio))  # it was handed in
    assert api(pmo).verb(f"{path}validation/", {}).json()["state"] == "validated"


def test_an_action_takes_no_words_that_readers_of_its_place_may_not_see(
    lesson: Lesson, project: Project, steers: User, api: Any
) -> None:
    far = factories.risk(factories.project(programme=project.programme))
    own = factories.project(programme=project.programme)

    def adopted(**at: int) -> tuple[str, str]:
        body = {"lesson": lesson.pk, "answer": "adopted", **at}
        made = api(steers).post("lesson-uses/", body).json()
        action = Action.objects.get(pk=made["action"])
        return action.title, action.effect

    assert adopted(risk=far.pk) == ("Adopt a lesson", "")
    factories.lesson(
        project.owner_portfolio, title="Book plant", recommendation="Book", cleared_from=lesson
    )
    assert adopted(project=own.pk) == ("Book plant", "Book")
    assert adopted(project=project.pk) == (lesson.title, lesson.recommendation)


def test_a_standard_is_changed_by_a_lesson_of_its_portfolio(
    lesson: Lesson, project: Project, pmo: User, api: Any
) -> None:
    asset = factories.process_asset(project.owner_portfolio)
    body = {"asset": asset.pk, "number": 1, "text": "Book early"}
    far = body | {"lesson": factories.lesson(factories.portfolio()).pk}
    assert errors_of(api(pmo).post("asset-versions/", far)).keys() == {"/lesson"}
    assert api(pmo).post("asset-versions/", body | {"lesson": lesson.pk}).status_code == 201


def test_an_adopted_lesson_is_an_action_and_applied(
    lesson: Lesson, risk: Risk, lead: User, elsewhere: User, api: Any
) -> None:
    body = {"lesson": lesson.pk, "risk": risk.pk, "answer": "adopted", "due_on": "2026-12-01"}
    assert api(elsewhere).post("lesson-uses/", body).status_code == 400  # neither is in sight
    shown = api(lead).post("lesson-uses/", body).json()
    action = Action.objects.get(pk=shown["action"])
    assert (action.title, action.effect) == (lesson.title, lesson.recommendation)
    assert (action.risk, action.owner, str(action.due_on)) == (risk, None, "2026-12-01")
    assert (shown["person"], shown["on"], shown["place"]) == (
        lead.person.pk, "2026-10-31", risk.code,
    )  # fmt: skip
    lesson.refresh_from_db()
    assert lesson.state == "applied"
    assert api(lead).post("lesson-uses/", body).status_code == 400  # answered already


def test_what_is_not_adopted_says_why_and_makes_nothing(
    lesson: Lesson, risk: Risk, lead: User, api: Any
) -> None:
    body = {"lesson": lesson.pk, "risk": risk.pk, "answer": "not_applicable"}
    assert errors_of(api(lead).post("lesson-uses/", body)) == {"/reason": "invalid"}
    late = body | {"reason": "No crane", "due_on": "2026-12-01"}
    assert errors_of(api(lead).post("lesson-uses/", late)) == {"/due_on": "invalid"}
    shown = api(lead).post("lesson-uses/", body | {"reason": "No crane"}).json()
    assert (shown["action"], shown["recurred"]) == (None, False)
    lesson.refresh_from_db()
    assert lesson.state == "validated"


def test_a_lesson_that_nobody_validated_is_not_answered(
    project: Project, risk: Risk, lead: User, api: Any
) -> None:
    draft = factories.lesson(project, state="draft")
    body = {"lesson": draft.pk, "risk": risk.pk, "answer": "adopted"}
    assert errors_of(api(lead).post("lesson-uses/", body)).keys() == {"/lesson"}


def test_it_happened_again_where_a_risk_that_it_warned_of_materialises(
    lesson: Lesson, risk: Risk, lead: User, api: Any
) -> None:
    body = {"lesson": lesson.pk, "risk": risk.pk, "answer": "covered", "reason": "Booked"}
    path = f"lesson-uses/{api(lead).post('lesson-uses/', body).json()['id']}/"
    assert api(lead).get(path).json()["recurred"] is False
    api(lead).verb(f"risks/{risk.pk}/materialisation/", {})
    assert api(lead).get(path).json()["recurred"] is True


def test_a_lesson_changes_a_standard(lesson: Lesson, project: Project, pmo: User, api: Any) -> None:
    owner = factories.user("keeps")
    asset = factories.process_asset(project.owner_portfolio, owner=owner.person)
    factories.role(owner, "viewer", portfolio=asset.portfolio)
    body = {"asset": asset.pk, "number": 1, "text": "Book early", "lesson": lesson.pk}
    path = f"asset-versions/{api(pmo).post('asset-versions/', body).json()['id']}/"
    api(pmo).verb(f"{path}submission/", {})
    assert api(owner).verb(f"{path}publication/", {}).json()["lesson"] == lesson.pk
    lesson.refresh_from_db()
    assert lesson.state == "applied"


def test_its_page_shows_where_it_was_used_and_hides_what_one_may_not_see(
    lesson: Lesson, risk: Risk, project: Project, lead: User, pmo: User, client_of: Any
) -> None:
    factories.lesson_use(risk, lesson=lesson)
    Risk.objects.filter(pk=risk.pk).update(status="materialised")
    other = factories.risk(factories.project(programme=project.programme), title="Far away")
    factories.lesson_use(other, lesson=lesson)
    page = client_of(pmo).get(f"/lessons/{lesson.pk}/").content.decode()
    assert "Far away" in page
    page = client_of(lead).get(f"/lessons/{lesson.pk}/").content.decode()
    assert "Far away" not in page
    assert "Happened again" in page
    assert "It happened again at 1 of 1." in " ".join(page.split())


def test_a_portfolio_of_others_has_other_lessons(risk: Risk, pmo: User, api: Any) -> None:
    far = factories.lesson(factories.portfolio())
    body = {"lesson": far.pk, "risk": risk.pk, "answer": "adopted"}
    assert errors_of(api(pmo).post("lesson-uses/", body)) == {"/lesson": "invalid"}
    assert not LessonUse.objects.exists()


def test_a_lesson_speaks_of_a_standard_of_its_portfolio(
    project: Project, pmo: User, api: Any
) -> None:
    body = {
        "project": project.pk, "title": "Cranes", "what_happened": "They stood still",
        "recommendation": "Share them",
    }  # fmt: skip
    ours, theirs = (
        factories.process_asset(home) for home in (project.owner_portfolio, factories.portfolio())
    )
    answer = api(pmo).post("lessons/", body | {"code": "L8", "asset": theirs.pk})
    assert errors_of(answer).keys() == {"/asset"}
    made = api(pmo).post("lessons/", body | {"code": "L9", "asset": ours.pk})
    assert made.status_code == 201
    assert api(pmo).patch(f"lessons/{made.json()['id']}/", {"asset": theirs.pk}).status_code == 409
