"""What portfolios, programmes, their records and their figures look like."""
