"""Who may do what: one table of roles and rights, as plain values.

A role is held on the organisation, a portfolio, a programme, a project or a benefit and is
inherited downwards. Reading follows from holding any role in scope; writing from `WRITES`; giving
a role to somebody, or taking it from them, from `GIVES`. A new role is named here and in
`RoleChoice` (`pmhub/models/people.py`, with a migration), and has a row in `docs/rights.md`.
"""

from enum import StrEnum


class Role(StrEnum):
    """The roles that people hold on the organisation, a portfolio, a programme or a project. What
    each may do stands in the tables below."""

    SPONSOR = "sponsor"
    SRO = "sro"
    PORTFOLIO_MANAGER = "portfolio_manager"
    BOARD_MEMBER = "board_member"
    PROGRAMME_MANAGER = "programme_manager"
    BCM = "bcm"
    PROJECT_MANAGER = "project_manager"
    PROJECT_EXECUTIVE = "project_executive"
    COORDINATOR = "coordinator"
    TEAM_MEMBER = "team_member"
    BENEFIT_OWNER = "benefit_owner"
    BENEFIT_REPORTER = "benefit_reporter"
    RISK_OWNER = "risk_owner"
    PMO = "pmo"
    ASSURER = "assurer"
    RESOURCE_OWNER = "resource_owner"
    FINANCE = "finance"
    VIEWER = "viewer"


PROJECT_DATA = frozenset(
    {
        "project", "output", "milestone", "milestoneforecast", "dependency", "risk", "issue",
        "budgetline", "costactual", "commitment", "allocation", "complianceitem", "projectreport",
        "action", "dependencymessage", "decision", "gate", "gatecriterion", "budgetrequest",
        "budgettransfer", "businesscase", "caseoption", "caseflow", "exceptionreport",
        "changerequest", "assumption", "benefithandover", "lesson", "lessonuse", "tailoringrecord",
        "stakeholder", "stakeholderassessment", "communication", "workpackage", "iteration",
        "estimate", "qualityrecord",
    }
)  # fmt: skip
PROGRAMME_DATA = PROJECT_DATA | {
    "programme", "programmemandate", "tranche", "operatingmodelstate", "outcome", "impactedgroup",
    "adoptionassessment", "programmeline",
    "contingencymovement", "baseline",
    "benefit", "profileversion", "benefitprofileentry", "benefitmeasurement", "benefitreview",
    "benefitcontribution", "benefitlink", "overlapcase", "benefitanchor", "sharedbenefitclaim",
    "scenario", "scenariochange", "statusreport", "boardmeeting", "roleassignment",
    "objectivemeasurement",
    "healthoverride", "tolerance", "gatecondition", "teammaturity", "inspectionplan", "inspection",
    "inspectionfinding", "oversightdecision", "proposal", "post",
}  # fmt: skip
BENEFIT_DATA = frozenset(
    {
        "profileversion", "benefitprofileentry", "benefitmeasurement", "benefitreview",
        "benefitanchor",
    }
)  # fmt: skip
ASSURANCE = frozenset(
    {
        "assurancereview", "assurancerecommendation", "dcarecord", "teammaturity", "inspectionplan",
        "inspection", "inspectionfinding", "qualityrecord",
    }
)  # fmt: skip
# Kinds of records that others have to act on as soon as they are written.
PUT_FORWARD = frozenset(
    {"decision", "budgettransfer", "exceptionreport", "tailoringrecord", "benefithandover"}
)
EVERYTHING = frozenset({"*"})

