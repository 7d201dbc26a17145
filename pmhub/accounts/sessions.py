"""A user's own sessions: their list, and how they are ended."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from pmhub import browsers
from pmhub.audit.session_names import session_name
from pmhub.models import Session, User


@dataclass(frozen=True)
class OpenSession:
    """A session as its owner sees it: `id` names it, but cannot be used to get in."""

    id: str
    row: Session
    is_here: bool

    @property
    def browser(self) -> str:
        """The browser of the session, such as "Firefox on Windows", or what it calls itself."""
        return browsers.browser_name(self.row.browser)


def alive(user: User) -> QuerySet[Session]:
    """Return the sessions of a user that have not ended, the last used first."""
    return Session.objects.filter(user=user).exclude(_ended()).order_by("-seen_at", "pk")


def listed(user: User, here: str | None) -> list[OpenSession]:
    """Return these sessions for the page of their owner, whose present session has the key
    `here`."""
    return [OpenSession(name_of(row), row, row.pk == here) for row in alive(user)]


def end(user: User, name: str) -> bool:
    """End the session of the user with this name; return whether there was one."""
    keys = [row.pk for row in Session.objects.filter(user=user) if name_of(row) == name]
    return bool(Session.objects.filter(pk__in=keys).delete()[0])


def end_others(user: User, here: str | None) -> int:
    """End all sessions of the user but the one with the key `here`."""
    return Session.objects.filter(user=user).exclude(pk=here).delete()[0]


def forget_ended() -> None:
    """Delete sessions that have ended."""
    Session.objects.filter(_ended()).delete()


def _ended() -> Q:
    now = timezone.now()
    idle, longest = now - settings.SESSION_IDLE, now - settings.SESSION_LONGEST
    return Q(expire_date__lte=now) | Q(seen_at__lte=idle) | Q(begun_at__lte=longest)


def name_of(row: Session) -> str:
    """Return the name of a session on pages: a digest, as whoever knows its key could use the
    session."""
    return session_name(row.pk)
