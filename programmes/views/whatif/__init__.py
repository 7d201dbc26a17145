"""The what-if page of a programme."""