OF_ROLES: dict[Role, frozenset[str]] = {
    Role.SPONSOR: frozenset(
        {
            "strategicobjective",
            "objectivemeasurement",
            "programme",
            "healthoverride",
            "roleassignment",
            "tolerance",
            "envelope",
            "board",
            "boardmeeting",
            "boardpack",
            "decision",
            "gate",
            "programmemandate",
            "proposal",
        }
    ),
    Role.SRO: PROGRAMME_DATA | {"dcarecord"},
    Role.PORTFOLIO_MANAGER: frozenset(
        {
            "strategicobjective",
            "objectivemeasurement",
            "proposal",
            "proposalscore",
            "post",
            "boardmeeting",
            "boardpack",
        }
    ),
    Role.BOARD_MEMBER: frozenset(),
    Role.PROGRAMME_MANAGER: PROGRAMME_DATA,
    Role.BCM: BENEFIT_DATA
    | {
        "benefit",
        "outcome",
        "impactedgroup",
        "adoptionassessment",
        "operatingmodelstate",
        "benefitlink",
        "objectivemeasurement",
        "stakeholder",
        "stakeholderassessment",
        "communication",
    },
    Role.BENEFIT_OWNER: BENEFIT_DATA,
    Role.BENEFIT_REPORTER: frozenset({"benefitmeasurement"}),
    Role.PROJECT_MANAGER: PROJECT_DATA,
    Role.PROJECT_EXECUTIVE: PROJECT_DATA,
    Role.COORDINATOR: PROJECT_DATA - PUT_FORWARD,
    Role.TEAM_MEMBER: frozenset(),
    Role.RISK_OWNER: frozenset({"risk", "action", "lessonuse"}),
    Role.PMO: EVERYTHING,
    Role.ASSURER: ASSURANCE,
    Role.RESOURCE_OWNER: frozenset({"allocation", "resourcecapacity"}),
    Role.FINANCE: frozenset(
        {
            "budgetline",
            "costactual",
            "commitment",
            "budgetrequest",
            "budgettransfer",
            "currencyrate",
        }
    ),
    Role.VIEWER: frozenset(),
}
# Roles that read, and otherwise do only what a record names their person for, such as voting.
READERS = frozenset({Role.VIEWER, Role.BOARD_MEMBER, Role.TEAM_MEMBER})
# Kinds of records that every role which does more than read may write: delegations and requests to
# the PMO.
WRITES = {
    role: nouns
    if role is Role.VIEWER or nouns == EVERYTHING
    else nouns | {"delegation", "helprequest"}
    for role, nouns in OF_ROLES.items()
}

# Roles that one may give where one holds a role: those below it.
OF_BENEFITS = frozenset({Role.BENEFIT_OWNER, Role.BENEFIT_REPORTER})
OF_PROJECTS = OF_BENEFITS | {
    Role.PROJECT_MANAGER, Role.PROJECT_EXECUTIVE, Role.COORDINATOR, Role.TEAM_MEMBER
}  # fmt: skip
GIVES: dict[Role, frozenset[Role]] = {
    Role.PMO: frozenset(Role),
    Role.SPONSOR: frozenset(
        {Role.SRO, Role.PROGRAMME_MANAGER, Role.PORTFOLIO_MANAGER, Role.BOARD_MEMBER}
    ),
    Role.SRO: OF_PROJECTS | {Role.PROGRAMME_MANAGER, Role.BCM, Role.BOARD_MEMBER},
    Role.PROGRAMME_MANAGER: OF_PROJECTS,
    Role.BCM: OF_BENEFITS,
    Role.BENEFIT_OWNER: frozenset({Role.BENEFIT_REPORTER}),
}

# Roles that read the audit register, where they are held.
AUDITORS = frozenset({Role.PMO, Role.ASSURER})

# Roles that verify what others have measured, never their own (see the service).
VERIFIERS = frozenset({Role.PMO, Role.ASSURER, Role.SRO, Role.PROGRAMME_MANAGER})
# Roles that validate planned money, never what they wrote themselves (see the service).
FINANCIERS = frozenset({Role.PMO, Role.FINANCE})
# Roles that approve a report, by its kind, never their own (see the service).
APPROVERS = {
    "statusreport": frozenset({Role.PMO, Role.SRO}),
    "projectreport": frozenset({Role.PMO, Role.SRO, Role.PROGRAMME_MANAGER}),
}
# Roles that declare delivery confidence of what they answer for; below, those that judge it.
DECLARERS = frozenset({Role.PMO, Role.SRO})
ASSURERS = frozenset({Role.PMO, Role.ASSURER})
# Roles that lead what others judge independently.
LEADERS = frozenset(
    {
        Role.PORTFOLIO_MANAGER,
        Role.SRO,
        Role.PROGRAMME_MANAGER,
        Role.PROJECT_MANAGER,
        Role.PROJECT_EXECUTIVE,
    }
)
# Roles that write but leave it to others to submit and to declare a status.
PREPARERS = frozenset({Role.COORDINATOR})
# Roles that submit a report, by its kind.
REPORTERS = {
    kind: frozenset(
        role
        for role, nouns in WRITES.items()
        if role not in PREPARERS and (kind in nouns or nouns == EVERYTHING)
    )
    for kind in APPROVERS
}
# Roles that start, move on and stop a programme, and approve overrides of its health.
STEERERS = frozenset({Role.PMO, Role.SRO, Role.SPONSOR})
# Roles that, when lent, lend the vote of a person who is named to decide.
VOTERS = LEADERS | STEERERS | {Role.BCM, Role.FINANCE, Role.BOARD_MEMBER}
# Roles that set the limits of a project, which its own manager never does.
LIMITERS = frozenset({Role.PMO, Role.SRO, Role.PROGRAMME_MANAGER})

