"""A project goes to another manager, who accepts; until then the one of before answers for it."""

from __future__ import annotations

from django.db import transaction

from pmhub.models import Person, User
from pmhub.services import check_in_use, lock, refuse, refuse_state, save
from projects.models import Project

NO_ACCOUNT = "Nobody signs in as them, who could accept: invite them, or name them as the manager."
NOBODY = "Nobody is asked to take this project over."


@transaction.atomic
def ask_successor(project: Project, *, successor: Person, by: User | None) -> Project:
    """Ask somebody to manage the project from now on; they see it from here on."""
    lock(project)
    if not project.live:
        refuse_state("successor", "A project that has ended stays with its manager.")
    if project.successor is not None:
        refuse_state("successor", f"{project.successor} is asked already: take that back first.")
    if project.project_manager_id is None:
        refuse_state("successor", "Nobody manages it who could hand it over: name a manager.")
    if successor.pk == project.project_manager_id:
        refuse("successor", f"{successor} manages it already.")
    check_in_use("successor", successor)
    if successor.user is None or not successor.user.is_active:
        refuse("successor", NO_ACCOUNT)
    project.successor = successor
    return save(project, "successor", by=by)


@transaction.atomic
def take_over(project: Project, *, by: User | None) -> Project:
    """Let who was asked manage the project from now on."""
    coming = _asked(project)
    check_in_use("successor", coming)
    project.project_manager, project.successor = coming, None
    return save(project, "project_manager", "successor", by=by)


@transaction.atomic
def drop_successor(project: Project, *, by: User | None) -> Project:
    """Ask nobody any more: the manager stays."""
    _asked(project)
    project.successor = None
    return save(project, "successor", by=by)


def _asked(project: Project) -> Person:
    found = lock(project).successor
    if found is None:
        refuse_state("successor", NOBODY)
    return found
