"""Portfolios, objectives, programmes, governance; the ledger and what computes it."""
