"""Projects and what they are made of: schedule, risk, money, resources."""
