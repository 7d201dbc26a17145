"""The hand-over of a project to another manager: the present one answers for it until the other
accepts."""

from __future__ import annotations

from django.db import transaction

from pmhub.accounts import mails
from pmhub.models import Person, User
from pmhub.services import check_in_use, lock, refuse, refuse_state, save
from projects.models import Project

NO_ACCOUNT = "Nobody signs in as them, who could accept: invite them, or name them as the manager."
NOBODY = "Nobody is asked to take this project over."


@transaction.atomic
def ask_successor(project: Project, *, successor: Person, by: User | None) -> Project:
    """Ask somebody to manage the project from now on; they can see it at once."""
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
    save(project, "successor", by=by)
    _tell(successor, "project_asked", project, by=by, manager=project.project_manager)
    return project


@transaction.atomic
def take_over(project: Project, *, by: User | None) -> Project:
    """Make the person who was asked the manager of the project."""
    coming = _asked(project)
    check_in_use("successor", coming)
    before = project.project_manager
    project.project_manager, project.successor = coming, None
    save(project, "project_manager", "successor", by=by)
    _tell(before, "project_taken", project, by=by, successor=coming)
    return project


@transaction.atomic
def decline_project(project: Project, *, by: User | None) -> Project:
    """Decline for the person who was asked: the manager stays."""
    coming = _drop(project, by)
    _tell(project.project_manager, "project_declined", project, by=by, successor=coming)
    return project


@transaction.atomic
def recall_project(project: Project, *, by: User | None) -> Project:
    """Take the question to the successor back: the manager stays."""
    coming = _drop(project, by)
    _tell(coming, "project_kept", project, by=by, manager=project.project_manager)
    return project


def _drop(project: Project, by: User | None) -> Person:
    """Clear the successor of the project, and return who that was."""
    coming = _asked(project)
    project.successor = None
    save(project, "successor", by=by)
    return coming


def _asked(project: Project) -> Person:
    successor = lock(project).successor
    if successor is None:
        refuse_state("successor", NOBODY)
    return successor


def _tell(
    person: Person | None, kind: str, project: Project, *, by: User | None, **people: Person | None
) -> None:
    """Send somebody a mail about the hand-over of the project."""
    names = {name: str(other) for name, other in people.items()}
    mails.mail_act(person, kind, by=by, project=str(project), **names)
