"""The roles of a user, with what they are held on."""

from typing import Any

from pmhub.access.grants import ORGANISATION, grants_of
from pmhub.models import RoleChoice, User
from programmes.models import Portfolio, Programme
from projects.models import Project

KINDS: dict[str, Any] = {"portfolio": Portfolio, "programme": Programme, "project": Project}


def held_by(user: User) -> list[tuple[str, Any]]:
    """Return the user's roles as (name of the role, what it is held on), where None is the whole
    organisation."""
    grants = grants_of(user)
    on = {
        (kind, row.pk): row
        for kind, model in KINDS.items()
        for row in model.objects.filter(pk__in=grants.ids(kind))
    }
    return [
        (str(RoleChoice(role).label), on.get((kind, pk)))
        for (kind, pk), roles in sorted(grants.roles.items())
        if kind == ORGANISATION or (kind, pk) in on
        for role in sorted(roles)
    ]
