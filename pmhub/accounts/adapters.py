"""Answers to the questions that allauth asks: who may sign up, who must prove their identity again,
which mails are sent."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from pmhub import encryption, lockout
from pmhub.accounts import mails
from pmhub.accounts.provider import closed
from pmhub.accounts.reauthentication import is_confirmed
from pmhub.models import Door, User

AGAIN = "sign_in_again"
DOORS = {("mfa", True): Door.PASSKEY, ("socialaccount", False): Door.PROVIDER}


class FactorAdapter(DefaultMFAAdapter):
    """Second factors, whose secrets are encrypted in the database with the installation's key."""

    def encrypt(self, text: str) -> str:
        """Return the encrypted text to store."""
        return encryption.encrypt(text, "factors")

    def decrypt(self, encrypted_text: str) -> str:
        """Return the decrypted text; raises InvalidTag if no key of ours encrypted it."""
        return encryption.decrypt(encrypted_text, "factors")

    def send_notification_mail(self, template_prefix: str, user: User, *args: Any) -> None:
        """Tell the owner of an account by mail what was changed in it."""
        mails.tell(user, template_prefix.rpartition("/")[2])


class AccountAdapter(DefaultAccountAdapter):
    """The rules for accounts."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False: nobody makes an account for themself."""
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Return whether the user has to prove their identity again."""
        return not is_confirmed(context.request)

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign the user in, and note by which method; a password is noted where it is checked."""
        records = get_authentication_records(request, user)
        super().login(request, user)
        how: dict[str, Any] = records[-1] if records else {}
        if door := DOORS.get((how.get("method", ""), bool(how.get("passwordless")))):
            lockout.admitted(lockout.came(request, door), user)

    def reauthenticate(self, user: User, password: str) -> bool:
        """Return whether the password is the user's. Failures are counted; after too many, no
        password is checked for a while, but the session stays."""
        attempt = lockout.begin(context.request, Door.CONFIRMATION, user.get_username())
        if user.check_password(password):
            lockout.admitted(attempt, user)
            return True
        lockout.refused(attempt)
        return False

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, str]]:
        """Return the ways in which the user can prove their identity; a user without any signs in
        again."""
        again = {
            "id": AGAIN,
            "description": "Sign in again",
            "url": reverse("sign-in-again"),
        }
        return super().get_reauthentication_methods(user) or [again]

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Return the address of the home page."""
        return reverse("home")

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """Answer a user whose account is closed like one who has none."""
        return closed(request)

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: our pages say themselves what has happened."""

    def send_notification_mail(self, template_prefix: str, user: User, *args: Any) -> None:
        """Tell the owner of an account by mail what was changed in it."""
        mails.tell(user, template_prefix.rpartition("/")[2])
