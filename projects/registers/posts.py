"""The register of posts."""

from pmhub.registers import Register, Section
from projects.models.post import PLACES
from projects.serializers.posts import PostSerializer

POSTS = Register(
    "posts",
    PostSerializer,
    about="A post is somebody whom a project, a programme or a portfolio needs for a time. While it"
    " is wanted and nobody holds it, it is vacant. It gives no right.",
    columns=("title", "project", "programme", "role", "fte", "wanted_from", "wanted_to", "holder",
             "vacant"),
    filters=("vacant", "role", "holder", "programme", "project"),
    groups=("role", "holder", "discipline", "project", "programme"),
    sums=("fte",),
    parents=PLACES,
    order="wanted_from",
    sections=(
        Section("Who is needed", ("title", "role", "fte", "wanted_from", "wanted_to")),
        Section("What they should bring", ("competence_needed", "discipline",
                                              "qualification_needed")),
        Section("Who it is", ("holder", "vacant")),
        Section("Where", PLACES, says="Exactly one of these."),
    ),
    labels={"fte": "FTE", "holder": "Held by", "discipline": "In the discipline"},
    panels=("post-holder",),
)  # fmt: skip
