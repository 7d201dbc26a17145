"""Portfolios, objectives, programmes, governance; the ledger and its engine."""
