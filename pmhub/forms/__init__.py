"""Forms of the pages for signing in and for the user's own account."""
