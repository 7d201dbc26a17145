"""Portfolios, programmes, their governance, and a look at the ledger and its engine."""

from programmes.admin import control, engine, governance, portfolio, programme

__all__ = ["control", "engine", "governance", "portfolio", "programme"]
