"""Results that are there, and how they are found again."""
