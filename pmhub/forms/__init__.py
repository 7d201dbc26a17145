"""Forms of the pages on which people get in and keep their account."""
