"""One's own account: who one is here, password, sessions."""

from datetime import timedelta
from typing import Any, ClassVar, cast

from allauth.account.adapter import get_adapter
from allauth.mfa.base.views import IndexView
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
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
from pmhub.views.sign_in import is_led_here

SHOWN = 10  # of the last sign-ins


class AccountPage(Page):
    """A page of one's own account. A `dangerous` one asks again who one is."""

    tab: ClassVar[str] = ""
    dangerous: bool = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Ask again, where it matters."""
        if self.dangerous and request.user.is_authenticated:
            reauthentication.require(request)
        return super().dispatch(request, *args, **kwargs)

    @property
    def user(self) -> User:
        """Return whose account it is."""
        return cast(User, self.request.user)

    def crumbs(self) -> list[tuple[str, str]]:
        """One's own account."""
        return [("Your account", reverse("account"))] if self.tab != "Your account" else []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return which of the pages it is."""
        return super().get_context_data(tab=self.tab, **kwargs)

    def again(self, **context: Any) -> HttpResponse:
        """The page, with what was typed or made."""
        return self.render_to_response(self.get_context_data(**context))


class Profile(AccountPage):
    """Who one is here, what one may do, and when somebody got in or did not."""

    template_name = "account/profile.html"
    title = tab = "Your account"

    def in_rest(self) -> tuple[str, str]:
        """Return the request that answers who one is as data."""
        return "me_retrieve", "/api/v1/me/"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The person, their roles and the last sign-ins."""
        tried = Attempt.objects.filter(user=self.user).exclude(outcome=Outcome.HELD)
        return super().get_context_data(
            person=Person.objects.filter(user=self.user).first(),
            roles=roles.held_by(self.user),
            tried=tried[:SHOWN],
            **kwargs,
        )


class Preferences(AccountPage):
    """How pages look, and whether single keys do something."""

    template_name = "account/preferences.html"
    title = tab = "Preferences"
    address = "account-preferences"

    def form(self, instance: User, data: Any = None) -> ModelForm:
        """Return the form, as it was saved or as it was sent."""
        return PreferencesForm(data, instance=instance)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The form."""
        kwargs.setdefault("form", self.form(self.user))
        return super().get_context_data(saved="saved" in self.request.GET, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep them; the page comes back as they say."""
        stored = User.objects.get(pk=self.user.pk)  # what was refused is not shown with
        form = self.form(stored, request.POST)
        if not form.is_valid():
            return self.again(form=form)
        stored.save(update_fields=[*form.fields])
        return redirect(f"{reverse(self.address)}?saved")


class MailPreferences(Preferences):
    """Of what one is told by mail, and how often."""

    template_name = "account/mail.html"
    title = tab = "Mail"
    address = "account-mail"

    def form(self, instance: User, data: Any = None) -> ModelForm:
        """Return the form; it names the time zone that counts unless another is chosen."""
        return DigestForm(usual_zone(self.user), data, instance=instance)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return whether mail is sent at all."""
        return super().get_context_data(can_be_sent=mails.can_be_sent(), **kwargs)


@method_decorator(sensitive_post_parameters(), name="dispatch")
class Password(AccountPage):
    """Another password."""

    template_name = "account/password.html"
    title = tab = "Password"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Ask again, but for what is sent with the present password: kept for later, the new one
        would lie in the session."""
        user = request.user
        shows = user.is_authenticated and user.has_usable_password()
        self.dangerous = not (request.method == "POST" and shows)
        return super().dispatch(request, *args, **kwargs)

    def form(self, *sent: Any) -> ChooseForm:
        """Return the form, which asks for the present password where there is one."""
        kind = ChangeForm if self.user.has_usable_password() else ChooseForm
        return kind(self.user, *sent)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The form."""
        kwargs.setdefault("form", self.form())
        return super().get_context_data(**kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Change it; all other sessions end."""
        form = self.form(request.POST)
        if not form.is_valid():
            return self.again(form=form)
        passwords.change(request, self.user, form.cleaned_data["new_password1"])
        mails.tell(self.user, "password_changed")
        return self.again(done=True)


class Sessions(AccountPage):
    """The browsers in which one is signed in."""

    template_name = "account/sessions.html"
    title = tab = "Sessions"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The sessions."""
        rows = sessions.listed(self.user, self.request.session.session_key)
        return super().get_context_data(sessions=rows, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        """End the one that is named, or all others, once one has shown again who one is."""
        reauthentication.require(request)
        if name := request.POST.get("end"):
            sessions.end(self.user, name)
        else:
            sessions.end_others(self.user, request.session.session_key)
        return redirect("account-sessions")


class Tokens(AccountPage):
    """One's own tokens: made, seen and revoked. A key is shown in the one answer that makes it."""

    template_name = "account/tokens.html"
    title = tab = "Tokens"
    collections: Any = list  # tells those of REST, which pages do not import

    def in_rest(self) -> tuple[str, str]:
        """The tokens as data."""
        return "tokens_list", "/api/v1/tokens/"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The tokens, and the form for another."""
        tokens = Token.objects.filter(user=self.user).order_by("-created", "pk")
        kwargs.setdefault("form", TokenForm(self.collections()))
        return super().get_context_data(tokens=tokens, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Revoke the one that is named, or make one."""
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
    """One's second factors, and how many recovery codes are left."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The factors and the number; None where no codes were made."""
        left = recovery.left(cast(User, self.request.user))
        return super().get_context_data(codes_left=left, **kwargs)


class LeadsToCodes:
    """Makes recovery codes after the first factor, for the day on which it is not at hand."""

    request: HttpRequest

    def get_success_url(self) -> str:
        """Return where codes are made, unless there are some."""
        made = recovery.left(cast(User, self.request.user)) is not None
        return reverse("mfa_index" if made else "recovery-codes")


class SetUpApp(LeadsToCodes, ActivateTOTPView):
    """An authenticator app, by its first code."""


class AddPasskey(LeadsToCodes, AddWebAuthnView):
    """Another passkey."""


class RecoveryCodes(AccountPage):
    """Recovery codes, shown in the one answer that makes them."""

    template_name = "account/recovery_codes.html"
    title = "Recovery codes"
    dangerous = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return how many recovery codes are left, beside what they stand in for."""
        return super().get_context_data(
            left=recovery.left(self.user), has_factor=recovery.has_factor(self.user), **kwargs
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make new ones; those of before get nobody in any more."""
        if not recovery.has_factor(self.user):
            return redirect("mfa_index")
        codes = recovery.make(self.user)
        mails.tell(self.user, "recovery_codes_generated")
        return self.again(codes=codes)


class SignInAgain(View):
    """Signs out who has no password here, and in again by their provider."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Lead to the page where one signs in, and from there on; whoever can show otherwise who
        they are does that. No other site leads somebody here: it would sign them out."""
        if is_led_here(request):
            raise PermissionDenied
        following = request.GET.get("next", "/")
        methods = get_adapter().get_reauthentication_methods(request.user)
        if methods and methods[0]["id"] != AGAIN:
            return redirect(f"{methods[0]['url']}?{urlencode({'next': following})}")
        logout(request)
        return redirect_to_login(following)
