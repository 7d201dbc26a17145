"""What allauth asks us: who may sign up, who has to show again who they are, what mails say."""

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
    """Second factors: their secrets lie in the database encrypted by the installation's key."""

    def encrypt(self, text: str) -> str:
        """Return what is stored."""
        return encryption.encrypt(text, "factors")

    def decrypt(self, encrypted_text: str) -> str:
        """Return what was to be stored; InvalidTag where no key of ours encrypted it."""
        return encryption.decrypt(encrypted_text, "factors")

    def send_notification_mail(self, template_prefix: str, user: User, *args: Any) -> None:
        """Tell the owner of an account what was changed in it."""
        mails.tell(user, template_prefix.rpartition("/")[2])


class AccountAdapter(DefaultAccountAdapter):
    """Accounts as pmhub keeps them."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Let nobody make an account for themself."""
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Return whether it was too long ago."""
        return not is_confirmed(context.request)

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign in, and note how; a password was noted where it was checked."""
        records = get_authentication_records(request, user)
        super().login(request, user)
        how: dict[str, Any] = records[-1] if records else {}
        if door := DOORS.get((how.get("method", ""), bool(how.get("passwordless")))):
            lockout.admitted(lockout.came(request, door), user)

    def reauthenticate(self, user: User, password: str) -> bool:
        """Return whether it is their password; failures are counted, and after too many none is
        looked at, while the session stays."""
        attempt = lockout.begin(context.request, Door.CONFIRMATION, user.get_username())
        if user.check_password(password):
            lockout.admitted(attempt, user)
            return True
        lockout.refused(attempt)
        return False

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, str]]:
        """The ways to show it again; who has no password here signs in anew."""
        again = {
            "id": AGAIN,
            "description": "Sign in again",
            "url": reverse("sign-in-again"),
        }
        return super().get_reauthentication_methods(user) or [again]

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """The first page."""
        return reverse("home")

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """Return whose account is closed gets no further than who has none."""
        return closed(request)

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Our pages say what they show."""

    def send_notification_mail(self, template_prefix: str, user: User, *args: Any) -> None:
        """Tell the owner of an account what was changed in it."""
        mails.tell(user, template_prefix.rpartition("/")[2])
