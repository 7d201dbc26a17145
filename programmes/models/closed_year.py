"""Fiscal years that are closed: nothing dated in one is written, changed or deleted."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.database.constraints import between, choices
from pmhub.database.day_triggers import STATUS_DAY
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import frozen, refusal, versioned
from pmhub.lifecycle import Lifecycle, anybody, move
from pmhub.models import Person, Record
from programmes.models.portfolio import Portfolio

CLOSED_YEARS = "programmes_closedyear"
CLOSED = "This lies in fiscal year %, which is closed: its PMO can open it again."
NOT_OVER = "A fiscal year is closed once it is over."
FIRST_DAY = "make_date({year}, p.fiscal_year_start_month, 1)"
YEAR_OF = (
    "(extract(year FROM {day}) - CASE WHEN extract(month FROM {day}) < p.fiscal_year_start_month"
    " THEN 1 ELSE 0 END)"
)


# Whether a row goes along from a project to the one of which that became a part.
GOES_ALONG = (
    "NEW.project_id = (SELECT p.merged_into_id FROM projects_project p WHERE p.id = OLD.project_id)"
)
# The same, or from a project to one that was split off it.
GOES_WITH = (
    f"({GOES_ALONG}) IS TRUE OR EXISTS (SELECT FROM projects_project p"  # our own names
    " WHERE p.id = NEW.project_id AND p.split_from_id = OLD.project_id)"
)
# The project to which a row belonged, or the other, where the row goes along.
ALONG = f"CASE WHEN {GOES_ALONG} THEN NEW.project_id ELSE OLD.project_id END"


class YearState(models.TextChoices):
    """Whether a year is closed."""

    CLOSED = "closed", _("Closed")
    REOPENED = "reopened", _("Open again")


Y = YearState
CLOSED_YEAR = Lifecycle(
    "state",
    initial=anybody(Y.CLOSED),
    moves=(
        move("reopening", "Open it again", "opened again", Y.REOPENED, [Y.CLOSED], reason=True,
             says="What lies in it can be changed until it is closed again."),
        move("closing", "Close it again", "closed again", Y.CLOSED, [Y.REOPENED], reason=True),
    ),
)  # fmt: skip


def once_over() -> pgtrigger.Trigger:
    """Refuse to close a year that is not over on the status date."""
    over = (
        f"(SELECT {FIRST_DAY.format(year='NEW.fiscal_year + 1')} <= {STATUS_DAY}"  # noqa: S608  # our own names
        " FROM programmes_portfolio p WHERE p.id = NEW.portfolio_id)"
    )
    return pgtrigger.Trigger(
        name="once_over",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func=f"IF NOT {over} THEN {refusal('year_over', 'fiscal_year', NOT_OVER)} END IF;"
        " RETURN NEW;",
    )


def closed_alone() -> pgtrigger.Trigger:
    """Before a year is closed, wait for transactions that are writing into it; later ones find it
    closed."""
    return pgtrigger.Trigger(
        name="closed_alone",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("state"),
        func="PERFORM FROM programmes_portfolio WHERE id = NEW.portfolio_id FOR UPDATE;"
        " RETURN NEW;",
    )


def kept_closed(
    field: str, *columns: str, home: str, day: str = "", year: str = ""
) -> list[pgtrigger.Trigger]:
    """Return the triggers that refuse to write a row into a closed year, to change these columns of
    a row in one, and to delete it.

    The year is that of a `day`, or a `year` by its number; `home` is the portfolio. All are SQL in
    which {row} stands for the row. Rows may move along with a project that becomes a part of
    another.
    """

    def shut(row: str) -> str:
        year_sql = year or YEAR_OF.format(day=day)
        query = (
            f"SELECT y.fiscal_year INTO shut FROM {CLOSED_YEARS} y JOIN programmes_portfolio p"  # noqa: S608  # our own names
            f" ON p.id = y.portfolio_id WHERE y.state = 'closed' AND p.id = {home}"
            f" AND y.fiscal_year = {year_sql} LIMIT 1;"
        ).replace("{row}", row)
        return f"{query} IF FOUND THEN {refusal('year_closed', field, CLOSED, 'shut')} END IF;"

    def held(*rows: str) -> str:
        homes = ", ".join(home.replace("{row}", row) for row in rows)
        return f"PERFORM FROM programmes_portfolio WHERE id IN ({homes}) ORDER BY id FOR KEY SHARE;"

    old = ", ".join(ALONG if name == "project_id" else f"OLD.{name}" for name in columns)
    new = ", ".join(f"NEW.{name}" for name in columns)
    # Most installations have closed none: then nothing more is asked.
    idle = f"IF NOT EXISTS (SELECT FROM {CLOSED_YEARS} WHERE state = 'closed') THEN"
    ways = (
        ("added", pgtrigger.Insert, "NEW", held("NEW"), shut("NEW")),
        (
            "changed",
            pgtrigger.UpdateOf(*columns),
            "NEW",
            held("OLD", "NEW"),
            f"IF ({old}) IS DISTINCT FROM ({new}) THEN {shut('OLD')} {shut('NEW')} END IF;",
        ),
        ("gone", pgtrigger.Delete, "OLD", held("OLD"), shut("OLD")),
    )
    return [
        pgtrigger.Trigger(
            name=f"kept_year_{name}",
            when=pgtrigger.Before,
            operation=operation,
            declare=[("shut", "integer")],
            func=f"{lock} {idle} RETURN {row}; END IF; {func} RETURN {row};",
        )
        for name, operation, row, lock, func in ways
    ]


def while_years_open(
    goes_on: str, field: str, *columns: str, home: str, years: str, name: str = "while_years_open"
) -> pgtrigger.Trigger:
    """Refuse, at a field, an open request for something in a closed year, where it could not be
    written. `goes_on` is SQL over a `{row}` that says whether it is open; `years` is SQL for the
    years that it names in these columns, and `home` for its portfolio."""
    changed = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in columns)
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("state", *columns),
        condition=pgtrigger.Condition(goes_on.format(row="NEW")),
        declare=[("shut", "integer")],
        func=f"IF NOT EXISTS (SELECT FROM {CLOSED_YEARS} WHERE state = 'closed') THEN"  # noqa: S608  # our own names
        " RETURN NEW; END IF;"
        f" IF TG_OP = 'INSERT' OR {changed} OR NOT {goes_on.format(row='OLD')} THEN"
        f" SELECT y.fiscal_year INTO shut FROM {CLOSED_YEARS} y WHERE y.state = 'closed'"
        f" AND y.portfolio_id = {home} AND y.fiscal_year IN ({years}) LIMIT 1;"
        f" IF FOUND THEN {refusal('year_closed', field, CLOSED, 'shut')} END IF; END IF;"
        " RETURN NEW;",
    )


class ClosedYear(Record):
    """A fiscal year of a portfolio that is closed: costs, budgets, movements of contingency and
    measurements that lie in it stay as they are, until the PMO opens it again and says why."""

    portfolio = models.ForeignKey(Portfolio, models.PROTECT, related_name="closed_years")
    fiscal_year = models.PositiveSmallIntegerField(help_text=_("By the year in which it begins"))
    state = models.CharField(max_length=10, choices=YearState, default=YearState.CLOSED)
    note = models.TextField(blank=True, help_text=_("What was settled, and where that is kept"))
    closed_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")

    sought = False  # it has neither a code nor a name
    visible_through = ("portfolio",)
    visible_below = {f"portfolio__{path}": kind for path, kind in Portfolio.visible_below.items()}
    joins = {"closed_by": Join.SET}
    stays = (
        RetentionRule(
            "closed_year", Q(state="closed"), "A year that is closed is not deleted: reopen it."
        ),
    )
    refuses = {
        "year_over": ("fiscal_year", NOT_OVER),
        "year_stays": ("", "A closed year stays the one it is: reopen it, and close another."),
    }
    lifecycles = (CLOSED_YEAR,)

    class Meta:
        verbose_name = "closed fiscal year"
        ordering = ["portfolio", "-fiscal_year"]
        triggers = [
            versioned(),
            CLOSED_YEAR.trigger("closed fiscal year"),
            closed_alone(),
            once_over(),
            frozen("year_stays", "TRUE", "portfolio_id", "fiscal_year"),
        ]
        constraints = [
            choices("closedyear", "state", YearState),
            between("closedyear", "fiscal_year", 1990, 2200),
            models.UniqueConstraint(
                fields=["portfolio", "fiscal_year"],
                name="closedyear_once",
                violation_error_message="There is an entry of this year here: close that again.",
            ),
        ]

    def __str__(self) -> str:
        return f"FY{self.fiscal_year} {self.get_state_display().lower()}"
