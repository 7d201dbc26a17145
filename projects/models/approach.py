"""How a project is delivered, and how its progress and its forecast are told."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from projects.percent import BY_MILESTONES, BY_POINTS, BY_WEIGHT


class DeliveryApproach(models.TextChoices):
    """How the project works."""

    LINEAR = "linear", _("Linear")
    ITERATIVE = "iterative", _("Iterative")
    HYBRID = "hybrid", _("Hybrid")


class PercentMethod(models.TextChoices):
    """How percent complete is found."""

    MILESTONES = BY_MILESTONES, _("Weighted milestones")
    UNITS = "units", _("Units")
    ZERO_HUNDRED = "0/100", _("0/100")
    FIFTY_FIFTY = "50/50", _("50/50")
    JUDGED = "judged", _("Judged")
    WORK_PACKAGES = BY_WEIGHT, _("Weight of work packages")
    ITERATIONS = BY_POINTS, _("Points of iterations")


class ForecastBasis(models.TextChoices):
    """What says how much a project is still to spend: never both."""

    IN_TOTAL = "in_total", _("In total")
    BY_LINE = "by_line", _("By budget line")