# Roles that read business cases before approval, besides the members of the board.
CASE_READERS = frozenset(
    {role for role, nouns in WRITES.items() if "businesscase" in nouns or nouns == EVERYTHING}
    | {Role.SPONSOR, Role.FINANCE}
)

# Roles that see what a resource costs, as they plan money of programmes.
SEES_RATES = frozenset({Role.PMO, Role.SPONSOR, Role.SRO, Role.PROGRAMME_MANAGER, Role.FINANCE})
# Roles that see the competence of people who hold a role or a post where these lead.
SEES_COMPETENCE = frozenset({Role.PMO, Role.SRO, Role.PROGRAMME_MANAGER})


def may_write(roles: frozenset[str], noun: str) -> bool:
    """Return whether any of the roles held in a row's scope may write rows of this kind."""
    return any(_grants(WRITES[Role(role)], noun) for role in roles)


def writers_of(noun: str) -> list[Role]:
    """Return the roles that may write rows of this kind."""
    return [role for role, nouns in WRITES.items() if _grants(nouns, noun)]


def may_submit(roles: frozenset[str], noun: str) -> bool:
    """Return whether any of the roles may submit rows of this kind, and declare their state."""
    return may_write(roles - PREPARERS, noun)


def may_verify(roles: frozenset[str]) -> bool:
    """Return whether any of the roles may verify a measurement (never one's own, which the service
    checks)."""
    return bool(VERIFIERS & {Role(role) for role in roles})


def may_approve(roles: frozenset[str], noun: str) -> bool:
    """Return whether any of the roles may approve a report of this kind."""
    return bool(APPROVERS[noun] & {Role(role) for role in roles})


def may_validate(roles: frozenset[str]) -> bool:
    """Return whether any of the roles may validate planned money (never what one wrote, which the
    service checks)."""
    return bool(FINANCIERS & {Role(role) for role in roles})


def may_declare(roles: frozenset[str]) -> bool:
    """Return whether any of the roles may declare delivery confidence."""
    return bool(DECLARERS & {Role(role) for role in roles})


def may_assure(roles: frozenset[str]) -> bool:
    """Return whether any of the roles may judge delivery confidence independently."""
    return bool(ASSURERS & {Role(role) for role in roles})


def leads(roles: frozenset[str]) -> bool:
    """Return whether any of the roles leads the programme or the project on which it is held."""
    return bool(LEADERS & {Role(role) for role in roles})


def may_steer(roles: frozenset[str]) -> bool:
    """Return whether any of the roles may move a programme on, or stop it."""
    return bool(STEERERS & {Role(role) for role in roles})


def may_limit(roles: frozenset[str]) -> bool:
    """Return whether any of the roles may set what limits a project: budget, baseline,
    tolerances."""
    return bool(LIMITERS & {Role(role) for role in roles})


def may_give(roles: frozenset[str], role: str) -> bool:
    """Return whether any of the roles held in a scope may give this role there, or take it away."""
    return any(role in GIVES.get(Role(held), ()) for held in roles)


def gains(roles: frozenset[str], role: str) -> bool:
    """Return whether a role lets its holder write, judge or give anything that these roles do
    not."""
    held, given = {Role(name) for name in roles}, Role(role)
    if Role.PMO in held:
        return False
    return bool(
        WRITES[given] - {noun for own in held for noun in WRITES[own]}
        or GIVES.get(given, frozenset()) - {one for own in held for one in GIVES.get(own, ())}
        or any(
            given in judges and not held & judges
            for judges in (VERIFIERS, ASSURERS, DECLARERS, *APPROVERS.values())
        )
    )


def adds(roles: frozenset[str], role: str) -> bool:
    """Return whether a role is none of these roles and does more than read: its holder decides, is
    limited or is asked by it."""
    return role not in roles and Role(role) not in READERS


def _grants(nouns: frozenset[str], noun: str) -> bool:
    return noun in nouns or nouns == EVERYTHING
