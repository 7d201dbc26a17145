"""What the PMO looks at of a portfolio: which proposals the money is for, and who approves stages
by the type of PMO."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404

from pmhub.views import CachedPage
from programmes.models import Portfolio
from programmes.views.rules import stage_approvers
from projects.views.proposals import prioritisation


class OfficePage(CachedPage):
    """Base of a page about a portfolio; its content has a template of its own."""

    template_name = "programmes/office.html"
    part = ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the portfolio, and what the part shows of it."""
        rows = Portfolio.objects.visible_to(self.request.user)
        self.portfolio = get_object_or_404(rows, pk=self.kwargs["pk"])
        shows = self.shows()
        return super().get_context_data(
            part=self.part,
            tab="",
            then="",
            whole=True,
            shows=shows is not None,
            **(shows or {"portfolio": self.portfolio}),
            **kwargs,
        )

    def crumbs(self) -> list[tuple[str, str]]:
        """Return the pages above this one: the portfolio."""
        return [(self.portfolio.name, f"/portfolios/{self.portfolio.pk}/")]

    def shows(self) -> dict[str, Any] | None:
        """Return the context of the content; None where there is nothing to show."""
        raise NotImplementedError


class PrioritisationPage(OfficePage):
    """The proposals by score, and how far the money goes."""

    title = "Prioritisation"
    part = "projects/prioritisation.html"

    def shows(self) -> dict[str, Any] | None:
        """Return the ranking, for the money that the address names."""
        return prioritisation(self.portfolio, self.request)

    def in_rest(self) -> tuple[str, str]:
        """Return the REST operation and address for the same data."""
        address = f"/api/v1/portfolios/{self.kwargs['pk']}/prioritisation/"
        return "portfolios_prioritisation", address


class PmoTypePage(OfficePage):
    """Who approves a stage by the type of PMO, and what another would change."""

    title = "Type of PMO"
    part = "programmes/stage_approvers.html"

    def shows(self) -> dict[str, Any] | None:
        """Return the type in force, or the one that the address names."""
        return stage_approvers(self.portfolio, self.request)
