"""What was tried to get in."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin

from pmhub.admin.pages import PmoAdmin
from pmhub.models import Attempt

# Their owners keep these on the pages of their account.
for model in (Authenticator, EmailAddress, SocialAccount, SocialApp, SocialToken):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(Attempt)
class AttemptAdmin(PmoAdmin):
    """Who got in and who did not, where and when, for half a year."""

    may_add = may_change = may_delete = False
    list_display = ("at", "user", "door", "outcome", "address", "browser")
    list_display_links = None
    list_filter = ("outcome", "door", "at")
    list_select_related = ("user",)
    search_fields = ("user__username", "origin")
    ordering = ("-at", "-pk")
