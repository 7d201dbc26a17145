"""Signing in with the organisation's identity provider (OpenID Connect): whose account it is, and
which roles the groups there give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jwt
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.shortcuts import render
from django.urls import reverse

from pmhub.database.collation import same
from pmhub.database.deferred_checks import check_deferred
from pmhub.database.history import WritePath, because, through
from pmhub.database.refusals import declared_refusal
from pmhub.database.role_givers import NOBODY_GIVES
from pmhub.models import Person, RoleAssignment, RoleChoice, User
from pmhub.services import add, free_code

SCOPES = {"portfolio": "programmes", "programme": "programmes", "project": "projects"}
MAKE = "make"
WELL_KNOWN = "/.well-known/"
# Signatures with the provider's private key, which we check with its public key.
SIGNATURES = {f"{family}{bits}" for family in ("RS", "PS", "ES") for bits in (256, 384, 512)} | {
    "EdDSA"
}


class MalformedMapping(ImproperlyConfigured):
    """The setting that maps groups to roles cannot be read."""


class WrongProvider(Exception):
    """The provider calls itself by another name (issuer) than the installation does."""


class Conversation(OpenIDConnectOAuth2Adapter):
    """The exchange with the provider, and the checks of its answers."""

    @property
    def openid_config(self) -> dict[str, Any]:
        """The configuration that the provider publishes; raises WrongProvider if it names another
        issuer."""
        config: dict[str, Any] = super().openid_config
        named = self.get_provider().server_url.partition(WELL_KNOWN)[0]
        if str(config.get("issuer", "")).rstrip("/") != named.rstrip("/"):
            raise WrongProvider
        return config

    def complete_login(self, *args: Any, **kwargs: Any) -> Any:
        """Return the sign-in; raises OAuth2Error if the token and the provider's user information
        name different users."""
        came = super().complete_login(*args, **kwargs)
        extra_data = came.account.extra_data
        if extra_data.get("id_token", {}).get("sub") != extra_data.get("userinfo", {}).get("sub"):
            raise OAuth2Error("A token of somebody else")
        return came

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        """Return the claims of the token, after checking its signature, its audience and its times.
        Allauth does not check the signature of a token that came directly from the provider."""
        try:
            if jwt.get_unverified_header(id_token).get("alg") not in SIGNATURES:
                raise OAuth2Error("Signed in a way that is not taken")
            claims: dict[str, Any] = jwtkit.verify_and_decode(
                credential=id_token,
                keys_url=self.openid_config["jwks_uri"],
                issuer=self.openid_config["issuer"],
                audience=app.client_id,
                lookup_kid=jwtkit.lookup_kid_jwk,
            )
        except (jwt.PyJWTError, KeyError) as error:
            raise OAuth2Error("No token by which somebody could be known") from error
        return claims


@dataclass(frozen=True)
class GroupRole:
    """A role that a group gives: on the whole organisation, or on the object with this kind and
    code."""

    group: str
    role: str
    kind: str = ""
    code: str = ""


def mapping(text: str) -> list[GroupRole]:
    """Return the roles in `OIDC_ROLES`, whose entries are `group=role` or
    `group=role@programme:CODE`, separated by commas. Raises MalformedMapping."""
    return [_given(entry.strip()) for entry in text.split(",") if entry.strip()]


def _given(text: str) -> GroupRole:
    group, _, right = text.rpartition("=")
    role, _, place = right.partition("@")
    kind, _, code = place.partition(":")
    if not group or role not in RoleChoice.values or (place and not (kind in SCOPES and code)):
        raise MalformedMapping(
            f"OIDC_ROLES: {text!r} is not group=role or group=role@programme:CODE."
        )
    return GroupRole(group.strip(), role, kind, code)


class ProviderAdapter(DefaultSocialAccountAdapter):
    """The rules for accounts of users who sign in with the provider."""

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Link a user who comes for the first time to the account with their mail address, if the
        provider has verified it; keep out users whose account the PMO closed; give roles by
        groups."""
        if not sociallogin.is_existing and (user := _owner(sociallogin)):
            sociallogin.connect(request, user)
        if sociallogin.is_existing:
            if not sociallogin.user.is_active or sociallogin.user.is_service:
                raise ImmediateHttpResponse(closed(request))
            follow_groups(sociallogin.user, _claims(sociallogin))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Return whether an account is made for an unknown user. Never for a mail address that an
        account has already: here the provider has not verified it."""
        email = sociallogin.user.email
        taken = bool(email) and User.objects.filter(email__iexact=email).exists()
        return settings.OIDC_UNKNOWN == MAKE and not taken

    @transaction.atomic
    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> User:
        """Make the account and its person, with the roles of their groups."""
        user: User = super().save_user(request, sociallogin, form)
        name = user.get_full_name() or user.get_username()
        code = free_code("P", lambda code: Person.objects.filter(same("code", code)).exists())
        add(Person(code=code, name=name, email=user.email, user=user), by=user)
        follow_groups(user, _claims(sociallogin))
        return user

    def get_provider(self, *args: Any, **kwargs: Any) -> Any:
        """Return the provider, which always uses `Conversation`."""
        provider: Any = super().get_provider(*args, **kwargs)
        provider.oauth2_adapter_class = Conversation
        return provider

    def get_requests_session(self) -> Any:
        """Return the session for requests to the provider, which follows no redirect."""
        session = super().get_requests_session()
        session.max_redirects = 0
        return session

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: Any) -> str:
        """Return the page of the account."""
        return reverse("account")

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: the provider tells its users itself."""


