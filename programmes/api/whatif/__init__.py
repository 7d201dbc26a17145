"""Scenarios over REST: their records and verbs, and the comparison with reality."""
