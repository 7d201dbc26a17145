"""Small forms for changes of a scenario: each makes one or several writes."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import Q
from django.utils.formats import date_format
from rest_framework import serializers

from benefits.models import Benefit
from pmhub import formats
from pmhub.database.collation import InOrder
from pmhub.database.priced import RISKS
from pmhub.serializers import Day, Flag, InputSerializer, Number, Related, Text, WholeNumber
from pmhub.serializers.fields import Amount
from pmhub.services import as_of
from programmes.models import Method, Programme, ScenarioChange
from programmes.queries.whatif.targets import WRITABLE, Home, home_of
from projects.models import LIVE, SETTLED, Dependency, Project, Risk, RiskStatus
from projects.queries import open_risks
from projects.queries.dependencies import awaited_from
from projects.serializers.project import ALONE

LONGEST_REASON, FURTHEST = 2000, 3650  # characters; days
LONGEST_TITLE = 200
SHARE: dict[str, Any] = {"max_digits": 5, "decimal_places": 4, "min_value": 0, "max_value": 1}


class ProgrammeRecord(Related):
    """A field with the id of a record that the scenario or the change request may write."""

    def __init__(self, *, where: Mapping[str, Any] | None = None, **given: Any) -> None:
        self.where = where or {}
        super().__init__(**given)

    def get_queryset(self) -> Any:
        """Return the records of the home that the user may see; none where the home is not
        known."""
        rows = super().get_queryset()
        held = self.context.get("record")
        label = rows.model._meta.label
        writable = next(kind for kind in WRITABLE.values() if kind.label == label)
        ways = writable.ways(home_of(held)) if held is not None else {}
        if not ways:
            return rows.none()
        home = Q(*ways.items(), _connector=Q.OR)
        return rows.filter(home, **self.where).order_by(InOrder("code"), "pk")


class ChangeInput(InputSerializer):
    """Base of these forms. `title` is the heading, `says` what the form does; `compose` yields one
    write after another. `record` in the context is the scenario or the change request to which they
    are added."""

    title: ClassVar[str] = ""
    says: ClassVar[str] = ""
    compose: Any

    def changes(self) -> list[ScenarioChange]:
        """Return the writes, with the present versions of the records."""
        return list(self.compose(**self.validated_data))

    @property
    def home(self) -> Home:
        """Return the programme or standalone project whose records are written."""
        return home_of(self.context["record"])

    @property
    def day(self) -> date:
        """Return the status date of the scenario or the change request."""
        return as_of(self.context["record"])


def programme_record_field(model: Any, **given: Any) -> ProgrammeRecord:
    """Return a field for records of this model that the scenario or change request may write."""
    return ProgrammeRecord(queryset=model.objects.all(), **given)


def _of_record(title: str, resource: str, row: Any, body: Any, verb: str = "") -> ScenarioChange:
    return ScenarioChange(
        title=title[:LONGEST_TITLE],
        method=Method.POST if verb else Method.PATCH,
        path=f"{resource}/{row.pk}/{verb}",
        body=body,
        seen_version=row.version,
    )


class DelayChange(ChangeInput):
    """A project that finishes later, with what it owes to others."""

    title = "Delay a project"
    says = (
        "Its dates to come move, and what other projects wait for from it, with the milestones that"
        " date it. Its other milestones stay."
    )

    project = programme_record_field(Project, where={"status__in": LIVE})
    days = WholeNumber(
        min_value=-FURTHEST,
        max_value=FURTHEST,
        required=False,
        allow_null=True,
        help_text="Calendar days; negative is earlier",
    )
    months = WholeNumber(
        min_value=-FURTHEST // 30,
        max_value=FURTHEST // 30,
        required=False,
        allow_null=True,
        help_text="Or months",
    )
    to = Day(required=False, allow_null=True, label="To a day", help_text="Or when it finishes")
    deliveries = Flag(default=True, initial=True, label="What others wait for comes later too")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require a forecast finish and exactly one way of saying how far it moves; refuse a move
        of no day, or of too many."""
        given = [name for name in ("days", "months", "to") if attrs.get(name) is not None]
        if len(given) != 1:
            text = "Say it in one way: days, months, or the day to which."
            raise serializers.ValidationError({given[1] if given else "days": text})
        if attrs["project"].forecast_finish is None:
            raise serializers.ValidationError({"project": "This project has no forecast finish."})
        days = _days_later(attrs["project"].forecast_finish, attrs)
        if not days:
            text = "Enter another day, or a number other than 0."
            raise serializers.ValidationError({given[0]: text})
        if abs(days) > FURTHEST:
            raise serializers.ValidationError({given[0]: f"Move it by {FURTHEST} days at most."})
        return {**attrs, "days": days}

    def compose(
        self, *, project: Project, days: int, deliveries: bool, **asked: Any
    ) -> Iterator[ScenarioChange]:
        """Yield the project, then each of its deliveries that is still to come."""
        later = timedelta(days)
        body = {"forecast_finish": _moved(project.forecast_finish, later)}
        if project.actual_start is None and project.forecast_start:
            body["forecast_start"] = _moved(project.forecast_start, later)
        amount = _amount_of(days, asked.get("months"))
        finish = _words(project.forecast_finish, later)
        yield _of_record(f"{project} finishes {amount}, {finish}", "projects", project, body)
        for milestone in _dating(project) if deliveries else ():
            title = f"{milestone} comes {amount}, {_words(milestone.forecast_on, later)}"
            body = {"forecast_on": _moved(milestone.forecast_on, later)}
            yield _of_record(title, "milestones", milestone, body)
        for link in _deliveries(project) if deliveries else ():
            title = f"{link} comes {amount}, {_words(link.forecast_on, later)}"
            body = {"forecast_on": _moved(link.forecast_on, later)}
            yield _of_record(title, "dependencies", link, body)


