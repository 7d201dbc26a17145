"""The register of how mature teams are."""

from pmhub.registers import Register, Section
from projects.serializers.maturity import TeamMaturitySerializer

TEAM_MATURITIES = Register(
    "team-maturities",
    TeamMaturitySerializer,
    about="An assessment says how well the team of a project works by its processes, from 1 to 5."
    " It is never changed: another follows. A mature team is watched less closely.",
    called="{project}, {assessed_on}",
    columns=("assessed_on", "project", "level", "evidence", "assessor"),
    filters=("project", "programme", "assessor"),
    groups=("level", "project", "assessor"),
    unsummed={"level": "Maturity is a judgement: it has no total."},
    parents=("project",),
    order="-assessed_on",
    sections=(
        Section("Whose team, and when", ("project", "assessed_on")),
        Section("How mature it is", ("level", "evidence", "assessor")),
    ),
    labels={"assessor": "Assessed by", "evidence": "Rests on"},
)
