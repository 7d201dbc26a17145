"""Posts: written here and on pages."""

from django.contrib import admin

from pmhub.admin.records import RecordAdmin
from projects.models import Post


@admin.register(Post)
class PostAdmin(RecordAdmin):
    """Posts of all projects, programmes and portfolios."""

    list_display = ("title", "place", "role", "fte", "wanted_from", "wanted_to", "holder")
    list_filter = ("role", "programme")
    list_select_related = ("project", "programme", "portfolio", "holder")
    search_fields = ("title", "holder__name", "project__code", "programme__code")

    @admin.display(description="Of")
    def place(self, post: Post) -> str:
        """Return the project, programme or portfolio that needs the post."""
        return str(post.project or post.programme or post.portfolio)
