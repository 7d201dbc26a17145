"""The lessons and standards that fit a place: what is typed there, or what its record says."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.postgres.search import (
    SearchQuery,
    SearchRank,
    SearchVector,
    TrigramWordSimilarity,
)
from django.db import connection
from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, TextField, Value

from pmhub.access.scoped_rows import ScopedRows, read_at_once
from pmhub.database.cached_reads import CachedReads
from pmhub.database.collation import InOrder
from pmhub.database.statements import ID, IDS, Rows, Statement
from programmes.models import Portfolio
from projects.models import (
    TO_SHOW,
    Allocation,
    AssetVersion,
    Gate,
    Issue,
    Lesson,
    LessonUse,
    ProcessAsset,
    Project,
    Risk,
    TailoringRecord,
    VersionState,
)
from projects.models.lesson import LANGUAGE, words
from projects.models.tailoring import CURRENT
from projects.relevance import Fit, RelevanceQuery, Traits, best_fits, fit, in_common, rarity

CANDIDATES = 200  # rows that are ranked, those with the most words in common first
LONGEST = 200  # characters of the text that are compared by letters
MOST_WORDS = 60  # stems searched for
# The columns of a project by which standards apply to it; and those of a project, a risk, an issue
# or a gate by which lessons and standards fit it.
APPLIES_BY = ("stage", "delivery_approach", "regulated", "template_id", "complexity")
ASKED_ABOUT = (
    "title", "cause", "event", "effect", "category", "stage_to", "name", "objective",
    "discipline_id", *APPLIES_BY,
)  # fmt: skip
OF_PORTFOLIO = ("portfolio", "programme__portfolio", "project__portfolio",
                "project__programme__portfolio")  # fmt: skip

# Whether a portfolio has any lesson or standard: most have none, and need no search.
ANY_LESSON = Statement(
    lambda: _of_portfolio(Lesson.objects.filter(state__in=TO_SHOW), ID).values_list("pk")[:1]
)
ANY_STANDARD = Statement(
    lambda: AssetVersion.objects.filter(
        asset__portfolio=ID, state=VersionState.PUBLISHED
    ).values_list("pk")[:1]
)
BOOKED = Statement(
    lambda: (
        Allocation.objects.filter(project=ID)
        .order_by("resource__name")
        .values_list("resource__name")
        .distinct()
    )
)
KEPT = 500_000  # bytes cached by a process

applying = CachedReads(KEPT)


@dataclass(frozen=True, slots=True)
class Place:
    """The place for which lessons are looked for: what is asked about, its portfolio, its project
    and, where it is stored, its record."""

    asked: RelevanceQuery
    portfolio: Portfolio
    project: Project | None = None
    record: Any = None

    @property
    def kind(self) -> str:
        """Return the name of the relation from an answer to the record; "" without a record."""
        return str(self.record._meta.model_name) if self.record else ""


def place_of(record: Any) -> Place:
    """Return the place of a risk, an issue, a gate or a project, with the words to look for."""
    read_at_once(record, ASKED_ABOUT)
    project, programme = _places_of(record)
    portfolio = project.owner_portfolio if project else programme.portfolio
    query = RelevanceQuery(text=_text(record, project), category=getattr(record, "category", ""))
    there = Place(query, portfolio, project, record)
    stage = record.stage_to if isinstance(record, Gate) else ""
    return in_project(there, project, stage=stage) if project else there


def in_project(place: Place, project: Project, *, stage: str = "") -> Place:
    """Return the place with the stage, the approach and the disciplines of a project."""
    query = replace(
        place.asked,
        stage=stage or place.asked.stage or project.stage,
        approach=project.delivery_approach,
        disciplines=tuple(_disciplines(project)),
    )
    return replace(place, asked=query, project=project)


def _places_of(record: Any) -> tuple[Project | None, Any]:
    if isinstance(record, Project):
        return record, None
    above = record.programme_above if isinstance(record, Gate) else record.programme
    return record.project, above


def _text(record: Any, project: Project | None) -> str:
    if isinstance(record, Risk):
        return " ".join((record.title, record.cause, record.event, record.effect))
    if isinstance(record, Issue):
        return record.title
    of = f" {project.name} {project.objective}" if project else ""
    return f"{record.title if isinstance(record, Gate) else ''}{of}".strip()


def _disciplines(project: Project) -> Iterable[str]:
    """Yield the names of a project's discipline and of the resources that it books."""
    if project.discipline:
        yield project.discipline.name
    yield from (name for (name,) in BOOKED(id=project.pk))


