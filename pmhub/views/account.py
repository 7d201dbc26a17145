"""Pages about the user's own account: profile, preferences, password, second factors, sessions and
tokens."""

from datetime import timedelta
from typing import Any, ClassVar, cast

from allauth.account.adapter import get_adapter
from allauth.mfa.base.views import IndexView
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import View

from pmhub.accounts import mails, passwords, reauthentication, recovery, sessions, tokens
from pmhub.accounts.adapters import AGAIN
from pmhub.forms.accounts import (
    ChangeForm,
    ChooseForm,
    DigestForm,
    PreferencesForm,
    TokenForm,
)
from pmhub.models import Attempt, Outcome, Person, Token, User
from pmhub.queries import roles
from pmhub.queries.time_zones import usual_zone
from pmhub.views import Page
from pmhub.views.refusals import NotAllowed
from pmhub.views.sign_in import is_cross_site

SHOWN = 10  # sign-ins, the last ones


class AccountPage(Page):
    """A page about the user's own account. A `dangerous` page first asks the user to prove their
    identity again."""

    tab: ClassVar[str] = ""
    dangerous: bool = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Ask the user to prove their identity again if the page is dangerous."""
        if self.dangerous and request.user.is_authenticated:
            reauthentication.require(request)
        return super().dispatch(request, *args, **kwargs)

    @property
    def user(self) -> User:
        """The user who has signed in."""
        return cast(User, self.request.user)

    def crumbs(self) -> list[tuple[str, str]]:
        """Return the profile, which is above the other pages of the account."""
        return [("Your account", reverse("account"))] if self.tab != "Your account" else []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add which of the tabs this page is."""
        return super().get_context_data(tab=self.tab, **kwargs)

    def again(self, **context: Any) -> HttpResponse:
        """Return the page with further context, such as a form that was refused or a token that was
        made."""
        return self.render_to_response(self.get_context_data(**context))


