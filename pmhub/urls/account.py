"""The addresses of one's own account, under `/account/`.

Names that begin with `account_` or `mfa_` are those by which allauth finds them.
"""

from allauth.account.views import reauthenticate
from allauth.mfa.urls import urlpatterns as second_factor
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.cache import never_cache

from pmhub.accounts.reauthentication import renewing
from pmhub.api.resources import basenames
from pmhub.views import account, mail, sign_in, webhooks

AGAIN = {"mfa_reauthenticate", "mfa_reauthenticate_webauthn"}


def private_patterns(patterns: list[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    """Let browsers keep none of allauth's pages, as none of ours, and renew the session on the
    pages where users confirm who they are."""
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            view = renewing(pattern.callback) if pattern.name in AGAIN else pattern.callback
            pattern.callback = never_cache(view)
        else:
            private_patterns(pattern.url_patterns)
    return patterns


urlpatterns = [
    path("", account.Profile.as_view(), name="account"),
    path("preferences/", account.Preferences.as_view(), name="account-preferences"),
    path("mail/", account.MailPreferences.as_view(), name="account-mail"),
    path("mail/stop/<str:secret>/", mail.StopDigest.as_view(), name="stop-digest"),
    path("password/", account.Password.as_view(), name="account-password"),
    path("sessions/", account.Sessions.as_view(), name="account-sessions"),
    path("tokens/", account.Tokens.as_view(collections=basenames), name="account-tokens"),
    path("webhooks/", webhooks.Webhooks.as_view(), name="account-webhooks"),
    path("webhooks/<int:pk>/", webhooks.WebhookPage.as_view(), name="account-webhook"),
    path("confirm/", renewing(reauthenticate), name="account_reauthenticate"),
    path("confirm/sign-in/", account.SignInAgain.as_view(), name="sign-in-again"),
    path("second-factor/", never_cache(account.SecondFactor.as_view()), name="mfa_index"),
    path(
        "second-factor/totp/activate/",
        never_cache(account.SetUpApp.as_view()),
        name="mfa_activate_totp",
    ),
    path(
        "second-factor/webauthn/add/",
        never_cache(account.AddPasskey.as_view()),
        name="mfa_add_webauthn",
    ),
    path("second-factor/recovery-codes/", account.RecoveryCodes.as_view(), name="recovery-codes"),
    path("second-factor/", include(private_patterns(second_factor))),
    path(
        "oidc/<slug:provider_id>/login/",
        never_cache(sign_in.to_provider),
        name="openid_connect_login",
    ),
    path(
        "oidc/<slug:provider_id>/login/callback/",
        never_cache(sign_in.by_provider(OAuth2CallbackView)),
        name="openid_connect_callback",
    ),
    path("forgotten/", sign_in.ForgottenPassword.as_view(), name="forgotten"),
    path(
        "link/<slug:purpose>/<str:secret>/",
        sign_in.ChoosePassword.as_view(),
        name="choose-password",
    ),
    path("sign-in/", sign_in.SignIn.as_view(), name="account_login"),
    path("sign-out/", sign_in.SignOut.as_view(), name="account_logout"),
]
