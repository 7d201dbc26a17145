"""The first account of an installation, which nobody with an account can give."""

from datetime import timedelta

from django.db import connection, transaction
from django.urls import reverse

from pmhub import one_time_links
from pmhub.database.collation import same
from pmhub.models import Person, RoleAssignment, RoleChoice, User
from pmhub.services import add, free_code

FIRST = one_time_links.Purpose(
    "first account", timedelta(days=1), lambda _: str(User.objects.exists())
)


def are_none() -> bool:
    """Return whether there is no account at all."""
    return not User.objects.exists()


def first_link() -> str:
    """Return the path of a link that makes the first account; raises LinkSpent if there is an
    account."""
    if not are_none():
        raise one_time_links.LinkSpent
    return reverse("first-account", args=[one_time_links.issue(FIRST)])


def check_first_link(secret: str) -> None:
    """Raise LinkSpent if the link no longer works; none does once there is an account."""
    one_time_links.opened(FIRST, secret)
    if not are_none():
        raise one_time_links.LinkSpent


@transaction.atomic
def add_first_account(*, username: str, password: str, name: str, email: str = "") -> User:
    """Make the first account, which may do everything: PMO on the whole organisation, and
    superuser. Raises LinkSpent if there is an account; the caller has checked the password."""
    with connection.cursor() as cursor:
        # The lock keeps two requests at once from both finding no account.
        cursor.execute(f"LOCK TABLE {User._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")
    if not are_none():
        raise one_time_links.LinkSpent
    user = User.objects.create_superuser(username, email, password)
    code = free_code("PMO", lambda code: Person.objects.filter(same("code", code)).exists())
    person = add(Person(code=code, name=name, email=email, user=user), by=user)
    add(RoleAssignment(person=person, role=RoleChoice.PMO), by=user)
    return user
