"""Webhooks: other systems are told of changes.

`record_events.py` finds what to tell in the history, which is written in the transaction of a
change, and `figure_events.py` in the ledger; `delivery.py` sends the messages, `targets.py` checks
where to; `registration.py` holds what owners do with a webhook.
"""
