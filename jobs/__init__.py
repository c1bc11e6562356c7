"""The road of a job: accepted in one transaction, run durably, delivered, closed exactly once."""
