"""How mature the teams of projects are: written here and on pages."""

from django.contrib import admin

from programmes.admin.competence import AssessmentAdmin
from projects.models import TeamMaturity


@admin.register(TeamMaturity)
class TeamMaturityAdmin(AssessmentAdmin):
    """Assessments of the maturity of teams, day by day: never changed."""

    list_display = ("project", "level", "assessed_on", "assessor")
    list_filter = ("level",)
    list_select_related = ("project", "assessor")
    date_hierarchy = "assessed_on"
    search_fields = ("project__code", "project__name", "evidence")
