"""The JSON of portfolios, programmes, their records and their figures."""
