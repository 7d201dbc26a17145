"""Passwords: chosen by a link or changed by their owner; all other sessions of the user then
end."""

from datetime import timedelta

from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from pmhub import one_time_links
from pmhub.models import Session, User


def _unchanged(user: User | None) -> str:
    """Return the state on which a link of an account depends: it no longer works once the password
    or the mail address is changed, or the account is closed."""
    return f"{user.password} {user.email} {user.is_active}" if user else ""


RESET = one_time_links.Purpose("password reset", timedelta(hours=1), _unchanged)
INVITATION = one_time_links.Purpose("invitation", timedelta(days=7), _unchanged)
PURPOSES = {"reset": RESET, "invitation": INVITATION}


def is_in_use(user: User) -> bool:
    """Return whether somebody has signed in by an account, or has a password for it."""
    return user.last_login is not None or (bool(user.password) and user.has_usable_password())


def path(purpose: one_time_links.Purpose, user: User) -> str:
    """Return the path of a link by which the user can choose a password once."""
    name = next(name for name, value in PURPOSES.items() if value is purpose)
    return reverse("choose-password", args=[name, one_time_links.issue(purpose, user)])


def owners(address: str) -> QuerySet[User]:
    """Return the users who may ask for a new password by a mail address: those who sign in with a
    password."""
    users = User.objects.filter(email__iexact=address, is_active=True)
    return users.exclude(email="").exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)


@transaction.atomic
def choose(name: str, secret: str, password: str) -> User:
    """Set the password of the user whose link this is; that ends all their links and sessions.
    Raises LinkSpent if the link no longer works."""
    user = one_time_links.opened(PURPOSES[name], secret)
    pk = user.pk if user else 0
    locked = User.objects.select_for_update().filter(pk=pk, is_active=True).first()
    # Of two uses of a link at once, the second finds another password.
    if locked is None or one_time_links.opened(PURPOSES[name], secret) != locked:
        raise one_time_links.LinkSpent
    locked.set_password(password)
    locked.save(update_fields=["password"])
    Session.objects.filter(user=locked).delete()
    return locked


@transaction.atomic
def change(request: HttpRequest, user: User, password: str) -> None:
    """Change the password of the user of this session; their other sessions end."""
    user.set_password(password)
    user.save(update_fields=["password"])
    update_session_auth_hash(request, user)
    Session.objects.filter(user=user).exclude(pk=request.session.session_key).delete()
