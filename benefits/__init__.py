"""Benefits, their profiles, measurements and contributions."""
