"""What a board pack consists of: programmes, each at the moment of its figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pmhub.database.collation import InOrder
from programmes.models import BoardPack, PackState, ReportKind, ReportState, StatusReport


@dataclass(frozen=True, slots=True)
class PackPart:
    """A programme of a pack (its id), the moment for which it is read (None: now), and the id of
    the report about it, if there is one."""

    programme: int
    known_at: datetime | None
    report: int | None

    @property
    def stored(self) -> dict[str, Any]:
        """Return the part as a frozen pack stores it. The moment is exact: a ledger line may have
        begun a few microseconds before."""
        moment = self.known_at.isoformat() if self.known_at else None
        return {"programme": self.programme, "known_at": moment, "report": self.report}

    @classmethod
    def of(cls, kept: dict[str, Any]) -> PackPart:
        """Return a part from what a frozen pack stores."""
        return cls(kept["programme"], datetime.fromisoformat(kept["known_at"]), kept["report"])


def parts_of(pack: BoardPack) -> Sequence[PackPart]:
    """Return the programmes of a pack in the order of their codes: of a frozen one as stored, of a
    draft each at the moment of its last published report."""
    if pack.state == PackState.FROZEN:
        return [PackPart.of(kept) for kept in pack.parts]
    ids = list(pack.programmes.order_by(InOrder("code"), "pk").values_list("pk", flat=True))
    reports = last_reports(ids)
    return [
        PackPart(pk, report.published_at, report.pk)
        if (report := reports.get(pk))
        else PackPart(pk, None, None)
        for pk in ids
    ]


def last_reports(programmes: Sequence[int]) -> dict[int, StatusReport]:
    """Return the last published status report of each of these programmes that has one."""
    reports = (
        StatusReport.objects.filter(
            programme__in=programmes, kind=ReportKind.STATUS, state=ReportState.PUBLISHED
        )
        .order_by("programme_id", "-period_end", "-published_at", "-pk")
        .distinct("programme_id")
    )
    return {report.programme_id: report for report in reports if report.programme_id}
