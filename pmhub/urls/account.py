"""The addresses of one's own account, under `/account/`.

Names that begin with `account_` or `mfa_` are those by which allauth finds them.
"""

from allauth.account.views import reauthenticate
from allauth.mfa.urls import urlpatterns as second_factor
from allauth.socialaccount.providers.openid_connect import views as provider
from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.cache import never_cache

from pmhub.api.resources import basenames
from pmhub.views import account, sign_in


def private(patterns: list[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    """Have allauth's pages kept by nobody, as ours are."""
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            pattern.callback = never_cache(pattern.callback)
        else:
            private(pattern.url_patterns)
    return patterns


urlpatterns = [
    path("", account.Profile.as_view(), name="account"),
    path("password/", account.Password.as_view(), name="account-password"),
    path("sessions/", account.Sessions.as_view(), name="account-sessions"),
    path("tokens/", account.Tokens.as_view(collections=basenames), name="account-tokens"),
    path("confirm/", reauthenticate, name="account_reauthenticate"),
    path("confirm/sign-in/", account.SignInAgain.as_view(), name="sign-in-again"),
    path("second-factor/", include(private(second_factor))),
    path(
        "oidc/<slug:provider_id>/login/",
        never_cache(sign_in.by_provider(provider.login)),
        name="openid_connect_login",
    ),
    path(
        "oidc/<slug:provider_id>/login/callback/",
        never_cache(sign_in.by_provider(provider.callback)),
        name="openid_connect_callback",
    ),
    path("forgotten/", sign_in.Forgotten.as_view(), name="forgotten"),
    path(
        "link/<slug:purpose>/<str:secret>/",
        sign_in.ChoosePassword.as_view(),
        name="choose-password",
    ),
    path("sign-in/", sign_in.SignIn.as_view(), name="account_login"),
    path("sign-out/", LogoutView.as_view(), name="account_logout"),
]
