"""People, their roles, tokens and jobs, and the base of every record."""

from pmhub import validators
from pmhub.models.accounts import Attempt, Door, Mail, Outcome, Session, SignInRule, Token
from pmhub.models.answers import StoredAnswer
from pmhub.models.attachments import LARGEST_FILE, Attachment, attachable
from pmhub.models.audit import Act, AuditEntry, AuditHead, Factor
from pmhub.models.delegation import Delegation
from pmhub.models.favourites import Favourite
from pmhub.models.jobs import AT_ONCE, OPEN, Job, JobPart, JobState
from pmhub.models.people import (
    Competence,
    People,
    Person,
    RoleAssignment,
    RoleAssignments,
    RoleChoice,
    User,
)
from pmhub.models.records import TAKEN, Archivable, Code, Coded, Record, Touch, portfolio_of
from pmhub.models.saved_views import SavedView
from pmhub.models.searching import SearchEntry

__all__ = [
    "AT_ONCE",
    "LARGEST_FILE",
    "OPEN",
    "TAKEN",
    "Act",
    "Archivable",
    "Attachment",
    "Attempt",
    "AuditEntry",
    "AuditHead",
    "Code",
    "Coded",
    "Competence",
    "Delegation",
    "Door",
    "Factor",
    "Favourite",
    "Job",
    "JobPart",
    "JobState",
    "Mail",
    "Outcome",
    "People",
    "Person",
    "Record",
    "RoleAssignment",
    "RoleAssignments",
    "RoleChoice",
    "SavedView",
    "SearchEntry",
    "Session",
    "SignInRule",
    "StoredAnswer",
    "Token",
    "Touch",
    "User",
    "attachable",
    "portfolio_of",
]

for _other in (User, Token):  # they are no records, whose class guards itself
    validators.guard(_other)
