"""What was tried to get in."""

from django.contrib import admin

from pmhub.admin.pages import PmoAdmin
from pmhub.models import Attempt


@admin.register(Attempt)
class AttemptAdmin(PmoAdmin):
    """Who got in and who did not, where and when, for half a year."""

    may_add = may_change = may_delete = False
    list_display = ("at", "user", "door", "outcome", "address", "browser")
    list_display_links = None
    list_filter = ("outcome", "door", "at")
    list_select_related = ("user",)
    search_fields = ("user__username", "origin")
    ordering = ("-at", "-pk")
