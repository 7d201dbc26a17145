"""Dated records by day: gates, reviews, board meetings, measurements, and what falls due or
expires.

To add something dated, add its declaration to `DATED`: the calendar page, REST and the calendar
file follow.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import BigIntegerField, BooleanField, Case, CharField, F, Q, Value, When
from django.db.models.functions import Cast, Coalesce, Concat

from benefits.models import Benefit, BenefitReview
from benefits.models.review import ReviewState as AnswerState
from pmhub.access import by_roles, ways_up
from pmhub.access.past_rights import seen_now
from pmhub.access.scoped_rows import ScopedRows
from pmhub.database.statements import DAY, LAST_DAY
from pmhub.page_addresses import address_of
from pmhub.queries.places import Place, Places
from programmes.models import (
    AssuranceReview,
    Board,
    BoardMeeting,
    Decision,
    HealthOverride,
    MeetingState,
)
from programmes.models.states import DecisionState, OverrideState, ReviewState
from projects.models import (
    Assumption,
    ComplianceItem,
    ConditionState,
    Gate,
    GateCondition,
    GateState,
)
from projects.models.states import ComplianceState
from projects.queries import day_of, first_path

KINDS = {
    "gate": "Gates",
    "review": "Reviews",
    "board": "Boards",
    "measurement": "Measurements",
    "expiry": "Falls due or expires",
}
MOST = 1000  # entries from one declaration
LEADERS = (
    "project__project_manager", "programme__programme_manager",
    "project__programme__programme_manager",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class DatedRecords:
    """A kind of entry in the calendar: records of a `model` (in REST `collection`), on the day
    `on`, if `counts` holds. `code` and `called` name a record; `called` may be a function of the
    reader. `people` are the lookup paths to the people whom the record concerns. `done` is the
    condition that it is over, whatever its day. A record of a kind with `asks` False is never
    late."""

    name: str
    kind: str
    title: str
    model: Any
    collection: str
    on: Any
    called: Any
    code: str = ""
    counts: Q | None = None
    done: Q | None = None
    people: tuple[str, ...] = LEADERS
    asks: bool = True

    def rows(self, user: Any, query: CalendarQuery) -> list[tuple[Any, ...]]:
        """Return the first rows, by day, that a user may see: id, code, name, project, programme,
        day, whether it is over, and the status date of their portfolio."""
        if by_roles(self.model) and query.of_everything:
            return _compiled(self)(user, day=query.first, last_day=query.last)
        return [*seen_now(self.queryset(user, query), user)[:MOST]]

    def queryset(self, user: Any, query: CalendarQuery) -> Any:
        """Return the query for these rows; when the past is read, it includes rows that the user
        may not see now."""
        on = F(self.on) if isinstance(self.on, str) else self.on
        rows = self.model.objects.visible_to(user).annotate(_on=on)
        rows = rows.filter(self.counts or Q(), _on__gte=query.first, _on__lte=query.last)
        for kind in ("portfolio", "programme"):
            if (id := getattr(query, kind)) is not None:
                rows = rows.filter(_any(Q(**{way: id}) for way in ways_up(self.model, kind)))
        if query.person is not None:
            mine = _any(
                Q(**{way: query.person}) & _in_sight(self.model, way, user) for way in self.people
            )
            # A subquery, for a join through a list would return a row once for each of its people.
            rows = rows.filter(pk__in=self.model._base_manager.filter(mine).values("pk"))
        called = self.called(user) if callable(self.called) else self.called
        return rows.order_by("_on", "pk").values_list(
            "pk",
            Cast(self.code, CharField()) if self.code else Value(""),
            called if not isinstance(called, str) else F(called),
            _first(ways_up(self.model, "project")),
            _first(ways_up(self.model, "programme")),
            "_on",
            Case(When(self.done, then=True), default=False) if self.done else _false(),
            day_of(*ways_up(self.model, "portfolio")),
        )


@functools.cache
def _compiled(dated: DatedRecords) -> ScopedRows[tuple[Any, ...]]:
    span = CalendarQuery(DAY, LAST_DAY)
    return ScopedRows(lambda reader: dated.queryset(reader, span)[:MOST])


def _any(conditions: Any) -> Q:
    return functools.reduce(operator.or_, conditions, Q(pk__in=[]))


def _in_sight(model: Any, way: str, user: Any) -> Q:
    """Return the condition that the user may see all records through which a lookup path to a
    person leads."""
    seen, parents = Q(), way.split("__")[:-1]
    for number, name in enumerate(parents, 1):
        model = model._meta.get_field(name).related_model
        visible = model.objects.visible_to(user).order_by().values("pk")
        seen &= Q(**{f"{'__'.join(parents[:number])}__in": visible})
    return seen


def _first(ways: Sequence[str]) -> Any:
    """Return an expression for the first id at the end of these lookup paths that is not empty."""
    if not ways:
        return Value(None, output_field=BigIntegerField())
    return Cast(first_path(*ways), BigIntegerField())


def _false() -> Any:
    return Value(False, output_field=BooleanField())


def _titled(kind: str, title: str) -> Any:
    """Return an expression for the title, or for the words of the choice `kind` where there is no
    title."""
    return Case(
        When(~Q(**{title: ""}), then=F(title)), default=_words(kind), output_field=CharField()
    )


def _words(choice: str) -> Any:
    values = AssuranceReview._meta.get_field(choice).flatchoices  # type: ignore[union-attr]
    return Case(*(When(**{choice: value}, then=Value(str(words))) for value, words in values))


def _meeting(user: Any) -> Any:
    """Return an expression for the name of a board meeting, which names the board only if the user
    may see it."""
    seen = Q(board__in=Board.objects.visible_to(user).order_by().values("pk"))
    name = Case(When(seen, then=F("board__name")), default=Value("Board meeting"))
    about = Case(
        When(~Q(about=""), then=Concat(Value(": "), "about")),
        default=Value(""),
        output_field=CharField(),
    )
    return Concat(name, about, output_field=CharField())


DATED = (
    DatedRecords(
        "gate", "gate", "Gate", Gate, "gates",
        on=Coalesce("decided_on", "planned_on"), code="code", called="title",
        counts=~Q(state=GateState.CANCELLED), done=Q(state=GateState.DECIDED),
        people=(
            "approvers", "pmo_approvers", *LEADERS, "tranche__programme__programme_manager",
        ),
    ),
    DatedRecords(
        "assurance_review", "review", "Assurance review", AssuranceReview, "assurance-reviews",
        on=Coalesce("held_on", "planned_on"), code="code", called=_titled("kind", "title"),
        done=~Q(state=ReviewState.PLANNED),
    ),
    DatedRecords(
        "benefit_review", "review", "Benefit in doubt", BenefitReview, "benefit-reviews",
        on="due_on", code="benefit__code", called="benefit__title",
        done=Q(state=AnswerState.ANSWERED), people=("reviewer",),
    ),
    DatedRecords(
        "decision_review", "review", "Decision to look at again", Decision, "decisions",
        on="review_on", called="title", counts=Q(state=DecisionState.MADE),
        people=("decided_by", *LEADERS),
    ),
    DatedRecords(
        "board_meeting", "board", "Board", BoardMeeting, "board-meetings",
        on="on", called=_meeting,
        counts=~Q(state=MeetingState.CANCELLED), done=Q(state=MeetingState.HELD),
        people=("board__members", "board__chair"),
    ),
    DatedRecords(
        "measurement", "measurement", "Measurement", Benefit, "benefits",
        on="next_measurement_on", code="code", called="title",
        counts=Benefit.answered_for["owner"], people=("owner", "reporter"),
    ),
    DatedRecords(
        "compliance", "expiry", "Permit or inspection due", ComplianceItem, "compliance-items",
        on="due_on", code="code", called="title",
        done=Q(state=ComplianceState.GRANTED), people=LEADERS[::2],
    ),
    DatedRecords(
        "condition", "expiry", "Condition of a gate due", GateCondition, "gate-conditions",
        on="due_on", called="text", done=Q(state=ConditionState.MET),
        people=("owner", *LEADERS),
    ),
    DatedRecords(
        "assumption", "expiry", "Assumption to confirm", Assumption, "assumptions",
        on="validate_by", code="code", called="text",
        done=~Q(state="open"), people=("owner", *LEADERS),
    ),
    DatedRecords(
        "override", "expiry", "Override of health ends", HealthOverride, "health-overrides",
        on="expires_on", called="reason", counts=Q(state=OverrideState.APPROVED),
        people=("by", *LEADERS), asks=False,
    ),
)  # fmt: skip
BY_NAME = {dated.name: dated for dated in DATED}


@dataclass(frozen=True, slots=True)
class CalendarQuery:
    """The days to list, both included, and the restrictions to one kind, portfolio, programme or
    person concerned."""

    first: date
    last: date
    kind: str = ""
    portfolio: int | None = None
    programme: int | None = None
    person: int | None = None

    @property
    def of_everything(self) -> bool:
        """Whether nothing but days and a kind restricts the entries."""
        return self.portfolio is self.programme is self.person is None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the calendar: a record and its day. `place` is its project or else its programme,
    None if the reader may see neither. `late` says that the day has passed and the record is not
    over."""

    dated: DatedRecords
    id: int
    code: str
    called: str
    on: date
    done: bool
    late: bool
    place: Place | None = None
    programme: int | None = None

    @property
    def page(self) -> str:
        """The address of the record's page."""
        return address_of("record", self.dated.collection, self.id)


def calendar(user: Any, query: CalendarQuery) -> list[Entry]:
    """Return the entries of these days that a user may see, the earliest first, at most `MOST` of
    each declaration. Takes one query for each declaration, and two for the names of projects and
    programmes."""
    meant = [dated for dated in DATED if query.kind in ("", dated.kind)]
    rows = [(dated, row) for dated in meant for row in dated.rows(user, query)]
    entries = list(_placed(user, rows))
    entries.sort(key=lambda entry: (entry.on, DATED.index(entry.dated), entry.id))
    return entries


def _placed(user: Any, rows: Collection[tuple[DatedRecords, tuple[Any, ...]]]) -> Iterator[Entry]:
    places = Places(user, (row[3:5] for _, row in rows))
    for dated, (id, code, called, project, programme, on, done, day) in rows:
        late = dated.asks and not done and on < day
        place = places.of(project, programme)
        yield Entry(dated, id, code, called, on, done, late, place, places.programme(programme))
