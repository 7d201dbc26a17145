"""The ledger: requests to recompute, lines, values and the row that workers lock.

Lines and values are never edited: a recompute closes those that changed (`valid_to`) and opens
new ones, so that *why*, *what moved it* and *what did we know then* are questions to one table.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import models
from django.db.models import F, Func, Q

from pmhub.access import ScopedQuerySet, Visible
from pmhub.database.touch_triggers import leaves_touches
from pmhub.database.triggers import Kind
from pmhub.plain_json import AsWritten
from programmes.models.programme import Programme


class ClockTimestamp(Func):
    """The time of this statement by the clock, not that of the start of the transaction."""

    function = "clock_timestamp"
    template = "%(function)s()"
    output_field = models.DateTimeField()


class RollupRequest(models.Model):
    """A request to recompute: something has changed. Append-only, with no foreign key and no unique
    constraint: a writer never waits for a worker, and what waits is known from rows, never from
    messages."""

    kind = models.CharField(max_length=1, choices=Kind)
    object_id = models.BigIntegerField()
    requested_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        verbose_name = "rollup request"
        # A worker looks for the oldest and for those of what it computes, a page for those of what
        # it shows: among a million that a bulk load left, too.
        indexes = [
            models.Index(fields=["kind", "object_id"], name="rolluprequest_object"),
            models.Index(fields=["requested_at", "id"], name="rolluprequest_age"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.object_id}"


def valid(at: datetime | None = None) -> Q:
    """Return the condition for rows that are valid now, or that were at a moment."""
    if at is None:
        return Q(valid_to__isnull=True)
    return Q(valid_from__lte=at) & (Q(valid_to__isnull=True) | Q(valid_to__gt=at))


class TimedValue(Visible, models.Model):
    """A value with the interval in which it was the current one. Money, counts, ratios and days are
    an `amount`; a finish is a `day`; health is a `word`; an undefined value has none of them, and a
    reason."""

    metric = models.CharField(max_length=60)
    amount = models.DecimalField(max_digits=40, decimal_places=10, null=True)
    day = models.DateField(null=True)
    word = models.CharField(max_length=20, blank=True, default="", db_default="")
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)

    objects = ScopedQuerySet.as_manager()
    visible_through = ("programme",)

    class Meta:
        abstract = True

    @property
    def value(self) -> Decimal | date | str | None:
        """Return the value, whichever column holds it."""
        return value_of(self.amount, self.day, self.word)


def value_of(amount: Decimal | None, day: date | None, word: str) -> Decimal | date | str | None:
    """Return the value that these columns hold."""
    if amount is not None:
        return amount
    return day or word or None


@leaves_touches
class LedgerLine(TimedValue):
    """What one source record adds to one metric of one programme, or why it does not count."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="ledger_lines")
    source_type = models.CharField(max_length=40)
    source_id = models.BigIntegerField()
    included = models.BooleanField()
    reason = models.CharField(max_length=60, blank=True, default="", db_default="")
    inputs = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "metric", "source_type", "source_id"],
                condition=Q(valid_to__isnull=True),
                name="ledgerline_one_open",
            ),
            models.CheckConstraint(
                name="ledgerline_interval",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["programme", "metric", "valid_to"],
                name="ledgerline_closed",
                condition=Q(valid_to__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric}: {self.source_type} {self.source_id} {self.value}"


@leaves_touches
class MetricValue(TimedValue):
    """A figure of a programme. An aggregate equals the aggregate of its included lines, exactly;
    a derived one names its formula and the values that went into it."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="metric_values")
    reason = models.CharField(max_length=60, blank=True, default="", db_default="")
    detail = models.JSONField(default=dict)
    included = models.PositiveIntegerField(default=0)
    excluded = models.PositiveIntegerField(default=0)
    missing = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "metric"],
                condition=Q(valid_to__isnull=True),
                name="metricvalue_one_open",
            ),
            models.CheckConstraint(
                name="metricvalue_interval",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["programme", "metric", "valid_to"],
                name="metricvalue_closed",
                condition=Q(valid_to__isnull=False),
            ),
            models.Index(fields=["programme", "valid_from"], name="metricvalue_began"),
            models.Index(
                fields=["programme", "valid_to"],
                name="metricvalue_ended",
                condition=Q(valid_to__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.value}"


@leaves_touches
class RollupBasis(Visible, models.Model):
    """Under what a programme's figures were computed, and when: the status date, the version of the
    engine and a digest of the portfolio's rules. It tells effects of time and rules from those of
    edits; a row begins only when one of the three changes."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="bases")
    as_of = models.DateField()
    engine_version = models.PositiveIntegerField()
    rules = models.CharField(max_length=16)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)

    objects = ScopedQuerySet.as_manager()
    visible_through = ("programme",)

    class Meta:
        verbose_name = "rollup basis"
        verbose_name_plural = "rollup bases"
        constraints = [
            models.UniqueConstraint(
                fields=["programme"],
                condition=Q(valid_to__isnull=True),
                name="rollupbasis_one_open",
            ),
            models.CheckConstraint(
                name="rollupbasis_interval",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme} at {self.as_of}, engine {self.engine_version}"


@leaves_touches
class ProgrammeRollup(Visible, models.Model):
    """The state of a programme's figures, and the row that a worker locks while it computes
    them."""

    programme = models.OneToOneField(
        Programme, models.CASCADE, primary_key=True, related_name="rollup"
    )
    computed_at = models.DateTimeField(null=True)
    as_of = models.DateField(null=True)
    engine_version = models.PositiveIntegerField(default=0, db_default=0)
    generation = models.PositiveBigIntegerField(default=0, db_default=0)
    stale_after = models.DateTimeField(null=True, db_index=True)
    covered = models.PositiveIntegerField(default=0, db_default=0)
    missing = models.PositiveIntegerField(default=0, db_default=0)
    stale = models.PositiveIntegerField(default=0, db_default=0)
    attempts = models.PositiveIntegerField(default=0, db_default=0)
    failed_since = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True, default="", db_default="")
    # Of what its ranges are to be worked out from: those stored are up to date if it is theirs too.
    ranges_wanted = models.CharField(max_length=32, blank=True, default="", db_default="")

    objects = ScopedQuerySet.as_manager()
    visible_through = ("programme",)

    class Meta:
        verbose_name = "programme rollup"

    def __str__(self) -> str:
        return f"Figures of {self.programme}"


@leaves_touches
class ProgrammeRanges(Visible, models.Model):
    """What the facts of a programme leave open, simulated by a worker after the rollup: exposure,
    finish and outturn, the matrix and the register of risks. `digest` is that of the facts from
    which they were simulated. Where that failed, there are no ranges, but the error."""

    programme = models.OneToOneField(
        Programme, models.CASCADE, primary_key=True, related_name="ranges"
    )
    digest = models.CharField(max_length=32)
    computed_at = models.DateTimeField()
    ranges = models.JSONField(null=True, encoder=AsWritten)
    register = models.JSONField(default=list, encoder=AsWritten)
    error = models.TextField(blank=True, default="", db_default="")

    objects = ScopedQuerySet.as_manager()
    visible_through = ("programme",)

    class Meta:
        verbose_name = "programme ranges"
        verbose_name_plural = "programme ranges"

    def __str__(self) -> str:
        return f"Ranges of {self.programme}"
