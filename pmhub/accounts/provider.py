"""Signing in by the provider of the organisation: whose account it is, and which roles its groups
give."""

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
# What a provider may sign by: with a key of its own, of which we know the public half.
SIGNATURES = {f"{family}{bits}" for family in ("RS", "PS", "ES") for bits in (256, 384, 512)} | {
    "EdDSA"
}


class MalformedMapping(ImproperlyConfigured):
    """The mapping of groups cannot be read."""


class WrongProvider(Exception):
    """The provider says that it is another than the one that the installation names."""


class Conversation(OpenIDConnectOAuth2Adapter):
    """What we ask the provider, and what we believe of its answers."""

    @property
    def openid_config(self) -> dict[str, Any]:
        """Return what the provider says of itself; raises WrongProvider when it is another."""
        config: dict[str, Any] = super().openid_config
        named = self.get_provider().server_url.partition(WELL_KNOWN)[0]
        if str(config.get("issuer", "")).rstrip("/") != named.rstrip("/"):
            raise WrongProvider
        return config

    def complete_login(self, *args: Any, **kwargs: Any) -> Any:
        """Return who comes, where the token says the same of who it is as the provider does."""
        came = super().complete_login(*args, **kwargs)
        said = came.account.extra_data
        if said.get("id_token", {}).get("sub") != said.get("userinfo", {}).get("sub"):
            raise OAuth2Error("A token of somebody else")
        return came

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        """Return who it is that came, by the signature of the provider, for us and in time.
        Allauth leaves the signature out where the token came straight from the provider."""
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
    """A role that a group gives: everywhere, or on what a kind and a code name."""

    group: str
    role: str
    kind: str = ""
    code: str = ""


def mapping(text: str) -> list[GroupRole]:
    """Return what `OIDC_ROLES` says: `group=role` or `group=role@programme:CODE`, with commas
    between. Raises MalformedMapping."""
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
    """Accounts of people who come from the provider."""

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Tie somebody who comes for the first time to the account with their address of mail,
        where the provider has verified it; keep out whom the PMO keeps out; give roles by groups.
        """
        if not sociallogin.is_existing and (user := _owner(sociallogin)):
            sociallogin.connect(request, user)
        if sociallogin.is_existing:
            if not sociallogin.user.is_active or sociallogin.user.is_service:
                raise ImmediateHttpResponse(closed(request))
            follow_groups(sociallogin.user, _claims(sociallogin))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Return whether an account is made for somebody unknown. Never for an address of mail that
        an account has already: the provider has not verified that it is theirs."""
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
        """Return the provider, with whom we speak as above on every way."""
        provider: Any = super().get_provider(*args, **kwargs)
        provider.oauth2_adapter_class = Conversation
        return provider

    def get_requests_session(self) -> Any:
        """Return what asks the provider: it goes nowhere else, whatever it is told."""
        session = super().get_requests_session()
        session.max_redirects = 0
        return session

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: Any) -> str:
        """The page of the account."""
        return reverse("account")

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Return who comes from the provider is told there."""


def closed(request: HttpRequest) -> Any:
    """Return what is answered to somebody who has no account here, or one that is closed."""
    return render(request, "account/signup_closed.html", status=403)


@transaction.atomic
def follow_groups(user: User, claims: dict[str, Any]) -> None:
    """Give the user's person the roles of their groups, and take those that the mapping gives to
    groups they are no longer in. Roles that no group gives are the PMO's, and stay."""
    person = Person.objects.filter(user=user).first()
    given = mapping(settings.OIDC_ROLES)
    if person is None or not given:
        return
    groups = set(_words(claims.get(settings.OIDC_GROUPS_CLAIM)))
    wanted = {key for entry in given if entry.group in groups and (key := _key(entry))}
    mapped = {key for entry in given if (key := _key(entry))}
    # Who signs in is known as who writes: what binds people binds their groups.
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
    """Take roles, but the last by which somebody gives roles on the organisation: that stays until
    there is another, at a sign-in after that."""
    try:
        with transaction.atomic():
            roles.delete()
            check_deferred()
    except IntegrityError as error:
        told = declared_refusal(getattr(error.__cause__, "diag", None))
        if told is None or told.name != NOBODY_GIVES:
            raise


def _key(given: GroupRole) -> tuple[str, str, int | None] | None:
    """The role, and what it is held on; None where there is nothing of that code."""
    if not given.kind:
        return given.role, "", None
    model = apps.get_model(SCOPES[given.kind], given.kind)
    pk = model.objects.filter(same("code", given.code)).values_list("pk", flat=True).first()
    return (given.role, given.kind, pk) if pk else None


def _owner(sociallogin: Any) -> User | None:
    """Return whose account has the address of mail that the provider has verified, if it is
    one's."""
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
