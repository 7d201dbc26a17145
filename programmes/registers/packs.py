"""The register of board packs."""

from pmhub.registers import Register, Section
from programmes.serializers.packs import BoardPackSerializer

BOARD_PACKS = Register(
    "board-packs",
    BoardPackSerializer,
    about="A board pack puts several programmes one behind the other for a board to read: their"
    " reports and figures. Frozen, it prints the same whenever it is opened.",
    called="{title}",
    columns=("title", "on", "programmes", "state", "frozen_at", "frozen_by"),
    filters=("state", "portfolio", "programmes", "on__gte", "on__lte"),
    groups=("state", "portfolio"),
    parents=("portfolio",),
    order="-on",
    sections=(
        Section("Which board reads it", ("title", "on", "portfolio", "programmes")),
        Section(
            "What stands before them",
            ("foreword",),
            says="Markdown makes **bold**, lists and links.",
            prose=True,
        ),
        Section("How it stands", ("state", "frozen_at", "frozen_by")),
    ),
    panels=("pack-contents",),
    labels={"on": "Day of the board"},
)
