"""The estate and the callers that all measures share, and how a measurement is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.db.models import F
from django.test import Client, override_settings

from pmhub.bench.timing import Caller, Timing, timed
from pmhub.database import touches
from pmhub.demo.estate import Size, load
from pmhub.models import Person, RoleAssignment, RoleChoice, Token, User
from programmes.models import Portfolio, Programme
from programmes.rollup import worker
from projects.models import Project

SMALL, MIDDLE, LARGE = 20, 50, 1000  # numbers of projects
SIZES = (10, 100, LARGE)
WIDE, MANY = 100, 2000  # numbers of programmes


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. `ratio` compares our measurement with the floor that `against`
    describes."""

    what: str
    ours: str
    against: str = ""
    ratio: float | None = None
    aim: str = ""


def versus(what: str, ours: Timing, aim: str, **floors: Timing) -> Finding:
    """Return a finding with the ratio of our time to the first of the floors."""
    against = ", ".join(f"{floor.cpu:.2f} {name}" for name, floor in floors.items())
    first = next(iter(floors.values()))
    return Finding(what, str(ours), against, ours.cpu / first.cpu, aim)


def _caller(client: Client) -> Caller:
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    return Caller(WSGIHandler(), f"{settings.SESSION_COOKIE_NAME}={cookie.value}")


class Bench:
    """The estate and the callers that all measures share, in a database made for them."""

    def __init__(self, sizes: Sequence[int] = SIZES) -> None:
        """Load one programme for each size, one of 20 and one of 50 projects, each with 10 risks
        a project, and a portfolio of a hundred programmes."""
        self.sizes = tuple(sizes)
        every = dict.fromkeys((*sizes, SMALL, MIDDLE))
        self.programmes = {size: self._programme(size) for size in every}
        self.wide = load(Size(WIDE, 2 * WIDE, 4 * WIDE, WIDE, 2 * WIDE), "WIDE")
        worker.drain()
        self.settle()
        boss = User.objects.create_superuser("bench", password=None)
        _, self.key = Token.objects.create(user=boss, name="bench")
        self.client = Client()
        self.client.force_login(boss)
        self.call = _caller(self.client)
        with override_settings(MIDDLEWARE=[]):
            self.bare = Caller(WSGIHandler(), "")

    def reader(self, portfolio: Portfolio) -> Caller:
        """Return a caller for a user who manages this portfolio and sees no other."""
        user = User.objects.create_user("reader", password=None)
        person = Person.objects.create(code="READER", name="Reader", user=user)
        RoleAssignment.objects.create(
            person=person, role=RoleChoice.PORTFOLIO_MANAGER, portfolio=portfolio
        )
        client = Client()
        client.force_login(user)
        return _caller(client)

    def _programme(self, projects: int) -> Programme:
        portfolio = load(Size(1, projects, 10 * projects, 20, 40), f"BENCH{projects}")
        return portfolio.programmes.get()

    def settle(self) -> None:
        """Do what beat and autovacuum do once a minute, for neither runs here."""
        touches.fold()
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE)")

    def get(
        self, path: str, call: Caller | None = None, **headers: str
    ) -> tuple[dict[str, str], bytes]:
        """Return headers and body of a GET, without a session where a token is given; raises
        RuntimeError if it fails."""
        status, answered, body = (call or self.call)(path, headers=headers)
        if not status.startswith(("200", "304")):
            raise RuntimeError(f"{path}: {status} {body[:200]!r}")
        return answered, body

    def by_token(self, path: str, **headers: str) -> tuple[dict[str, str], bytes]:
        """Return headers and body of a GET with a token, as other systems ask."""
        return self.get(path, None, Authorization=f"Bearer {self.key}", **headers)

    def floors(self, path: str) -> dict[str, Timing]:
        """Time a minimal view, bare and behind the middleware, session and user."""
        return {
            "bare": timed(partial(self.get, f"/minimal/bare{path}", self.bare)),
            "signed in": timed(partial(self.get, f"/minimal{path}")),
        }

    def change(self, programme: Programme) -> None:
        """Change an estimate of a programme and recompute its figures."""
        first = programme.projects.order_by("pk").values("pk")[:1]
        Project.objects.filter(pk__in=first).update(
            estimate_to_complete=F("estimate_to_complete") + 1
        )
        worker.drain()
