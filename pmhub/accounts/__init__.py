"""Accounts: how they begin, how their owners prove who they are, and what mails tell them."""
