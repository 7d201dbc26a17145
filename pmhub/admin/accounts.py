"""What was tried to get in."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django import forms
from django.contrib import admin

from pmhub.admin.pages import PmoAdmin
from pmhub.models import Attempt, RoleChoice, SignInRule

# Their owners manage these on the pages of their account.
for model in (Authenticator, EmailAddress, SocialAccount, SocialApp, SocialToken):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(Attempt)
class AttemptAdmin(PmoAdmin):
    """Page of the attempts to sign in of half a year: whose, where, when and with which outcome."""

    may_add = may_change = may_delete = False
    list_display = ("at", "user", "door", "outcome", "address", "called")
    list_display_links = None
    list_filter = ("outcome", "door", "at")
    list_select_related = ("user",)
    search_fields = ("user__username", "origin")
    ordering = ("-at", "-pk")

    @admin.display(description="Browser", ordering="browser")
    def called(self, attempt: Attempt) -> str:
        """Return the name of the attempt's browser in words that people use."""
        return attempt.named


class RuleForm(forms.ModelForm):
    """Form for the sign-in rule of a role."""

    role = forms.ChoiceField(choices=RoleChoice)

    class Meta:
        model = SignInRule
        fields = ("role", "second_factor")


@admin.register(SignInRule)
class SignInRuleAdmin(PmoAdmin):
    """Page of the roles that ask for a second factor."""

    dangerous = True
    form = RuleForm
    list_display = ("name", "second_factor")

    @admin.display(description="Role", ordering="role")
    def name(self, rule: SignInRule) -> str:
        """Return the label of the rule's role."""
        return str(RoleChoice(rule.role).label)