def _days_later(finish: date, values: Mapping[str, Any]) -> int:
    """Return by how many days a finish moves: by months it keeps its day of the month, or is on the
    last."""
    if values.get("to") is not None:
        return int((values["to"] - finish).days)
    if values.get("months") is None:
        return int(values["days"])
    years, month = divmod(finish.month - 1 + values["months"], 12)
    year, month = finish.year + years, month + 1
    day = min(finish.day, monthrange(year, month)[1])
    return (finish.replace(year=year, month=month, day=day) - finish).days


def _amount_of(days: int, months: int | None) -> str:
    number, unit = (days, "day") if months is None else (months, "month")
    ending = "" if abs(number) == 1 else "s"
    return f"{abs(number)} {unit}{ending} {'later' if days > 0 else 'earlier'}"


def _dating(project: Project) -> Any:
    """Return the milestones of the project that are still to come and by which it delivers to
    others."""
    given = awaited_from(project).filter(giver_milestone__isnull=False).order_by()
    dated = project.milestones.filter(state="planned", forecast_on__isnull=False)
    return dated.filter(pk__in=given.values("giver_milestone")).order_by(InOrder("code"), "pk")


def _deliveries(project: Project) -> Any:
    """Return what the project still has to deliver to others, where a day is forecast for it."""
    links = Dependency.objects.filter(
        giver=project, delivered_on__isnull=True, forecast_on__isnull=False
    )
    return links.exclude(status__in=SETTLED).order_by(InOrder("code"), "pk")


def _moved(day: Any, later: timedelta) -> str:
    return (day + later).isoformat()


def _words(day: Any, later: timedelta) -> str:
    return f"on {date_format(day + later, 'j M Y')}"


class CancellationChange(ChangeInput):
    """A project that stops before it has delivered."""

    title = "Cancel a project"
    says = (
        "It stops on the status date. Its open risks close, who waits for it will wait in vain, and"
        " its benefits stay on record and are at stake."
    )

    project = programme_record_field(Project, where={"status__in": LIVE})
    estimate_to_complete = Amount(min_value=0, default=Decimal(0), label="Cost of winding down")
    reason = Text(max_length=LONGEST_REASON)

    def compose(
        self, *, project: Project, estimate_to_complete: Decimal, reason: str
    ) -> Iterator[ScenarioChange]:
        """Yield the termination of the project."""
        body = {
            "terminated_on": self.day.isoformat(),
            "estimate_to_complete": str(estimate_to_complete),
            "reason": reason,
            **_answers(project),
        }
        yield _of_record(f"Cancel {project}", "projects", project, body, "termination/")


def _answers(project: Project) -> dict[str, Any]:
    """Return the answers that a termination asks for: risks are closed, and dependencies
    acknowledged."""
    awaited = awaited_from(project).values_list("pk", flat=True)
    return {
        "risks": {str(open_risk.pk): "close" for open_risk in open_risks(project)},
        "acknowledged_dependencies": list(awaited),
    }


