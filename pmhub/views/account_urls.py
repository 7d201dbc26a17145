"""The addresses of one's own account. Names with `account_` and `mfa_` are those of allauth."""

from allauth.account.views import reauthenticate
from django.contrib.auth.views import LogoutView
from django.urls import path

from pmhub.views import account, sign_in

urlpatterns = [
    path("", account.Profile.as_view(), name="account"),
    path("password/", account.Password.as_view(), name="account-password"),
    path("sessions/", account.Sessions.as_view(), name="account-sessions"),
    path("confirm/", reauthenticate, name="account_reauthenticate"),
    path("confirm/sign-in/", account.SignInAgain.as_view(), name="sign-in-again"),
    path("forgotten/", sign_in.Forgotten.as_view(), name="forgotten"),
    path(
        "link/<slug:purpose>/<str:secret>/",
        sign_in.ChoosePassword.as_view(),
        name="choose-password",
    ),
    path("sign-in/", sign_in.SignIn.as_view(), name="account_login"),
    path("sign-out/", LogoutView.as_view(), name="account_logout"),
]
