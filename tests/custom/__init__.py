"""What is promised of custom fields."""
