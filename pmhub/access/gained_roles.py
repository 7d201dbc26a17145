"""What a user would gain who takes over the roles and the posts of another person."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q
from django.utils import timezone

from pmhub.access.giving import allow_giving
from pmhub.access.grants import roots


def check_roles_gained(person: Any, *, to: Any, field: str, by: Any) -> None:
    """Raise Withheld at `field` where the user is the person who would get the roles and the posts
    of another one, and may not give them to themself."""
    if by is None or to.user_id != by.pk:
        return
    held = person.roles.lasting(timezone.localdate())
    places = [(row, row.role, row.ends_on or date.max) for row in held]
    for model in roots():
        for role, post in model.posts.items():
            goes_on = model.answered_for.get(post, Q())
            rows = model._base_manager.filter(goes_on, **{post: person})
            places += [(row, role, date.max) for row in rows]
    for row, role, until in places:
        allow_giving(by, row, role, to=[to.pk], field=field, until=until)
