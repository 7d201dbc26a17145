"""One's own webhooks, and what was sent to each."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property

from pmhub.accounts import reauthentication
from pmhub.forms.accounts import WebhookForm
from pmhub.models import Webhook, WebhookState
from pmhub.views.account import AccountPage
from pmhub.webhooks import record_events, registration

SHOWN = 100  # of the last messages


class Webhooks(AccountPage):
    """One's own webhooks. A secret is shown in the one answer that makes it."""

    template_name = "account/webhooks.html"
    title = tab = "Webhooks"

    def in_rest(self) -> tuple[str, str]:
        """The webhooks as data."""
        return "webhooks_list", "/api/v1/webhooks/"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The webhooks, and the form for another."""
        hooks = registration.hooks_as_seen_by(self.user).filter(owner=self.user)
        kwargs.setdefault("form", WebhookForm(record_events.topics(), self.user))
        return super().get_context_data(hooks=hooks, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make a webhook, once one has shown again who one is."""
        reauthentication.require(request)
        form = WebhookForm(record_events.topics(), self.user, request.POST)
        if not form.is_valid():
            return self.again(form=form)
        try:
            made, key = registration.make(
                self.user, base=request.build_absolute_uri("/"), **form.cleaned_data
            )
        except ValidationError as error:
            form.add_error(None, error)
            return self.again(form=form)
        return self.again(made=made, key=key)


class WebhookPage(AccountPage):
    """One webhook: what was sent to it, and what can be done with it."""

    template_name = "account/webhook.html"
    tab = "Webhooks"

    def crumbs(self) -> list[tuple[str, str]]:
        """One's own account, and its webhooks."""
        return [*super().crumbs(), ("Webhooks", reverse("account-webhooks"))]

    def in_rest(self) -> tuple[str, str]:
        """What was sent, as data."""
        return "webhooks_deliveries_list", f"/api/v1/webhooks/{self.hook.pk}/deliveries/"

    @cached_property
    def hook(self) -> Webhook:
        """Return which one it is."""
        hooks = registration.hooks_as_seen_by(self.user)
        return get_object_or_404(hooks, owner=self.user, pk=self.kwargs["pk"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The webhook and its last messages."""
        hook = self.hook
        self.title = hook.name
        sent = [(row, record_events.type_of(row)) for row in hook.deliveries.all()[:SHOWN]]
        return super().get_context_data(hook=hook, sent=sent, **kwargs)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do what was asked for: try, pause or delete it, let it go on, send a message again."""
        hook, wanted = self.hook, request.POST
        if "delete" in wanted:
            hook.delete()
            return redirect("account-webhooks")
        if "ping" in wanted:
            registration.ping(hook)
        elif "pause" in wanted:
            registration.change(hook, state=WebhookState.PAUSED)
        elif "go_on" in wanted:
            registration.change(hook, state=WebhookState.ACTIVE)
        elif (number := wanted.get("resend", "")).isdecimal() and len(number) < 19:
            registration.resend(get_object_or_404(hook.deliveries, pk=number))
        return redirect("account-webhook", pk=hook.pk)
