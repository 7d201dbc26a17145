"""The PMO: what it offers, decides about and keeps in order."""
