"""Resources and who has booked them."""

from django.contrib import admin

from pmhub.admin.records import RecordAdmin, Rows
from projects.models import Allocation, Resource, ResourceCapacity


class AllocationRows(Rows):
    """Bookings of a resource."""

    model = Allocation


class CapacityRows(Rows):
    """When there is more or less of a resource than usual."""

    model = ResourceCapacity


@admin.register(Resource)
class ResourceAdmin(RecordAdmin):
    """Resources that projects share."""

    list_display = ("code", "name", "kind", "capacity", "unit", "owner", "person", "portfolio")
    list_display_links = ("code", "name")
    list_filter = ("kind", "portfolio")
    list_select_related = ("portfolio", "owner", "person")
    search_fields = ("code", "name")
    inlines = (CapacityRows, AllocationRows)


@admin.register(Allocation)
class AllocationAdmin(RecordAdmin):
    """Bookings of all resources."""

    list_display = ("resource", "project", "units", "starts_on", "ends_on", "firmness")
    list_filter = ("firmness", "resource", "project__programme")
    list_select_related = ("resource", "project")
    date_hierarchy = "starts_on"
    search_fields = ("resource__code", "resource__name", "project__code", "project__name")