def closed(request: HttpRequest) -> Any:
    """Return the page for a user who has no account here, or a closed one."""
    return render(request, "account/signup_closed.html", status=403)


@transaction.atomic
def follow_groups(user: User, claims: dict[str, Any]) -> None:
    """Give the user's person the roles of their groups, and end those that the mapping gives to
    groups in which they no longer are. Roles that no group gives are the PMO's business, and
    stay."""
    person = Person.objects.filter(user=user).first()
    given = mapping(settings.OIDC_ROLES)
    if person is None or not given:
        return
    groups = set(_words(claims.get(settings.OIDC_GROUPS_CLAIM)))
    wanted = {key for entry in given if entry.group in groups and (key := _key(entry))}
    mapped = {key for entry in given if (key := _key(entry))}
    # The user who signs in is noted as the writer, so that rules for people apply to their groups.
    with through(WritePath.PAGE, by=user), because("Groups of the provider"):
        for role, kind, pk in mapped:
            place = {f"{kind}_id": pk} if kind else dict.fromkeys(SCOPES)
            held = RoleAssignment.objects.filter(person=person, role=role, **place)
            current = held.filter(ends_on=None)
            if (role, kind, pk) not in wanted:
                _take(current)
            elif not current.exists():
                add(RoleAssignment(person=person, role=role, **(place if kind else {})), by=user)


def _take(roles: Any) -> None:
    """End these roles, but not the last one that lets somebody give roles on the organisation: it
    ends at a later sign-in, once there is another."""
    try:
        with transaction.atomic():
            roles.delete()
            check_deferred()
    except IntegrityError as error:
        refusal = declared_refusal(getattr(error.__cause__, "diag", None))
        if refusal is None or refusal.name != NOBODY_GIVES:
            raise


def _key(given: GroupRole) -> tuple[str, str, int | None] | None:
    """Return the role, and the kind and id of the object on which it is held; None if there is no
    object of that code."""
    if not given.kind:
        return given.role, "", None
    model = apps.get_model(SCOPES[given.kind], given.kind)
    pk = model.objects.filter(same("code", given.code)).values_list("pk", flat=True).first()
    return (given.role, given.kind, pk) if pk else None


def _owner(sociallogin: Any) -> User | None:
    """Return the account with the mail address that the provider has verified; None if there is
    none or more than one."""
    verified = [
        email_address.email
        for email_address in sociallogin.email_addresses
        if email_address.verified and email_address.email
    ]
    users = list(User.objects.filter(email__iexact=verified[0])[:2]) if verified else []
    return users[0] if len(users) == 1 else None


def _claims(sociallogin: Any) -> dict[str, Any]:
    data = sociallogin.account.extra_data
    return {**(data.get("id_token") or {}), **(data.get("userinfo") or {})}


def _words(groups: Any) -> list[str]:
    if isinstance(groups, str):
        return groups.split()
    return [group for group in groups or () if isinstance(group, str)] if groups else []
