"""Webhooks: other systems are told of changes. `telling.py` finds what there is to tell in the
history, which is written in the transaction of a change; `sending.py` sends it."""
