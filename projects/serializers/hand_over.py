"""What is asked when a project goes to another manager."""

from __future__ import annotations

from typing import Any

from pmhub.access import roles_on
from pmhub.access.setters import SUBMITTERS, Setter
from pmhub.models import Person
from pmhub.permissions import Role, may_give
from pmhub.serializers import InputSerializer, Related
from pmhub.serializers.verbs import VerbDefinition, reason_field
from projects.models import Project
from projects.services import ask_successor, decline_project, recall_project, take_over


def possible_managers(people: Any, project: Project, user: Any) -> Any:
    """Return, of these people, those whom a user may ask to manage a project: all who sign in, if
    the user may name its manager; only those with a part in the portfolio, if the user is its
    manager."""
    candidates = people.who_sign_in().exclude(pk=project.project_manager_id)
    if may_give(roles_on(user, project), Role.PROJECT_MANAGER):
        return candidates
    return candidates.with_a_part_in(project.owner_portfolio)


class SuccessionSerializer(InputSerializer):
    """Who is to manage the project from now on, and why."""

    successor = Related(queryset=Person.objects.all(), among=possible_managers)
    reason = reason_field()


class DecliningSerializer(InputSerializer):
    """Why somebody does not take a project over."""

    reason = reason_field(needed=True)


# Only the person who is asked takes the project over: no role gives that right.
SUCCESSOR = Setter("whoever is asked to take it over", right="", own="successor")


def handing_over() -> dict[str, VerbDefinition]:
    """Return the verbs by which a project goes to another manager."""
    return {
        "succession": VerbDefinition(
            ask_successor,
            SuccessionSerializer,
            does="Hand the project over",
            done="offered to another manager",
            says="To another manager, who accepts or declines; until then its manager stays. They"
            " see the project from now on.",
            by=SUBMITTERS,
            when=lambda project: (
                project.live
                and project.successor_id is None
                and project.project_manager_id is not None
            ),
        ),
        "takeover": VerbDefinition(
            take_over,
            does="Take the project over",
            done="taken over",
            says="From now on you answer for it.",
            by=SUCCESSOR,
            when=lambda project: project.successor_id is not None,
        ),
        "refusal": VerbDefinition(
            decline_project,
            DecliningSerializer,
            does="Decline the project",
            done="declined",
            says="Its manager stays, and reads why.",
            by=SUCCESSOR,
            when=lambda project: project.successor_id is not None,
        ),
        "recall": VerbDefinition(
            recall_project,
            does="Take the hand-over back",
            done="kept by its manager",
            says="Nobody is asked any more: its manager stays.",
            by=SUBMITTERS,
            when=lambda project: project.successor_id is not None,
        ),
    }