def _of_portfolio(rows: QuerySet[Any], portfolio: int) -> QuerySet[Any]:
    """Return the lessons of a portfolio and of all that belongs to it."""
    return rows.filter(Q(*((path, portfolio) for path in OF_PORTFOLIO), _connector=Q.OR))


def fitting_lessons(
    place: Place, user: Any, *, without: Iterable[int] = ()
) -> list[tuple[Lesson, Fit]]:
    """Return the lessons that a user may see and that fit a place best, the best first; `without`
    excludes lessons by id. A user who sees both a cleared lesson and its source is shown the
    source."""
    if not ANY_LESSON(id=place.portfolio.pk):
        return []
    return _ranked(LESSONS, place, user, [*without], _traits_of_lesson)


def fitting_standards(place: Place, user: Any) -> list[tuple[ProcessAsset, Fit]]:
    """Return the standards in force that apply in a place and fit it best, the best first."""
    if not ANY_STANDARD(id=place.portfolio.pk):
        return []
    project, stage = place.project, place.asked.stage
    values = tuple(getattr(project, name) for name in APPLIES_BY) if project else None
    ids = applying(
        "applicable",
        (place.portfolio.pk, stage, values),
        lambda: [*applicable(place.portfolio, project, stage).values_list("pk", flat=True)],
        lambda ids: 100 + 36 * len(ids),
    )
    return _ranked(STANDARDS, place, user, ids, _traits_of_asset)


def applicable(portfolio: Portfolio, project: Project | None, stage: str) -> QuerySet[ProcessAsset]:
    """Return the standards in force of a portfolio that apply to a project in a stage."""
    in_force = AssetVersion.objects.filter(asset=OuterRef("pk"), state=VersionState.PUBLISHED)
    rows = ProcessAsset.objects.filter(Exists(in_force), portfolio=portfolio)
    rows = rows.filter(stage__in=["", stage]) if stage else rows
    if project is None:
        return rows
    if not project.regulated:
        rows = rows.filter(regulated=False)
    return rows.filter(
        Q(template=None) | Q(template=project.template_id),
        delivery_approach__in=["", project.delivery_approach],
        least_complexity__lte=project.complexity,
    )


def unanswered_standards(project: Project, stage: str) -> QuerySet[ProcessAsset]:
    """Return the mandatory standards that apply to a project in a stage and have no valid answer:
    they hold its gates."""
    day = project.owner_portfolio.as_of
    answered = TailoringRecord.objects.filter(
        Q(until=None) | Q(until__gte=day),
        asset_version__asset=OuterRef("pk"),
        project=project,
        state=CURRENT[-1],
    )
    rows = applicable(project.owner_portfolio, project, stage).filter(mandatory=True)
    return rows.filter(~Exists(answered)).order_by(InOrder("code"), "pk")


def answers_at(record: Any) -> list[LessonUse]:
    """Return the answers to lessons at a record, the last first."""
    return _answers_at(str(record._meta.model_name))(id=record.pk)


@functools.cache
def _answers_at(kind: str) -> Rows[LessonUse]:
    rows = LessonUse.objects.filter(**{kind: ID})
    return Rows(lambda: rows.select_related("lesson", "person", "action"))


def _traits_of_lesson(lesson: Lesson) -> Traits:
    return Traits(lesson.category, lesson.stage, lesson.delivery_approach, _named(lesson))


def _traits_of_asset(asset: ProcessAsset) -> Traits:
    return Traits(asset.category, asset.stage, asset.delivery_approach, _named(asset))


def _named(row: Lesson | ProcessAsset) -> str:
    return row.discipline.name if row.discipline else ""


