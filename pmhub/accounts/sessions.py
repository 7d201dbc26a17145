"""One's own sessions: seen, and ended."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from pmhub import browsers
from pmhub.audit.session_names import session_name
from pmhub.models import Session, User


@dataclass(frozen=True)
class OpenSession:
    """A session as its owner sees it: `id` names it, and nobody gets in by that."""

    id: str
    row: Session
    is_here: bool

    @property
    def browser(self) -> str:
        """Return what it was opened in: "Firefox on Windows", or what it calls itself."""
        return browsers.browser_name(self.row.browser)


def alive(user: User) -> QuerySet[Session]:
    """Return the sessions of a user that have not ended, the last seen first."""
    return Session.objects.filter(user=user).exclude(_ended()).order_by("-seen_at", "pk")


def listed(user: User, here: str | None) -> list[OpenSession]:
    """Return them for their owner, whose present session has the key `here`."""
    return [OpenSession(name_of(row), row, row.pk == here) for row in alive(user)]


def end(user: User, name: str) -> bool:
    """End one of the user's sessions, by its name; tell whether there was one."""
    keys = [row.pk for row in Session.objects.filter(user=user) if name_of(row) == name]
    return bool(Session.objects.filter(pk__in=keys).delete()[0])


def end_others(user: User, here: str | None) -> int:
    """End all sessions of the user but the present one."""
    return Session.objects.filter(user=user).exclude(pk=here).delete()[0]


def forget_ended() -> None:
    """Delete sessions by which nobody gets in any more."""
    Session.objects.filter(_ended()).delete()


def _ended() -> Q:
    now = timezone.now()
    idle, longest = now - settings.SESSION_IDLE, now - settings.SESSION_LONGEST
    return Q(expire_date__lte=now) | Q(seen_at__lte=idle) | Q(begun_at__lte=longest)


def name_of(row: Session) -> str:
    """Return what a session is called on a page: a digest, for the key is the way in."""
    return session_name(row.pk)
