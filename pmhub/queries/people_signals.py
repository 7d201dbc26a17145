"""Signals about people: vacancies, missing competence, too much work for one person, expired
qualifications; as far as a reader may see them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import Count, Exists, F, Min, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils.translation import get_language

from pmhub.access.grants import Reader
from pmhub.caching import quarter
from pmhub.database.cached_reads import CachedReads
from pmhub.formats import day
from pmhub.models import Competence, Person
from pmhub.models.people import MANAGERS
from pmhub.page_addresses import address_of
from programmes.models import CompetenceRecord, Discipline, Portfolio, Qualification
from programmes.models.development import is_expired
from projects.models import LIVE, Post, Project
from projects.oversight import Ladder
from projects.queries import is_vacant, is_wanted
from projects.queries.posts import with_competence

MOST = 50  # signals of each kind
KEPT, ROW = 2_000_000, 300  # bytes kept by a process, and of one signal, about

kept = CachedReads(KEPT)


@dataclass(frozen=True, slots=True)
class Signal:
    """Something about people that needs attention: its kind, its words, and the address of the page
    where to look."""

    kind: str
    text: str
    address: str


def signals(user: Any) -> list[Signal]:
    """Return the signals that the user may see. The number of queries is constant; only signals
    whose tables were touched since the user asked last are read again."""
    key = user.pk, Reader(user).key, get_language(), quarter()
    kinds = (_vacancies, _spans, _lacking, _short, _single, _expired)
    return [
        signal
        for kind in kinds
        for signal in kept(kind.__name__, key, partial(_listed, kind, user), _size)
    ]


def _listed(kind: Callable[[Any], Iterable[Signal]], user: Any) -> list[Signal]:
    return list(kind(user))


def _size(listed: list[Signal]) -> int:
    return ROW * (1 + len(listed))


def _vacancies(user: Any) -> Iterator[Signal]:
    rows = Post.objects.visible_to(user).alias(none=is_vacant()).filter(none=True)
    for post in rows.select_related("project", "programme", "portfolio")[:MOST]:
        # One of them is set, by a constraint.
        place: Any = post.project or post.programme or post.portfolio
        text = f"{post.title} for {place.code}: wanted since {day(post.wanted_from)}"
        yield Signal("Vacant", text, address_of("record", "posts", post.pk))


def _spans(user: Any) -> Iterator[Signal]:
    """Yield the people who manage more live projects of a portfolio than its rules allow."""
    counted = projects_managed(user)
    portfolios = Portfolio.objects.in_bulk({row["home"] for row in counted})
    for row in counted:
        most = portfolios[row["home"]].rules_of(Ladder).most_projects
        if row["number"] > most:
            text = (
                f"{row['project_manager__name']} manages {row['number']} live projects, more than"
                f" {most}"
            )
            address = address_of("record", "people", row["project_manager"])
            yield Signal("Span of control", text, address)


def projects_managed(user: Any, portfolio: Portfolio | None = None) -> Any:
    """Return the number of live projects that each person manages in each portfolio, or in one, as
    far as the user sees them: `home`, `project_manager`, `project_manager__name`, `number`, the
    highest first."""
    rows = Project.objects.visible_to(user).filter(
        status__in=LIVE, archived_at=None, project_manager__isnull=False
    )
    rows = rows.annotate(home=Coalesce("programme__portfolio", "portfolio"))
    if portfolio is not None:
        rows = rows.filter(home=portfolio.pk)
    return (
        rows.order_by()
        .values("home", "project_manager", "project_manager__name")
        .annotate(number=Count("pk"))
        .order_by("-number", "project_manager")
    )


def _lacking(user: Any) -> Iterator[Signal]:
    """Yield the posts whose holder does not have the qualification that the post needs, or no
    longer has it."""
    held = Qualification.objects.visible_to(user).filter(
        person=OuterRef("holder"), title__iexact=OuterRef("qualification_needed")
    )
    has = held.alias(over=is_expired()).filter(over=False)
    people = Person.objects.filter(pk__in=told_of(user))
    rows = Post.objects.visible_to(user).alias(wanted=is_wanted())
    rows = rows.filter(~Exists(has), wanted=True, holder__in=people)
    for post in rows.exclude(qualification_needed="").select_related("holder")[:MOST]:
        text = f"{post.holder}, {post.title}: {post.qualification_needed} is asked for"
        yield Signal("Lacking", text, address_of("record", "posts", post.pk))


def _short(user: Any) -> Iterator[Signal]:
    """Yield the posts whose holder has less competence than the post needs."""
    rows = with_competence(Post.objects.visible_to(user).alias(wanted=is_wanted()))
    rows = rows.filter(short=True, wanted=True, holder__in=told_of(user))
    for post in rows.select_related("holder", "discipline")[:MOST]:
        yield Signal(
            "Lacking", f"{post.holder}, {post.title}: {missing_competence(post)}",
            address_of("record", "posts", post.pk),
        )  # fmt: skip


def missing_competence(post: Any) -> str:
    """Return, in words, the competence that a post needs and its holder lacks; the post must have
    been read by `with_competence`."""
    field = f" in {post.discipline.name}" if post.discipline else ""
    has = Competence(post.held).label.lower() if post.held else "not assessed"
    return f"{post.get_competence_needed_display().lower()}{field} is asked for, and they are {has}"


def told_of(user: Any) -> Any:
    """Return a query for the ids of people whose qualifications the user may see."""
    where = MANAGERS.rows(Person, user)
    return Person._base_manager.filter(where or Q()).order_by().values("pk")


def _single(user: Any) -> Iterator[Signal]:
    """Yield the disciplines in which only one person is experienced, if the user may see that of
    this person."""
    same = {"person": OuterRef("person"), "discipline": OuterRef("discipline")}
    later = CompetenceRecord.objects.filter(
        Q(assessed_on__gt=OuterRef("assessed_on"))
        | Q(assessed_on=OuterRef("assessed_on"), pk__gt=OuterRef("pk")),
        **same,
    )
    rows = CompetenceRecord.objects.filter(
        ~Exists(later), discipline__archived_at=None, person__archived_at=None
    ).exclude(level=Competence.FOUNDATION)
    counted = (
        rows.filter(discipline__in=Discipline.objects.visible_to(user).values("pk"))
        .order_by()
        .values("discipline", "discipline__name")
        .annotate(holders=Count("person"), holder=Min("person"), name=Min("person__name"))
        .filter(holders=1, holder__in=told_of(user))
        .order_by("discipline")
    )
    for row in counted[:MOST]:
        text = f"{row['name']} alone is experienced in {row['discipline__name']}"
        yield Signal("Single point", text, address_of("record", "disciplines", row["discipline"]))


def _expired(user: Any) -> Iterator[Signal]:
    """Yield the qualifications that have expired and were not renewed."""
    renewed = Qualification.objects.filter(
        Q(expires_on__isnull=True) | Q(expires_on__gt=OuterRef("expires_on")),
        person=OuterRef("person"),
        title=OuterRef("title"),
    )
    rows = Qualification.objects.visible_to(user).alias(over=is_expired())
    expired = rows.filter(~Exists(renewed), over=True, person__archived_at=None)
    for row in expired.annotate(name=F("person__name"))[:MOST]:
        text = f"{row.name}: {row.title} expired on {day(row.expires_on)}"
        yield Signal("Expired", text, address_of("record", "qualifications", row.pk))
