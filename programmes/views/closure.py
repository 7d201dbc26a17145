"""What is left of a project or a programme before it can close, each with where it is settled; once
nothing is, the closing itself is offered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from benefits.models import Benefit, BenefitHandOver
from pmhub.access import can
from pmhub.page_addresses import address_of
from pmhub.views.content import Caching
from pmhub.views.registers.breadcrumbs import way_to
from pmhub.views.registers.forms import STYLE
from pmhub.views.registers.records import offered_verbs
from programmes import registers
from programmes.models import Programme, ReportKind, StatusReport
from programmes.models.closure_triggers import ENDED
from programmes.models.states import ProgrammeStage
from programmes.queries.closure import Group, Line, left_to_do
from programmes.views.past import PastPage
from programmes.views.rows import find_programme

PAGE = re.compile(r"[1-9][0-9]{0,5}")
Left = tuple[Sequence[Group], str]  # what is left, and what tells it from another


class ClosurePage(PastPage):
    """The page of what is left, as it is or was."""

    template_name = "programmes/closure_page.html"
    region_template_name = "programmes/closure.html"
    about = "Closure"
    caching = Caching.BY_READS
    subject: Any  # the project or the programme
    groups: Sequence[Group] = ()

    def figures_of(self) -> Iterable[Any]:
        """Return the project or the programme."""
        return [self.subject]

    def stamp(self) -> tuple[str, str]:
        """Return a stamp of what is left, and the version of the record: all that the page
        shows."""
        self.groups, left = self.kept("left", self.read_left, size_of_left)
        if self.at:
            return self.past_stamp()
        return f"{self.subject.version}-{left}", "fresh"

    def read_left(self) -> Left:
        """Return what is left, and a text that changes with it."""
        groups = left_to_do(self.subject, self.request.user, self.pages())
        left = [(group.rule.name, group.count, group.lines) for group in groups]
        return groups, f"{left}-{self.more()}"

    def pages(self) -> dict[str, int]:
        """Return the page number of each rule that the address names."""
        parameters = self.request.GET.items()
        return {name: int(str(page)) for name, page in parameters if PAGE.fullmatch(str(page))}

    def more(self) -> Any:
        """Return what else the page shows."""
        return ""

    def closing(self) -> dict[str, Any] | None:
        """Return the form of the closing, for users who may close it now; else None."""
        return None

    @property
    def goes_on(self) -> bool:
        """Return whether it has not ended."""
        raise NotImplementedError

    @cached_property
    def end_reports(self) -> list[StatusReport]:
        """The reports of its end that the reader may see, the last first. What is left is told from
        another by them too."""
        rows = StatusReport.objects.visible_to(self.request.user).filter(kind=ReportKind.END)
        mine = rows.filter(**{str(self.subject._meta.model_name): self.subject})
        return list(mine.order_by("-pk"))

    def region_context(self) -> dict[str, Any]:
        """Return what is left, what the closing asks, and its form once nothing stands against
        it."""
        user = self.request.user
        may = not self.at and self.goes_on
        shown = [
            (group, [(line, self.settled_at(line, may)) for line in group.lines])
            for group in self.groups
        ]
        against = [pair for pair in shown if not pair[0].rule.asked]
        return {
            **super().region_context(),
            "subject": self.subject,
            "home": address_of(str(self.subject._meta.model_name), self.subject.pk),
            "kind": str(self.subject._meta.model_name),
            "goes_on": self.goes_on,
            "against": against,
            "asked": [pair for pair in shown if pair[0].rule.asked],
            "closing": self.closing() if may and not against else None,
            "may_write": can(user, "write", self.subject),
            "report": next(iter(self.end_reports), None),
            "form_style": STYLE,
        }

    def settled_at(self, line: Line, may: bool) -> str:
        """Return the address of the page on which something is settled; empty where that takes a
        new record that the user may not add."""
        if line.id is None:
            new = address_of("new-record", line.collection)
            return f"{new}?{urlencode(line.given)}" if may and self.hands_over else ""
        if line.collection == "projects":
            return address_of("project-closure", line.id)
        edited = line.collection == "benefits" and may and self.names_measurers
        return address_of("edit-record" if edited else "record", line.collection, line.id)

    @property
    def hands_over(self) -> bool:
        """Return whether the reader may ask who answers for what a project brings."""
        return can(self.request.user, "write", BenefitHandOver(project=self.subject))

    @property
    def names_measurers(self) -> bool:
        """Return whether the reader may write the benefits of a programme."""
        return can(self.request.user, "write", Benefit(programme=self.subject))


class ProgrammeClosurePage(ClosurePage):
    """The page of what is left of a programme before it closes."""

    def in_rest(self) -> tuple[str, str]:
        """Return the REST operation and address for what is left."""
        return "programmes_closing", f"/api/v1/programmes/{self.kwargs['pk']}/closing/"

    def find(self) -> None:
        """Find the programme; raises Http404 where the user may not see it."""
        self.find_then()
        self.find_moment(self.subject.portfolio.time_zone)

    def find_then(self) -> None:
        """Find the programme as it is, or was at the past moment."""
        self.subject: Programme = find_programme(self.request.user, self.kwargs["pk"])
        self.title = f"Closure, {self.subject.code}"

    def crumbs(self) -> list[tuple[str, str]]:
        """Return the pages above this one: portfolio, programme."""
        return way_to(self.subject, self.request.user, self.at)

    def places(self) -> dict[str, str]:
        """Return the address of the programme in the tree of pages."""
        return {address_of("programme", self.subject.pk): "true"}

    @property
    def goes_on(self) -> bool:
        """Return whether it has not ended."""
        return self.subject.stage not in ENDED

    def more(self) -> Any:
        """Return what is said at the end."""
        return [(report.pk, report.version) for report in self.end_reports]

    def closing(self) -> dict[str, Any] | None:
        """Return the form of the closing, for who steers it; before its last stage there is none
        yet."""
        verbs = offered_verbs(registers.PROGRAMMES, self.subject, self.request)
        return next((verb for verb in verbs if verb["noun"] == "closure"), None)

    def region_context(self) -> dict[str, Any]:
        """Return the programme, beside what is left of it."""
        waits = ProgrammeStage.CLOSE if self.subject.stage != ProgrammeStage.CLOSE else ""
        more = {"programme": self.subject, "tab": "closure", "waits_for": waits}
        return {**super().region_context(), **more}


def size_of_left(left: Left) -> int:
    """Return how many bytes of memory it takes, about."""
    _, told = left
    return 4 * len(told)
