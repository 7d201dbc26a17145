"""Projects and their records over REST."""
