"""What the product computes: facts in, ledger lines and figures out."""