class FundingChange(ChangeInput):
    """A project that costs otherwise, or is given contingency."""

    title = "Change its funding"
    says = "A new estimate of what is still to be spent, contingency for it, or both."

    project = programme_record_field(Project, where={"status__in": LIVE})
    estimate_to_complete = Amount(min_value=0, required=False, allow_null=True)
    contingency = Amount(
        required=False,
        allow_null=True,
        label="Contingency drawn",
        help_text="To the project; negative gives back",
    )
    reason = Text(max_length=LONGEST_REASON, required=False, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a form that changes nothing, and contingency for a standalone project."""
        _any_of(attrs, "estimate_to_complete", "contingency")
        if attrs.get("contingency") and self.home.programme is None:
            text = "A project that stands alone has no programme that gives it contingency."
            raise serializers.ValidationError({"contingency": text})
        return attrs

    def compose(
        self,
        *,
        project: Project,
        reason: str = "",
        estimate_to_complete: Decimal | None = None,
        contingency: Decimal | None = None,
    ) -> Iterator[ScenarioChange]:
        """Yield the estimate, then the movement of contingency."""
        if estimate_to_complete is not None:
            body = {"estimate_to_complete": str(estimate_to_complete)}
            title = f"{project}: {formats.grouped(estimate_to_complete)} still to be spent"
            yield _of_record(title, "projects", project, body)
        if contingency:
            yield ScenarioChange(
                title=f"{formats.grouped(contingency)} of contingency to {project}"[:LONGEST_TITLE],
                method=Method.POST,
                path="contingency-movements/",
                body={
                    "programme": self.home.programme,
                    "project": project.pk,
                    "amount": str(contingency),
                    "moved_on": self.day.isoformat(),
                    "reason": reason,
                },
            )


class MoveChange(ChangeInput):
    """A project that goes to another programme."""

    title = "Move a project"
    says = "To another programme of the portfolio, or to none. Contingency it drew stays."

    project = programme_record_field(Project, where={"status__in": LIVE})
    to_programme = Related(queryset=Programme.objects.all(), allow_null=True, style={"none": ALONE})
    reason = Text(max_length=LONGEST_REASON)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse the same programme, and one of another portfolio."""
        there, portfolio = attrs["to_programme"], attrs["project"].owner_portfolio
        if there and (there.pk == self.home.programme or there.portfolio_id != portfolio.pk):
            text = "Choose another programme of the same portfolio."
            raise serializers.ValidationError({"to_programme": text})
        return attrs

    def compose(
        self, *, project: Project, to_programme: Programme | None, reason: str
    ) -> Iterator[ScenarioChange]:
        """Yield the move."""
        body = {"to_programme": to_programme and to_programme.pk, "reason": reason}
        where = f"to {to_programme}" if to_programme else "out of the programme"
        yield _of_record(f"Move {project} {where}", "projects", project, body, "move/")


class RiskChange(ChangeInput):
    """A risk that is more or less likely, or costs otherwise."""

    title = "Change a risk"
    says = "Its residual chance or cost, in its own currency: what is left empty stays."

    risk = programme_record_field(Risk, where={"status": RiskStatus.OPEN})
    residual_probability = Number(
        **SHARE, required=False, allow_null=True, label="Chance", help_text="From 0 to 1"
    )
    residual_cost_min = Amount(of="risk", required=False, allow_null=True, label="Cost, least")
    residual_cost_most_likely = Amount(
        of="risk", required=False, allow_null=True, label="Cost, most likely"
    )
    residual_cost_max = Amount(of="risk", required=False, allow_null=True, label="Cost, most")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a form that changes nothing."""
        _any_of(attrs, *list(self.fields)[1:])
        return attrs

    def compose(self, *, risk: Risk, **asked: Any) -> Iterator[ScenarioChange]:
        """Yield the values that were given."""
        texts = {name: str(value) for name, value in asked.items() if value is not None}
        own = RISKS.foreign if risk.foreign_currency else {}
        named = {amount: foreign for foreign, amount in own.items()}
        body = {named.get(name, name): value for name, value in texts.items()}
        title = (
            f"{risk}: {_values_in_words(self, texts, dict.fromkeys(named, risk.foreign_currency))}"
        )
        yield _of_record(title, "risks", risk, body)


class BenefitChange(ChangeInput):
    """A benefit that is more or less sure, or aims elsewhere."""

    title = "Change a benefit"
    says = "Its confidence or target: what is left empty stays."

    benefit = programme_record_field(Benefit)
    confidence = Number(**SHARE, required=False, allow_null=True, help_text="From 0 to 1")
    target_value = Number(
        max_digits=14, decimal_places=2, required=False, allow_null=True, label="Target"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a form that changes nothing."""
        _any_of(attrs, "confidence", "target_value")
        return attrs

    def compose(self, *, benefit: Benefit, **asked: Any) -> Iterator[ScenarioChange]:
        """Yield the values that were given."""
        body = {name: str(value) for name, value in asked.items() if value is not None}
        words = _values_in_words(self, body, {"target_value": benefit.foreign_currency})
        yield _of_record(f"{benefit}: {words}", "benefits", benefit, body)


def _any_of(attrs: Mapping[str, Any], *names: str) -> None:
    if all(attrs.get(name) is None for name in names):
        raise serializers.ValidationError({names[0]: "Change at least one of these."})


def _values_in_words(
    form: ChangeInput, body: Mapping[str, str], currencies: Mapping[str, str]
) -> str:
    """Return the given values in the words of pages, each amount in another currency with that."""
    phrases = []
    for name, value in body.items():
        number, share = Decimal(value), getattr(form.fields[name], "max_value", None) == 1
        words = formats.percent(number) if share else formats.grouped(number)
        label = str(form.fields[name].label).lower()
        phrases.append(f"{label} {words} {currencies.get(name, '')}".rstrip())
    return ", ".join(phrases)


COMPOSED: dict[str, type[ChangeInput]] = {
    "delays": DelayChange,
    "cancellations": CancellationChange,
    "fundings": FundingChange,
    "moves": MoveChange,
    "risks": RiskChange,
    "benefits": BenefitChange,
}
