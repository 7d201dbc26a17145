"""How somebody wants pages to look and dates to stand."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Theme(models.TextChoices):
    """Which colours pages have."""

    SYSTEM = "system", _("As the system says")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class Density(models.TextChoices):
    """How close together rows stand."""

    COMPACT = "compact", _("Compact")
    COMFORTABLE = "comfortable", _("Comfortable")


class DateOrder(models.TextChoices):
    """In which order the parts of a date stand."""

    DAY_FIRST = "day_first", _("5 May 2029")
    MONTH_FIRST = "month_first", _("May 5, 2029")
    YEAR_FIRST = "year_first", _("2029-05-05")


# Variants of English by date format, for what is kept of pages is kept by language.
ENGLISH = {
    DateOrder.DAY_FIRST: "en-gb",
    DateOrder.MONTH_FIRST: "en-us",
    DateOrder.YEAR_FIRST: "en-ca",
}
