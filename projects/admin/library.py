"""The library of standards, its versions, and how projects apply it."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from pmhub.admin.records import RecordAdmin
from projects.admin.gates import VerbDrivenAdmin
from projects.models import (
    AssetVersion,
    ProcessAsset,
    TailoringRecord,
    TailoringState,
    VersionState,
)


@admin.register(ProcessAsset)
class ProcessAssetAdmin(RecordAdmin):
    """Standards of all portfolios."""

    list_display = ("code", "title", "kind", "portfolio", "owner", "mandatory", "review_on")
    list_display_links = ("code", "title")
    list_filter = ("kind", "mandatory", "portfolio")
    list_select_related = ("portfolio", "owner")
    date_hierarchy = "review_on"
    search_fields = ("code", "title", "about", "owner__name")


@admin.register(AssetVersion)
class AssetVersionAdmin(VerbDrivenAdmin):
    """Versions of standards."""

    set_by_verbs = ("effective_from", "approved_by")
    list_display = ("asset", "number", "state", "effective_from", "approved_by", "lesson")
    list_display_links = ("asset", "number")
    list_filter = ("state",)
    list_select_related = ("asset", "approved_by", "lesson")
    search_fields = ("asset__code", "asset__title", "text")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let only drafts be changed."""
        draft = obj is None or obj.state == VersionState.DRAFT
        return super().has_change_permission(request, obj) and draft


@admin.register(TailoringRecord)
class TailoringRecordAdmin(VerbDrivenAdmin):
    """How projects apply standards."""

    set_by_verbs = ("agreed_by", "agreed_on")
    list_display = ("project", "asset_version", "answer", "state", "agreed_by", "agreed_on")
    list_display_links = ("project", "asset_version")
    list_filter = ("answer", "state")
    list_select_related = ("project", "asset_version__asset", "agreed_by")
    search_fields = ("project__code", "asset_version__asset__code", "reason")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let only proposed records be changed."""
        proposed = obj is None or obj.state == TailoringState.PROPOSED
        return super().has_change_permission(request, obj) and proposed
