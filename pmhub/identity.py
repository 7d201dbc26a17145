"""Who makes a request: a session, and a user or a token with the roles of its user, each read in
one statement.

Roles come from a dozen tables and seldom change. They are cached in this process with the stamp of
these tables, which is read together with the user each time, from the primary database: so a right
that is withdrawn ends at once.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
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
from pmhub.access.grants import ROLES, grants_from, grants_of
from pmhub.caching import BoundedCache
from pmhub.database import past, touches
from pmhub.database.statements import Statement, Text
from pmhub.models import Door, Person, Session, SignInRule, Token, User

SEEN_EVERY = timedelta(minutes=1)
ROLE = 100  # bytes of one cached role, about
cache = BoundedCache(2_000_000)
ALIVE = f"""
SELECT session_data, seen_at FROM {Session._meta.db_table}
WHERE session_key = %(key)s AND expire_date > %(now)s AND seen_at > %(idle)s
      AND begun_at > %(longest)s
"""  # noqa: S608  # our own names


def _columns(model: Any, table: str) -> str:
    return ", ".join(f'{table}."{field.column}"' for field in model._meta.concrete_fields)


class UserQuery:
    """A query for users `u` with their roles on a day. `columns` are its columns, `rest` is its SQL
    from FROM on, and `user` is the position of the user's id among the columns."""

    def __init__(self, columns: str, rest: str, *, user: int = 0) -> None:
        self._columns, self._rest, self._user = columns, rest, user
        self._whole, self._stamped = (
            Statement(partial(self._text, roles=roles), types={"key": "text"}, reads=_primary)
            for roles in (True, False)
        )

    def __call__(self, of: Hashable, **given: Any) -> list[Any]:
        """Return the rows, each with the roles of its user in the last column, as `ROLES` gives
        them; `of` identifies the rows in the cache."""
        at = of, timezone.localdate()
        with past.as_at(None):  # rights are today's, whichever past is read
            if cached := cache.get(at):
                rows = self._stamped(**given)
                if all(self._of(row, cached) for row in rows):
                    return [(*row[:-1], cached[row[self._user]][1]) for row in rows]
            rows = [
                (*row, [tuple(role.values()) for role in held or ()])
                for *row, held in self._whole(**given, day=at[1])
            ]
        if rows:
            users = {row[self._user]: row[-2:] for row in rows}
            cache.put(at, users, ROLE * sum(1 + len(held) for _, held in users.values()))
        return [(*row[:-2], row[-1]) for row in rows]

    def _of(self, row: Sequence[Any], cached: Mapping[int, tuple[int, Any]]) -> bool:
        """Return whether the cached roles of the row's user have the present stamp."""
        return row[self._user] in cached and cached[row[self._user]][0] == row[-1]

    def _text(self, *, roles: bool) -> Text:
        """Return the query: after its columns come the stamp of all tables with roles and, with
        `roles`, the roles."""
        topics = touches.topics_read(ROLES.sql)
        if touches.UNTOUCHED in topics:
            raise LookupError("Roles come from a table whose changes leave no touch.")
        values = ", ".join(f"('{topic}', 0::bigint)" for topic in sorted(topics))
        held = ROLES.sql.replace("%(id)s", "u.id")
        columns = [self._columns, touches.stamp_sql(f"VALUES {values}")]
        if roles:
            columns.append(f"(SELECT json_agg(held) FROM ({held}) AS held(kind, id, role, giver))")  # noqa: S608  # ours
        return f"SELECT {', '.join(columns)} {self._rest}", ROLES.constants


def _primary() -> Any:
    return connection


# SQL for whether a user has a second factor, and for the roles that require one.
FACTOR = f"""
EXISTS (SELECT FROM {Authenticator._meta.db_table} a WHERE a.user_id = u.id
        AND a.type <> '{Authenticator.Type.RECOVERY_CODES.value}')
"""  # our own names
ASKED = f"ARRAY(SELECT role FROM {SignInRule._meta.db_table} WHERE second_factor)"  # noqa: S608  # ours

MOMENTS = dict.fromkeys(("now", "idle", "longest"), "timestamptz")
SESSIONS = Statement(ALIVE, types={"key": "text"} | MOMENTS, reads=_primary)
USERS = UserQuery(
    f"{_columns(User, 'u')}, {_columns(Person, 'p')}, {FACTOR}, {ASKED}",
    f"FROM {User._meta.db_table} u LEFT JOIN {Person._meta.db_table} p ON p.user_id = u.id"
    " WHERE u.id = %(id)s",
)
TOKENS = UserQuery(
    f"{_columns(Token, 't')}, {_columns(User, 'u')}",
    f"FROM {Token._meta.db_table} t JOIN {User._meta.db_table} u ON u.id = t.user_id"
    " WHERE t.token_key = %(key)s",
    user=len(Token._meta.concrete_fields),
)


