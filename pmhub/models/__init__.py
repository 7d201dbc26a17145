"""People, their roles, tokens and jobs, and the base of every record."""

from pmhub import validators
from pmhub.models.accounts import Attempt, Door, Mail, Outcome, Session, SignInRule, Token
from pmhub.models.at_records import AtRecord, attachable, kinds_of_records
from pmhub.models.attachments import LARGEST_FILE, Attachment
from pmhub.models.audit import Act, AuditEntry, AuditHead, Factor
from pmhub.models.comments import Comment, Follow
from pmhub.models.competence import Competence
from pmhub.models.custom import Customised
from pmhub.models.delegation import Delegation, DelegationStanding
from pmhub.models.digests import Cadence, Digest, Topic
from pmhub.models.favourites import Favourite
from pmhub.models.inbox import Inbox, NoticeKind
from pmhub.models.jobs import AT_ONCE, OPEN, Job, JobPart, JobState
from pmhub.models.people import (
    People,
    Person,
    RoleAssignment,
    RoleAssignments,
    RoleChoice,
    User,
)
from pmhub.models.preferences import DateOrder, Density, Theme
from pmhub.models.records import (
    TAKEN,
    Archivable,
    Code,
    Coded,
    FormerCode,
    Record,
    Touch,
    home_portfolio,
    lineage,
    portfolio_of,
)
from pmhub.models.saved_views import SavedView
from pmhub.models.search_entry import SearchEntry
from pmhub.models.stored_answer import StoredAnswer
from pmhub.models.visits import Visit
from pmhub.models.webhooks import (
    DeliveryState,
    Webhook,
    WebhookCursor,
    WebhookDelivery,
    WebhookState,
)

__all__ = [
    "AT_ONCE",
    "LARGEST_FILE",
    "OPEN",
    "TAKEN",
    "Act",
    "Archivable",
    "AtRecord",
    "Attachment",
    "Attempt",
    "AuditEntry",
    "AuditHead",
    "Cadence",
    "Code",
    "Coded",
    "Comment",
    "Competence",
    "Customised",
    "DateOrder",
    "Delegation",
    "DelegationStanding",
    "DeliveryState",
    "Density",
    "Digest",
    "Door",
    "Factor",
    "Favourite",
    "Follow",
    "FormerCode",
    "Inbox",
    "Job",
    "JobPart",
    "JobState",
    "Mail",
    "NoticeKind",
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
    "Theme",
    "Token",
    "Topic",
    "Touch",
    "User",
    "Visit",
    "Webhook",
    "WebhookCursor",
    "WebhookDelivery",
    "WebhookState",
    "attachable",
    "home_portfolio",
    "kinds_of_records",
    "lineage",
    "portfolio_of",
]

for _other in (User, Token):  # records get their guards from their class, these do not
    validators.guard(_other)
