"""Resources and who has booked them."""

from django.contrib import admin

from pmhub.admin.records import RecordAdmin, Rows
from projects.models import Allocation, Resource


class AllocationRows(Rows):
    """Bookings of a resource."""

    model = Allocation


@admin.register(Resource)
class ResourceAdmin(RecordAdmin):
    """Resources that projects share."""

    list_display = ("code", "name", "kind", "capacity", "unit", "cost_rate", "portfolio")
    list_display_links = ("code", "name")
    list_filter = ("kind", "portfolio")
    list_select_related = ("portfolio",)
    search_fields = ("code", "name")
    inlines = (AllocationRows,)


@admin.register(Allocation)
class AllocationAdmin(RecordAdmin):
    """Bookings of all resources."""

    list_display = ("resource", "project", "units", "starts_on", "ends_on", "firmness")
    list_filter = ("firmness", "resource", "project__programme")
    list_select_related = ("resource", "project")
    date_hierarchy = "starts_on"
    search_fields = ("resource__code", "resource__name", "project__code", "project__name")