class SessionStore(db.SessionStore):
    """Django's sessions in the database, with their user. They end after some time without
    activity, and in any case some days after they began. Requests that a page makes by itself do
    not count as activity."""

    whence: Mapping[str, Any] = {}
    by_itself = False

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """Return the model of the rows."""
        return Session

    def load(self) -> dict[str, Any]:
        """Return the data of the session; none if it has ended."""
        now = timezone.now()
        idle, longest = now - settings.SESSION_IDLE, now - settings.SESSION_LONGEST
        key = self.session_key
        rows = SESSIONS(key=key, now=now, idle=idle, longest=longest) if key else []
        if rows:
            data, seen_at = rows[0]
            if now - seen_at > SEEN_EVERY and not self.by_itself:
                Session.objects.filter(pk=self.session_key).update(seen_at=now)
            return self.decode(data)
        self._session_key = None
        return {}

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """Return the row, with columns for the page of a user's sessions."""
        data.setdefault("begun", timezone.now().isoformat())
        row: Any = super().create_model_instance(data)
        row.user_id = data.get(SESSION_KEY)
        row.begun_at = datetime.fromisoformat(data["begun"])
        row.address, row.browser = self.whence.get("address"), self.whence.get("browser", "")
        return row


class Backend(ModelBackend):
    """Django's check of names and passwords, with the lock-out; a session's user is read together
    with their roles."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> Any:
        """Return the user with this name and password, or None. After too many failures, neither is
        checked: raises LockedOut, which is also set as `request.held`."""
        if not username or password is None:
            return None
        try:
            attempt = lockout.begin(request, Door.PASSWORD, username)
        except lockout.LockedOut as held:
            if request is not None:
                request.held = held  # type: ignore[attr-defined]  # the form's view reads it
            raise
        user = super().authenticate(request, username, password, **kwargs)
        if user is None:
            lockout.refused(attempt)
        else:
            lockout.admitted(attempt, user)
        return user

    def user_can_authenticate(self, user: Any) -> bool:
        """Return whether the user may sign in: active users other than service accounts may."""
        return super().user_can_authenticate(user) and not user.is_service

    def get_user(self, user_id: int) -> User | None:
        """Return the user, or None if they may not sign in."""
        for *user, has_factor, roles_asking_factor, roles in USERS(user_id, id=user_id):
            width = len(User._meta.concrete_fields)
            made = _user(user[:width], roles)
            _give_person(made, user[width:])
            made._has_factor, made._asked = has_factor, roles_asking_factor
            return made if self.user_can_authenticate(made) else None
        return None


def lacks_factor(user: Any) -> bool:
    """Return whether the user has no second factor, though one is required of everybody or by a
    role that they hold."""
    if getattr(user, "_has_factor", True):
        return False
    if settings.SECOND_FACTOR == "everybody":
        return True
    roles_asking_factor = set(user._asked)
    return any(
        not roles_asking_factor.isdisjoint(roles) for roles in grants_of(user).roles.values()
    )


def tokens(key: str) -> list[Token]:
    """Return the tokens whose key begins like this, each with its user and their roles."""
    tokens = []
    width = len(Token._meta.concrete_fields)
    for *row, roles in TOKENS(key, key=key):
        token = _instance(Token, row[:width])
        token.user = _user(row[width:], roles)
        tokens.append(token)
    return tokens


def _user(row: Sequence[Any], roles: Iterable[Iterable[Any]]) -> User:
    user: User = _instance(User, row)
    if user.is_active:
        user._grants = grants_from(user, roles)
    return user


def _give_person(user: User, row: Sequence[Any]) -> None:
    """Let the user know their person, which every page names, without a query of its own; `row`
    holds no id where they have none."""
    person = _instance(Person, row) if row[0] else None
    relation: Any = User._meta.get_field("person")
    relation.set_cached_value(user, person)
    if person:
        relation.field.set_cached_value(person, user)


def _instance(model: Any, values: Sequence[Any]) -> Any:
    names = [field.attname for field in model._meta.concrete_fields]
    return model.from_db(DEFAULT_DB_ALIAS, names, values)