class Profile(AccountPage):
    """The user's person and roles, and the last attempts to sign in to the account."""

    template_name = "account/profile.html"
    title = tab = "Your account"

    def in_rest(self) -> tuple[str, str]:
        """Return the request to REST for the user."""
        return "me_retrieve", "/api/v1/me/"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the person, their roles and the last attempts to sign in."""
        tried = Attempt.objects.filter(user=self.user).exclude(outcome=Outcome.HELD)
        return super().get_context_data(
            person=Person.objects.filter(user=self.user).first(),
            roles=roles.held_by(self.user),
            tried=tried[:SHOWN],
            **kwargs,
        )


class Preferences(AccountPage):
    """How pages look to the user, and whether single keys are shortcuts."""

    template_name = "account/preferences.html"
    title = tab = "Preferences"
    address = "account-preferences"

    def form(self, instance: User, data: Any = None) -> ModelForm:
        """Return the form with the saved values, or with those that were sent."""
        return PreferencesForm(data, instance=instance)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form."""
        kwargs.setdefault("form", self.form(self.user))
        return super().get_context_data(saved="saved" in self.request.GET, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Save the preferences and show the page again, which then follows them."""
        stored = User.objects.get(pk=self.user.pk)  # a fresh object without the refused entries
        form = self.form(stored, request.POST)
        if not form.is_valid():
            return self.again(form=form)
        stored.save(update_fields=[*form.fields])
        return redirect(f"{reverse(self.address)}?saved")


class MailPreferences(Preferences):
    """What the user is told by mail, and how often."""

    template_name = "account/mail.html"
    title = tab = "Mail"
    address = "account-mail"

    def form(self, instance: User, data: Any = None) -> ModelForm:
        """Return the form, which names the time zone that applies if the user chooses none."""
        return DigestForm(usual_zone(self.user), data, instance=instance)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add whether the server can send mail."""
        return super().get_context_data(can_be_sent=mails.can_be_sent(), **kwargs)


@method_decorator(sensitive_post_parameters(), name="dispatch")
class Password(AccountPage):
    """The form that changes the password."""

    template_name = "account/password.html"
    title = tab = "Password"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Ask the user to prove their identity again, except when a form with the present password
        is sent: the request would be kept in the session for later, and the new password with
        it."""
        user = request.user
        shows = user.is_authenticated and user.has_usable_password()
        self.dangerous = not (request.method == "POST" and shows)
        return super().dispatch(request, *args, **kwargs)

    def form(self, *sent: Any) -> ChooseForm:
        """Return the form, which asks for the present password if the user has one."""
        kind = ChangeForm if self.user.has_usable_password() else ChooseForm
        return kind(self.user, *sent)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form."""
        kwargs.setdefault("form", self.form())
        return super().get_context_data(**kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Change the password and end all other sessions."""
        form = self.form(request.POST)
        if not form.is_valid():
            return self.again(form=form)
        passwords.change(request, self.user, form.cleaned_data["new_password1"])
        mails.tell(self.user, "password_changed")
        return self.again(done=True)


class Sessions(AccountPage):
    """The browsers in which the user has signed in."""

    template_name = "account/sessions.html"
    title = tab = "Sessions"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the sessions."""
        rows = sessions.listed(self.user, self.request.session.session_key)
        return super().get_context_data(sessions=rows, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        """End the named session, or all others, after the user has proved their identity again."""
        reauthentication.require(request)
        if name := request.POST.get("end"):
            sessions.end(self.user, name)
        else:
            sessions.end_others(self.user, request.session.session_key)
        return redirect("account-sessions")


class Tokens(AccountPage):
    """The user's tokens, which can be made and revoked here. The key of a token is shown only in
    the response that makes it."""

    template_name = "account/tokens.html"
    title = tab = "Tokens"
    collections: Any = list  # returns the collections of REST, which pages do not import

    def in_rest(self) -> tuple[str, str]:
        """Return the request to REST for the tokens."""
        return "tokens_list", "/api/v1/tokens/"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the tokens, and the form for a new one."""
        tokens = Token.objects.filter(user=self.user).order_by("-created", "pk")
        kwargs.setdefault("form", TokenForm(self.collections()))
        return super().get_context_data(tokens=tokens, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Revoke the named token, or make a new one."""
        if key := request.POST.get("revoke"):
            Token.objects.filter(user=self.user, token_key=key).delete()
            return redirect("account-tokens")
        reauthentication.require(request)
        form = TokenForm(self.collections(), request.POST)
        if not form.is_valid():
            return self.again(form=form)
        given = form.cleaned_data
        ends_at = timezone.now() + timedelta(days=given["days"])
        token, key = tokens.make(
            self.user, name=given["name"], wanted=given["scopes"], ends_at=ends_at
        )
        return self.again(made=token, key=key)


class SecondFactor(IndexView):
    """The user's second factors, and how many recovery codes are left."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the number of recovery codes left; None if none were made."""
        left = recovery.left(cast(User, self.request.user))
        return super().get_context_data(codes_left=left, **kwargs)


class LeadsToCodes:
    """Leads to the page of recovery codes after the first factor is set up, for a day on which that
    is lost."""

    request: HttpRequest

    def get_success_url(self) -> str:
        """Return the page that makes recovery codes, or that of the factors if there are codes
        already."""
        made = recovery.left(cast(User, self.request.user)) is not None
        return reverse("mfa_index" if made else "recovery-codes")


class SetUpApp(LeadsToCodes, ActivateTOTPView):
    """The page that sets up an authenticator app, by its first code."""


class AddPasskey(LeadsToCodes, AddWebAuthnView):
    """The page that adds a passkey."""


class RecoveryCodes(AccountPage):
    """The page that makes recovery codes, which are shown only in the response that makes them."""

    template_name = "account/recovery_codes.html"
    title = "Recovery codes"
    dangerous = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add how many recovery codes are left, and whether the user has a second factor."""
        return super().get_context_data(
            left=recovery.left(self.user), has_factor=recovery.has_factor(self.user), **kwargs
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make new recovery codes; earlier ones no longer work."""
        if not recovery.has_factor(self.user):
            return redirect("mfa_index")
        codes = recovery.make(self.user)
        mails.tell(self.user, "recovery_codes_generated")
        return self.again(codes=codes)


class SignInAgain(View):
    """Signs out a user without a password and has them sign in again with their provider, to prove
    their identity."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Redirect to the sign-in page, which leads on to `next`; or, if the user can prove their
        identity in another way, to that. A request that another site caused is refused, as it would
        sign the user out."""
        if is_cross_site(request):
            raise NotAllowed("Another site led you here", "Begin on a page of pmhub itself.")
        following = request.GET.get("next", "/")
        methods = get_adapter().get_reauthentication_methods(request.user)
        if methods and methods[0]["id"] != AGAIN:
            return redirect(f"{methods[0]['url']}?{urlencode({'next': following})}")
        logout(request)
        return redirect_to_login(following)
