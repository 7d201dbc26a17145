"""Settings: one file, read from the environment; production differs by values, never by files."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from csp.constants import NONCE
from django.core.exceptions import ImproperlyConfigured

from pmhub import contract_description, environment, logs

BASE_DIR = Path(__file__).resolve().parent.parent
env = environment.env
HOME = Path(
    env("PMHUB_HOME", default=str(BASE_DIR / ".pmhub"))
)  # the folder of what is kept outside of the database

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = environment.secret_key()
# Earlier keys: what they signed or encrypted can still be read.
SECRET_KEY_FALLBACKS = env("SECRET_KEY_FALLBACKS", default="").split()
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
PMHUB_DEMO = env.bool("PMHUB_DEMO", default=DEBUG)  # the demo never loads in production
VERSION = "0.1.0"

INSTALLED_APPS = [
    "pmhub.apps.PmhubAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "pmhub.apps.PmhubStaticConfig",
    "django.contrib.postgres",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "pgtrigger",
    "pghistory",
    "csp",
    "django_vite",
    "pmhub",
    "programmes",
    "projects",
    "benefits",
]

MIDDLEWARE = [
    "pmhub.middleware.RequestId",
    "django.middleware.security.SecurityMiddleware",
    "pmhub.middleware.ContentPolicy",
    "pmhub.middleware.Bounds",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "pmhub.middleware.Compression",
    "pmhub.middleware.RateLimits",
    "pmhub.middleware.AuditContext",
    "pmhub.middleware.Sessions",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "pmhub.middleware.History",
    "pmhub.middleware.SecondFactor",
    "pmhub.middleware.DatabaseOutage",
    "pmhub.middleware.Lockout",
    "pmhub.middleware.NotFound",
    "pmhub.middleware.WorkerHints",
]

ROOT_URLCONF = "pmhub.urls"
WSGI_APPLICATION = "pmhub.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "pmhub.views.frame.frame",
            ]
        },
    }
]

DATABASES = {"default": environment.database("DATABASE_URL")}
# A replica to read from (`database/replica.py`); without it nothing is routed or looked up.
if env("REPLICA_URL", default=""):
    DATABASES["replica"] = environment.database("REPLICA_URL") | {"TEST": {"MIRROR": "default"}}
    DATABASE_ROUTERS = ["pmhub.database.replica.Router"]
    MIDDLEWARE.append("pmhub.middleware.Replica")

# Off for a pooler that gives each transaction another connection (`database/statements.py`).
PREPARE_STATEMENTS = env.bool("PREPARE_STATEMENTS", default=True)

AUTH_USER_MODEL = "pmhub.User"
AUTHENTICATION_BACKENDS = ["pmhub.identity.Backend"]
SESSION_ENGINE = "pmhub.identity"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}Validator"}
    for name in ("UserAttributeSimilarity", "MinimumLength", "CommonPassword")
] + [
    {"NAME": f"pmhub.password_validators.{name}PasswordValidator"}
    for name in ("Guessable", "Breached")
]
# Words that say nothing in a password of this organisation: its names, places and products.
GUESSABLE_WORDS = env.list("GUESSABLE_WORDS", default=[])
# Where breached passwords are looked up, by the first five digits of their hash; empty for nowhere.
BREACHED_PASSWORDS_URL = env("BREACHED_PASSWORDS_URL", default="")
# After so many failures for an account or an address, no further try is checked for a while.
LOCKOUT_AFTER = env.int("LOCKOUT_AFTER", default=10)
LOCKOUT_AFTER_ADDRESS = env.int("LOCKOUT_AFTER_ADDRESS", default=30)
LOCKOUT_FOR = timedelta(minutes=env.int("LOCKOUT_MINUTES", default=15))
# Limits of requests: units at once/units a second, of all processes (`pmhub/rate_limits.py`).
LIMITS = {
    "user": env("LIMIT_USER", default="20000/100"),
    "token": env("LIMIT_TOKEN", default="20000/100"),
    "address": env("LIMIT_ADDRESS", default="600/10"),
}
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
CSRF_FAILURE_VIEW = "pmhub.views.error_pages.csrf_failure"
SESSION_COOKIE_HTTPONLY = True
SESSION_IDLE = timedelta(hours=env.float("SESSION_IDLE_HOURS", default=8))
SESSION_LONGEST = timedelta(days=env.float("SESSION_LONGEST_DAYS", default=7))
# For so long after a password or second factor, dangerous actions ask for neither again.
CONFIRMED_FOR = timedelta(minutes=env.float("CONFIRMED_MINUTES", default=15))

# allauth is used for second factors and for signing in by a provider.
ACCOUNT_ADAPTER = "pmhub.accounts.adapters.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False  # we count failures in the database instead
ACCOUNT_REAUTHENTICATION_TIMEOUT = CONFIRMED_FOR.total_seconds()
# Who needs a second factor: `everybody`, or the `roles` that the PMO names under *Sign in rules*.
SECOND_FACTOR = env("SECOND_FACTOR", default="roles")
if SECOND_FACTOR not in ("roles", "everybody"):
    raise ImproperlyConfigured("SECOND_FACTOR is given as roles or everybody.")
MFA_ADAPTER = "pmhub.accounts.adapters.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn"]  # recovery codes are our own: we keep their hashes
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "pmhub"
MFA_TOTP_TOLERANCE = 0  # a code of an app is accepted only while the app shows it
MFA_FORMS = {
    "authenticate": "pmhub.forms.second_factor.CodeForm",
    "reauthenticate": "pmhub.forms.second_factor.CodeAgainForm",
    "activate_totp": "pmhub.forms.second_factor.AppForm",
    "authenticate_webauthn": "pmhub.forms.second_factor.PasskeyForm",
    "reauthenticate_webauthn": "pmhub.forms.second_factor.PasskeyAgainForm",
    "login_webauthn": "pmhub.forms.second_factor.PasskeyAloneForm",
    "add_webauthn": "pmhub.forms.second_factor.NewPasskeyForm",
    "edit_webauthn": "pmhub.forms.second_factor.RenamePasskeyForm",
}

# Signing in by a provider that speaks OpenID Connect.
OIDC_URL = environment.guarded_address("OIDC_URL")
OIDC_UNKNOWN = env("OIDC_UNKNOWN", default="refuse")  # users without an account, or `make` one
OIDC_GROUPS_CLAIM = env("OIDC_GROUPS_CLAIM", default="groups")
OIDC_ROLES = env("OIDC_ROLES", default="")  # in the form that `pmhub/accounts/provider.py` reads
SOCIALACCOUNT_ADAPTER = "pmhub.accounts.provider.ProviderAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = True  # the content policy does not let a form lead to another site
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {
    "openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": []}
}
if OIDC_URL:
    SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"] = [
        {
            "provider_id": "provider",
            "name": env("OIDC_NAME", default="your organisation"),
            "client_id": env("OIDC_CLIENT_ID"),
            "secret": env("OIDC_CLIENT_SECRET"),
            "settings": {"server_url": OIDC_URL},
        }
    ]

# Mail: what is sent, and in whose name. Without it nothing is sent, and links are shown instead.
EMAIL_URL = env("EMAIL_URL", default="")
if EMAIL_URL:
    EMAIL_CONFIG = env.email_url_config(EMAIL_URL)
    vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env("MAIL_FROM", default="pmhub@localhost")
SITE_URL = environment.site(ALLOWED_HOSTS)  # in mails that do not answer a request
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.bool("SECURE_COOKIES", default=not DEBUG)
if SESSION_COOKIE_SECURE:  # so that neither a subdomain nor plain HTTP can set the cookies
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # not in cookies
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_SUBDOMAINS", default=True)
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = env.bool("SSL_REDIRECT", default=BEHIND_PROXY)
# Supervisors ask over plain HTTP. Programs that send a token in the clear are to notice.
SECURE_REDIRECT_EXEMPT = [r"^(livez|readyz)$", r"^api/"]
# The preload lists of browsers are for the owner of the domain to decide.
SILENCED_SYSTEM_CHECKS = ["security.W021"]

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STATIC_URL = "/static/"
# Where static files are collected and compressed; if empty, they are served from their sources.
STATIC_ROOT = env("STATIC_ROOT", default="") or None
STATICFILES_DIRS = [("pmhub", BASE_DIR / "static" / "dist")]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
    # Files attached to records, which only the product may read.
    "attachments": environment.attachments(BASE_DIR / ".pmhub"),
}
# The virus scanner for files before they are attached; none if empty.
SCANNER_URL = environment.scanner()
# Hosts of one's own network to which webhooks may send, also by HTTP and at any port.
WEBHOOK_HOSTS = env.list("WEBHOOK_HOSTS", default=[])
WHITENOISE_USE_FINDERS = STATIC_ROOT is None
# Names of Vite's files have a hash of their content, so files never change.
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/pmhub/assets/"
DJANGO_VITE = {
    "default": {
        "manifest_path": BASE_DIR / "static" / "dist" / ".vite" / "manifest.json",
        "static_url_prefix": "pmhub",
    }
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'", NONCE],
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    }
}

# The module that answers `?preview=1`: see `pmhub.api.effects`.
PREVIEWS = "programmes.api.previews"
# The function that carries out the writes that a record holds: `write(user, writes)`.
HELD_WRITES = "programmes.api.whatif.writing"
# The module whose `RESOURCES` are the collections of records, by name.
COLLECTIONS = "pmhub.api.routes"
# Modules that each declare kinds of jobs: see `pmhub.jobs.kinds`.
JOB_KINDS = [
    "pmhub.api.table_jobs",
    "pmhub.api.import_jobs",
    "programmes.api.rule_jobs",
    "programmes.views.paper_jobs",
]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "pmhub.api.authentication.BrowserSession",
        "pmhub.api.authentication.BearerToken",
        "pmhub.api.authentication.BasicToken",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["pmhub.api.json_rendering.Json"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "pmhub.api.negotiation.Negotiation",
    "DEFAULT_PARSER_CLASSES": ["pmhub.api.parsing.Json"],
    "DEFAULT_PAGINATION_CLASS": "pmhub.api.paging.Pages",
    "DEFAULT_FILTER_BACKENDS": [
        "pmhub.api.filtering.StrictFilters",
        "pmhub.api.filtering.Search",
        "pmhub.api.filtering.Ordering",
    ],
    "DEFAULT_SCHEMA_CLASS": "pmhub.api.schema.Schema",
    "EXCEPTION_HANDLER": "pmhub.api.problems.handle",
    "COERCE_DECIMAL_TO_STRING": True,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "pmhub",
    "DESCRIPTION": contract_description.DESCRIPTION,
    "VERSION": VERSION,
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {
        "deepLinking": True,
        "docExpansion": "list",
        "defaultModelsExpandDepth": -1,
    },
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "RecordTypeEnum": "pmhub.serializers.at_records.KINDS",
        "FavouriteRecordTypeEnum": "pmhub.serializers.favourites.KINDS",
        "RatingEnum": "programmes.models.Rating",
        "ClaimStateEnum": "benefits.models.ClaimState",
        "CadenceEnum": "pmhub.models.Cadence",
        "CompetenceEnum": "pmhub.models.Competence",
        "OversightEnum": "projects.models.states.OversightLevel",
        "SeverityEnum": "projects.models.Severity",
        "FindingSeverityEnum": "projects.models.FindingSeverity",
        "ResultEnum": "projects.models.InspectionResult",
        "QualityResultEnum": "projects.models.QualityResult",
        "RoleAssignmentRoleEnum": "pmhub.models.people.RoleChoice",
        "MilestoneKindEnum": "projects.models.schedule.MilestoneKind",
        "VersionKindEnum": "benefits.models.ProfileKind",
        "LevelEnum": "benefits.models.benefit.BenefitLevel",
        "DecidingLevelEnum": "programmes.models.Level",
        "SideEnum": "projects.models.negotiation.Side",
        "StrayingSideEnum": "programmes.models.Side",
        "ColourEnum": ["green", "amber", "red", "grey"],
        "ConfidenceEnum": "programmes.models.Confidence",
        "StanceEnum": "projects.models.stakeholder.Stance",
        "ChangeEnum": "programmes.models.confidence.Change",
        "MeasurementStatusEnum": "programmes.models.states.ObjectiveMeasurementStatus",
        "DecisionEnum": "benefits.models.review.ReviewDecision",
        "ExceptionDecisionEnum": "programmes.models.exception.report.Answer",
        "ToleranceKindEnum": "programmes.models.tolerance.ToleranceKind",
        "PackStateEnum": "programmes.models.board_pack.PackState",
        "MeetingStateEnum": "programmes.models.meeting.MeetingState",
        "ChangeStateEnum": "projects.models.change.states.ChangeState",
        "ChangeKindEnum": "projects.models.change.request.ChangeKind",
        "GateDecisionEnum": "projects.models.gate.decision_triggers.GateDecision",
        "GateStageEnum": "projects.models.gate.subjects.STAGES",
        "GateKindEnum": "projects.serializers.gates.WHICH",
        "ProjectStageEnum": "projects.models.states.ProjectStage",
        "BudgetLineCategoryEnum": "projects.models.money.CostCategory",
        "BudgetRequestStateEnum": "projects.models.BudgetRequestState",
        "RemainingActionsEnum": "projects.services.actions.RemainingActions",
        "MethodEnum": "programmes.models.scenario.Method",
        "EstimateMethodEnum": "projects.models.EstimateMethod",
        "UseAnswerEnum": "projects.models.UseAnswer",
        "TailoringAnswerEnum": "projects.models.TailoringAnswer",
        "TemplateKindEnum": "projects.models.TemplateKind",
        "HelpStateEnum": "projects.models.HelpState",
        "ProposalStateEnum": "projects.models.ProposalState",
        "YearStateEnum": "programmes.models.YearState",
        "FollowingActionsEnum": "projects.services.actions.ActionsOnceHappened",
    },
}
KNOX_TOKEN_MODEL = "pmhub.Token"  # noqa: S105  # a model, no password
# Knox's own table would stand empty beside ours, and in the way of a test that empties all tables.
MIGRATION_MODULES = {"knox": None}
REST_KNOX = {"TOKEN_PREFIX": "pmh_", "AUTH_HEADER_PREFIX": "Bearer", "TOKEN_TTL": timedelta(90)}

# Events are written only by triggers, so forms and validation of their fields are not needed.
PGHISTORY_EXCLUDE_FIELD_KWARGS = {
    "django.db.models.Field": ["choices", "default", "db_default", "help_text", "validators"]
}
PGHISTORY_MIDDLEWARE_METHODS = ("POST", "PUT", "PATCH", "DELETE")

CELERY_BROKER_URL = env("REDIS_URL").strip()  # a file ends with a line break
CELERY_TASK_IGNORE_RESULT = True
# Ends a task that hangs. No soft limit: its exception would pass for a rule's, in whatever
# programme is being computed, and the largest programme takes what it takes.
CELERY_TASK_TIME_LIMIT = 300
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Tasks keep a connection until CONN_MAX_AGE: preparing its statements costs more than a task does.
CELERY_DB_REUSE_MAX = 10**9
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # no limit
CELERY_TASK_DEFAULT_QUEUE = "pmhub"
# Nobody keeps account of hints that a worker has taken and not begun: to lose one costs nothing,
# and putting them back into a Redis that has gone is what would end the worker (kombu 5.7).
CELERY_BROKER_TRANSPORT_OPTIONS = {"ack_emulation": False}
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "rollups.sweep", "schedule": 5.0, "options": {"expires": 5}},
    "jobs": {"task": "jobs.run", "schedule": 5.0, "options": {"expires": 5}},
    "seals": {"task": "audit.seal", "schedule": 5.0, "options": {"expires": 5}},
    "mails": {"task": "accounts.mails", "schedule": 5.0, "options": {"expires": 5}},
    "digests": {"task": "accounts.digests", "schedule": 30.0, "options": {"expires": 30}},
    "tokens": {"task": "accounts.tokens", "schedule": 3600.0, "options": {"expires": 600}},
    "tidy": {"task": "accounts.tidy", "schedule": 3600.0, "options": {"expires": 600}},
    "attachments": {"task": "attachments.sweep", "schedule": 86400.0, "options": {"expires": 600}},
    "overlaps": {"task": "benefits.overlaps", "schedule": 600.0, "options": {"expires": 600}},
    "anchors": {"task": "benefits.anchors", "schedule": 60.0, "options": {"expires": 60}},
    "plans": {"task": "projects.inspections", "schedule": 3600.0, "options": {"expires": 600}},
    "webhooks": {"task": "webhooks.tell", "schedule": 5.0, "options": {"expires": 5}},
    "fold": {"task": "touches.fold", "schedule": 60.0, "options": {"expires": 60}},
}

LOGGING = logs.configuration(
    form=env("LOG_FORMAT", default="line" if DEBUG else "json"),
    level=env("LOG_LEVEL", default="INFO"),
)
