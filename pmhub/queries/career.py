"""The standing of a person on the career ladder, by the roles that they have held, as far as a
reader sees these."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import F, Window
from django.db.models.functions import Lead
from django.utils import timezone

from pmhub.database.history import events_of
from pmhub.models import Person, RoleChoice
from programmes.models import Portfolio, Programme, Qualification
from programmes.models.development import is_expired
from projects.career import Career, Requirement, Span, Step, highest_step, requirements_above
from projects.models import Project

ORGANISATION = ("organisation", 0)
PLACES: dict[str, Any] = {"project": Project, "programme": Programme, "portfolio": Portfolio}


@dataclass(frozen=True, slots=True)
class CareerStanding:
    """A person's standing on the career ladder: their step, their present and former roles (the
    latest first, each as words, place and time), and the `rules` of a portfolio that say what the
    next step asks for."""

    step: Step | None
    roles: list[tuple[str, Any, Span]]
    rules: Career
    portfolio: Portfolio | None
    competence: str
    qualifications: int
    on: date

    @property
    def above(self) -> Step | None:
        """The next step; None at the top."""
        return (self.step or Step.COORDINATOR).following

    @property
    def asked(self) -> list[Requirement]:
        """The requirements of the next step, each with what the person has."""
        return requirements_above(
            self.step or Step.COORDINATOR,
            self.rules,
            [span for *_, span in self.roles],
            competence=self.competence,
            qualifications=self.qualifications,
            on=self.on,
        )

    @property
    def lacking(self) -> str:
        """What the person lacks for the next step, in words."""
        short = [ask for ask in self.asked if not ask.met]
        return "; ".join(f"{ask.name}: {ask.asked} asked, {ask.has}" for ask in short) or "nothing"

    def by(self, rules: Career) -> CareerStanding:
        """Return the same standing, measured by other rules."""
        return replace(self, rules=rules)


def career_of(person: Person, user: Any) -> CareerStanding:
    """Return the standing of a person on the career ladder, by those of their roles whose place the
    user sees."""
    seen = _visible_spans([*_assigned(person), *_named(person)], user)
    spans = sorted((span for span, _ in seen), key=lambda span: span.begins, reverse=True)
    places = dict(seen)
    portfolio = _ruling_portfolio([places[span] for span in spans], user)
    on = portfolio.as_of if portfolio else timezone.localdate()
    step = highest_step(spans, on)
    named = Qualification.objects.filter(person=person).alias(over=is_expired())
    labels = dict(RoleChoice.choices)
    return CareerStanding(
        step=step,
        roles=[(str(labels[span.role]), places[span], span) for span in spans],
        rules=portfolio.rules_of(Career) if portfolio else Career(),
        portfolio=portfolio,
        competence=person.competence,
        qualifications=named.filter(over=False).values("title").distinct().count(),
        on=on,
    )


def _assigned(person: Person) -> Iterator[Span]:
    """Yield the roles that were assigned to the person, each with its time."""
    for role in person.roles.order_by("pk"):
        ids = ((kind, getattr(role, f"{kind}_id")) for kind in PLACES)
        place = next(((kind, pk) for kind, pk in ids if pk), ORGANISATION)
        begins = role.starts_on or role.created_at.date()
        if role.ends_on is None or role.ends_on >= begins:
            yield Span(role.role, place, begins, role.ends_on)


def _named(person: Person) -> Iterator[Span]:
    """Yield the posts that a person has held on projects and programmes, by the history of these:
    each from the day on which the person was named until another was, or until the project or
    programme ended. The first holder is taken to have held it since the project or programme
    began."""
    for kind, model in (("project", Project), ("programme", Programme)):
        for role, field in model.posts.items():
            if not model._meta.get_field(field).many_to_many:
                yield from _in_post(person, kind, model, role, field)


def _in_post(person: Person, kind: str, model: Any, role: str, field: str) -> Iterator[Span]:
    events = events_of(model).objects
    named = events.filter(**{field: person.pk}).order_by().values("id")
    turns = events.filter(id__in=named).annotate(
        until=Window(Lead("pgh_created_at"), partition_by=[F("id")], order_by=F("pgh_id").asc())
    )
    rows = model._base_manager.in_bulk({row["id"] for row in named})
    runs: dict[int, list[Any]] = {}
    for id, who, since, until in turns.order_by("id", "pgh_id").values_list(
        "id", field, "pgh_created_at", "until"
    ):
        runs.setdefault(id, []).append((who, since.date(), until and until.date()))
    for id, spans in runs.items():
        if id in rows:
            yield from _joined(spans, person.pk, Span(role, (kind, id), date.max), rows[id])


def _joined(runs: list[Any], person: int, span: Span, row: Any) -> Iterator[Span]:
    """Yield the times for which one person held a post, with successive times joined into one."""
    began, over = _time_of(row)
    open_at: date | None = None
    for number, (who, since, until) in enumerate(runs):
        if who == person and open_at is None:
            open_at = min(since, began) if number == 0 and began else since
        if open_at is not None and (who != person or until is None):
            ends = since if who != person else over
            yield replace(span, begins=open_at, ends=max(ends, open_at) if ends else None)
            open_at = None


def _time_of(row: Project | Programme) -> tuple[date | None, date | None]:
    """Return the days on which a project or programme began and ended; None for a day that has not
    come."""
    if isinstance(row, Programme):
        return row.starts_on, row.actual_end_on
    return row.actual_start, row.actual_finish or row.terminated_on


def _visible_spans(spans: list[Span], user: Any) -> list[tuple[Span, Any]]:
    """Return the times whose place the user sees, each with that place, which is None for the whole
    organisation."""
    seen: dict[tuple[str, int], Any] = {ORGANISATION: None}
    for kind, model in PLACES.items():
        ids = {span.place[1] for span in spans if span.place[0] == kind}
        if ids:
            rows = model.objects.visible_to(user).in_bulk(ids)
            seen |= {(kind, pk): row for pk, row in rows.items()}
    return [(span, seen[span.place]) for span in spans if span.place in seen]


def _ruling_portfolio(places: list[Any], user: Any) -> Portfolio | None:
    """Return the portfolio whose rules apply: that of the latest role, or else the first that the
    user sees."""
    for place in places:
        if isinstance(place, Portfolio):
            return place
        if place is not None:
            return place.owner_portfolio if isinstance(place, Project) else place.portfolio
    return Portfolio.objects.visible_to(user).order_by("pk").first()
