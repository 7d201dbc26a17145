"""What benefits and their records look like, and what may be written of them."""
