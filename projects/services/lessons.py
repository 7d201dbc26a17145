"""The verbs of lessons: judging them, clearing them of where they were learned, and answering
them."""

from __future__ import annotations

import functools
import operator
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q

from pmhub.access import ways_up
from pmhub.access.separation_of_duties import check_apart
from pmhub.database.history import without_reason
from pmhub.models import User
from pmhub.services import (
    add,
    as_of,
    check_move,
    judge_of,
    lock,
    person_of,
    refuse_state,
    turn,
    unless_over,
)
from pmhub.text import next_code
from programmes.models import Programme
from projects.models import TO_SHOW, Action, Lesson, LessonState, LessonUse, Project, UseAnswer
from projects.models.lesson import PLACES

NUMBER = "L01"
UNNAMED = "Adopt a lesson"  # the title where some readers of the place may not see the lesson
OWN = "Who wrote a lesson does not judge it, nor does their deputy."
KEPT = ("kind", "event", "category", "stage", "delivery_approach", "asset")


@transaction.atomic
def validate_lesson(lesson: Lesson, *, by: User | None) -> Lesson:
    """Validate a lesson: from now on it is shown where it fits."""
    check_move(lock(lesson), "validation")
    judge = judge_of(lesson, "state", "validates a lesson", by, own=OWN)
    return turn(lesson, noun="validation", validated_by=judge, by=by)


@transaction.atomic
def judge_lesson(lesson: Lesson, *, noun: str, by: User | None) -> Lesson:
    """Return or reject a submitted lesson, or archive one."""
    check_apart(by, lesson, "state", OWN)
    return turn(lesson, noun=noun, by=by)


@transaction.atomic
def clear_lesson(
    lesson: Lesson,
    *,
    title: str,
    what_happened: str,
    recommendation: str,
    cause: str = "",
    by: User | None,
) -> Lesson:
    """Submit a version of a lesson for the whole portfolio that does not say where it was learned:
    somebody else validates its words. Return the lesson. The reason is kept with the lesson alone,
    since it may name the source."""
    lock(lesson)
    if lesson.state not in TO_SHOW:
        refuse_state("state", "Have the lesson validated first.")
    if lesson.portfolio_id is not None:
        refuse_state("portfolio", "The whole portfolio sees this already.")
    if Lesson.objects.filter(cleared_from=lesson).exists():
        refuse_state("state", "There is a version of this already that is cleared of its source.")
    cleared = Lesson(
        portfolio=lesson.owner_portfolio,
        title=title,
        what_happened=what_happened,
        cause=cause,
        recommendation=recommendation,
        state=LessonState.SUBMITTED,
        cleared_from=lesson,
        discipline=unless_over(lesson.discipline),
        **{name: getattr(lesson, name) for name in KEPT},
    )
    cleared.code = next_lesson_code(cleared)
    with without_reason():
        add(cleared, by=by)
    return lesson


@transaction.atomic
def answer_lesson(use: LessonUse, *, due_on: date | None = None, by: User | None) -> LessonUse:
    """Answer a lesson where it fits. Adopting it adds an action there, by a day, for whoever owns
    the record or leads the project or programme."""
    use.person, use.on = person_of(by), as_of(use)
    if use.answer == UseAnswer.ADOPTED and use.place is not None:  # otherwise `add` refuses it
        use.action = add(_action(use, due_on), by=by)
    return add(use, by=by)


def _action(use: LessonUse, due_on: date | None) -> Action:
    """Return the action by which a lesson is adopted; at a gate, it is one of its project or
    programme."""
    place = use.place
    if use.gate:
        place = use.gate.project or use.gate.programme_above
    words = _words_at(place, use.lesson)
    return Action(
        **{str(place._meta.model_name): place},
        title=words.title if words else UNNAMED,
        effect=words.recommendation if words else "",
        owner=_lead(place),
        due_on=due_on,
    )


def _words_at(place: Any, lesson: Lesson) -> Lesson | None:
    """Return the lesson that everybody who sees a place may read: this one, or else its cleared
    version; None where there is none."""
    home = place if isinstance(place, Project | Programme) else place.project or place.programme
    learned = lesson.project or lesson.programme
    if learned is None or home in (learned, getattr(learned, "programme", None)):
        return lesson
    return Lesson.objects.filter(cleared_from=lesson, state__in=TO_SHOW).first()


def _lead(place: Any) -> Any:
    """Return the owner of a record, or the manager of a project or a programme."""
    names = ("owner", "project_manager", "programme_manager")
    return next((getattr(place, name) for name in names if hasattr(place, name)), None)


def next_lesson_code(lesson: Lesson) -> str:
    """Return the code after those of the lessons in the same place; for one of the whole portfolio,
    after those of all lessons in it, since its source has another code."""
    places = {name: getattr(lesson, name) for name in PLACES}
    beside = Lesson.objects.filter(**places)
    if lesson.portfolio is not None:
        ways = (Q(**{way: lesson.portfolio}) for way in ways_up(Lesson, "portfolio"))
        beside = Lesson.objects.filter(functools.reduce(operator.or_, ways))
    return next_code(beside.values_list("code", flat=True)) or NUMBER
