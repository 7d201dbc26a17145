"""What is still to be done before a project or a programme can close: found by rule from its
records, so that the list empties by itself as people settle it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Window
from django.utils.translation import get_language

from benefits.models import (
    CONCLUDED,
    Benefit,
    BenefitContribution,
    BenefitHandOver,
    HandOverState,
)
from pmhub.access.grants import Reader
from pmhub.access.scoped_rows import place_statement
from pmhub.database.cached_reads import CachedReads
from pmhub.database.collation import InOrder
from pmhub.page_addresses import address_of
from programmes.models import AssuranceRecommendation, Programme
from programmes.models.closure_triggers import SETTLED_ISSUES
from programmes.models.states import RecommendationState
from programmes.queries.stage_requirements import live_projects, undecided_risks
from programmes.queries.step_blockers import Blocker, Way, at_records
from projects.models import (
    Commitment,
    CommitmentState,
    DependencyStatus,
    FindingSeverity,
    FindingState,
    InspectionFinding,
    IssueState,
    Project,
    Severity,
)
from projects.models.closure_triggers import BLOCK_CLOSING
from projects.models.states import ComplianceState, OutputState
from projects.queries import open_risks, undone_with
from projects.queries.dependencies import awaited_from
from projects.queries.inspections import critical_unsettled

A_PAGE = 25  # records of a rule that a page shows
MOST, LINE = 1_000_000, 600  # bytes that a process keeps of what is left; of a record, about

cache = CachedReads(MOST)


@dataclass(frozen=True, slots=True)
class Rule:
    """Records that prevent closing, and in `words` what to do about them. `code`, `title` and
    `state` are paths to the fields that are shown; `collection` is where the records are settled.
    Records that are `asked` about are answered in the closing itself and do not prevent it."""

    name: str
    words: str
    rows: Callable[[Any], Any]
    collection: str
    code: str = "code"
    title: str = "title"
    state: str = "state"
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A record about which something has still to be done: its name, and where that is done: at the
    record of `collection` with this `id`, or in a new one with the values `given`."""

    code: str
    title: str
    collection: str
    id: int | None
    says: str = ""
    given: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """The records of one rule that a page shows, and how many there are in all."""

    rule: Rule
    lines: Sequence[Line]
    count: int
    page: int = 1

    @property
    def previous(self) -> int | None:
        """Return the number of the page before this one; None on the first."""
        return self.page - 1 if self.page > 1 else None

    @property
    def pages(self) -> int:
        """Return how many pages there are."""
        return -(-self.count // A_PAGE)

    @property
    def next(self) -> int | None:
        """Return the number of the page after this one; None on the last."""
        return self.page + 1 if self.page < self.pages else None


# Of a project


def contributions(project: Project) -> QuerySet[BenefitContribution]:
    """Return the contributions of a project to benefits that are not concluded."""
    rows = BenefitContribution.objects.filter(project=project)
    return rows.exclude(benefit__status__in=CONCLUDED)


def unaccepted_contributions(project: Project) -> QuerySet[BenefitContribution]:
    """Return the contributions of a project for which nobody has accepted to answer, each with the
    person who was asked last."""
    hand_overs = BenefitHandOver.objects.filter(contribution=OuterRef("pk"))
    accepted = hand_overs.filter(state=HandOverState.ACCEPTED)
    last = {
        name: Subquery(hand_overs.order_by("-pk").values(path)[:1])
        for name, path in (("last_id", "pk"), ("last_state", "state"), ("last_name", "owner__name"))
    }
    return contributions(project).exclude(Exists(accepted)).annotate(**last)


def _critical(project: Project) -> Any:
    return project.issues.filter(severity=Severity.CRITICAL).exclude(state__in=SETTLED_ISSUES)


def _lesser(project: Project) -> Any:
    handled = (*SETTLED_ISSUES, IssueState.ESCALATED)
    return project.issues.exclude(severity=Severity.CRITICAL).exclude(state__in=handled)


def _ownerless_findings(project: Project) -> Any:
    found = InspectionFinding.objects.filter(inspection__project=project, owner=None)
    lesser = found.exclude(severity=FindingSeverity.CRITICAL)
    return lesser.filter(state=FindingState.OPEN)


def _unanswered(subject: Project | Programme) -> Any:
    recommendations = AssuranceRecommendation.objects.filter(
        review__in=subject.assurance_reviews.all()
    )
    return recommendations.filter(state=RecommendationState.OPEN, owner=None)


def _blocking(project: Project) -> Any:
    rows = project.compliance_items.filter(blocks__in=BLOCK_CLOSING)
    return rows.exclude(state=ComplianceState.GRANTED)


def _undelivered(project: Project) -> Any:
    return project.outputs.exclude(state__in=[OutputState.ACCEPTED, OutputState.DESCOPED])


def _unjudged(project: Project) -> Any:
    return project.dependencies_in.filter(status=DependencyStatus.DELIVERED)


def _orders(project: Project) -> Any:
    return Commitment.objects.filter(budget_line__project=project, state=CommitmentState.OPEN)


def _actions(subject: Project | Programme) -> Any:
    return undone_with(subject, stopped=False)


RECOMMENDATIONS = Rule(
    "recommendations", "Act on what reviews recommend, or name who does so, first", _unanswered,
    "assurance-recommendations", code="review__code", title="text",
)  # fmt: skip
OF_PROJECT = (
    Rule("outputs", "Accept or descope its outputs first", _undelivered, "outputs"),
    Rule(
        "hand_overs", "Hand over what it brings first",
        unaccepted_contributions, "benefit-hand-overs",
        code="benefit__code", title="benefit__title",
    ),
    Rule("critical_issues", "Resolve its critical issues first", _critical, "issues"),
    Rule("issues", "Resolve or escalate its issues first", _lesser, "issues"),
    Rule(
        "critical_findings", "Have its critical findings corrected and verified first",
        critical_unsettled, "findings", title="text",
    ),
    Rule(
        "findings", "Have its findings corrected, or name who does so, first", _ownerless_findings,
        "findings", title="text",
    ),
    RECOMMENDATIONS,
    Rule("compliance", "Obtain what blocks its handover first", _blocking, "compliance-items"),
    Rule(
        "deliveries", "Accept or turn down what was delivered to it first", _unjudged,
        "dependencies", title="deliverable", state="status",
    ),
    Rule(
        "orders", "Close or cancel its orders first", _orders, "commitments", code="reference",
        title="supplier",
    ),
    Rule("risks", "Close its risks, or transfer them to the programme", open_risks, "risks",
         state="status", asked=True),
    Rule("dependencies", "Acknowledge that others will not get these", awaited_from,
         "dependencies", title="deliverable", state="status", asked=True),
    Rule("actions", "Cancel its actions, or keep them", _actions, "actions", code="title",
         title="", asked=True),
)  # fmt: skip


# Of a programme


def unmeasured_benefits(programme: Programme, *, after: date) -> QuerySet[Benefit]:
    """Return the benefits of a programme that are not concluded and that nobody is to measure after
    a day."""
    watched = Q(owner__isnull=False, next_measurement_on__gt=after)
    return programme.benefits.exclude(status__in=CONCLUDED).exclude(watched)


def _unwatched(programme: Programme) -> QuerySet[Benefit]:
    return unmeasured_benefits(
        programme, after=programme.actual_end_on or programme.portfolio.as_of
    )


def _issues(programme: Programme) -> Any:
    return programme.issues.exclude(state__in=SETTLED_ISSUES)


OF_PROGRAMME = (
    Rule("projects", "End or move its projects first", live_projects, "projects", title="name",
         state="status"),
    Rule(
        "benefits", "Realise or withdraw these benefits, or name who measures them when",
        _unwatched, "benefits", state="status",
    ),
    Rule("risks", "Close its risks first", undecided_risks, "risks", state="status"),
    Rule("issues", "Resolve its issues first", _issues, "issues"),
    RECOMMENDATIONS,
    Rule(
        "actions", "Cancel its actions, or keep them", _actions, "actions", code="title", title="",
        asked=True,
    ),
)  # fmt: skip


def _rules(subject: Project | Programme) -> Sequence[Rule]:
    return OF_PROJECT if isinstance(subject, Project) else OF_PROGRAMME


def closing_blockers(subject: Project | Programme) -> Iterator[Blocker]:
    """Yield what has to be settled before a project or a programme closes."""
    for rule in _rules(subject):
        if rule.asked:
            continue
        holds = at_records(rule.words, rule.rows(subject), rule.collection, rule.code)
        if rule.name == "hand_overs":  # its rows are contributions, of which somebody is asked
            holds = (Blocker(hold.words, _at_closure(subject, hold), hold.more) for hold in holds)
        yield from holds


def _at_closure(subject: Project | Programme, hold: Blocker) -> tuple[Way, ...]:
    """Return the names of a hold with the page of the closure as the place where each is
    settled."""
    page = address_of(f"{subject._meta.model_name}-closure", subject.pk)
    return tuple((called, page) for called, _ in hold.ways)


def left_to_do(
    subject: Project | Programme, user: Any, pages: Mapping[str, int] | None = None
) -> list[Group]:
    """Return what is left of a project or a programme, as far as the user may see it by name: a
    statement for each rule, whatever it finds. With `pages`, by the name of a rule, a page of what
    each finds, the first where none is named: it is kept as long as its rule finds the same."""
    find = _group if pages is None else _cached_group
    groups = (find(rule, subject, user, pages) for rule in _rules(subject))
    return [group for group in groups if group.lines]


def _cached_group(rule: Rule, subject: Any, user: Any, pages: Any) -> Group:
    model: Any = type(subject)
    page = pages.get(rule.name, 1)
    key = model, subject.pk, rule.name, page, Reader(user).key, get_language()

    def read() -> Group:
        # Read anew, so that of the project or programme only what the rule asks of it counts.
        found = place_statement(model)(id=subject.pk) or [subject]
        return _group(rule, found[0], user, {rule.name: page})

    return cache("left", key, read, lambda group: LINE * (1 + len(group.lines)))


def _group(rule: Rule, subject: Any, user: Any, pages: Mapping[str, int] | None) -> Group:
    page = 1 if pages is None else pages.get(rule.name, 1)
    rows = _rows_of(rule, subject, user)
    listed = list(rows if pages is None else rows[(page - 1) * A_PAGE : page * A_PAGE])
    if not listed and page > 1:  # there are not that many any more
        return _group(rule, subject, user, {})
    count = listed[0]["_count"] if listed else 0
    return Group(rule, [_line(rule, rows.model, row) for row in listed], count, page)


def _rows_of(rule: Rule, subject: Any, user: Any) -> QuerySet[Any, dict[str, Any]]:
    """Return the rows of a rule with id, state, code and title, each with the number of all
    rows."""
    rows, names = rule.rows(subject), {"_code": rule.code, "_title": rule.title}
    if rule.name == "hand_overs":
        seen = Benefit.objects.visible_to(user).filter(pk=OuterRef("benefit"))
        rows = rows.annotate(seen=Exists(seen))
        more = ["seen", "last_id", "last_state", "last_name"]
    else:
        names["_state"], more = rule.state, []
    named = {name: F(path) for name, path in names.items() if path}
    ordered = rows.order_by(InOrder(rule.code), "pk").annotate(_count=Window(Count("pk")), **named)
    return ordered.values("pk", "_count", *named, *more)


def _line(rule: Rule, model: Any, row: Mapping[str, Any]) -> Line:
    if rule.name == "hand_overs":
        return _of_contribution(rule, row)
    labels = dict(model._meta.get_field(rule.state).choices)
    says = str(labels[row["_state"]])
    return Line(row["_code"], row.get("_title", ""), rule.collection, row["pk"], says)


SAYS = {
    HandOverState.ASKED: "{} is asked to answer for it.",
    HandOverState.DECLINED: "{} has declined: ask somebody else.",
    HandOverState.WITHDRAWN: "Taken back from {}: ask again.",
}


def _of_contribution(rule: Rule, row: Mapping[str, Any]) -> Line:
    """Return the line of a contribution that is not handed over; a benefit out of sight has its
    code alone."""
    waits = row["last_state"] == HandOverState.ASKED
    says = SAYS.get(row["last_state"], "Nobody is asked yet who answers for it.")
    return Line(
        row["_code"],
        row["_title"] if row["seen"] else "",
        rule.collection,
        row["last_id"] if waits else None,
        says.format(row["last_name"]),
        {} if waits else {"contribution": row["pk"]},
    )
