"""Posts over REST."""

from pmhub.api.records import RecordViewSet
from projects.filters import PostFilter
from projects.serializers.posts import PostSerializer


class PostViewSet(RecordViewSet):
    """Posts that projects, programmes or portfolios need to fill."""

    serializer_class = PostSerializer
    filterset_class = PostFilter
    search_fields = ("title", "qualification_needed")
    ordering_fields = ("id", "title", "role", "wanted_from", "wanted_to", "updated_at")
    expandable = ("project", "programme", "portfolio", "holder", "discipline")
    # `vacant` follows the status date, which moves by itself.
    changing_figures = True
