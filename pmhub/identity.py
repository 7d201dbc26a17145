"""Who asks: a session, a user or a token with the roles of its user, each in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends import db
from django.db import DEFAULT_DB_ALIAS, connection
from django.http import HttpRequest
from django.utils import timezone

from pmhub import lockout
from pmhub.database import past
from pmhub.database.statements import Statement, Text
from pmhub.grants import ROLES, grants_from, grants_of
from pmhub.models import Door, Session, SignInRule, Token, User

SEEN_EVERY = timedelta(minutes=1)
ALIVE = f"""
SELECT session_data, seen_at FROM {Session._meta.db_table}
WHERE session_key = %(key)s AND expire_date > %(now)s AND seen_at > %(idle)s
      AND begun_at > %(longest)s
"""  # noqa: S608  # our own names


def _columns(model: Any, table: str) -> str:
    return ", ".join(f'{table}."{field.column}"' for field in model._meta.concrete_fields)


def _with_roles(select: str) -> Text:
    """A query of users `u` on a `day`, with their roles as JSON in its last column."""
    roles = ROLES.sql.replace("%(id)s", "u.id")
    sql = select.format(
        roles=f"(SELECT json_agg(held) FROM ({roles}) AS held(kind, id, role, giver))",  # noqa: S608  # ours
        user=_columns(User, "u"),
        token=_columns(Token, "t"),
    )
    return sql, ROLES.constants


# Whether a user has a second factor, and which roles ask for one.
FACTOR = f"""
EXISTS (SELECT FROM {Authenticator._meta.db_table} a WHERE a.user_id = u.id
        AND a.type <> '{Authenticator.Type.RECOVERY_CODES.value}')
"""  # our own names
ASKED = f"ARRAY(SELECT role FROM {SignInRule._meta.db_table} WHERE second_factor)"  # noqa: S608  # ours

# All that says who asks is read where it is written, so that what is withdrawn ends at once.
_asked = partial(Statement, reads=lambda: connection)
MOMENTS = dict.fromkeys(("now", "idle", "longest"), "timestamptz")
SESSIONS = _asked(ALIVE, types={"key": "text"} | MOMENTS)
USERS = _asked(
    lambda: _with_roles(
        f"SELECT {{user}}, {{roles}}, {FACTOR}, {ASKED} FROM {User._meta.db_table} u"  # noqa: S608  # ours
        " WHERE u.id = %(id)s"
    )
)
TOKENS = _asked(
    lambda: _with_roles(
        f"SELECT {{token}}, {{user}}, {{roles}} FROM {Token._meta.db_table} t"  # noqa: S608  # ours
        f" JOIN {User._meta.db_table} u ON u.id = t.user_id WHERE t.token_key = %(key)s"
    ),
    types={"key": "text"},
)


class SessionStore(db.SessionStore):
    """Sessions in the database, as Django's, that say whose they are and end when nobody is there
    for a while, and some days after they began whoever is there. What a page asks by itself does
    not count as somebody."""

    whence: Mapping[str, Any] = {}
    by_itself = False

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """The rows."""
        return Session

    def load(self) -> dict[str, Any]:
        """Return what the session holds; nothing for one that has ended."""
        now = timezone.now()
        idle, longest = now - settings.SESSION_IDLE, now - settings.SESSION_LONGEST
        key = self.session_key
        found = SESSIONS(key=key, now=now, idle=idle, longest=longest) if key else []
        if found:
            data, seen_at = found[0]
            if now - seen_at > SEEN_EVERY and not self.by_itself:
                Session.objects.filter(pk=self.session_key).update(seen_at=now)
            return self.decode(data)
        self._session_key = None
        return {}

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """The row: its columns say what the page of one's sessions shows."""
        data.setdefault("begun", timezone.now().isoformat())
        row: Any = super().create_model_instance(data)
        row.user_id = data.get(SESSION_KEY)
        row.begun_at = datetime.fromisoformat(data["begun"])
        row.address, row.browser = self.whence.get("address"), self.whence.get("browser", "")
        return row


class Backend(ModelBackend):
    """Names and passwords, as Django's; the user of a session comes with their roles."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> Any:
        """Return whose name and password they are, None when they are nobody's. After too many
        failures raises Held, which `request.held` then says: neither is checked."""
        if not username or password is None:
            return None
        try:
            attempt = lockout.begin(request, Door.PASSWORD, username)
        except lockout.Held as held:
            if request is not None:
                request.held = held  # type: ignore[attr-defined]  # read by who shows the form
            raise
        user = super().authenticate(request, username, password, **kwargs)
        if user is None:
            lockout.refused(attempt)
        else:
            lockout.admitted(attempt, user)
        return user

    def user_can_authenticate(self, user: Any) -> bool:
        """Return whether they may sign in: people, who are active."""
        return super().user_can_authenticate(user) and not user.is_service

    def get_user(self, user_id: int) -> User | None:
        """Return the user, if they may sign in."""
        for user in _found(USERS, id=user_id):
            made = _user(user[:-2])
            made._has_factor, made._asked = user[-2:]
            return made if self.user_can_authenticate(made) else None
        return None


def lacks_factor(user: Any) -> bool:
    """Tell whether somebody has no second factor, of whom one is asked: of everybody, or of who
    holds a role that asks for one."""
    if getattr(user, "_has_factor", True):
        return False
    if settings.SECOND_FACTOR == "everybody":
        return True
    asked = set(user._asked)
    return any(not asked.isdisjoint(roles) for roles in grants_of(user).roles.values())


def tokens(key: str) -> list[Token]:
    """Return the tokens whose key begins like this, each with its user and their roles."""
    found = []
    width = len(Token._meta.concrete_fields)
    for row in _found(TOKENS, key=key):
        token = _made(Token, row[:width])
        token.user = _user(row[width:])
        found.append(token)
    return found


def _found(statement: Statement, **given: Any) -> list[Any]:
    with past.as_at(None):  # rights are those of now
        return statement(day=timezone.localdate(), **given)


def _user(row: Sequence[Any]) -> User:
    user: User = _made(User, row[:-1])
    if user.is_active:
        user._grants = grants_from(user, (each.values() for each in row[-1] or ()))
    return user


def _made(model: Any, values: Sequence[Any]) -> Any:
    names = [field.attname for field in model._meta.concrete_fields]
    return model.from_db(DEFAULT_DB_ALIAS, names, values)
