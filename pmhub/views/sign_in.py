"""The pages by which users get in: signing in, the first account, and a password set by a link."""

import logging
from collections.abc import Callable
from typing import Any

import requests
from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.views import OAuth2LoginView, OAuth2View
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import FormView

from pmhub import lockout, one_time_links
from pmhub.accounts import first_account, mails, passwords, reauthentication
from pmhub.accounts.provider import Conversation, WrongProvider
from pmhub.audit.acts import record
from pmhub.database.outage import is_away
from pmhub.forms.accounts import ChooseForm, ForgottenForm
from pmhub.forms.first_account import FirstAccountForm
from pmhub.models import Act, Door, User

log = logging.getLogger(__name__)


class SignIn(LoginView):
    """The form for name and password, which leads on to the page that the user came for. It says so
    while there is no account at all."""

    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Sign the user in, or ask for the second factor; from now on the account knows this
        browser."""
        user: User = form.get_user()
        login = Login(user=user, redirect_url=self.get_success_url())
        credentials = {"username": user.get_username()}
        response = perform_password_login(self.request, credentials, login)
        lockout.remember(self.request, response, user.get_username())
        return response

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Return the form again or, after too many failures, 429 with the time to wait."""
        held: lockout.LockedOut | None = getattr(self.request, "held", None)
        return _later(self.render_to_response(self.get_context_data(form=form, held=held)), held)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add whether the first account is still to be made, whether a link for a new password can
        be sent, and whether a password was set a moment ago."""
        mail = mails.can_be_sent()
        apps = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
        return super().get_context_data(
            no_accounts=_no_accounts(),
            mail=mail,
            provider=next(iter(apps), None),
            chosen="chosen" in self.request.GET,
            **kwargs,
        )


def _no_accounts() -> bool:
    """Return whether there is no account at all. While the database is away this is False, so that
    the form is shown; sending it then says what is wrong."""
    try:
        return first_account.are_none()
    except DatabaseError as error:
        if is_away(error):
            return False
        raise


@method_decorator(never_cache, name="dispatch")
class FirstAccount(FormView):
    """The page that makes the first account, for whoever has the link that ./run or `manage.py
    first_account` printed."""

    template_name = "registration/first_account.html"
    form_class = FirstAccountForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer 410 if the link no longer works, or if somebody else has used it."""
        try:
            first_account.check_first_link(kwargs["secret"])
            return super().dispatch(request, *args, **kwargs)
        except one_time_links.LinkSpent:
            return render(request, "registration/spent.html", status=410)

    def form_valid(self, form: FirstAccountForm) -> HttpResponse:
        """Make the account and sign in."""
        reauthentication.sign_in(self.request, first_account.add_first_account(**form.given()))
        return redirect("home")


class ForgottenPassword(FormView):
    """The form that sends a link by mail to a user who forgot their password. Its answer does not
    tell whether there is such an account."""

    template_name = "registration/forgotten.html"
    form_class = ForgottenForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add whether the server can send mail."""
        lasts = passwords.RESET.lasts_words
        return super().get_context_data(mail=mails.can_be_sent(), lasts=lasts, **kwargs)

    def form_valid(self, form: ForgottenForm) -> HttpResponse:
        """Send the link, unless too many were asked for."""
        address = form.cleaned_data["email"]
        try:
            lockout.begin(self.request, Door.RESET, address)
        except lockout.LockedOut as held:
            context = self.get_context_data(form=form, held=held)
            return _later(self.render_to_response(context), held)
        record(Act.RESET_ASKED)
        if mails.can_be_sent():
            mails.ask_for_reset(self.request, address)
        return self.render_to_response(self.get_context_data(form=form, sent=True))


@method_decorator(never_cache, name="dispatch")
class ChoosePassword(FormView):
    """The form that sets a password, for whoever has the link of a reset or an invitation."""

    template_name = "registration/choose_password.html"
    form_class = ChooseForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer 410 if the link no longer works, or if somebody else has used it."""
        try:
            purpose = passwords.PURPOSES[kwargs["purpose"]]
            self.owner = one_time_links.opened(purpose, kwargs["secret"])
            if self.owner is None or not self.owner.is_active:
                raise one_time_links.LinkSpent
            return super().dispatch(request, *args, **kwargs)
        except (one_time_links.LinkSpent, KeyError):
            return render(request, "registration/spent.html", status=410)

    def get_form_kwargs(self) -> dict[str, Any]:
        """Pass the user to the form, which refuses a password that resembles their name."""
        return super().get_form_kwargs() | {"user": self.owner}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the user whose password it will be."""
        return super().get_context_data(owner=self.owner, **kwargs)

    def form_valid(self, form: ChooseForm) -> HttpResponse:
        """Set the password, and redirect to the sign-in page."""
        given = self.kwargs["purpose"], self.kwargs["secret"], form.cleaned_data["new_password1"]
        mails.tell(passwords.choose(*given), "password_changed")
        return redirect(f"{resolve_url(settings.LOGIN_URL)}?chosen=1")


class SignOut(LogoutView):
    """Signs the user out and clears what the browser keeps of our pages, so that going back shows
    nothing."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Redirect to the sign-in page."""
        response = super().post(request, *args, **kwargs)
        response["Clear-Site-Data"] = '"cache"'
        return response


def is_cross_site(request: HttpRequest) -> bool:
    """Return whether another site caused this request; an address that acts on a GET refuses
    that."""
    return request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}


def to_provider(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Redirect to the provider, if the user asked for it on our own page: no other site can make
    somebody sign in."""
    if is_cross_site(request):
        return redirect("login")
    return by_provider(OAuth2LoginView)(request, provider_id)


def by_provider(view: type[OAuth2View]) -> Callable[..., HttpResponse]:
    """Wrap a view of the provider, so that a provider that cannot be reached or answers wrongly is
    reported in words."""

    def answer(request: HttpRequest, provider_id: str) -> HttpResponse:
        try:
            answered: HttpResponse = view.adapter_view(Conversation(request, provider_id))(request)
            return answered
        except SocialApp.DoesNotExist:
            raise Http404 from None
        except (requests.RequestException, WrongProvider) as error:
            log.warning("The provider cannot be believed or reached: %s", type(error).__name__)
            return render(request, "socialaccount/authentication_error.html", status=502)

    return answer


def _later(response: HttpResponse, held: lockout.LockedOut | None) -> HttpResponse:
    """Return the response with the time to wait."""
    if held:
        response.status_code = 429
        response["Retry-After"] = str(held.wait)
    return response
