"""Portfolios, programmes and their records over REST."""
