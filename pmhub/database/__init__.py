"""What the database keeps and how it is asked: triggers, constraints, history, statements."""
