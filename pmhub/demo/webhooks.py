"""The demo: a webhook of the PMO that is paused, with a message that waits."""

from pmhub import encryption
from pmhub.demo.rows import DemoLoad
from pmhub.models import Webhook, WebhookState
from pmhub.webhooks.delivery import PURPOSE
from pmhub.webhooks.registration import new_key, ping


def add_webhooks(demo: DemoLoad) -> None:
    """Add paused webhooks, each with a test message that waits, as plain rows: the service would
    refuse their addresses, which lead nowhere outside of this machine."""
    for row in demo.data["webhooks"]:
        hook = Webhook.objects.create(
            **demo.fields(Webhook, row),
            owner=demo.by,
            secret=encryption.encrypt(new_key(), PURPOSE),
            state=WebhookState.PAUSED,
        )
        ping(hook)
