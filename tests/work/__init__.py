"""Tests of work packages and iterations, and of what is counted from them."""
