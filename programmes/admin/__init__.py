"""Portfolios, programmes, their governance, and a look at the ledger and its engine."""

from programmes.admin import engine, governance, portfolio, programme

__all__ = ["engine", "governance", "portfolio", "programme"]
