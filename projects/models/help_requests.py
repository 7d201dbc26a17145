"""What the PMO offers, and what people ask of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub import access
from pmhub.access import Join
from pmhub.access.grants import grants_of, holding
from pmhub.access.setters import Setter, is_theirs
from pmhub.database.belonging import belongs, still_there
from pmhub.database.codes import OF_PROGRAMME, OF_PROJECT
from pmhub.database.collation import InOrder, searched
from pmhub.database.constraints import between, choices, code_once, dated, one_of, rule
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import frozen, versioned
from pmhub.lifecycle import Lifecycle, anybody, move
from pmhub.models import Archivable, Person, Record
from pmhub.permissions import Role
from programmes.models import Portfolio, Programme
from programmes.models.closure_triggers import while_programme_lasts, while_project_lasts
from programmes.models.lapse_triggers import falls_with_its_end
from projects.models.project import Project

PLACES = ("project", "programme", "portfolio")
OFFICE = frozenset({Role.PMO})
LONGEST = 365  # days to answer
ELSEWHERE = "Choose a service of the portfolio."
ASKS = "{row}.state IN ('open', 'accepted')"
ASKED = ("project_id", "programme_id", "portfolio_id", "code", "title", "question", "asked_by_id")


class Service(Archivable, Record):
    """Something that a PMO does for projects and programmes when they ask for it, such as preparing
    a gate: who answers, and within how many days."""

    portfolio = models.ForeignKey(Portfolio, models.PROTECT, related_name="services")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True, help_text=_("What one gets, and what it takes"))
    owner = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="services",
        help_text=_("Who answers what is asked"),
    )  # fmt: skip
    days_to_answer = models.PositiveSmallIntegerField(
        default=10, help_text=_("Days until an answer is due")
    )

    answered_for = {"owner": Q(archived_at__isnull=True)}
    visible_through = ("portfolio",)
    visible_below = {f"portfolio__{path}": kind for path, kind in Portfolio.visible_below.items()}
    joined = Join.SEE
    first_code = "SV1"

    class Meta:
        ordering = [InOrder("code"), "id"]
        triggers = [versioned()]
        indexes = [searched("service", "code", "name", "description")]
        constraints = [
            code_once("service", "portfolio"),
            between("service", "days_to_answer", 1, LONGEST),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class HelpState(models.TextChoices):
    """How far a request for help has come."""

    OPEN = "open", _("Open")
    ACCEPTED = "accepted", _("Accepted")
    ANSWERED = "answered", _("Answered")
    CLOSED = "closed", _("Closed")
    DECLINED = "declined", _("Declined")


@dataclass(frozen=True, slots=True)
class OneOrOffice(Setter):
    """The person named in the field `own`, and the PMO."""

    def allows(self, user: Any, row: Any) -> bool:
        """Return whether the user is that person or a member of the PMO."""
        return is_theirs(user, row, self.own) or Role.PMO in access.roles_on(user, row)


H = HelpState
TO_ANSWER = (H.OPEN, H.ACCEPTED)
HELPER = OneOrOffice("who is to answer, or the PMO", own="owner")
ASKER = OneOrOffice("who asked, or the PMO", own="asked_by")
HELP = Lifecycle(
    "state",
    initial=anybody(H.OPEN),
    moves=(
        move("acceptance", "Take it on", "accepted", H.ACCEPTED, [H.OPEN],
             may_ask=("owner", "due_on"), by=HELPER,
             says="Without a name it is yours to answer, unless somebody has it already."),
        move("reply", "Answer it", "answered", H.ANSWERED, [H.ACCEPTED], asks=("answer",),
             by=HELPER, says="Whoever asked closes it then, and says how much it helped."),
        move("closure", "Close it", "closed", H.CLOSED, [H.ANSWERED], may_ask=("rating",),
             by=ASKER),
        move("refusal", "Decline it", "declined", H.DECLINED, [H.OPEN], reason=True, by=HELPER,
             says="Say who can help instead."),
    ),
    kept=("answer", "rating"),
    follows={H.DECLINED: (H.ACCEPTED,)},  # when its project or programme ends
)  # fmt: skip


class HelpRequests(access.ScopedQuerySet):
    """Requests for help: seen by the person who asked, the one who answers, and the PMO."""

    def visible_to(self, user: Any) -> HelpRequests:
        """Return the requests that the user asked about records they see, those they are to answer
        and, for a member of the PMO, all."""
        grants = grants_of(user)
        office = holding(grants, OFFICE)
        if office.everywhere:
            return self
        if not grants.roles:
            return self.none()
        account = getattr(user, "pk", None) or 0
        seen = super().visible_to(user).order_by().values("pk")
        own = Q(asked_by__user=account) & Q(pk__in=seen)
        above = access.visibility(HelpRequest, office)
        return self.filter(own | Q(owner__user=account) | above)


class HelpRequest(Record):
    """A question to the PMO about a project, a programme or a portfolio: who answers it, by when,
    and what the answer was. It is seen by who asked, who answers and the PMO."""

    project = models.ForeignKey(
        Project, models.PROTECT, null=True, blank=True, related_name="help_requests"
    )
    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="help_requests"
    )
    portfolio = models.ForeignKey(
        Portfolio, models.PROTECT, null=True, blank=True, related_name="help_requests"
    )
    code = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    question = models.TextField(help_text=_("What you need, and what you tried"))
    service = models.ForeignKey(
        Service, models.PROTECT, null=True, blank=True, related_name="help_requests",
        help_text=_("Left empty, the PMO finds who can help"),
    )  # fmt: skip
    asked_by = models.ForeignKey(Person, models.PROTECT, related_name="asked_for_help")
    owner = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="help_requests",
        help_text=_("Who answers it"),
    )  # fmt: skip
    due_on = models.DateField(
        null=True, blank=True, help_text=_("Left empty, by the days of the service")
    )
    state = models.CharField(max_length=10, choices=HelpState, default=HelpState.OPEN)
    answer = models.TextField(blank=True)
    answered_on = models.DateField(null=True, blank=True)
    rating = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("How much it helped: from 1, not at all, to 5")
    )

    objects = HelpRequests.as_manager()  # type: ignore[misc]  # one queryset for another
    answered_for = {"owner": Q(state__in=["open", "accepted"])}
    waits_for = {"asked_by": Q(state="answered")}
    visible_through = PLACES
    of_author = True
    joins = {"asked_by": Join.SET, "owner": Join.SEE}
    lifecycles = (HELP,)
    edited_in = (HelpState.OPEN,)
    happened = ("answered_on",)
    promised = ("due_on",)
    stays = (
        RetentionRule(
            "answered_request",
            Q(answered_on__isnull=False),
            "A request that was answered is never deleted: close it.",
        ),
    )
    refuses = {
        "question_holds": ("", "What was taken on is changed no more: ask again."),
        "answer_holds": ("", "What was answered or declined is changed no more: ask again."),
        "helprequest_service": ("service", ELSEWHERE),
    }
    first_code = "H01"

    class Meta:
        verbose_name = "request for help"
        verbose_name_plural = "requests for help"
        ordering = [models.F("due_on").asc(nulls_last=True), InOrder("code"), "id"]
        triggers = [
            versioned(),
            HELP.trigger("request for help"),
            falls_with_its_end("accepted", "declined", *PLACES[:2]),
            while_project_lasts(ASKS, "state"),
            while_programme_lasts(ASKS, "state"),
            frozen("question_holds", "OLD.state <> 'open'", *ASKED),
            frozen(
                "answer_holds",
                "OLD.state IN ('answered', 'closed', 'declined')",
                "owner_id",
                "due_on",
                "answer",
                "answered_on",
            ),
            belongs(
                "helprequest",
                "service",
                "FROM projects_service s WHERE s.id = NEW.service_id AND s.portfolio_id ="
                f" coalesce(NEW.portfolio_id, {OF_PROGRAMME.format('NEW.programme_id')},"
                f" {OF_PROJECT.format('NEW.project_id')})",
                ELSEWHERE,
            ),
            still_there(
                "helprequest",
                "service",
                "FROM projects_service WHERE id = NEW.service_id AND archived_at IS NOT NULL",
                "This service is archived: it answers no more.",
            ),
        ]
        indexes = [searched("helprequest", "code", "title", "question", "answer")]
        constraints = [
            one_of("helprequest", *PLACES),
            code_once("helprequest", *PLACES),
            choices("helprequest", "state", HelpState),
            between("helprequest", "rating", 1, 5),
            dated(
                "helprequest", "answered_on", "state", HelpState.ANSWERED, HelpState.CLOSED,
                message="Only what was answered has the day of it: answer it first.",
            ),
            rule(
                "helprequest_answer",
                "answer",
                Q(state__in=["answered", "closed"], answered_on__isnull=False) & ~Q(answer="")
                | Q(state__in=["open", "accepted", "declined"], answer=""),
                "What was answered, and nothing else, says what the answer was, and when.",
            ),
            rule(
                "helprequest_owner",
                "owner",
                Q(state__in=["open", "declined"]) | Q(owner__isnull=False),
                "Somebody has taken on what is to be answered: say who.",
            ),
            rule(
                "helprequest_rating",
                "rating",
                Q(rating__isnull=True) | Q(state="closed"),
                "Who asked says how much it helped when they close it.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def owner_portfolio(self) -> Any:
        """The portfolio whose PMO is asked."""
        if self.project:
            return self.project.owner_portfolio
        return self.programme.portfolio if self.programme else self.portfolio
