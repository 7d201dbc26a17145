"""The user's own webhooks, and the messages sent to each."""

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
from pmhub.numerals import whole_number
from pmhub.views.account import AccountPage
from pmhub.webhooks import record_events, registration

SHOWN = 100  # messages, the last ones


class Webhooks(AccountPage):
    """The user's own webhooks. The secret of a webhook is shown only in the response that makes
    it."""

    template_name = "account/webhooks.html"
    title = tab = "Webhooks"

    def in_rest(self) -> tuple[str, str]:
        """Return the request to REST for the webhooks."""
        return "webhooks_list", "/api/v1/webhooks/"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the webhooks, and the form for a new one."""
        hooks = registration.webhooks_for(self.user).filter(owner=self.user)
        kwargs.setdefault("form", WebhookForm(record_events.topics(), self.user))
        return super().get_context_data(hooks=hooks, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make a webhook, after the user has proved their identity again."""
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
    """One webhook: the messages sent to it, and what the user can do with it."""

    template_name = "account/webhook.html"
    tab = "Webhooks"

    def crumbs(self) -> list[tuple[str, str]]:
        """Return the user's account, and its webhooks."""
        return [*super().crumbs(), ("Webhooks", reverse("account-webhooks"))]

    def in_rest(self) -> tuple[str, str]:
        """Return the request to REST for the messages."""
        return "webhooks_deliveries_list", f"/api/v1/webhooks/{self.hook.pk}/deliveries/"

    @cached_property
    def hook(self) -> Webhook:
        """The webhook at this address; raises Http404 if it is not the user's."""
        hooks = registration.webhooks_for(self.user)
        return get_object_or_404(hooks, owner=self.user, pk=self.kwargs["pk"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the webhook and its last messages."""
        hook = self.hook
        self.title = hook.name
        sent = [(row, record_events.type_of(row)) for row in hook.deliveries.all()[:SHOWN]]
        return super().get_context_data(hook=hook, sent=sent, **kwargs)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do what the form asks for: send a test, pause, resume or delete the webhook, or send a
        message again."""
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
        elif number := whole_number(wanted.get("resend", "")):
            registration.resend(get_object_or_404(hook.deliveries, pk=number))
        return redirect("account-webhook", pk=hook.pk)