def _ranked(
    rows: ScopedRows[Any], place: Place, user: Any, ids: Sequence[int], traits: Any
) -> list[tuple[Any, Fit]]:
    """Return the rows that fit a place best, each with its fit. Two statements."""
    query = place.asked
    stems = _stems(query.text)
    candidates = rows(
        user,
        ids,
        id=place.portfolio.pk,
        any_of=_any_of(stems),
        text=query.text[:LONGEST],
        texts=" ".join([query.text, *query.disciplines]),
        category=query.category or None,  # no category matches no other
        stage=query.stage or None,
    )
    words = [set(row.said) for row in candidates]
    idf = rarity(stems, words)
    return best_fits(
        (
            row,
            fit(
                query,
                traits(row),
                words=in_common(stems, row.titled, every, idf),
                wording=row.wording,
            ),
        )
        for row, every in zip(candidates, words, strict=True)
    )


@functools.lru_cache(maxsize=256)
def _stems(text: str) -> tuple[str, ...]:
    """Return the stems of the words of a text, as PostgreSQL's search makes them."""
    if not text:
        return ()
    with connection.cursor() as cursor:
        cursor.execute("SELECT tsvector_to_array(to_tsvector(%s, %s))", [LANGUAGE, text])
        return tuple(cursor.fetchone()[0][:MOST_WORDS])


def _any_of(stems: Sequence[str]) -> str:
    """Return a search for any of these stems, in PostgreSQL's syntax."""
    written = (stem.replace("\\", "\\\\").replace("'", "''") for stem in stems)
    return " | ".join(f"'{stem}'" for stem in written)


# Stand-ins in statements: for a search for any of the words, for the beginning of the text, for all
# of the text, for category and stage.
ANY_OF, TEXT, TEXTS, CATEGORY, STAGE = "<any of>", "<text>", "<texts>", "<category>", "<stage>"
STAND_INS = {
    ANY_OF: "any_of", TEXT: "text", TEXTS: "texts", CATEGORY: "category", STAGE: "stage",
}  # fmt: skip


def _candidates(rows: QuerySet[Any], vector: Any) -> QuerySet[Any]:
    """Return the rows that have one of the words, or are about the same category, stage or
    discipline."""
    query = SearchQuery(ANY_OF, config="simple", search_type="raw")
    matching = rows.annotate(stems=vector, rank=SearchRank(vector, query)).filter(stems=query)
    ways = (_alike(rows), matching.order_by("-rank", "pk"))
    near = (Q(pk__in=way.values("pk")[:CANDIDATES]) for way in ways)
    return (
        rows.filter(functools.reduce(operator.or_, near))
        .annotate(
            said=Func(vector, function="tsvector_to_array"),
            titled=Func(SearchVector("title", config=LANGUAGE), function="tsvector_to_array"),
            wording=TrigramWordSimilarity(TEXT, "title"),
        )
        .order_by("pk")
    )


def _alike(rows: QuerySet[Any]) -> QuerySet[Any]:
    named = Q(texts__icontains=F("discipline__name"))
    alike = named | Q(category__iexact=CATEGORY) | Q(stage__iexact=STAGE)
    texts = Value(TEXTS, output_field=TextField())
    return rows.annotate(texts=texts).filter(alike).order_by("pk")


def _lessons(reader: Any) -> QuerySet[Any]:
    visible = Lesson.objects.visible_to(reader).filter(state__in=TO_SHOW)
    seen = _of_portfolio(visible, ID)
    seen = seen.filter(Q(cleared_from=None) | ~Q(cleared_from__in=seen.order_by().values("pk")))
    rows = seen.exclude(pk__in=[IDS])
    return _candidates(
        rows.select_related("project", "programme", "portfolio", "discipline"), words()
    )


def _standards(reader: Any) -> QuerySet[Any]:
    vector = SearchVector("title", weight="A", config=LANGUAGE) + SearchVector(
        "about", weight="B", config=LANGUAGE
    )
    rows = ProcessAsset.objects.visible_to(reader).filter(pk__in=[IDS])
    return _candidates(rows.select_related("discipline"), vector)


LESSONS, STANDARDS = (
    ScopedRows(rows, types=dict.fromkeys(STAND_INS.values(), "text"), stand_ins=STAND_INS)
    for rows in (_lessons, _standards)
)
