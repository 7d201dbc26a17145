"""Webhooks: other systems are told of changes.

`record_events.py` finds what there is to tell in the history, which is written in the transaction
of a change, and `figure_events.py` in the ledger; `delivery.py` sends it, `targets.py` says where
to; `registration.py` is what owners do with a webhook.
"""
