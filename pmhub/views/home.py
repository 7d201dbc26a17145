"""The home page: what waits for the user, and what changed in their programmes and projects since
their last visit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.text import Truncator

from pmhub import formats
from pmhub.accounts.visits import last_visit
from pmhub.caching import QUARTER, quarter
from pmhub.database.collation import InOrder
from pmhub.page_addresses import address_of
from pmhub.queries.follows import followed_records
from pmhub.queries.recent_changes import RecentChanges, WrittenRecord, recent_changes
from pmhub.queries.time_zones import zone_of
from pmhub.queries.waiting import RULES, Finding, waiting
from pmhub.queries.waiting.askers import UNKNOWN, Submission, asked_of
from pmhub.queries.waiting.groups import by_age, by_day, groups
from pmhub.registers.panels import panels
from pmhub.views import LivePage
from pmhub.views.content import Caching
from pmhub.views.recently_viewed import looked_at, recent
from pmhub.views.search import line_of
from programmes.models import Portfolio, Programme
from programmes.rollup.bridge import difference
from programmes.rollup.ledger import Metric, Unit, Value

FEW, MANY = 6, 500  # findings of an urgency: shown at first, and shown of all
NAMED = 3  # records written by others that are shown for each programme or project
ROW, MOVED = 500, 5_000  # bytes of what waits and of what changed in one place, about
TITLE = 60  # characters of a title that is shown for want of a code
SINCE = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}
ASKED = ("programme", "rule", "order", "since", "rows")
PARTS = ("followed",)  # panels of the page where they are declared


class HomePage(LivePage):
    """What waits for the user, and what changed in their programmes and projects since their last
    visit."""

    template_name = "home.html"
    region_template_name = "home_live.html"
    caching = Caching.PER_USER
    title = "Home"

    def in_rest(self) -> tuple[str, str]:
        """Return the request to REST for what waits."""
        return "waiting_list", "/api/v1/waiting/"

    def find(self) -> None:
        """Read what waits and what changed. Opening the page counts as a visit; reading its region
        again does not."""
        user: Any = self.request.user
        self.visit = last_visit(user, here=not self.region)
        self.findings, self.programmes = self.kept(
            "waits", self.read_findings, lambda read: ROW * (1 + len(read[0])), of_found=False
        )
        self.changes = self.kept(
            "changes", lambda: recent_changes(user, self.since),
            lambda moved: MOVED * (1 + len(moved)), self.since, of_found=False,
        )  # fmt: skip
        self.followed = followed_records(user)
        self.zone = zone_of(user)  # of all moments, whichever portfolio they are of
        self.recent = [line_of(entry) for entry in recent(user, looked_at(self.request))]

    def read_findings(self) -> tuple[list[tuple[Finding, Submission]], list[tuple[int, str, int]]]:
        """Return what waits for the user, each with who asks for it, and in which programmes."""
        user: Any = self.request.user
        findings = waiting(user, RULES)
        asked = asked_of(findings, user)
        rows = [(row, asked.get((row.rule.model, row.id), UNKNOWN)) for row in findings]
        return rows, _programmes(findings)

    def answer(self) -> HttpResponse:
        """Return the page, or redirect a user who sees no portfolio to the page that makes the
        first one."""
        user = self.request.user
        if self.findings or self.changes or Portfolio.objects.visible_to(user).exists():
            return super().answer()
        return redirect("portfolio")

    @property
    def span(self) -> str:
        """The name of the period whose changes are shown: the one in the address, else since the
        last visit, or a week at the first visit."""
        asked = self.request.GET.get("since", "")
        return asked if asked in SINCE else "visit" if self.visit else "week"

    @property
    def since(self) -> datetime:
        """The moment since which changes are shown."""
        if self.span == "visit":
            assert self.visit  # noqa: S101  # checked by the span
            return self.visit
        return datetime.fromtimestamp(quarter() * QUARTER, UTC) - SINCE[self.span]

    def places(self) -> dict[str, str]:
        """Mark Home in the tree."""
        return {address_of("home"): "page"}

    def stamp(self) -> tuple[str, str]:
        """Return a hash of all that the region shows."""
        waiting = [(row.key, row.due, row.day, row.code, row.called, row.place,
                    asked.since, asked.by and (asked.by.pk, asked.by.name))
                   for row, asked in self.findings]  # fmt: skip
        moved = [(row.collection, row.record.pk, str(row.record), row.health, row.figures,
                  row.since, row.written, formats.money_unit(_portfolio(row)))
                 for row in self.changes]  # fmt: skip
        follows = [(row.follow.pk, row.changed_at) for row in self.followed]
        places = self.programmes, self.visit, self.zone
        told = repr((waiting, moved, follows, places, self.recent, self.span, self.since)).encode()
        asked = self.request.GET.urlencode()
        return f"{blake2b(told, digest_size=16).hexdigest()}?{asked}", "fresh"

    def region_context(self) -> dict[str, Any]:
        """Return the context of the region."""
        asked = self.request.GET
        rows = [pair for pair in self.findings if _fits(pair[0], asked)]
        rows.sort(key=by_age if asked.get("order") == "age" else by_day)
        most = MANY if asked.get("rows") == "all" else FEW
        return {
            **super().region_context(),
            "count": len(self.findings),
            "groups": list(groups(rows, most)),
            "filtered": len(self.findings) > FEW or len(rows) < len(self.findings),
            "programmes": self.programmes,
            "rules": _rules(row for row, _ in self.findings),
            "asked": {name: asked.get(name, "") for name in ASKED},
            "mine": [_changed_record(moved, self.since) for moved in self.changes],
            "visit": self.visit,
            "span": self.span,
            "since": self.since,
            "zone": self.zone,
            "parts": [name for name in PARTS if name in panels],
            "recent": self.recent,
        }


def _fits(finding: Finding, asked: Any) -> bool:
    """Return whether a finding is of the programme and the rule in the address."""
    programme, rule = asked.get("programme", ""), asked.get("rule", "")
    return programme in ("", str(finding.programme)) and rule in ("", finding.rule.name)


def _programmes(findings: Iterable[Finding]) -> list[tuple[int, str, int]]:
    """Return (id, code and name, number of findings) for each programme in which something
    waits."""
    counts = Counter(finding.programme for finding in findings if finding.programme is not None)
    names = Programme.objects.filter(pk__in=counts).order_by(InOrder("code"), "pk")
    rows = names.values_list("pk", "code", "name")
    return [(id, f"{code} {name}", counts[id]) for id, code, name in rows] if counts else []


def _rules(findings: Iterable[Finding]) -> list[tuple[str, str, int]]:
    """Return (name, title, number of findings) for each rule by which something waits."""
    counts = Counter(finding.rule for finding in findings)
    return [(rule.name, rule.title, counts[rule]) for rule in RULES if rule in counts]


def _portfolio(moved: RecentChanges) -> Portfolio:
    record: Any = moved.record
    portfolio: Portfolio = (
        record.portfolio if moved.collection == "programmes" else record.owner_portfolio
    )
    return portfolio


def _changed_record(moved: RecentChanges, since: datetime) -> dict[str, Any]:
    record = moved.record
    return {
        "code": record.code,
        "name": record.name,
        "page": address_of("record", moved.collection, record.pk),
        "health": moved.health or "grey",
        "figures": [_figure(moved, *figure, since) for figure in moved.figures],
        # Younger than the period, it is compared with its first figures.
        "began": moved.since if moved.since and moved.since > since else None,
        "written": [_written(entry) for entry in moved.written[:NAMED]],
        "more": len(moved.written) - NAMED,
        "by": moved.by,
        "unit": formats.money_unit(_portfolio(moved)),
    }


def _figure(
    moved: RecentChanges, metric: Metric, before: Value, after: Value, since: datetime
) -> dict[str, Any]:
    """Return a figure that has changed, with the address of the page that explains what changed
    it."""
    page = "explain" if moved.collection == "programmes" else "project-explain"
    query = urlencode({"since": since.isoformat()})
    change = None if metric.unit is Unit.STATUS else difference(before, after)
    was, now = (formats.looks(value, metric.unit) for value in (before, after))
    return {
        "label": metric.title,
        "now": now,
        "was": was,
        "change": "" if change is None else formats.change(change, metric.unit),
        "address": f"{address_of(page, moved.record.pk, metric.name)}?{query}",
    }


def _written(written: WrittenRecord) -> dict[str, Any]:
    kind = str(written.model._meta.verbose_name)
    name = " ".join(filter(None, (written.code, written.called)))
    # A record without a code, such as a decision, is shown by its title.
    said = written.code or Truncator(written.called).chars(TITLE)
    return {
        "kind": kind if said else "",
        "said": said or kind.capitalize(),
        "name": name or kind,
        "page": address_of("record", written.collection, written.id),
        "by": (written.by or {}).get("name"),
        "at": written.at,
        "new": written.new,
    }
