"""The state of a report: who is asked to approve it, what it corrects, and what corrects it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pmhub import formats, pdf
from pmhub.access import can
from pmhub.database.past import as_at
from pmhub.page_addresses import address_of
from programmes.models import BoardPack, ReportState, StatusReport
from programmes.queries.approvers import approvers_of

# What a correction may say otherwise, by what it is called.
COMPARED = {
    "declared_rag": "Declared status",
    "declared_reason": "Why it stands so",
    "declared_finish": "Finish expected",
    "achieved": "Achieved",
    "next_steps": "Next",
    "help_needed": "Decisions and help needed",
    "lessons": "Learned",
}
WRITTEN = ("programme_id", "project_id", "period_end", *COMPARED)


@as_at(None)
def report_standing(report: StatusReport, request: Any) -> dict[str, Any]:
    """Return the present state of a report, even if its figures are of the past: a correction comes
    after what it corrects."""
    seen = StatusReport.objects.visible_to(request.user)
    later = seen.filter(corrects=report).first()
    corrected = seen.filter(pk=report.corrects_id).first() if report.corrects_id else None
    submitted = report.state == ReportState.SUBMITTED
    return {
        "report": report,
        "approvers": approvers_of(report) if submitted else [],
        "correction": later,
        "corrected": corrected,
        "differences": list(differences(corrected, report)) if corrected else [],
        "correctable": report.state == ReportState.PUBLISHED
        and later is None
        and can(request.user, "write", report),
        "kept": {name.removesuffix("_id"): _sent(report, name) for name in WRITTEN},
        **paper("status-reports", report.pk),
    }


def paper(collection: str, pk: int) -> dict[str, str]:
    """Return the addresses of the printed view of a record and of its PDF, or why there is no
    PDF."""
    makes = pdf.is_available()
    return {
        "paper": address_of(f"{collection}-paper", pk),
        "pdf": f"/api/v1/{collection}/{pk}/pdf/" if makes else "",
        "missing": "" if makes else pdf.MISSING,
    }


def pack_paper(pack: BoardPack, request: Any) -> dict[str, str]:
    """Return the address at which a board pack is printed."""
    return paper("board-packs", pack.pk)


def differences(before: StatusReport, after: StatusReport) -> Iterator[tuple[str, str, str]]:
    """Yield what a correction changes: the label of the field, and the text before and after."""
    for name, label in COMPARED.items():
        was, now = getattr(before, name), getattr(after, name)
        if was != now:
            yield label, _in_words_now(was), _in_words_now(now)


def _in_words_now(value: Any) -> str:
    return formats.looks(value, "date") if hasattr(value, "isoformat") else str(value or "–")


def _sent(report: StatusReport, name: str) -> str:
    value = getattr(report, name)
    return "" if value is None else str(value)
