"""Users, people, roles and tokens."""

from typing import Any

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME, ActionForm
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from pmhub.accounts import mails, tokens
from pmhub.admin.pages import PmoAdmin, actor
from pmhub.admin.records import RecordAdmin, Rows
from pmhub.database.collation import same
from pmhub.models import Delegation, Person, RoleAssignment, Session, Token, User
from pmhub.services import hand_over
from pmhub.views.content import private

admin.site.unregister(Group)  # rights come from roles


class NewAccountForm(forms.ModelForm):
    """Form of a new account without a password: its user chooses one by the link that invites
    them."""

    class Meta:
        model = User
        fields = ("username", "email", "is_service")

    def save(self, commit: bool = True) -> Any:
        """Save the account, into which no password lets anybody yet."""
        self.instance.set_unusable_password()
        return super().save(commit)


@admin.register(User)
class UserAdmin(PmoAdmin, StockUserAdmin):
    """Page of the accounts. What an account may see follows from the roles of its person."""

    dangerous = True
    list_display = (
        "username",
        "person",
        "email",
        "is_active",
        "is_staff",
        "is_service",
        "last_login",
    )
    list_filter = ("is_active", "is_staff", "is_superuser", "is_service")
    search_fields = ("username", "first_name", "last_name", "email", "person__name")
    list_select_related = ("person",)
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()
    actions = (
        *("sign_out_everywhere", "sign_out_for_good", "let_in"),
        *("invite", "make_token", "take_factor"),
    )
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Name", {"fields": ("first_name", "last_name", "email")}),
        ("May", {"fields": ("is_active", "is_staff", "is_superuser", "is_service")}),
        ("When", {"fields": ("last_login", "date_joined")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the read-only fields, with `is_superuser` among them unless a superuser asks."""
        fields = super().get_readonly_fields(request, obj)
        return fields if request.user.is_superuser else (*fields, "is_superuser")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the groups of fields; those with a password for a superuser alone."""
        if request.user.is_superuser:
            return super().get_fieldsets(request, obj)
        if obj is None:
            return ((None, {"fields": NewAccountForm.Meta.fields}),)
        return ((None, {"fields": ("username",)}), *self.fieldsets[1:])

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Return the form; for a new account without a password unless a superuser makes it."""
        if obj is None and not request.user.is_superuser:
            kwargs.setdefault("form", NewAccountForm)
        return super().get_form(request, obj, change=change, **kwargs)

    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""
    ) -> HttpResponse:
        """Answer with the form by which a superuser sets a password, or set it. Whoever else is of
        the PMO would act as its user by it: they send a link."""
        if not request.user.is_superuser:
            raise PermissionDenied("Only a superuser sets a password: invite them by a link.")
        self.check_confirmed(request)
        return super().user_change_password(request, id, form_url)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Save the account; another mail address is told to the one before, too."""
        before = User.objects.get(pk=obj.pk) if change else None
        super().save_model(request, obj, form, change)
        if before is not None and before.email != obj.email:
            mails.tell(before, "address_changed")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the user may change this account; only a superuser may change a
        superuser."""
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the user may delete this account; only a superuser may delete a
        superuser."""
        return super().has_delete_permission(request, obj) and _may_touch(request, obj)

    @admin.action(description="Sign out everywhere: sessions end", permissions=["change"])
    def sign_out_everywhere(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """End all sessions of the ticked users, who may sign in again."""
        rows = queryset if request.user.is_superuser else queryset.filter(is_superuser=False)
        self.each(request, rows, _end_sessions, "signed out everywhere")

    @admin.action(description="Sign out for good: no longer active", permissions=["change"])
    def sign_out_for_good(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Deactivate the ticked users and end their sessions."""
        self._set_active(request, queryset.exclude(pk=actor(request).pk), active=False)

    @admin.action(description="Let in: active again", permissions=["change"])
    def let_in(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Activate the ticked users, so that they can sign in."""
        self._set_active(request, queryset, active=True)

    @admin.action(description="Invite: a link to choose a password by", permissions=["change"])
    def invite(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Mail a link to each ticked user, or show it where no mail can be sent: of an account in
        use to a superuser alone."""
        for user in queryset.filter(is_active=True, is_service=False):
            if not _may_touch(request, user):
                continue
            if not mails.may_invite(user, by=actor(request)):
                self.message_user(request, f"{user}: {mails.IN_USE}", messages.ERROR)
                continue
            path = mails.invite(request, user)
            if mails.reaches(user):
                text = f"{user}: a mail is on its way to {user.email}."
            else:
                text = f"{user}: give them this link, {request.build_absolute_uri(path)}"
            self.message_user(request, text)

    @admin.action(description="Make a token, for a service account", permissions=["change"])
    def make_token(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        """Make a token for each ticked service account and show the keys once. It is valid for
        ninety days and reads everything that its user may read. `manage.py token create` makes
        tokens with other scopes."""
        users = list(queryset.filter(is_active=True, is_service=True))
        if not users:
            self.message_user(request, "Tick service accounts.", messages.ERROR)
            return None
        name = f"Made by {actor(request)}"
        made = [tokens.make(user, name=name, wanted=["read"]) for user in users]
        context = {**self.admin_site.each_context(request), "title": "Tokens", "made": made}
        return private(TemplateResponse(request, "admin/tokens.html", context))

    @admin.action(description="Take the second factor, of who lost it", permissions=["change"])
    def take_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Remove the second factors of the ticked users and end their sessions, so that they sign
        in with the password alone and set up another factor."""

        def take(user: User) -> None:
            Authenticator.objects.filter(user=user).delete()
            _end_sessions(user)
            mails.tell(user, "factor_taken")

        rows = queryset if request.user.is_superuser else queryset.filter(is_superuser=False)
        self.each(request, rows, take, "without a second factor")

    def _set_active(self, request: HttpRequest, rows: QuerySet[User], *, active: bool) -> None:
        if not request.user.is_superuser:
            rows = rows.filter(is_superuser=False)

        def switch(user: User) -> None:
            user.is_active = active
            user.save(update_fields=["is_active"])
            if not active:
                _end_sessions(user)

        self.each(request, rows, switch, "let in" if active else "no longer active")


def _end_sessions(user: User) -> None:
    Session.objects.filter(user=user).delete()


def _may_touch(request: HttpRequest, user: User | None) -> bool:
    return user is None or not user.is_superuser or request.user.is_superuser


class HandOverForm(ActionForm):
    """Form of the actions on people, with the code of the person to hand over to."""

    to = forms.CharField(required=False, label="to (code)")


class RoleRows(Rows):
    """Table of a person's roles."""

    model = RoleAssignment


@admin.register(Person)
class PersonAdmin(RecordAdmin):
    """Page of the people."""

    dangerous = True
    list_display = (
        "code", "name", "title", "organisation_unit", "organisation", "competence", "user",
    )  # fmt: skip
    list_display_links = ("code", "name")
    list_filter = (("user", admin.EmptyFieldListFilter), "competence", "organisation")
    list_select_related = ("user", "organisation_unit")
    search_fields = ("code", "name", "email", "title")
    inlines = (RoleRows,)
    action_form = HandOverForm
    actions = ("hand_over",)

    @admin.action(description="Hand over posts, open work and roles", permissions=["change"])
    def hand_over(self, request: HttpRequest, queryset: QuerySet[Person]) -> None:
        """Hand over the posts, open work and roles of the ticked people to the person with the
        entered code."""
        to = Person.objects.filter(same("code", request.POST.get("to", "").strip())).first()
        if to is None:
            text = "Say to whom: the code of somebody in the directory."
            self.message_user(request, text, messages.ERROR)
            return
        done = f"handed over to {to}"
        self.each(request, queryset, lambda row: hand_over(row, to=to, by=actor(request)), done)


@admin.register(RoleAssignment)
class RoleAssignmentAdmin(RecordAdmin):
    """Page of the role assignments."""

    dangerous = True
    list_display = ("person", "role", "scope", "starts_on", "ends_on")
    list_filter = ("role", "programme")
    list_select_related = ("person", "portfolio", "programme", "project")
    search_fields = ("person__name", "person__code", "programme__code", "project__code")

    @admin.display(description="On")
    def scope(self, row: RoleAssignment) -> str:
        """Return what the role is held on."""
        return str(row.portfolio or row.programme or row.project or "the whole organisation")


@admin.register(Delegation)
class DelegationAdmin(RecordAdmin):
    """Page of the delegations. Their holders make them on the pages of registers; here they can be
    ended."""

    dangerous = True
    may_add = may_delete = False
    list_display = ("deputy", "giver", "role", "place", "starts_on", "ends_on", "state")
    list_filter = ("state", "role")
    list_select_related = ("deputy", "giver", "portfolio", "programme", "project")
    search_fields = ("deputy__name", "giver__name", "reason")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False for a delegation: only its verbs change it."""
        return obj is None and super().has_change_permission(request, obj)

    @admin.display(description="On")
    def place(self, row: Delegation) -> str:
        """Return what the role is lent on."""
        return str(row.place)


@admin.register(Token)
class TokenAdmin(PmoAdmin):
    """Page of the tokens of other systems. It never shows a key or its hash."""

    may_add = may_change = may_delete = False
    list_display = ("name", "key", "user", "scopes", "created", "expiry", "last_used_at")
    list_display_links = None
    list_filter = ("scopes",)
    list_select_related = ("user",)
    search_fields = ("name", "user__username")
    ordering = ("-created",)
    actions = ("revoke",)

    @admin.display(description="Begins with", ordering="token_key")
    def key(self, token: Token) -> str:
        """Return the first letters of the key, by which its owner recognises it."""
        return f"{token.token_key[:8]}…"

    @admin.display(description="")
    def action_checkbox(self, token: Token) -> SafeString:
        """Return the checkbox of a token, whose value is the beginning of its key: the primary key
        is the hash, which stays out of the page."""
        return format_html(
            '<input type="checkbox" name="{}" value="{}" class="action-select"'
            ' aria-label="Select the token {} for an action">',
            ACTION_CHECKBOX_NAME,
            token.token_key,
            token.name,
        )

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Token], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """Run an action on the ticked tokens, looked up by the beginnings of their keys."""
        ticked = queryset.filter(token_key__in=request.POST.getlist(ACTION_CHECKBOX_NAME))
        sent: Any = request.POST.copy()
        sent.setlist(ACTION_CHECKBOX_NAME, list(ticked.values_list("pk", flat=True)))
        request.POST = sent
        return super().response_action(request, queryset, *args, **kwargs)

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> None:
        """Return None: no token has a page, for its address would hold the hash."""
        return

    @admin.action(description="Revoke: the key works no more", permissions=["view"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Token]) -> None:
        """Delete the ticked tokens."""
        count, _ = queryset.delete()
        self.message_user(request, f"{count} revoked.")
