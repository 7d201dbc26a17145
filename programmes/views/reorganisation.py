"""The pages on which a programme is split, and another is merged into it."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub import formats
from pmhub.access import can
from pmhub.page_addresses import address_of
from pmhub.views import CachedPage
from pmhub.views.refusals import NO_ROLE, NotAllowed
from pmhub.views.registers.breadcrumbs import way_to
from pmhub.views.registers.forms import STYLE, fields_of
from programmes.models import Programme
from programmes.models.closure_triggers import ENDED
from programmes.models.states import STEERERS, ProgrammeStage
from programmes.serializers.reorganisation import ProgrammeMergerSerializer, SplitSerializer
from programmes.views.rows import find_programme


def reorganises(user: Any, programme: Programme) -> dict[str, bool]:
    """Return whether somebody may split a programme, and merge others into it, as it stands."""
    goes_on = programme.stage not in (*ENDED, ProgrammeStage.PAUSED)
    steers = goes_on and STEERERS.allows(user, programme)
    begins = steers and can(user, "write", Programme(portfolio=programme.portfolio))
    return {"may_split": begins, "may_merge": steers}


class ReorganisingPage(CachedPage):
    """A form that moves much at once: what it would move is shown before. `kind` names what is
    split or merged, `noun` the address in REST."""

    template_name = "programmes/reorganisation.html"
    kind: ClassVar[str]
    form: ClassVar[Any]
    fields: ClassVar[tuple[str, ...]]
    labels: ClassVar[dict[str, str]] = {}
    noun: ClassVar[str]
    says: ClassVar[tuple[str, ...]]
    saved: ClassVar[str]
    record: Any

    def find(self) -> None:
        """Find what is split or merged; raises NotAllowed for who may not."""
        self.record = self.found()

    def found(self) -> Any:
        """Return what is split or merged; raises NotAllowed for who may not."""
        raise NotImplementedError

    def refused(self, record: Any, why: str = NO_ROLE, *, who: str = "") -> NotAllowed:
        """Return the refusal to split or merge a record; `who` says in words who may."""
        title = f"You may not {self.title[:1].lower()}{self.title[1:]}"
        way = record.code, address_of(self.kind, record.pk)
        return NotAllowed(title, why, who=who, way=way)

    def back(self) -> str:
        """The page from which one comes."""
        return address_of(self.kind, self.record.pk)

    def crumbs(self) -> list[tuple[str, str]]:
        """The record."""
        return way_to(self.record, self.request.user)

    def places(self) -> dict[str, str]:
        """The record."""
        return {address_of(self.kind, self.record.pk): "true"}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The record, and the form about it."""
        record = self.record
        form = self.form(context={"request": self.request, "record": record})
        for name, label in self.labels.items():
            form.fields[name].label = label
        home = record.portfolio or record.owner_portfolio
        return super().get_context_data(
            record=record,
            home=address_of(self.kind, record.pk),
            back=self.back(),
            address=f"/api/v1/{self.kind}s/{record.pk}/{self.noun}/",
            fields=fields_of(form, self.fields, unit=formats.money_unit(home)),
            form_style=STYLE,
            says=self.says,
            saved=self.saved,
            **kwargs,
        )


class ProgrammeReorganisationPage(ReorganisingPage):
    """Such a form about a programme; `may` names the right."""

    kind = "programme"
    may: ClassVar[str]

    def found(self) -> Programme:
        """Return the programme; raises NotAllowed for who may not."""
        programme = find_programme(self.request.user, self.kwargs["pk"])
        if programme.stage in (*ENDED, ProgrammeStage.PAUSED):
            stage = programme.get_stage_display().lower()
            raise self.refused(programme, f"{programme.code} is {stage}.")
        if not reorganises(self.request.user, programme)[self.may]:
            raise self.refused(programme, who=STEERERS.words)
        return programme

    def back(self) -> str:
        """Its governance."""
        return address_of("programme-governance", self.record.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The programme with its tabs."""
        kwargs |= {"tab": "", "then": ""}
        context = super().get_context_data(**kwargs)
        return context | {"programme": self.record}


class SplitPage(ProgrammeReorganisationPage):
    """A part of a programme goes on by itself."""

    title = about = "Split the programme"
    form, noun, may = SplitSerializer, "split", "may_split"
    fields = ("name", "code", "programme_manager", "contingency_budget", "projects", "benefits",
              "outcomes", "risks", "issues", "lines", "reason")  # fmt: skip
    labels = {
        "name": "Name of the new programme",
        "code": "Its code",
        "contingency_budget": "Contingency that goes",
        "projects": "Projects that go",
        "benefits": "Benefits that go",
        "outcomes": "Outcomes that go",
        "risks": "Risks of the programme that go",
        "issues": "Issues of the programme that go",
        "lines": "Budget lines of the programme that go",
    }
    says = (
        "What you choose goes to a new programme of the same portfolio, in the same stage, with"
        " everything below it: milestones, costs and risks of a project, profiles and measurements"
        " of a benefit. Together the two come to what this one comes to now.",
        "Contributions and dependencies go on between the two. A link in the benefits map ends"
        " where one of its ends stays. Whoever has a role on this programme has it on both.",
        "Decisions, gates, reports, business cases and boards stay here.",
    )
    saved = "The programme is split. The figures follow in a moment."


class MergerPage(ProgrammeReorganisationPage):
    """Another programme becomes a part of this one."""

    title = about = "Merge a programme into this one"
    form, noun, may = ProgrammeMergerSerializer, "merger", "may_merge"
    fields = ("other", "rename", "reason")
    labels = {
        "other": "Programme that becomes a part of this one",
        "rename": "Rename what has a code that this programme uses",
    }
    says = (
        "Its projects, benefits, outcomes, tranches, risks, budget lines and registers belong to"
        " this programme from now on, and its contingency that remains is added. Whoever has a"
        " role on it has that role here.",
        "It ends, is archived, and its address and its code lead here. What it decided and"
        " published stays with it, and its business case gives way to the one of this programme.",
    )
    saved = "The programmes are merged. The figures follow in a moment."
