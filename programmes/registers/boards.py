"""The registers of boards and their meetings."""

from pmhub.registers import Register, Section
from programmes.serializers.boards import BoardSerializer
from programmes.serializers.meetings import BoardMeetingSerializer

BOARDS = Register(
    "boards",
    BoardSerializer,
    about="A board is people who decide together: with a quorum of its members, of whom one"
    " chairs it.",
    columns=("name", "kind", "programme", "portfolio", "chair", "members", "quorum"),
    filters=("kind", "chair", "members", "programme", "portfolio"),
    groups=("kind", "chair", "programme", "portfolio"),
    parents=("programme", "portfolio"),
    sections=(
        Section(
            "Which board it is",
            ("name", "kind", "programme", "portfolio"),
            says="A programme board is its programme's; the others are the portfolio's.",
        ),
        Section("Who decides", ("members", "chair", "quorum", "archived_at")),
    ),
    first_panels=("board-members",),
    labels={"archived_at": "Archived"},
)


BOARD_MEETINGS = Register(
    "board-meetings",
    BoardMeetingSerializer,
    about="A meeting of a board has for its agenda what waits for the board: gates, changes,"
    " exceptions and decisions. When it is called that is fixed, with the papers attached to it.",
    called="{board}, {on}",
    columns=("on", "board", "about", "state"),
    filters=("state", "board", "on__gte", "on__lte"),
    groups=("state", "board"),
    parents=("board",),
    order="-on",
    sections=(
        Section("Which meeting", ("board", "on", "about", "state")),
        Section("How it went", ("attendance", "deputies", "minutes")),
    ),
    panels=("meeting-agenda",),
    labels={"attendance": "Who was there", "deputies": "By deputy"},
)
