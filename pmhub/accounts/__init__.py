"""Accounts: how they begin, how their owners prove their identity, and which mails they get."""
