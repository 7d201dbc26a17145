"""Who holds a post: whoever the record names, and whoever holds the role of that post there or
above it, by an assignment. Both lead, and both are limited and kept apart alike.

A path leads to a post if its last step is one that the model of the step before declares in
`posts`, such as `project__project_manager`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from django.apps import apps
from django.db.models import Q
from django.utils import timezone

from pmhub.access import roles_on, ways_up
from pmhub.database.statements import DAY, IDS, Statement

KINDS = ("portfolio", "programme", "project")
LEADING = ("project_manager", "programme_manager")  # posts, and the roles of the same names
# SQL: only roles held today, by the clock of the database, count.
CURRENT = (
    "current_date BETWEEN coalesce({0}.starts_on, current_date)"
    " AND coalesce({0}.ends_on, current_date)"
)


class Post(NamedTuple):
    """A post to which a lookup path leads: the path to its record (empty for the row itself), the
    model of that record, and the role that comes with the post."""

    above: tuple[str, ...]
    model: Any
    role: str


def post_at(model: Any, way: str) -> Post | None:
    """Return the post to which a lookup path from a model leads; None if it leads to people who
    hold no post."""
    *above, name = way.split("__")
    for step in above:
        model = model._meta.get_field(step).related_model
    roles = {path: role for role, path in getattr(model, "posts", {}).items()}
    return Post((*above,), model, roles[name]) if name in roles else None


def holds_post(user: Any, row: Any, name: str) -> bool:
    """Return whether the user holds the role of a post of the row, there or above it, by a post, an
    assignment or as a deputy."""
    post = post_at(type(row), name)
    return post is not None and post.role in roles_on(user, row)


def people_of(row: Any, *ways: str) -> set[int]:
    """Return the ids of the people to whom these lookup paths lead from a stored row and, where one
    leads to a post, of those who hold its role today."""
    posts = [post for way in ways if (post := post_at(type(row), way))]
    places = [
        (post, kind, "__".join((*post.above, up)))
        for post in posts
        for kind in KINDS
        for up in ways_up(post.model, kind)
    ]
    homes = ["__".join((*post.above, "pk")) for post in posts]
    stored = type(row)._base_manager.filter(pk=row.pk)
    found = [*stored.values(*{*ways, *homes, *(path for _, _, path in places)})]
    people = {each[way] for each in found for way in ways} - {None}
    held = Q(pk__in=[])
    for post, home in zip(posts, homes, strict=True):
        if any(each[home] for each in found):
            held |= Q(role=post.role, **dict.fromkeys(KINDS))
    for post, kind, path in places:
        if ids := {each[path] for each in found} - {None}:
            held |= Q(role=post.role, **{f"{kind}__in": ids})
    if not posts:
        return people
    roles = apps.get_model("pmhub", "RoleAssignment").objects.current(timezone.localdate())
    return people | {*roles.filter(held).values_list("person", flat=True)}


def leaders_of(place: Any) -> set[int]:
    """Return the ids of the people who lead a project or a programme, by its post or by a role;
    none for another place."""
    ways = [name for name in LEADING if name in getattr(place, "posts", {}).values()]
    return people_of(place, *ways) if ways else set()


def _assigned() -> Any:
    return apps.get_model("pmhub", "RoleAssignment").objects.filter(person__in=[IDS]).by_place(DAY)


# The roles that people (`ids`) hold on a `day` by assignment: (kind of object, its id or 0 for the
# organisation, role, 0).
ASSIGNED = Statement(_assigned)


def leading_by_role(kind: str) -> str:
    """Return SQL for the ids of the people who lead a project or a programme by a role, held there
    or above it; `{0}` in it stands for the id of that."""
    home = {
        "project": (
            "projects_project lead_home LEFT JOIN programmes_programme lead_above"
            " ON lead_above.id = lead_home.programme_id",
            "lead_role.project_id = lead_home.id OR lead_role.programme_id = lead_home.programme_id"
            " OR lead_role.portfolio_id ="
            " coalesce(lead_above.portfolio_id, lead_home.portfolio_id)",
        ),
        "programme": (
            "programmes_programme lead_home",
            "lead_role.programme_id = lead_home.id"
            " OR lead_role.portfolio_id = lead_home.portfolio_id",
        ),
    }
    table, there = home[kind]
    everywhere = " AND ".join(f"lead_role.{name}_id IS NULL" for name in KINDS)
    return (
        f"SELECT lead_role.person_id FROM {table}, pmhub_roleassignment lead_role"  # noqa: S608  # our own names
        f" WHERE lead_home.id = {{0}} AND lead_role.role = '{kind}_manager'"
        f" AND ({there} OR {everywhere}) AND {CURRENT.format('lead_role')}"
    )
