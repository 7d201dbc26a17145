"""The register of custom fields."""

from pmhub.registers import Register, Section
from programmes.serializers.custom_fields import CustomFieldSerializer

CUSTOM_FIELDS = Register(
    "custom-fields",
    CustomFieldSerializer,
    about="A custom field is what a portfolio wants to know of its programmes, projects,"
    " milestones, risks, issues or benefits beside what all have. Forms and lists have it at once.",
    columns=("label", "entity", "name", "type", "required_from", "state"),
    filters=("entity", "type", "state", "portfolio"),
    groups=("entity", "type", "state", "portfolio"),
    unsummed={"position": "Places in an order have no total."},
    parents=("portfolio",),
    order="entity,position",
    called="{label}",
    sections=(
        Section("Where it is asked for", ("portfolio", "entity", "position", "state"),
                says="It stays with records of this kind in this portfolio."),
        Section("What it is", ("label", "name", "type", "choices"),
                says="Once a record has a value, name and type stay."),
        Section("Who has to fill it in", ("required_from",),
                says="Records that are there already stay as they are: their forms ask for it."),
    ),
    labels={"entity": "Asked of", "name": "Name in REST", "required_from": "Needed from"},
)  # fmt: skip
