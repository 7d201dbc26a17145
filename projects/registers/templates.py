"""The registers of templates and their parts."""

from pmhub.registers import Register, Section
from projects.serializers.templates import (
    TemplateEntrySerializer,
    TemplateMilestoneSerializer,
    TemplateRoleSerializer,
    TemplateSerializer,
)

TEMPLATES = Register(
    "templates",
    TemplateSerializer,
    about="A template says how projects or programmes of a kind begin: with which approach, which"
    " milestones and entries of registers, and who is needed. What was begun from one keeps"
    " its version; later ones change nothing in it.",
    columns=("code", "name", "kind", "portfolio", "state", "delivery_approach", "duration_days"),
    filters=("kind", "state", "delivery_approach", "portfolio"),
    groups=("kind", "state", "delivery_approach", "portfolio"),
    parents=("portfolio",),
    sections=(
        Section("What it is for", ("code", "name", "kind", "about", "portfolio", "state")),
        Section("How it begins", ("duration_days", "delivery_approach", "regulated"),
                says="Approach and regulation are those of projects; a programme has neither."),
    ),
    labels={"kind": "Begins a", "duration_days": "Usual length, days"},
)  # fmt: skip

TEMPLATE_MILESTONES = Register(
    "template-milestones",
    TemplateMilestoneSerializer,
    about="A milestone of a template stands in every project that is begun from it, so many days"
    " after its start, or before its finish.",
    columns=("title", "template", "kind", "anchor", "offset_days", "key"),
    filters=("template", "kind", "anchor", "key"),
    groups=("template", "kind", "anchor"),
    parents=("template",),
    sections=(
        Section("What is reached", ("title", "template", "kind", "key")),
        Section("When", ("anchor", "offset_days")),
    ),
    labels={"anchor": "Reckoned from", "offset_days": "Days from it", "key": "Key milestone"},
)

TEMPLATE_ENTRIES = Register(
    "template-entries",
    TemplateEntrySerializer,
    about="An entry of a template stands in a register from the start: an output of a project, a"
    " tranche or an outcome of a programme, or a risk, which is a draft until somebody judges it.",
    columns=("title", "template", "register", "anchor", "offset_days"),
    filters=("template", "register", "anchor"),
    groups=("template", "register", "anchor"),
    parents=("template",),
    sections=(
        Section("What stands there", ("template", "register", "title", "about")),
        Section("When", ("anchor", "offset_days"),
                says="The day on which an output is planned and a tranche ends; an outcome and a"
                " risk have none."),
    ),
    labels={"about": "What is said of it", "anchor": "Reckoned from",
            "offset_days": "Days from it"},
)  # fmt: skip

TEMPLATE_ROLES = Register(
    "template-roles",
    TemplateRoleSerializer,
    about="A role of a template is one that needs somebody: what is begun from the template lists"
    " it as missing until somebody holds it.",
    called="{role} of {template}",
    columns=("role", "template", "about"),
    filters=("template", "role"),
    groups=("template", "role"),
    parents=("template",),
    sections=(Section("Who is needed", ("template", "role", "about")),),
    labels={"about": "What is expected of them"},
)
